"""What an evaluation says: how engineers did on benchmarks, group by group, and what they were frozen at."""

from typing import Annotated

from pydantic import Field

from schemas.benchmark import Split
from schemas.reasons import Outcome
from schemas.record import Fraction, Id, Record, Sha256, ShortText


class EvaluatedEngineer(Record):
    """One engineer as it was evaluated; the version covers its models, prompts, limits and the skills it was shown."""

    label: ShortText
    engineer: ShortText
    version: ShortText
    prompts: tuple[Sha256, ...] = ()
    previews: int | None = None


class Attempt(Record):
    """One episode of an evaluation in figures; ratios only where it was solved."""

    label: ShortText
    benchmark_id: Sha256
    family: Id
    split: Split
    attempt: Annotated[int, Field(ge=0)]
    episode_id: Sha256
    outcome: Outcome
    submissions: int
    previews: int
    simulations: int
    tokens: int
    money_usd: float
    elapsed_s: float
    pass_fraction: float | None
    margin_mm: float | None
    cost_ratio: float | None


class SolvedShare(Record):
    """A share of benchmarks with its 95 % Wilson interval."""

    solved: int
    benchmarks: int
    share: Fraction
    low: Fraction
    high: Fraction


class GroupRow(Record):
    """One engineer on one group of benchmarks; means are per episode, ratios and robustness medians.

    `solved_at_1` counts first attempts, `solved_at_k` any of them; attempts that the machinery failed are left out of
    both and counted in `failed_by_machinery`.
    """

    label: ShortText
    group: ShortText
    attempts: int
    failed_by_machinery: int
    solved_at_1: SolvedShare | None
    solved_at_k: SolvedShare | None
    cost_ratio: float | None
    pass_fraction: float | None
    margin_mm: float | None
    submissions: float | None
    previews: float | None
    elapsed_s: float | None
    tokens_per_solved: float | None
    usd_per_solved: float | None


class Evaluation(Record):
    """A whole evaluation; its id covers engineers, benchmarks, attempts and catalogue."""

    evaluation_id: Sha256
    engineers: tuple[EvaluatedEngineer, ...]
    benchmarks: tuple[Sha256, ...]
    attempts_each: Annotated[int, Field(ge=1)]
    catalogue: Sha256
    rows: tuple[GroupRow, ...]
    attempts: tuple[Attempt, ...]

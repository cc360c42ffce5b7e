"""What engineers are asked for on stored benchmarks, and how they did, group by group, and what they were frozen at."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.benchmark import Split, Task
from schemas.jobs import Seed
from schemas.reasons import Outcome
from schemas.record import Fraction, Id, Record, Sha256, ShortText, hash_parts
from schemas.run import Count, Engineer

SplitName = Literal["train", "validation", "test", "test_within", "test_cross", "all"]
SPLITS: dict[SplitName, tuple[Split, ...]] = {
    "train": ("train",),
    "validation": ("validation",),
    "test": ("test_within", "test_cross"),
    "test_within": ("test_within",),
    "test_cross": ("test_cross",),
    "all": ("train", "validation", "test_within", "test_cross"),
}
Level = Annotated[int, Field(ge=1, le=5)]
Engineers = Annotated[tuple[ShortText, ...], Field(min_length=1)]
Attempts = Annotated[int, Field(ge=1, le=100)]
Previews = Annotated[int, Field(ge=0, le=100_000)]
Episodes = Annotated[int, Field(ge=2, le=100_000)]
PromptName = Literal["architect", "engineer", "critic"]


class Order(Record):
    """What an operator asks engineers for, beside batches of new benchmarks."""

    @property
    def run_id(self) -> str:
        """Return the natural key of the run that carries it out."""
        return hash_parts(type(self).__name__, self.canonical_json().decode())


class EpisodesOrder(Order):
    """What engineers are to work on."""

    split: SplitName
    families: tuple[Id, ...] = ()
    count: Count | None = None
    task: Annotated[Task, Field(exclude_if=lambda task: task == "design")] = "design"


class EvaluationOrder(EpisodesOrder):
    """Whom to evaluate on what; `previews` are simulation budgets, each a plan of its own for every engineer."""

    engineers: Engineers
    split: SplitName = "test"
    attempts: Attempts = 1
    previews: tuple[Previews, ...] = ()


class SolvingOrder(EpisodesOrder):
    """Who is to work on which certified benchmarks: those of some ids, or all that the other fields leave."""

    benchmarks: tuple[ShortText, ...] = ()
    split: SplitName = "all"
    difficulty: tuple[Level, ...] = ()
    engineer: Engineer = "llm"
    seed: Seed = 0


class OptimizingOrder(Order):
    """Which prompt of whom is to be improved, on so many training benchmarks at most and about so many episodes."""

    engineer: ShortText = "llm"
    prompt: PromptName = "engineer"
    count: Count = 20
    episodes: Episodes = 120


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

    @property
    def verdict(self) -> str:
        """Return how every engineer did on all benchmarks in a few words."""
        done = [(row.label, row.solved_at_k) for row in self.rows if row.group == "all"]
        return "; ".join(f"{label} {share.solved} of {share.benchmarks} solved" for label, share in done if share)


class OptimizedPrompt(Record):
    """What came of the work on a prompt: hashes and mean scores before and after, and the folder of the better one."""

    prompt: PromptName
    benchmarks: int
    sha256_before: Sha256
    prompt_sha256: Sha256
    score_before: float
    score_after: float
    folder: str

    @property
    def verdict(self) -> str:
        """Return what came of it in a few words."""
        return f"mean score {self.score_before:.2f} before, {self.score_after:.2f} after: {self.folder}"

"""Evaluates engineers on stored benchmarks: plays every episode that is not stored yet, then sums up."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.protocols import Engineer
from agents.use import measure_elapsed_s
from records.file_store import write_durably
from schemas.benchmark import Benchmark
from schemas.episode import Episode
from schemas.evaluation import Attempt, EvaluatedEngineer, Evaluation, GroupRow, SolvedShare
from schemas.reasons import UNFINISHED, Outcome
from schemas.record import hash_parts
from schemas.settings import Settings
from schemas.statistics import wilson_interval
from steps.context import RunContext
from steps.episodes import work_episode
from steps.learned_skills import write_skills
from steps.progress import tell_count


@dataclass(frozen=True)
class PlannedAttempt:
    """One episode to play, or to go on with; `seed` tells the attempts of an engineer on a benchmark apart."""

    benchmark: Benchmark
    evaluated: EvaluatedEngineer
    engineer: Engineer
    seed: int
    learns: bool = False

    @property
    def label(self) -> str:
        """Return how people name it."""
        return f"{self.benchmark.key.label} by {self.evaluated.label}, seed {self.seed}"


@dataclass(frozen=True)
class EvaluationPlan:
    """Who is evaluated on what; engineers are as they are when it begins: nothing is learned meanwhile."""

    engineers: tuple[tuple[EvaluatedEngineer, Engineer], ...]
    benchmarks: tuple[Benchmark, ...]
    attempts_each: int
    catalogue: str

    @property
    def evaluation_id(self) -> str:
        """Return the hash of everything that the figures depend on."""
        engineers = [evaluated.canonical_json().decode() for evaluated, _ in self.engineers]
        ids = sorted(benchmark.benchmark_id or "" for benchmark in self.benchmarks)
        return hash_parts(*engineers, *ids, str(self.attempts_each), self.catalogue)

    @property
    def attempts(self) -> tuple[PlannedAttempt, ...]:
        """Return every episode, in the order in which they are played."""
        return tuple(
            PlannedAttempt(benchmark, evaluated, engineer, seed)
            for benchmark in self.benchmarks
            for evaluated, engineer in self.engineers
            for seed in range(self.attempts_each)
        )


def evaluate(context: RunContext, plan: EvaluationPlan) -> Evaluation:
    """Return the figures of a plan; interrupted, the same plan goes on with the episodes that are missing."""
    played: list[Attempt] = []
    for planned in plan.attempts:
        tell_count(len(played), len(plan.attempts), "episodes")
        played.append(describe_attempt(context, planned, play(context, planned)))
    return sum_plan_up(plan, tuple(played))


def sum_plan_up(plan: EvaluationPlan, attempts: tuple[Attempt, ...]) -> Evaluation:
    """Return the figures of a plan whose attempts were these."""
    return Evaluation(
        evaluation_id=plan.evaluation_id,
        engineers=tuple(evaluated for evaluated, _ in plan.engineers),
        benchmarks=tuple(benchmark.benchmark_id for benchmark in plan.benchmarks if benchmark.benchmark_id),
        attempts_each=plan.attempts_each,
        catalogue=plan.catalogue,
        rows=tuple(sum_up([evaluated.label for evaluated, _ in plan.engineers], attempts)),
        attempts=attempts,
    )


def sum_up(labels: Sequence[str], attempts: Sequence[Attempt]) -> Iterable[GroupRow]:
    """Yield the rows: engineers on all benchmarks, within and across families where both are, on each family."""
    across = [one for one in attempts if one.split == "test_cross"]
    groups: dict[str, list[Attempt]] = {"all": list(attempts)}
    if 0 < len(across) < len(attempts):
        groups["within families"] = [one for one in attempts if one.split != "test_cross"]
        groups["across families"] = across
    for one in attempts:
        groups.setdefault(one.family, []).append(one)
    for group, members in groups.items():
        for label in labels:
            yield _sum_up_group(label, group, [one for one in members if one.label == label])


def play(context: RunContext, planned: PlannedAttempt) -> Episode:
    """Return an episode once it has ended; what its engineer has learned is written to the workspace."""
    episode = work_episode(context, planned.benchmark, planned.engineer, planned.seed, learns=planned.learns)
    if planned.learns:
        write_skills(context.store, context.settings.workspace.skills_folder)
    return episode


def describe_attempt(context: RunContext, planned: PlannedAttempt, episode: Episode) -> Attempt:
    """Return an episode in figures."""
    benchmark, evaluated = planned.benchmark, planned.evaluated
    assert benchmark.benchmark_id is not None
    verdict = episode.submissions[-1].verdict if episode.submissions else None
    solution = context.store.find_solution(benchmark.benchmark_id)
    price = verdict.appraisal.price if verdict and verdict.appraisal else None
    solved = episode.outcome is Outcome.SOLVED
    return Attempt(
        label=evaluated.label,
        benchmark_id=benchmark.benchmark_id,
        family=benchmark.draft.key.family,
        split=benchmark.draft.split,
        attempt=planned.seed,
        episode_id=episode.key.episode_id,
        outcome=episode.outcome,
        submissions=len(episode.submissions),
        **episode.use.model_dump(include={"previews", "simulations", "tokens", "money_usd"}),
        elapsed_s=measure_elapsed_s(episode.messages),
        pass_fraction=verdict.pass_fraction if verdict else None,
        margin_mm=verdict.margin_mm if verdict else None,
        cost_ratio=float(price.unit_cost_usd) / solution.unit_cost_usd if solved and price and solution else None,
    )


def _sum_up_group(label: str, group: str, members: Sequence[Attempt]) -> GroupRow:
    counted = [one for one in members if one.outcome not in UNFINISHED]
    solved = [one for one in counted if one.outcome is Outcome.SOLVED]
    return GroupRow(
        label=label,
        group=group,
        attempts=len(members),
        failed_by_machinery=len(members) - len(counted),
        solved_at_1=_share([one for one in counted if one.attempt == 0]),
        solved_at_k=_share(counted),
        cost_ratio=_median(one.cost_ratio for one in solved),
        pass_fraction=_median(one.pass_fraction for one in counted),
        margin_mm=_median(one.margin_mm for one in solved),
        submissions=_mean([one.submissions for one in counted]),
        previews=_mean([one.previews for one in counted]),
        elapsed_s=_mean([one.elapsed_s for one in counted]),
        tokens_per_solved=sum(one.tokens for one in counted) / len(solved) if solved else None,
        usd_per_solved=sum(one.money_usd for one in counted) / len(solved) if solved else None,
    )


def _share(counted: Sequence[Attempt]) -> SolvedShare | None:
    """Return the share of benchmarks that one of these attempts solved."""
    all_of, solved = {one.benchmark_id for one in counted}, {o.benchmark_id for o in counted if o.outcome == "SOLVED"}
    if not all_of:
        return None
    low, high = wilson_interval(len(solved), len(all_of))
    share = len(solved) / len(all_of)
    return SolvedShare(solved=len(solved), benchmarks=len(all_of), share=share, low=low, high=high)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def write_evaluation(settings: Settings, done: Evaluation) -> Path:
    """Write the figures to the workspace and return their folder."""
    folder = settings.workspace.workspace / "evaluations" / done.evaluation_id[:12]
    write_durably(folder / "evaluation.json", done.model_dump_json(indent=1).encode())
    return folder

"""Episodes on stored benchmarks, side by side: what the flows `solve` and `evaluate` share."""

import logging
import threading
from collections.abc import Sequence
from typing import Any

from prefect import Task

from flows.batch import ExportTask
from flows.pages import Pages, report
from flows.side_by_side import SideBySide, Work
from schemas.errors import InfrastructureError
from schemas.evaluation import Attempt
from schemas.reasons import Outcome
from steps.context import RunContext
from steps.evaluating import PlannedAttempt

LOGGER = logging.getLogger("workpiece")
AttemptTask = Task[[str, PlannedAttempt], Attempt]


class Episode(Work):
    """One episode on its way."""

    def __init__(self, context: RunContext, number: int, planned: PlannedAttempt) -> None:
        super().__init__(context, "attempt", planned.label, planned.benchmark.key.item_id)
        self.number, self.planned = number, planned


def play_all(
    context: RunContext,
    client: Any,
    run_id: str,
    planned: Sequence[PlannedAttempt],
    attempt: AttemptTask,
    export: ExportTask,
) -> tuple[Attempt, ...]:
    """Return every episode in figures, in order, and export them.

    Raises InfrastructureError that names those that were lost; the same order, given again, does what is missing.
    """
    done: dict[int, Attempt] = {}
    pages, lock = Pages(len(planned), "episodes"), threading.Lock()

    def play(unit: Episode) -> None:
        played = attempt.submit(run_id, unit.planned).result()
        with lock:
            done[unit.number] = played
            pages.grow(unit.number, describe_line(unit.planned, played))
        LOGGER.info("[%d/%d] %s: %s", len(done), len(planned), unit.label, played.outcome)

    crew = SideBySide(run_id, client, min(context.settings.places, len(planned)))
    crew.work((Episode(context, number, one) for number, one in enumerate(planned)), play)
    export.submit(run_id, "at the end").result()
    if len(done) < len(planned):
        verdict = f"{len(done)} of {len(planned)} episodes"
        report([f"# {verdict}"], crew.lost, verdict)
        named = "; ".join(f"{one.label} ({one.fault})" for one in crew.lost)
        raise InfrastructureError(f"{verdict} are done, lost: {named}; mend it and give the same order again")
    return tuple(played for _, played in sorted(done.items()))


def describe_line(planned: PlannedAttempt, played: Attempt) -> dict[str, object]:
    """Return an episode as the table shows it, rounded to be read."""
    return {
        "benchmark": played.benchmark_id[:12],
        "family": played.family,
        "difficulty": planned.benchmark.difficulty,
        "engineer": played.label,
        "outcome": played.outcome.value,
        "submissions": played.submissions,
        "cost ratio": None if played.cost_ratio is None else f"{played.cost_ratio:.2f}",
        "seconds": f"{played.elapsed_s:.1f}",
        "episode": played.episode_id[:12],
    }


def tell_solved(played: Sequence[Attempt]) -> str:
    """Return how many were solved in a few words."""
    return f"{sum(one.outcome is Outcome.SOLVED for one in played)} of {len(played)} solved"

"""Lists what is stored, newest first: runs and episodes, those that are not finished too."""

from collections.abc import Mapping

from sqlalchemy import func, select

from records.store import Store
from records.tables import BenchmarkRow, EpisodeRow, RunItemRow, RunRow
from schemas.reasons import BenchmarkState, Outcome


def list_runs(store: Store) -> tuple[Mapping[str, object], ...]:
    """Return every run: its id, what it was asked for, when it began and was finished, items recorded and certified."""
    certified = func.count().filter(BenchmarkRow.state == BenchmarkState.CERTIFIED)
    found = (
        select(
            *(RunRow.run_id, RunRow.request, RunRow.recorded_at, RunRow.finished_at),
            func.count(RunItemRow.index.distinct()).label("items"),
            certified.label("certified"),
        )
        .outerjoin(RunItemRow, RunItemRow.run_id == RunRow.run_id)
        .outerjoin(BenchmarkRow, BenchmarkRow.item_id == RunItemRow.item_id)
        .group_by(RunRow.run_id)
        .order_by(RunRow.recorded_at.desc(), RunRow.run_id)
    )
    with store.read() as connection:
        return tuple(dict(row) for row in connection.execute(found).mappings())


def list_episodes(
    store: Store, item_id: str | None = None, *, running: bool = False
) -> tuple[Mapping[str, object], ...]:
    """Return every episode (on one item; unfinished ones alone): ids, who works, how it ended, how much was said."""
    found = select(
        *(EpisodeRow.episode_id, EpisodeRow.item_id, BenchmarkRow.benchmark_id, BenchmarkRow.family),
        *(EpisodeRow.engineer, EpisodeRow.outcome, EpisodeRow.message_count, EpisodeRow.submission_count),
    ).outerjoin(BenchmarkRow, BenchmarkRow.item_id == EpisodeRow.item_id)
    if item_id is not None:
        found = found.where(EpisodeRow.item_id == item_id)
    if running:
        found = found.where(EpisodeRow.outcome == Outcome.RUNNING)
    with store.read() as connection:
        rows = connection.execute(found.order_by(EpisodeRow.revision.desc(), EpisodeRow.episode_id))
        return tuple(dict(row) for row in rows.mappings())

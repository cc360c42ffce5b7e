"""Lists what is stored, newest first: runs and episodes, those that are not finished too; finds things by their ids."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from records.store import Store, begins, read_prefix
from records.tables import BenchmarkRow, EpisodeRow, RunItemRow, RunRow
from records.verdict_rows import VerdictRow
from schemas.errors import InputError
from schemas.reasons import BenchmarkState, Outcome
from schemas.verdict import Verdict

Kind = Literal["episode", "benchmark", "verdict", "run"]
_NAMED: tuple[tuple[Kind, InstrumentedAttribute[Any], InstrumentedAttribute[Any]], ...] = (
    ("episode", EpisodeRow.episode_id, EpisodeRow.episode_id),
    ("benchmark", BenchmarkRow.benchmark_id, BenchmarkRow.item_id),
    ("benchmark", BenchmarkRow.item_id, BenchmarkRow.item_id),
    ("verdict", VerdictRow.verdict_id, VerdictRow.verdict_id),
    ("run", RunRow.run_id, RunRow.run_id),
)
"""Kinds of things, by which column they are named, and by which they are known."""


def find_named(store: Store, prefix: str) -> tuple[Kind, str]:
    """Return of what kind the one thing is whose id starts so, and its id, which is its item's of a benchmark.

    Raises InputError for none and several.
    """
    found, begin = set[tuple[Kind, str]](), read_prefix(prefix)
    with store.read() as connection:
        for kind, name, key in _NAMED:
            found |= {(kind, str(one)) for one in connection.scalars(select(key).where(begins(name, begin)).limit(2))}
    if len(found) > 1:
        raise InputError(
            f"'{prefix}' is how several ids begin ({', '.join(sorted({k for k, _ in found}))}): give more digits"
        )
    if not found:
        raise InputError(f"no id starts with '{prefix}': `workpiece runs` and `workpiece episodes` list ids")
    return found.pop()


def load_verdict(store: Store, verdict_id: str) -> Verdict:
    """Return a stored verdict."""
    with store.read() as connection:
        found = select(VerdictRow.record).where(VerdictRow.verdict_id == verdict_id)
        return Verdict.from_json(connection.execute(found).scalar_one())


def list_items(store: Store, run_id: str) -> tuple[Mapping[str, object], ...]:
    """Return what a run has made so far, in order: of each item the last draw."""
    columns = (BenchmarkRow.item_id, BenchmarkRow.benchmark_id, BenchmarkRow.family, BenchmarkRow.state)
    found = (
        select(RunItemRow.index, *columns, BenchmarkRow.difficulty, BenchmarkRow.best_known_cost_usd)
        .join(BenchmarkRow, BenchmarkRow.item_id == RunItemRow.item_id)
        .where(RunItemRow.run_id == run_id)
        .order_by(RunItemRow.index, RunItemRow.attempt)
    )
    with store.read() as connection:
        return tuple({row["index"]: dict(row) for row in connection.execute(found).mappings()}.values())


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

"""Picks stored benchmarks for an evaluation or a training: certified ones, by split and family."""

from collections.abc import Collection

from sqlalchemy import func, select

from records.benchmark_rows import load_benchmark
from records.bundles import read_text
from records.preview_rows import PreviewRow
from records.store import Store
from records.tables import BenchmarkRow, EpisodeRow
from schemas.benchmark import Benchmark, Split, Task
from schemas.reasons import BenchmarkState


def select_benchmarks(
    store: Store,
    splits: Collection[Split],
    families: Collection[str] = (),
    most: int | None = None,
    levels: Collection[int] = (),
    task: Task = "design",
) -> tuple[Benchmark, ...]:
    """Return certified benchmarks of some splits, families and levels (none: all), families in turn, `most` at most."""
    with store.read() as connection:
        found = select(BenchmarkRow.__table__).where(
            BenchmarkRow.state == BenchmarkState.CERTIFIED, BenchmarkRow.split.in_(splits), BenchmarkRow.task == task
        )
        if families:
            found = found.where(BenchmarkRow.family.in_(families))
        if levels:
            found = found.where(BenchmarkRow.difficulty.in_(levels))
        ordered = found.order_by(BenchmarkRow.seed, BenchmarkRow.index, BenchmarkRow.attempt, BenchmarkRow.item_id)
        rows = connection.execute(ordered.limit(most)).mappings().all()
        return tuple(load_benchmark(connection, row) for row in rows)


def list_dearer_programs(store: Store, item_id: str, least_usd: float) -> tuple[str, ...]:
    """Return the programs of previews on an item that passed and cost so much or more, the dearest first."""
    tried = (PreviewRow.program_sha256, func.max(PreviewRow.cost_usd))
    found = (
        select(*tried)
        .join(EpisodeRow, EpisodeRow.episode_id == PreviewRow.episode_id)
        .where(EpisodeRow.item_id == item_id, PreviewRow.passed, PreviewRow.kind == "simulate")
        .where(PreviewRow.cost_usd >= least_usd)
        .group_by(PreviewRow.program_sha256)
        .order_by(func.max(PreviewRow.cost_usd).desc(), PreviewRow.program_sha256)
    )
    with store.read() as connection:
        return tuple(read_text(connection, sha256) for sha256, _ in connection.execute(found).all())

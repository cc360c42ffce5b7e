"""Picks stored benchmarks for an evaluation or a training: certified ones, by split and family."""

from collections.abc import Collection

from sqlalchemy import select

from records.benchmark_rows import load_benchmark
from records.store import Store
from records.tables import BenchmarkRow
from schemas.benchmark import Benchmark, Split
from schemas.reasons import BenchmarkState


def select_benchmarks(
    store: Store,
    splits: Collection[Split],
    families: Collection[str] = (),
    most: int | None = None,
    levels: Collection[int] = (),
) -> tuple[Benchmark, ...]:
    """Return certified benchmarks of some splits, families and levels (none: all), families in turn, `most` at most."""
    with store.read() as connection:
        found = select(BenchmarkRow.__table__).where(
            BenchmarkRow.state == BenchmarkState.CERTIFIED, BenchmarkRow.split.in_(splits)
        )
        if families:
            found = found.where(BenchmarkRow.family.in_(families))
        if levels:
            found = found.where(BenchmarkRow.difficulty.in_(levels))
        ordered = found.order_by(BenchmarkRow.seed, BenchmarkRow.index, BenchmarkRow.attempt, BenchmarkRow.item_id)
        rows = connection.execute(ordered.limit(most)).mappings().all()
        return tuple(load_benchmark(connection, row) for row in rows)

"""Finds what an episode was made from, and every stored solution, for making them anew."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select

from records.bundles import read_program
from records.preview_rows import PreviewRow
from records.store import Store
from records.tables import BenchmarkRow, EpisodeRow, SolutionRow, SubmissionRow
from schemas.benchmark import Benchmark, ProgramText
from schemas.errors import InputError


def find_problem(store: Store, episode_id: str) -> Benchmark:
    """Return the item that an episode worked on; raises InputError where it was never finished."""
    with store.read() as connection:
        item_id = connection.execute(select(EpisodeRow.item_id).where(EpisodeRow.episode_id == episode_id)).scalar_one()
    item = store.find_item(item_id)
    if item is None or item.scene_hash is None:
        raise InputError(f"episode {episode_id[:12]} has no scene: its generator came to none, nothing can be replayed")
    return item


def list_programs(store: Store, episode_id: str) -> Sequence[tuple[ProgramText, str | None]]:
    """Return every program of designs that an episode built or submitted, once, with its bundle's hash."""
    tables = (PreviewRow, SubmissionRow)
    with store.read() as connection:
        found = {
            (sha256, bundle): None
            for table in tables
            for sha256, bundle in connection.execute(
                select(table.program_sha256, table.bundle_hash)
                .where(table.episode_id == episode_id)
                .order_by(table.number)
            )
        }
        return [(read_program(connection, sha256), bundle) for sha256, bundle in found]


def list_solved(store: Store) -> Iterator[tuple[Benchmark, str]]:
    """Yield every benchmark that has solutions, with the hash of each, by their ids."""
    keys = select(BenchmarkRow.item_id, SolutionRow.bundle_hash).join(
        SolutionRow, SolutionRow.benchmark_id == BenchmarkRow.benchmark_id
    )
    with store.read() as connection:
        found = connection.execute(keys.order_by(SolutionRow.benchmark_id, SolutionRow.bundle_hash)).all()
    for item_id, bundle_hash in found:
        item = store.find_item(item_id)
        if item is not None:
            yield item, bundle_hash

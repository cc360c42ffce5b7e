"""Finds contents of the file store that are missing or damaged, and the programs whose bundles hold them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import literal, select, union

from records.bundles import read_text, require_whole
from records.store import Store
from records.tables import BenchmarkRow, EpisodeRow, FileRow, SubmissionRow


@dataclass(frozen=True)
class Maker:
    """A stored program, and how it was run when it made a bundle."""

    source: str
    seed: int
    expects: Literal["scene", "assembly"]


def find_damaged(store: Store) -> tuple[str, ...]:
    """Return the hashes of the contents that the file store should hold and does not; reads them all."""
    with store.read() as connection:
        named = connection.execute(select(FileRow.sha256).where(FileRow.text.is_(None)).order_by(FileRow.sha256))
        return tuple(sha256 for sha256 in named.scalars().all() if not store.files.holds(sha256))


def require_texts(store: Store) -> None:
    """Raise InfrastructureError for a text of the database that is damaged, which nothing makes anew."""
    contents = select(FileRow.sha256, FileRow.text).execution_options(yield_per=100)
    with store.read() as connection, connection.execute(contents) as found:
        for sha256, text in found:
            if text is not None:
                require_whole(sha256, text)


def find_makers(store: Store, damaged: Collection[str]) -> tuple[Maker, ...]:
    """Return the programs that made bundles with any of these contents."""
    scenes = select(BenchmarkRow.program_sha256, BenchmarkRow.scene_hash, BenchmarkRow.seed, literal("scene"))
    designs = select(
        SubmissionRow.program_sha256, SubmissionRow.bundle_hash, EpisodeRow.seed, literal("assembly")
    ).join(EpisodeRow, EpisodeRow.episode_id == SubmissionRow.episode_id)
    makers = []
    with store.read() as connection:
        for program, bundle, seed, expects in connection.execute(union(scenes, designs)):
            found = select(FileRow.text, FileRow.geometry_sha256).where(FileRow.sha256 == bundle)
            text, packed = connection.execute(found).one_or_none() or ("", None)
            if packed in damaged or any(sha256 in text for sha256 in damaged):
                makers.append(Maker(read_text(connection, program), seed, expects))
    return tuple(makers)

"""Makes damaged contents of the file store anew: a program that is run again gives the same bytes."""

from records.bundles import pack_geometry
from records.damage import find_damaged, find_makers
from schemas.record import hash_bytes
from steps.building import build_program
from steps.context import RunContext


def mend_contents(context: RunContext) -> tuple[int, tuple[str, ...]]:
    """Return how many contents were made anew, and the hashes of those that no stored program makes (pictures)."""
    damaged = find_damaged(context.store)
    for maker in find_makers(context.store, damaged):
        files = build_program(context, maker.source, maker.seed, maker.expects).files
        for data in (pack_geometry(files), *files.values()):
            if hash_bytes(data) in damaged:
                context.store.files.write(data)
    lost = tuple(sha256 for sha256 in damaged if not context.store.files.holds(sha256))
    return len(damaged) - len(lost), lost

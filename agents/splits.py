"""Which split a benchmark belongs to: a pure function of families, quantised parameters and split version."""

from collections.abc import Iterable

from schemas.benchmark import Split
from schemas.record import hash_parts

SPLIT_VERSION = "1"
HELD_OUT_FAMILIES = frozenset({"seesaw", "timed_gate", "wall_route"})
HELD_OUT_SHARE = 0.1
"""Share of the cells that go to `validation`, and as many to `test_within` (mechanics §9)."""
TEST_SPLITS = frozenset({"test_within", "test_cross"})


def assign_split(families: Iterable[str], cell: tuple[int, ...]) -> Split:
    """Return the split of a cell of atomic families; a composite with a held-out family is tested across families."""
    atoms = sorted(set(families))
    if not HELD_OUT_FAMILIES.isdisjoint(atoms):
        return "test_cross"
    digest = hash_parts(SPLIT_VERSION, *atoms, *(str(value) for value in cell))
    share = int(digest[:12], 16) / 16**12
    if share < HELD_OUT_SHARE:
        return "validation"
    return "test_within" if share < 2 * HELD_OUT_SHARE else "train"

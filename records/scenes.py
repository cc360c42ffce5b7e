"""The stored scenes that a new one may be a near-copy of (check 9): those whose cells touch its own."""

from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, select

from records.tables import BenchmarkCheckRow, BenchmarkRow
from schemas.benchmark import ItemKey
from schemas.likeness import find_cells
from schemas.record import Measure
from schemas.verdict import VerificationReport

CHECK = 9
DRAW = ("generator", "generator_version", "family", "seed", "index", "attempt")
_NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
_NUMBERS: TypeAdapter[tuple[Measure, ...]] = TypeAdapter(tuple[Measure, ...])


class StoredScene(NamedTuple):
    """A verified scene: the numbers of its check 9 and the canned designs that pass on it."""

    item_id: str
    numbers: tuple[Measure, ...]
    canned_passed: tuple[str, ...]


def list_cells(report: VerificationReport) -> tuple[str, ...]:
    """Return the cell of a scene, then those of its near-copies; of none that did not get as far as check 9."""
    numbers = next((check.numbers for check in report.checks if check.number == CHECK), None)
    return () if numbers is None else find_cells(numbers, report.canned_passed)


def list_alike(
    connection: Connection,
    report: VerificationReport,
    without_scene: str | None = None,
    without_draw: ItemKey | None = None,
) -> list[StoredScene]:
    """Return every verified scene, whichever split it is in, that this one may be a near-copy of.

    Left out are those of one scene hash, the same draw under other judges, and the tasks derived from scenes.
    """
    found = (
        select(BenchmarkRow.item_id, BenchmarkCheckRow.numbers, BenchmarkRow.canned_passed)
        .join(BenchmarkCheckRow, BenchmarkCheckRow.item_id == BenchmarkRow.item_id)
        .where(
            BenchmarkRow.cell.in_(list_cells(report)), BenchmarkCheckRow.number == CHECK, BenchmarkRow.task == "design"
        )
        .order_by(BenchmarkRow.item_id)
    )
    if without_scene is not None:
        found = found.where(BenchmarkRow.scene_hash != without_scene)
    if without_draw is not None:
        found = found.where(~and_(*(getattr(BenchmarkRow, name) == getattr(without_draw, name) for name in DRAW)))
    return [
        StoredScene(item_id, _NUMBERS.validate_python(numbers), _NAMES.validate_python(canned))
        for item_id, numbers, canned in connection.execute(found)
    ]

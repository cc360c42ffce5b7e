"""The stored scenes that a new one is compared with (check 9)."""

from typing import NamedTuple

from pydantic import TypeAdapter
from sqlalchemy import Connection, select, true

from records.tables import BenchmarkCheckRow, BenchmarkRow
from schemas.record import Measure

CHECK = 9
_NAMES: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[str, ...])
_NUMBERS: TypeAdapter[tuple[Measure, ...]] = TypeAdapter(tuple[Measure, ...])


class StoredScene(NamedTuple):
    """A verified scene: the numbers of its check 9 and the canned designs that pass on it."""

    item_id: str
    numbers: tuple[Measure, ...]
    canned_passed: tuple[str, ...]


def list_scenes(connection: Connection, without_scene: str | None = None) -> list[StoredScene]:
    """Return every verified scene, whichever split it is in; without those of one scene hash."""
    found = (
        select(BenchmarkRow.item_id, BenchmarkCheckRow.numbers, BenchmarkRow.canned_passed)
        .join(BenchmarkCheckRow, BenchmarkCheckRow.item_id == BenchmarkRow.item_id)
        .where(BenchmarkRow.verified, BenchmarkCheckRow.number == CHECK)
        .where(true() if without_scene is None else BenchmarkRow.scene_hash != without_scene)
        .order_by(BenchmarkRow.item_id)
    )
    return [
        StoredScene(item_id, _NUMBERS.validate_python(numbers), _NAMES.validate_python(canned))
        for item_id, numbers, canned in connection.execute(found)
    ]

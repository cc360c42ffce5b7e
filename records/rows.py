"""Puts rows into tables so that writing the same again changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from records.tables import VOLATILE, Base
from schemas.errors import InfrastructureError
from schemas.record import Record

Row = dict[str, object]
MOST_AT_ONCE = 1000
"""Keys of one statement; SQLite takes 32,766 values in all."""


class Stamp(NamedTuple):
    """What every row of one write transaction says of its making."""

    revision: int
    software_id: str | None

    @property
    def columns(self) -> Row:
        """Return the columns of a row that tells by what it was made, and when."""
        return {"revision": self.revision, "software_id": self.software_id, "recorded_at": now()}


def put_rows(
    connection: Connection, table: type[Base], rows: Sequence[Row], changing: frozenset[str] = frozenset()
) -> int:
    """Insert the rows that are new; those stored already must be equal but for volatile and `changing` columns.

    Return how many are new. Reads only stored rows of the same keys. Raises InfrastructureError naming what differs.
    """
    starts = range(0, len(rows), MOST_AT_ONCE)
    return sum(_put_rows(connection, table, rows[start : start + MOST_AT_ONCE], changing) for start in starts)


def _put_rows(connection: Connection, table: type[Base], rows: Sequence[Row], changing: frozenset[str]) -> int:
    keys = [column.name for column in table.__table__.primary_key]
    alike = [table.__table__.columns[key].in_({row[key] for row in rows}) for key in keys]
    found = select(table.__table__).where(*alike)
    stored = {tuple(row[key] for key in keys): row for row in connection.execute(found).mappings()}
    left_out = VOLATILE | changing
    new = []
    for row in rows:
        key = tuple(row[name] for name in keys)
        differing = [name for name in row if name not in left_out and key in stored and stored[key][name] != row[name]]
        if differing:
            raise InfrastructureError(
                f"{table.__tablename__} {key}: stored with other content in {', '.join(differing)}; what should be "
                "reproducible is not, or two versions of the program write to one store"
            )
        if key not in stored:
            new.append(row)
    if new:
        connection.execute(insert(table), new)
    return len(new)


def plain(records: Iterable[Record]) -> list[object]:
    """Return records as JSON holds them."""
    return [record.model_dump(mode="json") for record in records]


def now() -> datetime:
    """Return the time in UTC."""
    return datetime.now(UTC)

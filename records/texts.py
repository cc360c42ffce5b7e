"""Column types that are the same on SQLite and Postgres: compressed text, canonical JSON, UTC time, exact money."""

# ruff: noqa: ARG002 - SQLAlchemy gives the dialect to every type

import json
from datetime import UTC, datetime
from decimal import Decimal

import zstandard
from sqlalchemy import DateTime, LargeBinary, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from schemas.errors import InfrastructureError

LEVEL = 10
RESTORE = "`workpiece restore` puts a backup into a new workspace"
UNREADABLE = (zstandard.ZstdError, ValueError, TypeError, MemoryError)
"""What reading a damaged column raises, which SQLAlchemy lets through."""
DAMAGED = f"a text in the database is damaged: {{}}; {RESTORE}"

Plain = None | bool | int | float | str | list["Plain"] | dict[str, "Plain"]
"""What JSON can hold."""


def canonical_text(value: object) -> str:
    """Return JSON with sorted keys and no spaces, as hashes and comparisons need it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)


class CompressedText(TypeDecorator[str]):
    """UTF-8 text, zstd-compressed in the row; SQL can't search in it."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """Compress."""
        return None if value is None else zstandard.compress(value.encode(), LEVEL)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        """Decompress."""
        try:
            return None if value is None else zstandard.decompress(value).decode()
        except UNREADABLE as error:
            raise InfrastructureError(DAMAGED.format(error)) from error


class Json(TypeDecorator[Plain]):
    """Canonical JSON text of small lists and objects; SQL's JSON functions can read it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Plain, dialect: Dialect) -> str | None:
        """Serialise."""
        return None if value is None else canonical_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Plain:
        """Parse."""
        try:
            parsed: Plain = None if value is None else json.loads(value)
        except UNREADABLE as error:
            raise InfrastructureError(DAMAGED.format(error)) from error
        return parsed


class UtcTime(TypeDecorator[datetime]):
    """An instant, kept and returned in UTC; a time without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; raises ValueError for a time without a zone."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back the zone that SQLite drops."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class MoneyText(TypeDecorator[Decimal]):
    """A decimal amount, kept as text because SQLite would make it a float."""

    impl = String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Write every digit."""
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read every digit."""
        return None if value is None else Decimal(value)

"""A row of a table with its provenance, and the cells that hold words."""

from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from schemas.record import Record

NonEmpty = Annotated[str, StringConstraints(min_length=1)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Basis = Annotated[str, StringConstraints(pattern=r"^(found|datasheet-known|handbook-known|derived|estimate)\b")]


def split_words(cell: object) -> object:
    """Return the words of a cell that are parted by `|`."""
    return tuple(cell.split("|")) if isinstance(cell, str) else cell


Words = Annotated[tuple[str, ...], BeforeValidator(split_words)]


class SourcedRow(Record):
    """A table row with its provenance."""

    source: NonEmpty
    basis: Basis
    notes: str = ""

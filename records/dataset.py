"""One data set: the rows of a table as they leave the store, their schema, and when a row is ready."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from records.arrow_schemas import Column, stored
from records.tables import Base, BenchmarkRow, EpisodeRow, FileRow
from records.texts import CompressedText
from schemas.record import hash_parts

Element = sa.ColumnElement[Any] | InstrumentedAttribute[Any]
DATE = pa.field("date", pa.date32(), False, metadata={"doc": "UTC date of recording"})
EPISODE_ON_ITEM = BenchmarkRow.__table__.join(EpisodeRow.__table__, EpisodeRow.item_id == BenchmarkRow.item_id)
WITHHELD = "NULL for the reference engineer and the generator on test splits, who know the expected solutions"


@dataclass(frozen=True)
class Dataset:
    """The rows of one table as they leave the store, in order of recording, then by key.

    `ready` is the write transaction since which a row can be exported, NULL while it can't; `recorded_at` its time.
    `finish` makes them of rows that end with what is `needed` besides.
    """

    name: str
    doc: str
    columns: tuple[Column, ...]
    table: type[Base]
    rows: sa.FromClause
    ready: Element
    recorded_at: Element
    only: tuple[sa.ColumnElement[bool], ...] = ()
    split: Element = BenchmarkRow.__table__.c.split
    child_key: Element | None = None
    version: int = 2
    needed: tuple[Element, ...] = ()
    finish: Callable[[Iterable[Any]], Iterable[Any]] = iter

    @property
    def withheld(self) -> tuple[str, ...]:
        """Return the columns that are NULL for those who know the expected solutions of a test split."""
        return tuple(column.name for column in self.columns if WITHHELD in column.doc)

    @property
    def key(self) -> tuple[str, ...]:
        """Return the columns that tell a row from every other."""
        return tuple(column.name for column in self.table.__table__.primary_key)

    @cached_property
    def schema(self) -> pa.Schema:
        """Return the fixed Arrow schema, with documentation and version in its metadata."""
        metadata = {"dataset": self.name, "schema_version": str(self.version), "doc": self.doc}
        return pa.schema([*(column.field() for column in self.columns), DATE], metadata=metadata)

    @cached_property
    def schema_hash(self) -> str:
        """Return the hash of names and types, which files of other columns differ in."""
        return hash_parts(
            str(self.version), self.schema.to_string(show_field_metadata=False, show_schema_metadata=False)
        )

    def select_new(self, after: int) -> sa.Select[Any]:
        """Select the rows that became ready after a write transaction, by split, date of recording, then key.

        Before a row's columns stand its split and the time of its recording.
        """
        labelled: list[sa.Label[Any]] = [column.source.label(column.name) for column in self.columns]
        new = sa.select(self.split.label("_split"), self.recorded_at.label("_recorded_at"), *labelled, *self.needed)
        new = new.select_from(self.rows).where(self.ready > after, *self.only)
        if self.child_key is not None:  # or SQLite reads every row to find the new ones
            episodes = sa.select(EpisodeRow.episode_id).select_from(EPISODE_ON_ITEM).where(self.ready > after)
            new = new.where(self.child_key.in_(episodes.correlate(None)))
        return new.order_by(self.split, self.recorded_at, *self.table.__table__.primary_key)

    def count(self) -> sa.Select[tuple[int]]:
        """Select how many rows are ready."""
        return sa.select(sa.func.count()).select_from(self.rows).where(self.ready.is_not(None), *self.only)


def later(revision: Element, settled: Element = BenchmarkRow.settled_revision) -> sa.ColumnElement[int]:
    """Return since when a row of a benchmark's is ready: both it and its benchmark's final state are there."""
    return sa.case((settled.is_(None), sa.null()), (revision > settled, revision), else_=settled)


def columns_of(table: type[Any], but: Sequence[str] = ()) -> tuple[Column, ...]:
    """Return every stored column of a table but some and those that only the store needs."""
    left_out = {*but, "revision", "settled_revision", "record"}
    names = [column.name for column in table.__table__.columns if column.name not in left_out]
    return tuple(column for name in names for column in stored(getattr(table, name)))


def with_keys(columns: tuple[Column, ...], keys: tuple[Column, ...]) -> tuple[Column, ...]:
    """Put the keys that people join by before the other columns; a column of a key's name gives way to it."""
    names = {key.name for key in keys}
    return (*keys, *(column for column in columns if column.name not in names))


def text_of(sha256: Element) -> sa.ScalarSelect[str | None]:
    """Return the text that a hash names."""
    return sa.select(FileRow.text).where(FileRow.sha256 == sha256).scalar_subquery()


def text_column(
    name: str,
    doc: str,
    source: Element,
    shown: sa.ColumnElement[bool] | None = None,
    convert: Callable[[str], Any] | None = None,
) -> Column:
    """Return a column of a compressed text, NULL where it is not to be shown."""
    kept = source if shown is None else sa.case((shown, source), else_=sa.null())
    return Column(name, pa.string(), doc, sa.type_coerce(kept, CompressedText), convert)

"""What a training view is: what one row tells, who reads it, its columns, and where its rows come from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

CANARY = "a9f75be3-6c3d-4f82-a954-95e58fc10346"
"""Stands in every file, so that text of ours can be found in what a model was trained on, and kept out of it."""
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
BATCH_ROWS = 100

ViewColumn = tuple[str, pa.DataType, str]
OF_BENCHMARK: tuple[ViewColumn, ...] = (
    ("benchmark_id", pa.string(), "The benchmark"),
    ("family", pa.string(), "Family that its scene was drawn from"),
    ("kind", pa.string(), "`static`, `mover` or `drive`"),
    ("difficulty", pa.int64(), "1–5"),
    ("split", pa.string(), "Its split"),
)


@dataclass(frozen=True)
class View:
    """A table for one kind of training; `rows` yields those of a split, in an order that data alone decide."""

    name: str
    doc: str
    reader: str
    columns: tuple[ViewColumn, ...]
    rows: Callable[[Any, str], Iterator[pa.Table]]

    @property
    def schema(self) -> pa.Schema:
        """Return the Arrow schema, with documentation and canary in its metadata."""
        fields = [pa.field(name, kind, metadata={"doc": doc}) for name, kind, doc in self.columns]
        canary = pa.field("canary", pa.string(), metadata={"doc": "Marks text of this project"})
        return pa.schema([*fields, canary], metadata={"view": self.name, "doc": self.doc, "canary": CANARY})

    def tables(self, connection: Any, split: str) -> Iterator[pa.Table]:
        """Yield its rows of a split as tables of its schema."""
        for table in self.rows(connection, split):
            marked = table.append_column("canary", pa.array([CANARY] * len(table), pa.string()))
            yield marked.select(self.schema.names).cast(self.schema)


@dataclass(frozen=True)
class Document:
    """A file for each episode; `documents` yields names and texts of those of a split."""

    name: str
    doc: str
    reader: str
    documents: Callable[[Any, str], Iterator[tuple[str, str]]]


def select(sql: str) -> Callable[[Any, str], Iterator[pa.Table]]:
    """Return the rows of a SELECT over the relations of `facts` that has a column `split`."""

    def rows(connection: Any, split: str) -> Iterator[pa.Table]:
        found = connection.sql(f"FROM ({sql}) WHERE split = ?", params=[split])
        for batch in found.to_arrow_reader(BATCH_ROWS):
            yield pa.Table.from_batches([batch])

    return rows

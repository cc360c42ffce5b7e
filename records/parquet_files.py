"""Writes Parquet files whole and to disk: row groups by bytes, the hash taken while writing, memory bounded."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from records.dataset import Dataset
from records.machine import Machine
from records.manifest import DatasetFile

GROUP_BYTES = 16 << 20
"""Row groups end beyond so many bytes of Arrow memory; a batch and one row may come on top."""
BATCH_ROWS = 1000
BATCH_CHARACTERS = 2 << 20


class _Hashing:
    """A stream to a file that hashes what goes through it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self.hash, self.size_bytes, self.closed = stream, hashlib.sha256(), 0, False

    def write(self, data: bytes) -> int:
        """Write and hash."""
        self.hash.update(data)
        self.size_bytes += len(data)
        return self._stream.write(data)

    def tell(self) -> int:
        """Return how much was written."""
        return self.size_bytes

    def flush(self) -> None:
        """Leave it to the file's own end."""

    def close(self) -> None:
        """Leave the file open, to be brought to disk."""
        self.closed = True


def write_file(temporary: Path, path: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> DatasetFile:
    """Write batches to a file and bring it to disk; return it under the path that it is going to have."""
    import pyarrow.parquet as pq

    temporary.parent.mkdir(parents=True, exist_ok=True)
    rows = 0
    with temporary.open("wb") as stream:
        hashing = _Hashing(stream)
        with pq.ParquetWriter(hashing, schema, compression="zstd") as writer:
            for group in _group(batches):
                table = pa.Table.from_batches(group, schema)
                writer.write_table(table, row_group_size=table.num_rows)
                rows += table.num_rows
        stream.flush()
        os.fsync(stream.fileno())
    return DatasetFile(path=path, rows=rows, size_bytes=hashing.size_bytes, sha256=hashing.hash.hexdigest())


def batch_rows(dataset: Dataset, day: date, rows: Iterable[Any], machine: Machine) -> Iterator[pa.RecordBatch]:
    """Yield selected rows, which begin with split and time, as batches of few characters."""
    for chunk in _cut(rows):
        _, _, *values = zip(*chunk, strict=True)
        arrays = [column.to_array(found, machine) for column, found in zip(dataset.columns, values, strict=True)]
        days = pa.repeat(pa.scalar(day, pa.date32()), len(chunk))
        yield pa.record_batch([*arrays, days], schema=dataset.schema)


def read_batches(paths: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """Yield what is in files, a row group at a time."""
    import pyarrow.parquet as pq

    for path in paths:
        with pq.ParquetFile(path) as file:
            for number in range(file.num_row_groups):
                yield from file.read_row_group(number).to_batches()


def describe_file(path: Path) -> tuple[int, pa.Schema, set[str]]:
    """Return how many rows a file has by its footer, its schema and the splits of its rows."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        groups = [file.metadata.row_group(number) for number in range(file.num_row_groups)]
        schema = file.schema_arrow
        leaves = [leaf for group in groups for leaf in _find_leaf(group, "split")]
        splits = {str(bound) for leaf in leaves for bound in (leaf.statistics.min, leaf.statistics.max)}
        return file.metadata.num_rows, schema, splits


def _find_leaf(group: Any, name: str) -> list[Any]:
    columns = (group.column(number) for number in range(group.num_columns))
    return [column for column in columns if column.path_in_schema == name]


def _group(batches: Iterable[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    size_bytes = 0
    for batch in batches:
        group.append(batch)
        size_bytes += batch.nbytes
        if size_bytes >= GROUP_BYTES:
            yield group
            group, size_bytes = [], 0
    if group:
        yield group


def _cut(rows: Iterable[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    characters = 0
    for row in rows:
        chunk.append(row)
        characters += sum(len(value) for value in row if type(value) is str)
        if len(chunk) == BATCH_ROWS or characters >= BATCH_CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk

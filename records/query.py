"""Answers SQL over exported data sets with DuckDB, which sees them and nothing else."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from records.dataset import Dataset
from records.datasets import KNOWN
from records.manifest import DatasetManifest, read_manifest, require_known, require_sound
from schemas.errors import InputError

if TYPE_CHECKING:
    import pyarrow.dataset as pads  # imports pandas, which no other command needs

CLOSED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
"""No file, no network, no extension, no Python variable, and no statement that opens any of them."""
MOST_ROWS, BATCH_ROWS = 100_000, 10_000


@dataclass(frozen=True)
class QueryAnswer:
    """The columns and rows of a query's answer, in Python's own types."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def query(sql: str, folder: Path) -> QueryAnswer:
    """Run one SELECT; every data set is a view of its name, empty where nothing was exported yet.

    Raises InputError with DuckDB's own words for SQL that it refuses, and for damaged files.
    """
    with open_datasets(folder) as connection:
        relation = connection.sql(sql)
        if relation is None:
            raise InputError("the statement gives no rows: write a SELECT")
        table = _read_few(relation.to_arrow_reader(BATCH_ROWS))
    try:
        values = [column.to_pylist() for column in table.columns]
    except (OverflowError, ValueError) as error:  # a time before year 1 or after 9999
        raise InputError(f"a value of the answer is out of Python's range ({error}): cast it to VARCHAR") from error
    return QueryAnswer(tuple(table.column_names), tuple(zip(*values, strict=True)))


def _read_few(batches: pa.RecordBatchReader) -> pa.Table:
    """Return what is read as a table; raises InputError for more rows than anybody looks at."""
    read: list[pa.RecordBatch] = []
    for batch in batches:
        read.append(batch)
        if sum(map(len, read)) > MOST_ROWS:
            raise InputError(f"the answer has more than {MOST_ROWS} rows: add up, or end it with LIMIT")
    return pa.Table.from_batches(read, batches.schema)


@contextmanager
def open_datasets(
    folder: Path, manifest: DatasetManifest | None = None, staged: Mapping[str, Path] = MappingProxyType({})
) -> Iterator[Any]:
    """Yield a DuckDB connection in which every data set is a view of its name, and which sees nothing else.

    `staged` says where files of a manifest are that is not the folder's yet. Raises InputError as `query` does.
    """
    import duckdb

    manifest = manifest or read_manifest(folder)
    if manifest:
        require_known(folder, manifest, KNOWN)
    with duckdb.connect(":memory:", config=dict(CLOSED)) as connection:
        try:
            for dataset in KNOWN.values():
                connection.register(dataset.name, open_dataset(folder, dataset, manifest, staged))
            yield connection
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            require_sound(folder)
            raise InputError(f"{error}\nThe data sets are {', '.join(KNOWN)}.") from error


def open_dataset(
    folder: Path,
    dataset: Dataset,
    manifest: DatasetManifest | None,
    staged: Mapping[str, Path] = MappingProxyType({}),
) -> "pads.Dataset":
    """Open the files that the manifest names; columns that an older file lacks are NULL."""
    import pyarrow.dataset as pads

    entry = manifest.datasets.get(dataset.name) if manifest else None
    if entry is None or not entry.files:
        return pads.dataset(dataset.schema.empty_table())
    paths = [str(staged.get(file.path, folder / file.path)) for file in entry.files]
    return pads.dataset(paths, schema=dataset.schema, format="parquet")

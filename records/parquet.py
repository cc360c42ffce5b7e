"""Exports what is new in the store to Parquet: temporary names first, renamed parents first, the manifest last."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select

from records.datasets import DATASETS, ON_REQUEST, Dataset
from records.file_store import publish
from records.manifest import DatasetFile, DatasetManifest, locked, read_manifest, require_sound
from records.store import Store
from records.tables import RevisionRow
from schemas.errors import InputError, storing
from schemas.record import Record, hash_bytes

BATCH_ROWS = 1000
DEFAULT_NAMES = tuple(dataset.name for dataset in DATASETS)
KNOWN = {dataset.name: dataset for dataset in (*DATASETS, *ON_REQUEST)}


class ExportReport(Record):
    """What an export has written."""

    rows: int
    files: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return what a log says of it."""
        return f"{self.rows} new rows in {len(self.files)} files"


@dataclass(frozen=True)
class _Pending:
    """A whole file under its temporary name."""

    dataset: str
    temporary: Path
    file: DatasetFile


def export(store: Store, folder: Path, names: Sequence[str] = DEFAULT_NAMES, *, anew: bool = False) -> ExportReport:
    """Write what is new since the last export of each named data set; without news nothing is written.

    `anew` writes everything, of the others that are there too, instead of what is there. Killed anywhere, it leaves
    whole files whose keys are closed, and the next export puts the folder right. Raises InputError for an unknown name,
    a folder of another store and a damaged file, InfrastructureError when it can't write.
    """
    unknown = sorted(set(names) - set(KNOWN))
    if unknown:
        raise InputError(f"unknown data set '{unknown[0]}': known are {', '.join(KNOWN)}")
    with locked(folder), storing(folder):
        if not anew:
            require_sound(folder)
        return _export(store, folder, names, anew)


def _export(store: Store, folder: Path, names: Sequence[str], anew: bool) -> ExportReport:
    with store.read() as connection:
        counter = connection.execute(select(RevisionRow.value, RevisionRow.store_id)).one()
        manifest = read_manifest(folder) or DatasetManifest(store_id=counter.store_id)
        if manifest.store_id != counter.store_id:
            raise InputError(f"{folder} holds the data sets of another store: name a folder of its own")
        manifest.remove_leftovers(folder)
        wanted = [data for name, data in KNOWN.items() if name in names or (anew and name in manifest.datasets)]
        manifest = DatasetManifest(store_id=counter.store_id) if anew else manifest
        pending = [new for data in wanted for new in _write_new(connection, folder, data, manifest, counter.value)]
    if pending:
        for done in pending:
            publish(done.temporary, folder / done.file.path)
        for dataset in wanted:
            new = [done.file for done in pending if done.dataset == dataset.name]
            manifest = manifest.extend(dataset.name, dataset.version, counter.value, new)
        manifest.write(folder)
        manifest.remove_leftovers(folder)
    return ExportReport(rows=sum(p.file.rows for p in pending), files=tuple(p.file.path for p in pending))


def _write_new(
    connection: Connection, folder: Path, dataset: Dataset, manifest: DatasetManifest, revision: int
) -> Iterator[_Pending]:
    """Write the new rows of one data set, a file per date of recording, under temporary names."""
    after = manifest.datasets[dataset.name].high_water if dataset.name in manifest.datasets else 0
    streaming = connection.execution_options(yield_per=BATCH_ROWS)
    found = streaming.execute(dataset.select_new(after)).mappings()
    for date, rows in groupby(found, key=lambda row: row["_recorded_at"].date()):
        path = f"{dataset.name}/date={date}/{after + 1:012d}-{revision:012d}.parquet"
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.tmp")
        count = _write_file(temporary, dataset, iter(rows))
        data = temporary.read_bytes()
        file = DatasetFile(path=path, rows=count, size_bytes=len(data), sha256=hash_bytes(data))
        yield _Pending(dataset.name, temporary, file)


def _write_file(path: Path, dataset: Dataset, rows: Iterator[Any]) -> int:
    """Write one Parquet file and bring it to disk; return its number of rows."""
    import pyarrow.parquet as pq

    count = 0
    with path.open("wb") as stream:
        with pq.ParquetWriter(stream, dataset.schema, compression="zstd") as writer:
            while batch := list(islice(rows, BATCH_ROWS)):
                columns = [[column.convert(row[column.name]) for row in batch] for column in dataset.columns]
                arrays = [pa.array(v, c.type) for v, c in zip(columns, dataset.columns, strict=True)]
                writer.write_batch(pa.record_batch(arrays, schema=dataset.schema))
                count += len(batch)
        stream.flush()
        os.fsync(stream.fileno())
    return count

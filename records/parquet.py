"""Exports what is new in the store to Parquet: temporary names first, renamed parents first, the manifest last."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
from sqlalchemy import Connection, select

from records.card import CARD, write_card
from records.dataset import Dataset
from records.datasets import DATASETS, KNOWN
from records.file_store import publish, write_durably
from records.machine import Machine
from records.manifest import (
    MEND,
    DatasetEntry,
    DatasetFile,
    DatasetManifest,
    discard_damaged,
    locked,
    read_manifest,
    require_known,
    require_sound,
)
from records.parquet_files import batch_rows, write_file
from records.store import Store
from records.tables import RevisionRow
from schemas.errors import InputError, QualityError, storing
from schemas.record import Record

FETCHED_ROWS = 50
"""Rows that are read at once: each may hold megabytes of text."""
REPORT, QUARANTINE = "quality.html", "quarantine"
MOST_TOLD = 5
DEFAULT_NAMES = tuple(dataset.name for dataset in DATASETS)


class ExportReport(Record):
    """What an export has written."""

    rows: int
    files: tuple[str, ...]

    @property
    def summary(self) -> str:
        """Return what a log says of it."""
        return f"{self.rows} new rows in {len(self.files)} files"


@dataclass(frozen=True)
class Pending:
    """A whole file under its temporary name."""

    temporary: Path
    file: DatasetFile


def export(
    store: Store,
    folder: Path,
    names: Sequence[str] = DEFAULT_NAMES,
    *,
    anew: bool = False,
    checked: bool = False,
) -> ExportReport:
    """Write what is new since the last export of each named data set; without news nothing is written.

    `checked` asks the suites of all data sets first; what breaks a rule is published by nothing and left in quarantine.

    A data set whose files have other columns than it has now is written anew from the store; `anew` does that to all
    that are there. Killed anywhere, it leaves whole files whose keys are closed, and the next export puts the folder
    right. Raises InputError for an unknown name, a folder of another store or of a newer program and a damaged file,
    QualityError for a broken rule, InfrastructureError when it can't write.
    """
    unknown = sorted(set(names) - set(KNOWN))
    if unknown:
        raise InputError(f"unknown data set '{unknown[0]}': known are {', '.join(KNOWN)}")
    with locked(folder), storing(folder):
        discard_damaged(folder) if anew else require_sound(folder)
        return _export(store, folder, names, anew=anew, checked=checked)


def put_in_place(folder: Path, manifest: DatasetManifest, pending: Iterable[Pending]) -> None:
    """Give files the names that a manifest has for them, then write card and manifest, and remove what it replaces."""
    for done in pending:
        publish(done.temporary, folder / done.file.path)
    write_durably(folder / CARD, write_card(manifest, KNOWN).encode())
    manifest.write(folder)
    manifest.remove_leftovers(folder)


def read_own_manifest(folder: Path, store_id: str) -> DatasetManifest:
    """Return a folder's manifest, or an empty one; raises InputError for another store's and a newer program's."""
    manifest = read_manifest(folder) or DatasetManifest(store_id=store_id)
    if manifest.store_id != store_id:
        raise InputError(f"{folder} holds the data sets of another store: name a folder of its own")
    require_known(folder, manifest, KNOWN)
    return manifest


def _export(store: Store, folder: Path, names: Sequence[str], *, anew: bool, checked: bool) -> ExportReport:
    with store.read() as connection:
        counter = connection.execute(select(RevisionRow.value, RevisionRow.store_id)).one()
        manifest = read_own_manifest(folder, counter.store_id)
        if not anew and any(entry.high_water > counter.value for entry in manifest.datasets.values()):
            raise InputError(f"{folder} holds a later state of this store than it is in (an older copy?): {MEND}")
        manifest.remove_leftovers(folder)
        entries: dict[str, DatasetEntry] = {}
        pending: list[Pending] = []
        for dataset in [data for name, data in KNOWN.items() if name in names or (anew and name in manifest.datasets)]:
            known = None if anew else manifest.datasets.get(dataset.name)
            known = known if known and known.schema_hash == dataset.schema_hash else None
            new = list(_write_new(connection, folder, dataset, known.high_water if known else 0, counter.value))
            kept = known.files if known else ()
            if new:
                kept = tuple(file for file in kept if file.rows)
            elif not kept:
                new = [_write_empty(folder, dataset)]
            entries[dataset.name] = DatasetEntry(
                schema_version=dataset.version,
                schema_hash=dataset.schema_hash,
                high_water=counter.value,
                files=(*kept, *(done.file for done in new)),
            )
            pending += new
        counts = {name: connection.execute(KNOWN[name].count()).scalar_one() for name in entries if checked and pending}
    if checked and pending and {*DEFAULT_NAMES} <= {*names}:  # keys of a part of them lead to rows that wait
        _guard(folder, manifest.having(entries), pending, counts)
    if pending:
        put_in_place(folder, manifest.having(entries), pending)
    return ExportReport(rows=sum(p.file.rows for p in pending), files=tuple(p.file.path for p in pending))


def _guard(folder: Path, manifest: DatasetManifest, pending: Sequence[Pending], counts: Mapping[str, int]) -> None:
    """Keep the suites' report with the data sets; by a fault it raises QualityError, the new files in quarantine."""
    from records.quality import inspect  # what it stands on takes seconds

    found = inspect(folder, manifest, KNOWN, {done.file.path: done.temporary for done in pending}, counts)
    page = found.write_page().encode()
    if not found.broken:
        write_durably(folder / REPORT, page)
        return
    apart = folder / QUARANTINE / f"{max(entry.high_water for entry in manifest.datasets.values()):012d}"
    for done in pending:
        (apart / done.file.path).parent.mkdir(parents=True, exist_ok=True)
        done.temporary.replace(apart / done.file.path)
    write_durably(apart / REPORT, page)
    told = "; ".join(one.sentence for one in found.broken[:MOST_TOLD])
    more = f"; and {len(found.broken) - MOST_TOLD} more" if len(found.broken) > MOST_TOLD else ""
    raise QualityError(
        f"nothing was published: {told}{more}. The new files are in {apart}, with the report {REPORT}; if files were "
        f"damaged, {MEND}"
    )


def _write_new(connection: Connection, folder: Path, dataset: Dataset, after: int, revision: int) -> Iterator[Pending]:
    """Write the new rows of one data set, a file per split and date of recording, under temporary names."""
    machine = Machine.of(folder.parent)
    streaming = connection.execution_options(yield_per=FETCHED_ROWS)
    found = dataset.finish(streaming.execute(dataset.select_new(after)))
    for (split, day), rows in groupby(found, key=lambda row: (row[0], row[1].date())):
        path = f"{dataset.name}/{split}/{day}-{after + 1:012d}-{revision:012d}-v{dataset.version}.parquet"
        yield write_pending(folder, path, dataset.schema, batch_rows(dataset, day, rows, machine))


def _write_empty(folder: Path, dataset: Dataset) -> Pending:
    return write_pending(folder, f"{dataset.name}/train/empty-v{dataset.version}.parquet", dataset.schema, ())


def write_pending(folder: Path, path: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> Pending:
    """Write a file of a data set under its temporary name."""
    target = folder / path
    temporary = target.with_name(f".{target.name}.tmp")
    return Pending(temporary, write_file(temporary, path, schema, batches))

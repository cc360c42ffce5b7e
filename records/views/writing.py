"""Writes training views beside the data sets that they are made from: Parquet by split, a report and a data card."""

import os
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from records.file_store import write_durably
from records.manifest import DatasetManifest, locked, read_manifest
from records.query import open_datasets
from records.views.card import write_card
from records.views.facts import create_facts
from records.views.view import CANARY, Document, View
from schemas.benchmark import Split
from schemas.errors import InputError, storing
from schemas.record import hash_bytes
from schemas.verdict import JUDGE_VERSION
from schemas.views import EpisodeCount, TraceYield, ViewFile, ViewsReport

REPORT = "views.json"
MOST_BYTES = 256_000_000
"""Trainers read whole files into memory (formats page): more than this in Arrow begins another."""
GROUP_BYTES = 16_000_000


def write_views(
    datasets: Path,
    folder: Path,
    views: Collection[View | Document],
    splits: Sequence[Split],
    most_bytes: int = MOST_BYTES,
) -> ViewsReport:
    """Write views of the data sets' benchmarks of some splits, in place of all that was in the folder before.

    Exports and other views wait meanwhile. Raises InputError for a folder of other things and for damaged data sets,
    InfrastructureError when it can't write.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder / REPORT).is_file() and (folder.is_file() or any(folder.iterdir())):
        raise InputError(f"{folder} holds something else than training views: name a new folder")
    if folder.is_relative_to(datasets.absolute()):
        raise InputError(f"{folder} lies among the data sets, whose next export would empty it: name another folder")
    manifest = read_manifest(datasets)
    if manifest is None:
        raise InputError(f"there are no data sets in {datasets}: make them by `workpiece run` or `workpiece export`")
    new, old = (folder.with_name(f".{folder.name}.{word}") for word in ("new", "old"))
    with locked(datasets), open_datasets(datasets) as connection, storing(folder):
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        create_facts(connection, splits)
        files = [f for view in views for split in splits for f in _write_view(connection, new, view, split, most_bytes)]
        if not files:
            told = f"{', '.join(view.name for view in views)} of {', '.join(splits)}"
            raise InputError(f"the data sets have no rows for {told}: {folder} stays as it is; see `workpiece metrics`")
        report = _report(connection, manifest, files)
        write_durably(new / "README.md", write_card(report, views).encode())
        write_durably(new / REPORT, report.model_dump_json(indent=1).encode())
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
    return report


def _write_view(
    connection: Any, folder: Path, view: View | Document, split: Split, most_bytes: int
) -> Iterator[ViewFile]:
    """Write the files of a view's split; none where it has no row, which `datasets` would refuse to load."""
    for path, rows in _write_files(connection, folder / view.name, view, split, most_bytes):
        data = path.read_bytes()
        name = path.relative_to(folder).as_posix()
        yield ViewFile(view=view.name, split=split, path=name, rows=rows, size_bytes=len(data), sha256=hash_bytes(data))


def _write_files(
    connection: Any, folder: Path, view: View | Document, split: Split, most_bytes: int
) -> Iterator[tuple[Path, int]]:
    if isinstance(view, Document):
        for name, text in view.documents(connection, split):
            path = folder / split / name
            write_durably(path, text.encode())
            yield path, 1
    else:
        for number, tables in enumerate(_share_out(view.tables(connection, split), most_bytes)):
            path = folder / f"{split}-{number:05d}.parquet"
            yield path, _write_file(path, tables)


def _share_out(tables: Iterator[pa.Table], most_bytes: int) -> Iterator[list[pa.Table]]:
    """Yield the row groups of one file after the other, about 16 MB each, in a file `most_bytes` at most."""
    groups: list[pa.Table] = []
    group: list[pa.Table] = []
    size = 0
    for table in (part for whole in tables for part in _cut(whole, most_bytes)):
        if size and size + table.nbytes > most_bytes:
            yield [*groups, *_join(group)]
            groups, group, size = [], [], 0
        group.append(table)
        size += table.nbytes
        if sum(one.nbytes for one in group) > GROUP_BYTES:
            groups, group = [*groups, *_join(group)], []
    if size:
        yield [*groups, *_join(group)]


def _cut(table: pa.Table, most_bytes: int) -> Iterable[pa.Table]:
    """Return a table whole, or row by row where it is too large for the rest of a file."""
    return [table] if table.nbytes < most_bytes / 8 else (table.slice(n, 1) for n in range(len(table)))


def _join(tables: Sequence[pa.Table]) -> list[pa.Table]:
    return [pa.concat_tables(tables)] if tables else []


def _write_file(path: Path, tables: Sequence[pa.Table]) -> int:
    """Write one Parquet file and bring it to disk; return its number of rows."""
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with path.open("wb") as stream:
        with pq.ParquetWriter(stream, tables[0].schema, compression="zstd") as writer:
            for table in tables:
                writer.write_table(table, row_group_size=len(table))
                count += len(table)
        stream.flush()
        os.fsync(stream.fileno())
    return count


def _report(connection: Any, manifest: DatasetManifest, files: Sequence[ViewFile]) -> ViewsReport:
    counted = connection.sql(
        "SELECT split, dropped_because, count(*) FROM rewarded GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    taken = connection.sql("""
        SELECT count(*) FILTER (dropped_because IS NULL), count(*), sum(elapsed_s) / 3600, sum(money_usd)
        FROM rewarded WHERE policy NOT IN ('generator', 'reference_search')""").fetchall()[0]
    good, conversations, hours, usd = taken
    stored = sum(file.size_bytes for entry in manifest.datasets.values() for file in entry.files)
    return ViewsReport(
        judge_version=JUDGE_VERSION,
        canary=CANARY,
        files=tuple(files),
        episodes=tuple(EpisodeCount(split=s, dropped_because=why, episodes=count) for s, why, count in counted),
        traces=TraceYield(
            good=good,
            conversations=conversations,
            per_hour=good / hours if hours else None,
            per_gb=good / stored * 1e9 if stored else None,
            per_usd=good / usd if usd else None,
        ),
    )


def find_views(names: Sequence[str], known: Mapping[str, View | Document]) -> list[View | Document]:
    """Return views by their names, all for none; raises InputError for one that there is not."""
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError(f"unknown view '{unknown[0]}': known are {', '.join(known)}")
    return [view for name, view in known.items() if not names or name in names]

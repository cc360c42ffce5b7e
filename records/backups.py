"""Backs a store up, rows and the files that they name, in one file that opens on either database.

A backup is `DAY.tar.zst` with `DAY.json`, its manifest, which comes last. In the archive are the rows of every table
as JSON lines, texts as they read, and the contents of the file store by hash: what is alike is far apart, hence the
long window.
"""

import fcntl
import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

import zstandard
from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Select, Table, delete, func, insert, select, update

from records.bucket import Bucket
from records.engine import make_engine, mapped_faults, writing
from records.file_store import FileStore, write_durably, writing_durably
from records.rows import now
from records.store import Store
from records.tables import BackupRow, Base, FileRow, RevisionRow, UploadRow
from records.texts import MoneyText, UtcTime
from records.upgrade import read_revision
from schemas.errors import InfrastructureError, InputError, storing
from schemas.record import Record, Sha256, describe_validation
from schemas.sandbox import MIB
from schemas.settings import WorkspaceSettings

LEVEL = 12
"""Of zstd; on a store of 12 items 17 CPU s a GB and a fifteenth of the size, level 22 takes 415 for a seventeenth."""
WINDOW_LOG = 27
"""128 MiB: texts of a whole night are alike; every zstd opens it without being told to."""
MEMBER_BYTES = 4 * MIB
"""Rows are written, and put back, so many bytes at a time."""
ROWS_AT_ONCE = 200
ARCHIVE, MANIFEST = ".tar.zst", ".json"
FORMAT = "1"
_READERS: dict[type, Callable[[str], object]] = {UtcTime: datetime.fromisoformat, MoneyText: Decimal}


class Backup(Record):
    """The manifest of a backup: of which store, by which program, and what its archive holds."""

    format: str = FORMAT
    day: date
    store_id: str
    schema_revision: str
    rows: dict[str, int]
    files: int
    damaged: tuple[Sha256, ...]
    size_bytes: int
    sha256: Sha256

    @property
    def row_count(self) -> int:
        """Return how many rows are in it."""
        return sum(self.rows.values())


def make_backup(store: Store, folder: Path, day: date) -> Backup:
    """Back a store up into a folder, unless a whole one of that day is there; others' writes come the next day.

    One whose archive is missing or damaged is made, and to be sent, anew. Contents that are damaged are left out, and
    named by the manifest. Raises InputError for a store of no rows, a damaged manifest and a backup of another store,
    InfrastructureError on a full disk.
    """
    with store.read() as connection:
        own = _read_store_id(connection)
        if _find_filled(connection) is None:
            raise InputError(
                "the store holds nothing yet, so there is nothing to back up: `workpiece run` or `restore`"
            )
    with _alone_in(folder):
        manifest = folder / f"{day}{MANIFEST}"
        whole = manifest.exists() and not is_broken(folder, day)
        made = read_manifest(manifest) if whole else _write(store, folder, day)
        if made.store_id != own:
            raise InputError(f"{manifest} is of another store: move it away, or name another WORKPIECE_WORKSPACE")
        with mapped_faults(store.engine), writing(store.engine).begin() as connection:
            known = connection.execute(select(BackupRow.sha256).where(BackupRow.day == str(day))).scalar()
            if known != made.sha256:
                connection.execute(delete(UploadRow).where(UploadRow.name == str(day)))
                connection.execute(delete(BackupRow).where(BackupRow.day == str(day)))
                found = {"sha256": made.sha256, "size_bytes": made.size_bytes, "rows": made.row_count}
                row = {"day": str(day), **found, "files": made.files, "pruned_at": None, "recorded_at": now()}
                connection.execute(insert(BackupRow), [row])
    return made


def is_broken(folder: Path, day: date) -> bool:
    """Say whether the archive of a day isn't that of its manifest, if it has one; raises InputError for no manifest."""
    manifest, archive = folder / f"{day}{MANIFEST}", folder / f"{day}{ARCHIVE}"
    return manifest.exists() and not (archive.is_file() and hash_file(archive) == read_manifest(manifest).sha256)


def restore_backup(store: Store, folder: Path, day: date) -> Backup:
    """Put a backup into a store that is empty, all or nothing.

    Raises InputError for a store that is not empty, a backup of another version and one that is damaged.
    """
    made, archive = read_manifest(folder / f"{day}{MANIFEST}"), folder / f"{day}{ARCHIVE}"
    if is_broken(folder, day):
        raise InputError(f"{archive} is missing or damaged: its hash is not its manifest's; name another copy or day")
    with mapped_faults(store.engine), writing(store.engine).begin() as connection:
        _require_fitting(connection, made)
        connection.execute(delete(RevisionRow))
        try:
            _unpack(connection, store.files, archive)
            rows = {table.name: connection.execute(_count(table)).scalar_one() for table in Base.metadata.sorted_tables}
        except (tarfile.TarError, zstandard.ZstdError, KeyError, ValueError) as error:
            raise InputError(f"{archive} is no archive of a backup ({error}): name another copy or day") from error
        if rows != made.rows:
            raise InputError(f"{archive} holds other rows than its manifest says: name another copy or day")
    return made


def require_empty(connection: Connection) -> None:
    """Raise InputError for a store that holds rows."""
    filled = _find_filled(connection)
    if filled is not None:
        raise InputError(f"the store is not empty ({filled}): name a new WORKPIECE_WORKSPACE or _STORE_URL")


def require_own(store: Store, bucket: Bucket, day: str, folder: Path) -> None:
    """Raise InfrastructureError where a bucket holds the backup of a day of another store: it is not written over."""
    with store.read() as connection:
        own = _read_store_id(connection)
    with tempfile.TemporaryDirectory(prefix=".there.", suffix=".tmp", dir=folder) as place, suppress(InputError):
        path = Path(place, f"{day}{MANIFEST}")
        if bucket.fetch(f"backups/{path.name}", path) and read_manifest(path).store_id != own:
            raise InfrastructureError(
                f"{bucket.url} holds the backup of {day} of another store: give each store a prefix of its own"
            )


def _read_store_id(connection: Connection) -> str:
    return connection.execute(select(RevisionRow.store_id)).scalar_one()


def _find_filled(connection: Connection) -> str | None:
    """Return the name of a table that has rows, or None."""
    tables = (table for table in Base.metadata.sorted_tables if table.name != RevisionRow.__tablename__)
    return next((table.name for table in tables if connection.execute(select(table).limit(1)).first()), None)


def read_manifest(path: Path) -> Backup:
    """Return a manifest; raises InputError where there is none that this program reads."""
    try:
        return Backup.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"there is no backup {path}: name another day, or none for the newest") from error
    except ValidationError as error:
        raise InputError(
            f"{path} is no manifest of a backup: {describe_validation(error)}; name another day"
        ) from error


def prune_backups(store: Store, folder: Path, kept: Sequence[date]) -> tuple[date, ...]:
    """Remove the backups of all other days here and in the bucket, and return those days."""
    old = tuple(day for day in list_days(store) if day not in kept)
    for day in old:
        for end in (MANIFEST, ARCHIVE):
            if store.files.bucket is not None:
                store.files.bucket.remove(f"backups/{day}{end}")
            (folder / f"{day}{end}").unlink(missing_ok=True)
        with mapped_faults(store.engine), writing(store.engine).begin() as connection:
            connection.execute(update(BackupRow).where(BackupRow.day == str(day)).values(pruned_at=now()))
    return old


def choose_kept(days: Iterable[date], settings: WorkspaceSettings) -> tuple[date, ...]:
    """Return the days whose backups are kept: the newest of so many days, weeks and months that have one."""
    kept, known = set[date](), sorted(days)
    for most, name in (
        (settings.backup_days, lambda day: day.toordinal()),
        (settings.backup_weeks, lambda day: day.isocalendar()[:2]),
        (settings.backup_months, lambda day: (day.year, day.month)),
    ):
        newest = {name(day): day for day in known}
        kept |= set(sorted(newest.values(), reverse=True)[:most])
    return tuple(sorted(kept))


def list_days(store: Store) -> tuple[date, ...]:
    """Return the days whose backups are there."""
    with store.read() as connection:
        found = connection.execute(select(BackupRow.day).where(BackupRow.pruned_at.is_(None))).scalars()
        return tuple(map(date.fromisoformat, sorted(found)))


def fetch_backup(source: str, folder: Path, day: date | None) -> tuple[Path, date]:
    """Return folder and day of a backup (the newest where none is named) of a folder, or fetched from a bucket.

    Raises InputError where there is none.
    """
    bucket = Bucket(source) if source.startswith("s3://") else None
    files = bucket.list_keys("backups/") if bucket else tuple(map(str, Path(source).glob(f"*{MANIFEST}")))
    days = sorted(made for file in files if (made := _read_day(Path(file).name)))
    if not days or (day is not None and day not in days):
        known = f"there are {days[0]} to {days[-1]}" if days else "there is none"
        raise InputError(f"no backup {'' if day is None else f'of {day} '}in {source}: {known}; --source names another")
    chosen = day or days[-1]
    if bucket is None:
        return Path(source), chosen
    with closing(bucket):
        for end in (ARCHIVE, MANIFEST):
            bucket.fetch(f"backups/{chosen}{end}", folder / f"{chosen}{end}")
    return folder, chosen


def _read_day(name: str) -> date | None:
    """Return the day of a manifest by its name, None for any other file."""
    with suppress(ValueError):
        return datetime.strptime(name, f"%Y-%m-%d{MANIFEST}").date()
    return None


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file of any size."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time make backups in a folder, and remove what a killed one has left."""
    with storing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for leftover in folder.glob(".*.tmp"):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
            yield


def _write(store: Store, folder: Path, day: date) -> Backup:
    archive = folder / f"{day}{ARCHIVE}"
    parameters = zstandard.ZstdCompressionParameters.from_level(LEVEL, window_log=WINDOW_LOG, enable_ldm=True)
    with writing_durably(archive) as stream, _snapshot(store.engine, folder) as connection:
        named = {"store_id": _read_store_id(connection)}
        named["schema_revision"] = read_revision(connection)
        packer = zstandard.ZstdCompressor(compression_params=parameters)
        with packer.stream_writer(stream, closefd=False) as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
            rows = {table.name: _write_table(tar, connection, table) for table in Base.metadata.sorted_tables}
            files, damaged = _write_files(tar, connection, store.files)
    named["sha256"] = hash_file(archive)
    size_bytes = archive.stat().st_size
    made = Backup(day=day, rows=rows, files=files, damaged=damaged, size_bytes=size_bytes, **named)
    write_durably(folder / f"{day}{MANIFEST}", made.canonical_json())
    return made


@contextmanager
def _snapshot(engine: Engine, folder: Path) -> Iterator[Connection]:
    """Open one state of a database: Postgres's own, of SQLite a copy, so that its log need not grow meanwhile."""
    if engine.dialect.name != "sqlite":
        with mapped_faults(engine), engine.begin() as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix=".copy.", suffix=".tmp", dir=folder) as place:
        copy = Path(place, "copy.sqlite")
        with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        copied = make_engine(f"sqlite:///{copy}")
        try:
            with mapped_faults(copied), copied.begin() as connection:
                yield connection
        finally:
            copied.dispose()


def _write_table(tar: tarfile.TarFile, connection: Connection, table: Table) -> int:
    """Write the rows of a table by their keys as members of bounded size; return how many they are."""
    count, lines, size = 0, list[bytes](), 0
    found = connection.execution_options(stream_results=True).execute(select(table).order_by(*table.primary_key))
    for row in found.yield_per(ROWS_AT_ONCE).mappings():
        lines.append(json.dumps(dict(row), default=str, ensure_ascii=False).encode())
        count, size = count + 1, size + len(lines[-1])
        if size >= MEMBER_BYTES:
            _add(tar, f"tables/{table.name}/{count}", b"\n".join(lines))
            lines, size = [], 0
    if lines:
        _add(tar, f"tables/{table.name}/{count}", b"\n".join(lines))
    return count


def _write_files(tar: tarfile.TarFile, connection: Connection, files: FileStore) -> tuple[int, tuple[str, ...]]:
    """Write the contents that rows name; return how many they are, and those that are damaged."""
    hashes = connection.execute(select(FileRow.sha256).where(FileRow.text.is_(None)).order_by(FileRow.sha256))
    damaged, count = list[str](), 0
    for sha256 in hashes.scalars().all():
        try:
            _add(tar, f"files/{sha256}", files.read(sha256))
            count += 1
        except InfrastructureError:
            damaged.append(sha256)
    return count, tuple(damaged)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _unpack(connection: Connection, files: FileStore, archive: Path) -> None:
    with archive.open("rb") as stream, zstandard.ZstdDecompressor().stream_reader(stream) as packed:
        tar = tarfile.open(fileobj=packed, mode="r|")  # noqa: SIM115 - closed with what it reads
        for member in tar:
            _put_member(connection, files, member.name, tar.extractfile(member))


def _count(table: Table) -> Select[tuple[int]]:
    return select(func.count()).select_from(table)


def _put_member(connection: Connection, files: FileStore, name: str, stream: IO[bytes] | None) -> None:
    kind, what, *_ = name.split("/")
    data = stream.read() if stream else b""
    if kind == "files":
        files.write(data)
        return
    table = Base.metadata.tables[what]
    readers = {c.name: _READERS[type(c.type)] for c in table.columns if type(c.type) in _READERS}
    rows = [json.loads(line) for line in data.split(b"\n")]
    for row in rows:
        row.update({one: read(row[one]) for one, read in readers.items() if row[one] is not None})
    connection.execute(insert(table), rows)


def _require_fitting(connection: Connection, made: Backup) -> None:
    """Raise InputError where a backup can't be put into this store."""
    current = read_revision(connection)
    if (made.format, made.schema_revision) != (FORMAT, current):
        raise InputError(
            f"the backup of {made.day} has another version (format {made.format}, schema {made.schema_revision}; "
            f"here they are {FORMAT}, {current}): restore it by the program that made it, then open it by this one"
        )
    require_empty(connection)

"""Sends what a store keeps as files to its bucket, so that being offline loses nothing: what is not sent yet waits.

What waits is not written down: it is every content and backup without a row of `uploads` that says when it was sent.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Select, insert, select, update

from records.backups import ARCHIVE, MANIFEST, require_own
from records.bucket import Bucket
from records.engine import mapped_faults, writing
from records.file_store import FileStore, name_object
from records.rows import now
from records.store import Store
from records.tables import BackupRow, FileRow, UploadRow
from schemas.errors import InfrastructureError, InputError, WorkpieceError
from schemas.record import Record

MOST_FAULTS = 3
"""After so many files in a row that can't be sent, the others are left for later."""


class UploadReport(Record):
    """What sending came to: files sent now, those that wait still, and why the first of them does."""

    sent: int
    waiting: int
    fault: str | None = None

    @property
    def verdict(self) -> str:
        """Return it in a line; raises InfrastructureError where something waits."""
        if self.waiting:
            raise InfrastructureError(
                f"{self.sent} files sent, {self.waiting} wait and are sent by the next `workpiece upload`: {self.fault}"
            )
        return f"{self.sent} files sent, none waits"


def require_bucket(files: FileStore) -> Bucket:
    """Return the bucket of a file store; raises InputError where it is a folder alone."""
    if files.bucket is None:
        raise InputError("files are kept in a folder alone: set WORKPIECE_FILES_URL to s3://BUCKET/PREFIX")
    return files.bucket


def send_waiting(store: Store, backups: Path) -> UploadReport:
    """Send every content and backup that is here and not sent yet; raises InputError as `Bucket`."""
    bucket, sent, faults, first = require_bucket(store.files), 0, 0, None
    waiting = tuple(_list_waiting(store, bucket.url, backups))
    for name, objects in waiting:
        try:
            if objects[0][0].parent == backups:
                require_own(store, bucket, name, backups)
            wholes = [bucket.send(path, key) for path, key in objects]
        except WorkpieceError as fault:
            _note(store, bucket.url, name, fault=str(fault))
            if isinstance(fault, InputError):
                raise
            faults, first = faults + 1, first or str(fault)
            if faults == MOST_FAULTS:
                break
        else:
            whole = wholes[0]
            done = {"size_bytes": whole.size_bytes, "checksum": whole.checksum, "sent_at": now()}
            _note(store, bucket.url, name, fault=None, **done)
            sent, faults = sent + 1, 0
    if first is None:
        bucket.end_stale()
    return UploadReport(sent=sent, waiting=len(waiting) - sent, fault=first)


def is_sent(store: Store, name: str) -> bool:
    """Say whether a file is in the bucket."""
    with store.read() as connection:
        found = _find_sent(require_bucket(store.files).url).where(UploadRow.name == name)
        return connection.execute(found).first() is not None


def _list_waiting(store: Store, url: str, backups: Path) -> Iterator[tuple[str, list[tuple[Path, str]]]]:
    """Yield names of files that are not sent, each with its files that are here, whole, and their keys."""
    sent = _find_sent(url)
    contents = select(FileRow.sha256).where(FileRow.text.is_(None), FileRow.sha256.not_in(sent))
    days = select(BackupRow.day).where(BackupRow.pruned_at.is_(None))
    with store.read() as connection:
        hashes = connection.execute(contents.order_by(FileRow.recorded_at, FileRow.sha256)).scalars().all()
        done = set(connection.execute(sent).scalars())
        unsent = [day for day in connection.execute(days.order_by(BackupRow.day)).scalars() if day not in done]
    for sha256 in hashes:
        if store.files.holds_here(sha256):  # another host has the others
            yield sha256, [(store.files.path(sha256), name_object(sha256))]
    for day in unsent:
        files = [(backups / f"{day}{end}", f"backups/{day}{end}") for end in (ARCHIVE, MANIFEST)]
        if all(path.exists() for path, _ in files):
            yield day, files


def _find_sent(url: str) -> Select[tuple[str]]:
    return select(UploadRow.name).where(UploadRow.url == url, UploadRow.sent_at.is_not(None))


def _note(store: Store, url: str, name: str, **found: Any) -> None:
    """Write down what has become of a file."""
    key = (UploadRow.url == url, UploadRow.name == name)
    with mapped_faults(store.engine), writing(store.engine).begin() as connection:
        again = update(UploadRow).where(*key).values(tries=UploadRow.tries + 1, **found)
        if connection.execute(again).rowcount == 0:
            connection.execute(insert(UploadRow).values(url=url, name=name, tries=1, recorded_at=now(), **found))

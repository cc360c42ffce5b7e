"""The content-addressed file store: one zstd file per content, named by the SHA-256 of what it holds."""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import zstandard

from schemas.errors import InfrastructureError, WorkpieceError, storing
from schemas.record import hash_bytes

if TYPE_CHECKING:
    from records.bucket import Bucket

LOGGER = logging.getLogger("workpiece")
LEVEL = 10
STALE_S = 3600.0
"""A temporary file of this age belongs to a writer that was killed."""
PAUSE_S = 60.0
"""For so long nothing is sent at once after it failed: a bucket that can't be reached holds nobody up."""
MEND = "`workpiece mend` makes it anew from its program"


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is either whole and on disk or not there; raises InfrastructureError."""
    with writing_durably(path) as stream:
        stream.write(data)


def write_once(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, unless there is one: of several at once, one stays, whole."""
    with writing_durably(path, 0o600, _publish_once) as stream:
        stream.write(data)


def publish(temporary: Path, path: Path) -> None:
    """Rename a file that is on disk to its final name, and put the name on disk too."""
    temporary.replace(path)
    _sync_folder(path.parent)


def _publish_once(temporary: Path, path: Path) -> None:
    with suppress(FileExistsError):
        path.hardlink_to(temporary)
        _sync_folder(path.parent)


@contextmanager
def writing_durably(
    path: Path, mode: int = 0o666, publishing: Callable[[Path, Path], None] = publish
) -> Iterator[BinaryIO]:
    """Yield a new file that gets its name once it is whole and on disk; else nothing of it is left."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    with storing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            publishing(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class FileStore:
    """Files by hash in `<folder>/<first two digits>/<sha256>.zst`; safe for any number of threads and processes.

    With a bucket the folder is what is here of it: what others wrote is fetched when it is read, what is written here
    is sent once its row is stored, and by `records.uploads` where that failed.
    """

    def __init__(self, folder: Path, bucket: "Bucket | None" = None) -> None:
        self.folder, self.bucket = folder, bucket
        self._written, self._resume_s, self._lock = set[str](), 0.0, threading.Lock()
        for leftover in folder.glob("*/.*.tmp"):
            with suppress(FileNotFoundError):  # a living writer has just given it its name
                if time.time() - leftover.stat().st_mtime > STALE_S:
                    leftover.unlink()

    def write(self, data: bytes) -> str:
        """Store the bytes, unless they are there undamaged, and return their SHA-256; raises InfrastructureError."""
        sha256 = hash_bytes(data)
        if not self.holds_here(sha256):
            write_durably(self.path(sha256), zstandard.compress(data, LEVEL))
            with self._lock:
                self._written.add(sha256)
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of that hash; raises InfrastructureError when they are missing or damaged."""
        if self.bucket is not None and not self.holds_here(sha256):
            self.bucket.fetch(name_object(sha256), self.path(sha256))
        return self._read_here(sha256)

    def send_new(self) -> None:
        """Send to the bucket what is new here, each once; while it can't be reached, what is new waits in the queue."""
        with self._lock:
            new, self._written = self._written, set()
        if self.bucket is None or time.monotonic() < self._resume_s:
            return
        try:
            for sha256 in sorted(new):
                self.bucket.impatient.send(self.path(sha256), name_object(sha256))
        except WorkpieceError as fault:
            self._resume_s = time.monotonic() + PAUSE_S
            LOGGER.warning("files wait to be sent: %s", fault)

    def holds(self, sha256: str) -> bool:
        """Say whether the bytes of that hash are there undamaged; reads them."""
        return _succeeds(self.read, sha256)

    def holds_here(self, sha256: str) -> bool:
        """Say whether they are in the folder undamaged, whatever is in the bucket."""
        return _succeeds(self._read_here, sha256)

    def path(self, sha256: str) -> Path:
        """Return where the file of that hash is or would be."""
        return self.folder / sha256[:2] / f"{sha256}.zst"

    def _read_here(self, sha256: str) -> bytes:
        try:
            data = zstandard.decompress(self.path(sha256).read_bytes())
        except (OSError, zstandard.ZstdError, MemoryError) as error:  # a flipped bit may ask for terabytes
            raise InfrastructureError(f"file {sha256} of the store can't be read: {error}; {MEND}") from error
        if hash_bytes(data) != sha256:
            raise InfrastructureError(f"file {sha256} of the store is damaged: its hash differs; {MEND}")
        return data


def name_object(sha256: str) -> str:
    """Return the key of a content in a bucket."""
    return f"files/{sha256}.zst"


def _succeeds(read: Callable[[str], bytes], sha256: str) -> bool:
    try:
        read(sha256)
    except InfrastructureError:
        return False
    return True

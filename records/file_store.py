"""The content-addressed file store: one zstd file per content, named by the SHA-256 of what it holds."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import zstandard

from schemas.errors import InfrastructureError, storing
from schemas.record import hash_bytes

LEVEL = 10
STALE_S = 3600.0
"""A temporary file of this age belongs to a writer that was killed."""
MEND = "`workpiece mend` makes it anew from its program"


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is either whole and on disk or not there; raises InfrastructureError."""
    with _written_aside(path, data) as temporary:
        publish(temporary, path)


def write_once(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, unless there is one: of several at once, one stays, whole."""
    with _written_aside(path, data, 0o600) as temporary, suppress(FileExistsError):
        path.hardlink_to(temporary)
        _sync_folder(path.parent)


def publish(temporary: Path, path: Path) -> None:
    """Rename a file that is on disk to its final name, and put the name on disk too."""
    temporary.replace(path)
    _sync_folder(path.parent)


@contextmanager
def _written_aside(path: Path, data: bytes, mode: int = 0o666) -> Iterator[Path]:
    """Yield a new file beside a path that holds the data and is on disk; nothing of it is left."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    with storing(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class FileStore:
    """Files by hash in `<folder>/<first two digits>/<sha256>.zst`; safe for any number of threads and processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for leftover in folder.glob("*/.*.tmp"):
            with suppress(FileNotFoundError):  # a living writer has just given it its name
                if time.time() - leftover.stat().st_mtime > STALE_S:
                    leftover.unlink()

    def write(self, data: bytes) -> str:
        """Store the bytes, unless they are there undamaged, and return their SHA-256; raises InfrastructureError."""
        sha256 = hash_bytes(data)
        if not self.holds(sha256):
            write_durably(self.path(sha256), zstandard.compress(data, LEVEL))
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of that hash; raises InfrastructureError when they are missing or damaged."""
        try:
            data = zstandard.decompress(self.path(sha256).read_bytes())
        except (OSError, zstandard.ZstdError, MemoryError) as error:  # a flipped bit may ask for terabytes
            raise InfrastructureError(f"file {sha256} of the store can't be read: {error}; {MEND}") from error
        if hash_bytes(data) != sha256:
            raise InfrastructureError(f"file {sha256} of the store is damaged: its hash differs; {MEND}")
        return data

    def holds(self, sha256: str) -> bool:
        """Say whether the bytes of that hash are there undamaged; reads them."""
        try:
            self.read(sha256)
        except InfrastructureError:
            return False
        return True

    def path(self, sha256: str) -> Path:
        """Return where the file of that hash is or would be."""
        return self.folder / sha256[:2] / f"{sha256}.zst"

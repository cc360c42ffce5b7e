"""The content-addressed file store: one zstd file per content, named by the SHA-256 of what it holds."""

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path

import zstandard

from schemas.errors import InfrastructureError
from schemas.record import hash_bytes

LEVEL = 10
STALE_S = 3600.0
"""A temporary file of this age belongs to a writer that was killed."""


def write_durably(path: Path, data: bytes) -> None:
    """Write a file so that it is either whole and on disk or not there; raises InfrastructureError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        publish(temporary, path)
    except OSError as error:
        raise InfrastructureError(f"{path} can't be written: {error}") from error


def publish(temporary: Path, path: Path) -> None:
    """Rename a file that is on disk to its final name, and put the name on disk too."""
    temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
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
        """Store the bytes once and return their SHA-256; raises InfrastructureError."""
        sha256 = hash_bytes(data)
        path = self.path(sha256)
        if not path.is_file():
            write_durably(path, zstandard.compress(data, LEVEL))
        return sha256

    def read(self, sha256: str) -> bytes:
        """Return the bytes of that hash; raises InfrastructureError when they are missing or damaged."""
        try:
            data = zstandard.decompress(self.path(sha256).read_bytes())
        except (OSError, zstandard.ZstdError) as error:
            raise InfrastructureError(f"file {sha256} of the store can't be read: {error}") from error
        if hash_bytes(data) != sha256:
            raise InfrastructureError(f"file {sha256} of the store is damaged: its hash differs")
        return data

    def path(self, sha256: str) -> Path:
        """Return where the file of that hash is or would be."""
        return self.folder / sha256[:2] / f"{sha256}.zst"

"""Frames between host and worker: a record and named bytes, with sizes and hashes that are checked on arrival."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from schemas.errors import InfrastructureError, InputError
from schemas.json_bounds import bound_json
from schemas.record import Record, hash_bytes, hash_parts
from schemas.sandbox import Blob, FrameHeader

SCHEMA_VERSION = 1
FILE_PREFIX = "file:"
_RECORD = "record"
_PREFIX = struct.Struct(">4sHI")
_MAGIC = b"WPFR"
_MOST_HEADER_BYTES = 4 * 1024 * 1024
_MOST_RECORD_BYTES = 2 * 1024 * 1024

R = TypeVar("R", bound=Record)


def hash_schemas() -> str:
    """Return the hash of this package's source: host and worker speak of the same records only where it is the same."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hash_parts(*(f"{file.name} {hash_bytes(file.read_bytes())}" for file in files))


class FrameError(InfrastructureError):
    """A frame is cut short, altered, too large, of another version, or not the one expected."""


@dataclass(frozen=True)
class WireFrame:
    """One message: the subject names the type of its record."""

    record: Record
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    def encode(self) -> bytes:
        """Return the bytes of the frame: magic, version, header length, header, blobs."""
        blobs = {_RECORD: self.record.canonical_json(), **self.blobs}
        entries = tuple(Blob(name=n, size_bytes=len(b), sha256=hash_bytes(b)) for n, b in blobs.items())
        header = FrameHeader(subject=subject_of(type(self.record)), blobs=entries).canonical_json()
        return b"".join((_PREFIX.pack(_MAGIC, SCHEMA_VERSION, len(header)), header, *blobs.values()))


def subject_of(kind: type[Record]) -> str:
    """Return the word that names a record type on the wire."""
    return kind.__name__.lower()


def read_frame(read: Callable[[int], bytes], expected: type[R], most_bytes: int) -> tuple[R, dict[str, bytes]]:
    """Read one frame whose record is of the expected type; return that record and the other blobs.

    `read(n)` returns exactly n bytes or raises. Raises FrameError; never reads more than `most_bytes` of blobs.
    """
    magic, version, header_bytes = _PREFIX.unpack(read(_PREFIX.size))
    if magic != _MAGIC or version != SCHEMA_VERSION:
        raise FrameError(f"expected a frame of version {SCHEMA_VERSION}, got {magic!r} version {version}")
    if header_bytes > _MOST_HEADER_BYTES:
        raise FrameError(f"a frame header of {header_bytes} bytes is too long")
    try:
        header = FrameHeader.from_json(_bound(read(header_bytes)))
        _check_header(header, expected, most_bytes)
        blobs = {blob.name: _read_blob(read, blob) for blob in header.blobs}
        return expected.from_json(_bound(blobs.pop(_RECORD))), blobs
    except InputError as error:
        raise FrameError(str(error)) from error


def _bound(json: bytes) -> bytes:
    bound_json(json, _MOST_HEADER_BYTES)
    return json


def _check_header(header: FrameHeader, expected: type[Record], most_bytes: int) -> None:
    names = [blob.name for blob in header.blobs]
    if header.subject != subject_of(expected):
        raise FrameError(f"expected a {subject_of(expected)} frame, got {header.subject}")
    if len(set(names)) != len(names) or names[:1] != [_RECORD]:
        raise FrameError("a frame's blobs must be unique and begin with its record")
    if header.blobs[0].size_bytes > _MOST_RECORD_BYTES:
        raise FrameError("a frame's record is too long")
    if (size := sum(blob.size_bytes for blob in header.blobs[1:])) > most_bytes:
        raise FrameError(f"a frame of {size} bytes exceeds {most_bytes}")


def _read_blob(read: Callable[[int], bytes], blob: Blob) -> bytes:
    content = read(blob.size_bytes)
    if hash_bytes(content) != blob.sha256:
        raise FrameError(f"{blob.name} was altered on its way")
    return content

"""Handlers for tests: the payload is the source of a program that runs as a job."""

import mmap
from pathlib import Path

RESERVED = mmap.mmap(-1, 1 << 29, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def warm(kind: str) -> None:
    """Import nothing."""


def handle(kind: str, payload: bytes, in_dir: Path, out_dir: Path) -> bytes:
    """Run the payload as a program; its variable `result` is the answer."""
    names = {"in_dir": in_dir, "out_dir": out_dir, "result": b"", "RESERVED": RESERVED}
    exec(compile(payload, "job.py", "exec"), names)
    result = names["result"]
    assert isinstance(result, bytes)
    return result

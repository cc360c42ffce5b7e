"""File systems of a test's own: a small one, and a folder that can't be written to, which holds for root too."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[Path]:
    """Mount something on a folder that is made for it."""
    place.mkdir()
    done = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@contextmanager
def small_disk(place: Path, mib: int) -> Iterator[Path]:
    """Give a folder a disk of so many MiB."""
    with mounted(place, "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs") as disk:
        yield disk


@contextmanager
def read_only(source: Path, place: Path) -> Iterator[Path]:
    """Show a folder at another place, where nothing can be written."""
    with mounted(place, "--bind", str(source)) as view:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(view)], check=True)
        yield view


def fill(disk: Path, leave_bytes: int = 0) -> Path:
    """Fill a disk but for so many bytes, and return the file that does it."""
    file = disk / "filling"
    with file.open("wb", buffering=0) as stream:
        try:
            while True:
                stream.write(bytes(1 << 20))
        except OSError:
            pass
        stream.truncate(max(0, stream.tell() - leave_bytes))
    return file

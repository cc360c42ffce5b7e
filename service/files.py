"""Reads the files that a command is given; what can't be read, or is no text, is one line that says so."""

from pathlib import Path

from schemas.errors import InputError
from schemas.sandbox import MIB

MOST_BYTES = 64 * MIB


def read_text(file: Path) -> str:
    """Return a file's text; raises InputError for one that can't be read, is too large, or no UTF-8."""
    try:
        return read_bytes(file).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8 text ({error.reason} at byte {error.start})") from error


def read_bytes(file: Path) -> bytes:
    """Return what is in a file; raises InputError as `read_text`."""
    try:
        if not file.is_file():
            raise InputError(f"{file} is not a file: check the path")
        if file.stat().st_size > MOST_BYTES:
            raise InputError(f"{file} is larger than {MOST_BYTES // MIB} MiB")
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"{file} can't be read: {error.strerror}") from error

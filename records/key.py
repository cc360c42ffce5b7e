"""The installation's own key of the hidden draws: drawn once, kept beside the data, for its owner's eyes only."""

import re
import secrets
from pathlib import Path

from records.file_store import write_once
from schemas.errors import InputError

KEY = r"[0-9a-f]{32,128}"


def read_key(file: Path) -> str:
    """Return the key in a file, drawn on first use; of several who draw at once all get the same."""
    if not file.exists():
        write_once(file, secrets.token_hex(32).encode())
    try:
        key = file.read_text(errors="replace").strip()
    except OSError as error:
        raise InputError(f"{file} can't be read: {error.strerror}; mend that, or set WORKPIECE_JUDGE_KEY") from error
    if not re.fullmatch(KEY, key):
        raise InputError(f"{file} holds no key: delete it to draw a new one, or set WORKPIECE_JUDGE_KEY")
    return key

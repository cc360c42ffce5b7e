"""Finds what this process is: the program's commit or version, its pinned packages, and its catalogue."""

import json
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

from records.provenance_rows import Provenance
from schemas.catalogue_files import hash_tables, read_tables
from schemas.record import hash_bytes
from schemas.run import Software
from schemas.verdict import JUDGE_VERSION

ROOT = Path(__file__).parents[1]
DESCRIBE = ("git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*")


@cache
def find_provenance() -> Provenance:
    """Return the program that this process runs, asked for once."""
    tables, lock = read_tables(), ROOT / "requirements.lock"
    software = Software(
        source=_find_commit() or version("workpiece"),
        lock_sha256=hash_bytes(lock.read_bytes()) if lock.is_file() else None,
        mujoco=version("mujoco"),
        kernel=version("cadquery-ocp"),
        catalogue_hash=hash_tables(tables),
        judge_version=JUDGE_VERSION,
    )
    return Provenance(software, json.dumps(tables, sort_keys=True))


def _find_commit() -> str:
    """Return the commit of the checkout that this is; nothing for an installed package."""
    if not (ROOT / ".git").exists():
        return ""
    try:
        told = subprocess.run(DESCRIBE, cwd=ROOT, capture_output=True, text=True, check=False)
    except OSError:  # no git here
        return ""
    return told.stdout.strip()

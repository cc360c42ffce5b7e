"""Makes room by removing the folders of old jobs (sandbox/job_folder.py), but never of a run that is at work.

Who keeps jobs holds a shared lock of the kernel's, which ends with its process at the latest.
"""

import fcntl
import logging
import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from schemas.sandbox import MIB
from schemas.settings import SandboxSettings

JOBS, LOCK = "jobs", ".lock"
BLOCK_BYTES = 4096
"""What a file takes beside its bytes: many small files fill a disk too."""
LOGGER = logging.getLogger("workpiece.stages")
_NAME = re.compile(r"\.?\d{8}T\d{6}\.\d{6}-[a-z_]+-[0-9a-f]{8}")
_DAY_S = 86_400.0


def prune_jobs(workspace: Path, settings: SandboxSettings) -> int:
    """Remove kept jobs that are too old, then the oldest until the rest is small enough; return how many.

    Those of a run that is at work stay.
    """
    kept = sorted(_find_jobs(workspace))
    since_s, left_bytes, removed = (
        time.time() - settings.jobs_kept_days * _DAY_S,
        sum(job.size_bytes for job in kept),
        0,
    )
    for job in kept:
        if job.ended_s >= since_s and left_bytes <= settings.jobs_kept_mb * MIB:
            break
        if _remove(job.folder):
            left_bytes -= job.size_bytes
            removed += 1
    if removed:
        LOGGER.info("removed the folders of %d old jobs", removed)
    return removed


class _KeptJob(NamedTuple):
    ended_s: float
    size_bytes: int
    folder: Path


def _find_jobs(workspace: Path) -> Iterator[_KeptJob]:
    for lock in workspace.glob(f"*/{JOBS}/{LOCK}"):
        if lock.parent.is_symlink() or lock.parents[1].is_symlink():
            continue  # it leads to a place that is not ours
        for entry in _list(lock.parent):
            if _NAME.fullmatch(entry.name):
                with suppress(FileNotFoundError):  # another has just removed it, or given it its name
                    yield _KeptJob(entry.stat().st_mtime, _measure(entry), lock.parent / entry.name)


def _list(folder: Path | os.DirEntry[str]) -> list[os.DirEntry[str]]:
    with suppress(OSError), os.scandir(folder) as entries:
        return list(entries)
    return []


def _measure(entry: os.DirEntry[str]) -> int:
    """Return the bytes of a file or folder as `RunFolder` counts them."""
    if entry.is_dir(follow_symlinks=False):
        return sum(map(_measure, _list(entry)))
    return entry.stat(follow_symlinks=False).st_size + BLOCK_BYTES


def share(jobs: Path) -> int:
    """Return a descriptor that holds a folder against `_remove`, in this process or another, until it is closed."""
    while True:
        jobs.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # the emptied folder was removed just now
            held = os.open(jobs / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(held, fcntl.LOCK_SH)
            if os.fstat(held).st_nlink:
                return held
            os.close(held)


def _remove(job: Path) -> bool:
    """Remove a job unless its run is at work, with the last one its run's folder; return whether it is gone."""
    lock = job.parent / LOCK
    try:
        held = os.open(lock, os.O_RDWR)
    except OSError:  # gone, or not for this user: then the job stays
        return not job.exists()
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(held).st_nlink:
            shutil.rmtree(job)
            if [lock] == list(job.parent.iterdir()):
                lock.unlink()
                job.parent.rmdir()
                job.parent.parent.rmdir()
    except BlockingIOError:
        return False
    except OSError:  # somebody else has removed it, or keeps something of their own beside it
        return not job.exists()
    finally:
        os.close(held)
    return True

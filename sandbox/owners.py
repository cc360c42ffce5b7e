"""Names the process that owns a sandbox or a run, so that a later one can tell which of them nobody owns any more."""

import os
import socket
from pathlib import Path


def name_owner() -> str:
    """Return this process's name for owners: machine, PID and when it started, in clock ticks since boot."""
    return f"{socket.gethostname()}:{os.getpid()}-{_started_ticks(os.getpid())}"


def is_gone(owner: str) -> bool:
    """Say whether the process that `name_owner` named so ran on this machine, which alone can tell, and has ended."""
    machine, _, process = owner.rpartition(":")
    if machine != socket.gethostname():
        return False
    pid, ticks = process.split("-")
    return _started_ticks(int(pid)) != int(ticks)


def _started_ticks(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
    except (FileNotFoundError, ProcessLookupError):  # before it was opened, or between that and the reading
        return -1

"""Names the process that owns a sandbox or a run, so that a later one can tell which of them nobody owns any more."""

import os
import socket
from pathlib import Path


def name_owner() -> str:
    """Return this process's name for owners: its PID and when it started, in clock ticks since boot."""
    return f"{os.getpid()}-{_started_ticks(os.getpid())}"


def is_gone(owner: str) -> bool:
    """Say whether the process that `name_owner` named so has ended, on the machine that it ran on."""
    pid, ticks = owner.split("-")
    return _started_ticks(int(pid)) != int(ticks)


def name_owner_anywhere() -> str:
    """Return this process's name for owners of what other machines see too."""
    return f"{socket.gethostname()}:{name_owner()}"


def is_orphan(owner: str) -> bool:
    """Say whether the process that `name_owner_anywhere` named so ran on this machine and has ended."""
    machine, _, here = owner.rpartition(":")
    return machine == socket.gethostname() and is_gone(here)


def _started_ticks(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[19])
    except (FileNotFoundError, ProcessLookupError):  # before it was opened, or between that and the reading
        return -1

"""Finds processes, and kills the sandboxes of one process as a machine that is out of memory would."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path


def kill_sandboxes(parent: int, kind: str = "") -> int:
    """Kill every sandbox (of a kind) that this process has started; return how many there were."""
    children = [folder for folder in Path("/proc").glob("[0-9]*") if _is_sandbox_of(folder, parent, kind)]
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child.name), signal.SIGKILL)
    return len(children)


def find_processes(words: str) -> list[int]:
    """Return this machine's processes with those words in their command line or name."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*") if words in _describe(folder)]


def wait_until(condition: Callable[[], bool], within_s: float) -> bool:
    """Wait for a condition, at most so long; return whether it holds."""
    deadline_s = time.monotonic() + within_s
    while not condition() and time.monotonic() < deadline_s:
        time.sleep(0.05)
    return condition()


def _describe(process: Path) -> str:
    try:
        return (process / "cmdline").read_text() + (process / "comm").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _is_sandbox_of(process: Path, parent: int, kind: str) -> bool:
    try:
        name, rest = (process / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        words = (process / "cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return name == "bwrap" and int(rest.split()[1]) == parent and (not kind or kind in words)

"""Kills the sandboxes of one process, as a machine that is out of memory would."""

import contextlib
import os
import signal
from pathlib import Path


def kill_sandboxes(parent: int, kind: str = "") -> int:
    """Kill every sandbox (of a kind) that this process has started; return how many there were."""
    children = [folder for folder in Path("/proc").glob("[0-9]*") if _is_sandbox_of(folder, parent, kind)]
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(child.name), signal.SIGKILL)
    return len(children)


def _is_sandbox_of(process: Path, parent: int, kind: str) -> bool:
    try:
        name, rest = (process / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        words = (process / "cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return name == "bwrap" and int(rest.split()[1]) == parent and (not kind or kind in words)

"""Runs `workpiece …` as a user would: a process of its own, on a workspace of its own; also on a terminal."""

import fcntl
import os
import pty
import sqlite3
import struct
import subprocess
import sys
import termios
from contextlib import closing
from pathlib import Path

from records import export, open_store


def workpiece(workspace: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(workspace)} | settings
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def read_revision(workspace: Path) -> int:
    """Return how many write transactions the store of a workspace has seen."""
    with closing(sqlite3.connect(f"file:{workspace / 'workpiece.sqlite'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT value FROM revisions").fetchone()[0])


def export_waiting(workspace: Path) -> int:
    """Export a workspace and return how many rows have waited for it."""
    with open_store(f"sqlite:///{workspace / 'workpiece.sqlite'}", workspace / "files") as store:
        return export(store, workspace / "datasets").rows


def on_terminal(workspace: Path, *arguments: str, columns: int = 80, **settings: str) -> tuple[int, str]:
    """Run a command to its end on a terminal of that width; return its status and all that it wrote there."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(workspace), "TERM": "xterm-256color"} | settings
    command = [sys.executable, "-m", "service", *arguments]
    with subprocess.Popen(command, env=environment, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return process.returncode, written.decode()


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux: nobody has its other end open any more
        return b""


def refusal(done: "subprocess.CompletedProcess[str]", status: int) -> str:
    """Return the one line that a refused command has printed, and nothing else."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1), (done.stdout, done.stderr)
    assert done.stderr.startswith("workpiece: ")
    return done.stderr

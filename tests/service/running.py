"""Runs `workpiece …` as a user would: a process of its own, on a workspace of its own."""

import os
import subprocess
import sys
from pathlib import Path


def workpiece(workspace: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(workspace)} | settings
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)


def refusal(done: "subprocess.CompletedProcess[str]", status: int) -> str:
    """Return the one line that a refused command has printed, and nothing else."""
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (status, "", 1), (done.stdout, done.stderr)
    assert done.stderr.startswith("workpiece: ")
    return done.stderr

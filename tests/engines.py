"""Starts container engines of their own for tests and timing scripts."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "deployments" / "engine.sh"


class EngineMissingError(Exception):
    """The engine is not installed, or this user may not start it."""


@contextmanager
def serve_engine(name: str) -> Iterator[str]:
    """Start `docker` or `podman` in a folder of its own, give its URL, and end it; raises EngineMissingError."""
    with tempfile.TemporaryDirectory(prefix="wp", dir="/tmp") as parent:
        folder, command = f"{parent}/e", ["bash", str(SCRIPT), name]
        up = subprocess.run([*command, "up", folder], stdout=subprocess.PIPE, text=True, check=False)
        if up.returncode:
            raise EngineMissingError(f"{name} does not start here: install it, as root")
        try:
            yield up.stdout.strip()
        finally:
            subprocess.run([*command, "down", folder], check=True)

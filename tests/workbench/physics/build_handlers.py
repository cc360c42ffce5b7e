"""Handlers of a builder session for physics cases: the payload is an authoring program, its bundle the artifacts."""

import os
from pathlib import Path


def warm(kind: str) -> None:
    """Import what programs import."""
    import build123d  # noqa: F401

    import workbench.authoring  # noqa: F401


def handle(kind: str, payload: bytes, in_dir: Path, out_dir: Path) -> bytes:
    """Run the program."""
    os.environ["WORKPIECE_OUT"] = str(out_dir)
    exec(compile(payload, "program.py", "exec"), {"__name__": "__main__"})
    return b""

"""Handlers for the test with the real CAD kernel: a box with a hole, measured and exported."""

from pathlib import Path


def warm(kind: str) -> None:
    """Import the kernel."""
    import build123d  # noqa: F401 - warms the worker


def handle(kind: str, payload: bytes, in_dir: Path, out_dir: Path) -> bytes:
    """Cut a hole through a box and write its STL; the answer is the volume in mm³."""
    from build123d import Box, Cylinder, export_stl

    part = Box(40.0, 30.0, 20.0) - Cylinder(5.0, 20.0)
    export_stl(part, str(out_dir / "part.stl"))
    return f"{part.volume:.3f}".encode()

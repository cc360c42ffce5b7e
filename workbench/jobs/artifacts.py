"""Collects the files that a job has left in its out folder, trusting nothing about them."""

import os
import re
import stat
from pathlib import Path

from schemas.sandbox import Limits

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class ArtifactRefusedError(Exception):
    """The out folder holds something else than a few regular files of bounded size."""


def collect_artifacts(work: Path, limits: Limits) -> dict[str, bytes]:
    """Return the regular files of `work/out` by name, sorted; raises ArtifactRefusedError. The job must have ended."""
    try:
        folder = os.open(work / "out", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise ArtifactRefusedError(f"the out folder is gone or no folder: {error.strerror}") from error
    names = sorted(os.listdir(folder))  # noqa: PTH208  relative to the open folder
    if len(names) > limits.artifacts:
        raise ArtifactRefusedError(f"{len(names)} files in the out folder, {limits.artifacts} are allowed")
    files: dict[str, bytes] = {}
    left_bytes = limits.artifact_bytes
    for name in names:
        files[name] = _read_artifact(folder, name, left_bytes)
        left_bytes -= len(files[name])
    os.close(folder)
    return files


def _read_artifact(folder: int, name: str, most_bytes: int) -> bytes:
    if not _NAME.fullmatch(name):
        raise ArtifactRefusedError(f"a file in the out folder may not be called {name!r}")
    seen = os.lstat(name, dir_fd=folder)
    if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
        raise ArtifactRefusedError(f"{name} in the out folder is not a plain file (a link, folder or device)")
    if seen.st_size > most_bytes:
        raise ArtifactRefusedError(f"{name} takes the out folder beyond its limit of bytes")
    try:
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError as error:
        raise ArtifactRefusedError(f"{name} in the out folder can't be read: {error.strerror}") from error
    with os.fdopen(descriptor, "rb") as file:
        return file.read(seen.st_size)

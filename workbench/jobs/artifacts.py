"""Collects the files that a job has left in its out folder, trusting nothing about them."""

import errno
import os
import stat
from pathlib import Path

from schemas.errors import InputError
from schemas.json_bounds import bound_json
from schemas.sandbox import ARTIFACT_NAME, KEPT_NAMES, JobEnding, Limits

_BLOCK_BYTES = 512


class ArtifactRefusedError(Exception):
    """The out folder holds something else than a few regular files of bounded size, or JSON that nobody should read."""

    def __init__(self, message: str, ending: JobEnding = JobEnding.SANDBOX_VIOLATION) -> None:
        super().__init__(message)
        self.ending = ending


def collect_artifacts(work: Path, limits: Limits) -> dict[str, bytes]:
    """Return the regular files of `work/out` by name, sorted; raises ArtifactRefusedError. The job must have ended."""
    try:
        _require_access(work.stat(), os.R_OK | os.X_OK)
        return _collect(work / "out", limits)
    except OSError as error:
        raise ArtifactRefusedError(f"the out folder or a file in it can't be read: {error.strerror}") from error


def _require_access(seen: os.stat_result, wanted: int) -> None:
    """Raise PermissionError where the owner's mode denies it, whatever this process may do."""
    if (seen.st_mode >> 6) & wanted != wanted:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _collect(out: Path, limits: Limits) -> dict[str, bytes]:
    folder = os.open(out, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    _require_access(os.fstat(folder), os.R_OK | os.X_OK)
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
    if not ARTIFACT_NAME.fullmatch(name) or name in KEPT_NAMES:
        raise ArtifactRefusedError(f"a file in the out folder may not be called {name!r}")
    seen = os.lstat(name, dir_fd=folder)
    if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
        raise ArtifactRefusedError(f"{name} in the out folder is not a plain file (a link, folder or device)")
    _require_access(seen, os.R_OK)
    if seen.st_size > most_bytes:
        raise ArtifactRefusedError(f"{name} takes the out folder beyond its limit of bytes")
    if seen.st_blocks * _BLOCK_BYTES < seen.st_size:
        raise ArtifactRefusedError(f"{name} in the out folder is sparse: it claims more bytes than were written")
    with os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder), "rb") as file:
        content = file.read(seen.st_size)
    if name.endswith(".json"):
        _bound(name, content)
    return content


def _bound(name: str, content: bytes) -> None:
    try:
        bound_json(content)
    except InputError as error:
        raise ArtifactRefusedError(f"{name}: {error}", JobEnding.BUNDLE_INVALID) from error

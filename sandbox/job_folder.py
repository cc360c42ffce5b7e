"""The folder of a run: one folder for each job of its sandboxes, however it ended, for people to look at.

`<workspace>/<run>/jobs/<when it ended>-<job>-<hash of what it was given>` holds `job.json` (what was asked, without the
key of the draws), `manifest.json` (how it ended, what it used, every file in and out), `reply.json`, `stdout.txt` and
`stderr.txt` where there are any, and in `files` what it made, as far as that is small. It gets its name when its last
file is written. Nothing reads it again: what the disk does not take is told of, missing here, and costs no job.
"""

import logging
import os
import shutil
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sandbox.job_pruning import BLOCK_BYTES, JOBS, prune_jobs, share
from sandbox.protocol import JobOutcome
from schemas.record import Id, Record, clean_text, hash_bytes, hash_parts
from schemas.sandbox import MIB, Blob, JobEnding, Usage
from schemas.settings import SandboxSettings

MOST_FILES, MOST_FILE_BYTES = 64, 4 * MIB
"""Of what a job has made, the smallest files are kept: so many, and together so large."""
MANIFEST = "manifest.json"
LOGGER = logging.getLogger("workpiece.stages")


class JobManifest(Record):
    """How a job ended: by `ending`, or by a fault of the machinery; `turn` is the episode whose job it was."""

    job: Id
    turn: str
    ending: JobEnding | None
    detail: str
    usage: Usage
    waited_s: float
    inputs: tuple[Blob, ...]
    files: tuple[Blob, ...]


class RunFolder:
    """The jobs of a run; the first makes room by the age and size of the settings. Any thread may keep one."""

    def __init__(self, path: Path, settings: SandboxSettings) -> None:
        self._jobs, self._settings = path / JOBS, settings
        self._lock = threading.Lock()
        self._held: int | None = None
        self._kept_bytes, self._told = 0, ""

    def keep(
        self, job: str, asked: bytes, inputs: Mapping[str, bytes], ended: JobOutcome | Exception, turn: str = ""
    ) -> Path | None:
        """Write down what a job was asked and how it ended; return its folder, or None where it can't be kept."""
        if not self._settings.jobs_kept_mb:
            return None
        outcome = ended if isinstance(ended, JobOutcome) else None
        manifest = JobManifest(
            job=job,
            turn=turn,
            ending=outcome.ending if outcome else None,
            detail=clean_text(outcome.detail if outcome else str(ended)),
            usage=outcome.usage if outcome else Usage(),
            waited_s=outcome.waited_s if outcome else 0.0,
            inputs=_list(inputs),
            files=_list(outcome.files if outcome else {}),
        )
        given = hash_parts(hash_bytes(asked), *(f"{blob.name} {blob.sha256}" for blob in manifest.inputs))
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%f}-{job}-{given[:8]}"
        try:
            self._hold()
            told = manifest.model_dump_json(indent=2).encode()
            return self._write(name, {MANIFEST: told, "job.json": asked, **_tell(outcome)})
        except OSError as fault:
            self._warn(f"{self._jobs} can't be written: {fault.strerror or fault}")
        return None

    def close(self) -> None:
        """Leave the folder to those who make room."""
        with self._lock:
            if self._held is not None:
                os.close(self._held)
                self._held = None

    def _hold(self) -> None:
        """Hold the folder until `close`, or this process's end; before the first job, make room for it."""
        with self._lock:
            if self._held is None:
                self._held = share(self._jobs)
                prune_jobs(self._jobs.parents[1], self._settings)

    def _write(self, name: str, written: Mapping[str, bytes]) -> Path | None:
        with self._lock:
            self._kept_bytes += sum(len(content) + BLOCK_BYTES for content in written.values())
        if self._kept_bytes > self._settings.jobs_kept_mb * MIB:
            self._warn(f"{self._jobs} is full: WORKPIECE_SANDBOX_JOBS_KEPT_MB is what a run may keep")
            return None
        made = self._jobs / f".{name}"
        try:
            made.mkdir()
            if any(file.startswith("files/") for file in written):
                (made / "files").mkdir()
            for file, content in written.items():
                (made / file).write_bytes(content)
            return made.rename(self._jobs / name)
        except OSError:
            shutil.rmtree(made, ignore_errors=True)
            raise

    def _warn(self, fault: str) -> None:
        """Tell of a fault, but not again for each job."""
        if fault != self._told:
            self._told = fault
            LOGGER.warning("not every job is kept for people to look at: %s", fault)


def _list(files: Mapping[str, bytes]) -> tuple[Blob, ...]:
    return tuple(Blob(name=name, size_bytes=len(files[name]), sha256=hash_bytes(files[name])) for name in sorted(files))


def _tell(outcome: JobOutcome | None) -> dict[str, bytes]:
    """Return the files that say what came out; they are bounded by the limits of the job."""
    if outcome is None:
        return {}
    said = {"reply.json": outcome.payload, "stdout.txt": outcome.stdout.encode(), "stderr.txt": outcome.stderr.encode()}
    kept, left_bytes = {name: content for name, content in said.items() if content}, MOST_FILE_BYTES
    for name, content in sorted(outcome.files.items(), key=lambda file: len(file[1]))[:MOST_FILES]:
        left_bytes -= len(content)
        if left_bytes >= 0:
            kept[f"files/{name}"] = content
    return kept

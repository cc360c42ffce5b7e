"""What host and worker say to each other about a job: its limits, how it ended and what it used."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from schemas.record import Id, LongText, Record, Sha256

PositiveInt = Annotated[int, Field(ge=1, le=2**50)]
MIB = 1024 * 1024


ARTIFACT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
KEPT_NAMES = frozenset({"job.json", "manifest.json"})
"""Files that a job's folder has of its own (sandbox/job_folder.py); no artifact may be called so."""


class SessionKind(StrEnum):
    """Which trust domain a session serves: untrusted programs, or the trusted judge on untrusted geometry."""

    BUILDER = "builder"
    JUDGE = "judge"


class Limits(Record):
    """What one job may use; memory counts from what the warm worker already holds, inputs do not count as disk."""

    cpu_seconds: PositiveInt = 30
    wall_seconds: Annotated[float, Field(gt=0.0, le=86_400.0)] = 60.0
    memory_bytes: PositiveInt = 2048 * MIB
    threads: PositiveInt = 32
    disk_bytes: PositiveInt = 256 * MIB
    inodes: PositiveInt = 4096
    file_bytes: PositiveInt = 128 * MIB
    open_files: PositiveInt = 256
    output_bytes: PositiveInt = MIB
    result_bytes: PositiveInt = 32 * MIB
    artifacts: PositiveInt = 2048
    artifact_bytes: PositiveInt = 64 * MIB

    def reply_bytes(self) -> int:
        """Return the most that a reply's blobs can hold."""
        return 2 * self.output_bytes + self.result_bytes + self.artifact_bytes


class JobEnding(StrEnum):
    """How a job ended, as far as the sandbox itself can see (mechanics §5, program stage)."""

    COMPLETED = "COMPLETED"
    PROGRAM_ERROR = "PROGRAM_ERROR"
    PROGRAM_CRASHED = "PROGRAM_CRASHED"
    PROGRAM_TIMEOUT = "PROGRAM_TIMEOUT"
    PROGRAM_MEMORY = "PROGRAM_MEMORY"
    PROGRAM_PROCESSES = "PROGRAM_PROCESSES"
    PROGRAM_DISK = "PROGRAM_DISK"
    PROGRAM_OUTPUT = "PROGRAM_OUTPUT"
    SANDBOX_VIOLATION = "SANDBOX_VIOLATION"
    BUNDLE_INVALID = "BUNDLE_INVALID"


class Usage(Record):
    """What a job used, metered by its supervisor; the peak counts the warm worker's pages as well."""

    cpu_seconds: Annotated[float, Field(ge=0.0)] = 0.0
    wall_seconds: Annotated[float, Field(ge=0.0)] = 0.0
    peak_memory_bytes: Annotated[int, Field(ge=0)] = 0


class Hello(Record):
    """The host's first frame; its blob `filter` is the seccomp program that every job loads."""

    kind: SessionKind
    schemas_sha256: Sha256


class Ready(Record):
    """The worker's answer once it is warm."""

    kind: SessionKind


class JobOrder(Record):
    """One job: blob `payload`, and its input files as `file:<name>`."""

    limits: Limits


class JobReport(Record):
    """What the job process itself says; untrusted. Blob `payload` when completed.

    `token` is what the supervisor gave to that process: a program that writes a report of its own has none.
    """

    token: Annotated[str, Field(max_length=64)]
    ending: JobEnding
    detail: LongText = ""


class JobReply(Record):
    """What the supervisor says; blobs `stdout`, `stderr`, and when completed `payload` and `file:<name>`."""

    ending: JobEnding
    detail: LongText = ""
    usage: Usage


class Blob(Record):
    """The place of one run of bytes behind a frame's header."""

    name: Annotated[str, Field(max_length=128)]
    size_bytes: Annotated[int, Field(ge=0)]
    sha256: Sha256


class FrameHeader(Record):
    """What a frame carries, in order."""

    subject: Id
    blobs: Annotated[tuple[Blob, ...], Field(max_length=8192)]

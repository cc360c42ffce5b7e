"""Decides how a job ended from what is left of it, and writes the reply to the host."""

import os
import signal
from dataclasses import dataclass
from io import BytesIO
from typing import NamedTuple

from schemas.sandbox import JobEnding, JobReply, JobReport, Limits, Usage
from schemas.wire import FILE_PREFIX, FrameError, WireFrame, read_frame
from workbench.jobs import isolation
from workbench.jobs.artifacts import ArtifactRefusedError, collect_artifacts
from workbench.jobs.process import MOST_DETAIL

REPORT_OVERHEAD_BYTES = 512 * 1024
_STOPPED = {
    JobEnding.PROGRAM_TIMEOUT: "the wall time limit of {limits.wall_seconds:g} s was reached",
    JobEnding.PROGRAM_OUTPUT: "more than {limits.output_bytes} bytes were printed",
    JobEnding.SANDBOX_VIOLATION: "the result is larger than {limits.result_bytes} bytes",
}


@dataclass(frozen=True)
class FinishedJob:
    """What is left when a job process is dead: its wait status, why it was stopped, what it printed and reported."""

    status: int
    stopped_for: JobEnding | None
    usage: Usage
    stdout: bytes
    stderr: bytes
    report: bytes
    token: str


class Ending(NamedTuple):
    """How a job ended, in the supervisor's own words."""

    code: JobEnding
    detail: str


def write_reply(finished: FinishedJob, limits: Limits, *, out_of_memory: bool) -> WireFrame:
    """Return the reply frame, with the job's files where it completed. Must run inside the job's mounts."""
    ending, blobs = _judge_ending(finished, limits)
    if out_of_memory:
        ending, blobs = Ending(JobEnding.PROGRAM_MEMORY, "the memory limit was reached"), {}
    if ending.code in (JobEnding.COMPLETED, JobEnding.PROGRAM_ERROR) and (full := _find_full_disk()):
        ending, blobs = Ending(JobEnding.PROGRAM_DISK, f"{full} is full\n{ending.detail}"), {}
    if ending.code is JobEnding.COMPLETED:
        try:
            files = collect_artifacts(isolation.WORK, limits)
            blobs |= {FILE_PREFIX + name: content for name, content in files.items()}
        except ArtifactRefusedError as refusal:
            ending, blobs = Ending(refusal.ending, str(refusal)), {}
    printed = {"stdout": finished.stdout[: limits.output_bytes], "stderr": finished.stderr[: limits.output_bytes]}
    detail = ending.detail.replace("\0", "\\x00")[:MOST_DETAIL]  # no database takes NUL
    return WireFrame(JobReply(ending=ending.code, detail=detail, usage=finished.usage), printed | blobs)


def _judge_ending(finished: FinishedJob, limits: Limits) -> tuple[Ending, dict[str, bytes]]:
    if finished.stopped_for is not None:
        detail = _STOPPED[finished.stopped_for].format(limits=limits)
        return Ending(finished.stopped_for, detail), {}
    if os.WIFSIGNALED(finished.status):
        return _judge_signal(os.WTERMSIG(finished.status), finished, limits), {}
    if not finished.report:
        return Ending(JobEnding.PROGRAM_ERROR, "the program ended without a result"), {}
    return _read_report(finished, limits)


def _judge_signal(number: int, finished: FinishedJob, limits: Limits) -> Ending:
    name = signal.Signals(number).name if number < signal.SIGRTMIN else "real-time"
    if number == signal.SIGSYS:
        return Ending(JobEnding.SANDBOX_VIOLATION, "a forbidden system call was made")
    # ignoring SIGXCPU gains a second; the limit is counted in ticks, which may differ from the metered time
    too_long = finished.usage.cpu_seconds >= (limits.cpu_seconds + 1) / 2
    if number == signal.SIGXCPU or (number == signal.SIGKILL and too_long):
        detail = f"the CPU time limit of {limits.cpu_seconds} s was reached"
        return Ending(JobEnding.PROGRAM_TIMEOUT, detail)
    if number == signal.SIGXFSZ:
        return Ending(JobEnding.PROGRAM_DISK, f"a file grew beyond {limits.file_bytes} bytes")
    if number == signal.SIGABRT and b"bad_alloc" in finished.stderr[-4096:]:
        return Ending(JobEnding.PROGRAM_MEMORY, "the program ran out of memory (std::bad_alloc)")
    return Ending(JobEnding.PROGRAM_CRASHED, f"killed by signal {number} ({name})")


def _read_report(finished: FinishedJob, limits: Limits) -> tuple[Ending, dict[str, bytes]]:
    stream = BytesIO(finished.report)

    def read(size_bytes: int) -> bytes:
        part = stream.read(size_bytes)
        if len(part) != size_bytes:
            raise FrameError("the report is cut short")
        return part

    try:
        report, blobs = read_frame(read, JobReport, limits.result_bytes)
        wanted = ["payload"] if report.ending is JobEnding.COMPLETED else []
        if stream.read(1) or list(blobs) != wanted or report.token != finished.token:
            raise FrameError("the report has a wrong shape, or is not of the process that ran the program")
    except FrameError as error:
        return Ending(JobEnding.SANDBOX_VIOLATION, f"the job's report is forged: {error}"), {}
    return Ending(report.ending, report.detail), blobs


def _find_full_disk() -> str:
    for folder in (isolation.WORK, isolation.TEMPORARY):
        state = os.statvfs(folder)
        if state.f_bavail == 0 or state.f_ffree == 0:
            return str(folder)
    return ""

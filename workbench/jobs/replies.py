"""Decides how a job ended from what is left of it, and writes the reply to the host."""

import os
import signal
from dataclasses import dataclass
from io import BytesIO

from schemas.frames import FILE_PREFIX, FrameError, WireFrame, read_frame
from schemas.sandbox import JobEnding, JobReply, JobReport, Limits, Usage
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
class Remains:
    """What is left when a job process is dead: its wait status, why it was stopped, what it printed and reported."""

    status: int
    stopped_for: JobEnding | None
    usage: Usage
    stdout: bytes
    stderr: bytes
    report: bytes


def write_reply(remains: Remains, limits: Limits, *, out_of_memory: bool) -> WireFrame:
    """Return the reply frame, with the job's files where it completed. Must run inside the job's mounts."""
    report, blobs = _judge_ending(remains, limits)
    if out_of_memory:
        report, blobs = JobReport(ending=JobEnding.PROGRAM_MEMORY, detail="the memory limit was reached"), {}
    if report.ending in (JobEnding.COMPLETED, JobEnding.PROGRAM_ERROR) and (full := _find_full_disk()):
        report, blobs = JobReport(ending=JobEnding.PROGRAM_DISK, detail=f"{full} is full\n{report.detail}"), {}
    if report.ending is JobEnding.COMPLETED:
        try:
            files = collect_artifacts(isolation.WORK, limits)
            blobs |= {FILE_PREFIX + name: content for name, content in files.items()}
        except ArtifactRefusedError as refusal:
            report, blobs = JobReport(ending=JobEnding.SANDBOX_VIOLATION, detail=str(refusal)), {}
    printed = {"stdout": remains.stdout[: limits.output_bytes], "stderr": remains.stderr[: limits.output_bytes]}
    return WireFrame(
        JobReply(ending=report.ending, detail=report.detail[:MOST_DETAIL], usage=remains.usage), printed | blobs
    )


def _judge_ending(remains: Remains, limits: Limits) -> tuple[JobReport, dict[str, bytes]]:
    if remains.stopped_for is not None:
        detail = _STOPPED[remains.stopped_for].format(limits=limits)
        return JobReport(ending=remains.stopped_for, detail=detail), {}
    if os.WIFSIGNALED(remains.status):
        return _judge_signal(os.WTERMSIG(remains.status), remains, limits), {}
    if not remains.report:
        return JobReport(ending=JobEnding.PROGRAM_ERROR, detail="the program ended without a result"), {}
    return _read_report(remains.report, limits)


def _judge_signal(number: int, remains: Remains, limits: Limits) -> JobReport:
    name = signal.Signals(number).name if number < signal.SIGRTMIN else "real-time"
    if number == signal.SIGSYS:
        return JobReport(ending=JobEnding.SANDBOX_VIOLATION, detail="a forbidden system call was made")
    # ignoring SIGXCPU gains a second; the limit is counted in ticks, which may differ from the metered time
    too_long = remains.usage.cpu_seconds >= (limits.cpu_seconds + 1) / 2
    if number == signal.SIGXCPU or (number == signal.SIGKILL and too_long):
        detail = f"the CPU time limit of {limits.cpu_seconds} s was reached"
        return JobReport(ending=JobEnding.PROGRAM_TIMEOUT, detail=detail)
    if number == signal.SIGXFSZ:
        return JobReport(ending=JobEnding.PROGRAM_DISK, detail=f"a file grew beyond {limits.file_bytes} bytes")
    if number == signal.SIGABRT and b"bad_alloc" in remains.stderr[-4096:]:
        return JobReport(ending=JobEnding.PROGRAM_MEMORY, detail="the program ran out of memory (std::bad_alloc)")
    return JobReport(ending=JobEnding.PROGRAM_CRASHED, detail=f"killed by signal {number} ({name})")


def _read_report(content: bytes, limits: Limits) -> tuple[JobReport, dict[str, bytes]]:
    stream = BytesIO(content)

    def read(size_bytes: int) -> bytes:
        part = stream.read(size_bytes)
        if len(part) != size_bytes:
            raise FrameError("the report is cut short")
        return part

    try:
        report, blobs = read_frame(read, JobReport, limits.result_bytes)
        wanted = ["payload"] if report.ending is JobEnding.COMPLETED else []
        if stream.read(1) or list(blobs) != wanted:
            raise FrameError("the report has a wrong shape")
    except FrameError as error:
        return JobReport(ending=JobEnding.SANDBOX_VIOLATION, detail=f"the job's report is forged: {error}"), {}
    return report, blobs


def _find_full_disk() -> str:
    for folder in (isolation.WORK, isolation.TEMPORARY):
        state = os.statvfs(folder)
        if state.f_bavail == 0 or state.f_ffree == 0:
            return str(folder)
    return ""

"""The trusted process around one job: encloses it, meters it, ends it on time and collects what it leaves.

It is PID 1 of the job's PID namespace, so that whatever the job started dies with it.
"""

import os
import selectors
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn

from schemas.sandbox import JobEnding, JobOrder, Limits, Usage
from schemas.wire import FILE_PREFIX, read_frame
from workbench.jobs import isolation
from workbench.jobs.process import JobCode, JobEnds, run_job
from workbench.jobs.replies import REPORT_OVERHEAD_BYTES, FinishedJob, write_reply

_MOST_JOB_BYTES = 1 << 30
_PIPES = ("stdout", "stderr", "report")


@dataclass
class Job:
    """A running job process: the read ends of its pipes, what has come out of them, and why it was stopped if it was.

    It shows the token to prove that a report is its own.
    """

    pid: int
    pipes: dict[int, str]
    started_s: float
    token: str
    seen: dict[str, bytearray] = field(default_factory=lambda: {name: bytearray() for name in _PIPES})
    stopped_for: JobEnding | None = None

    def stop(self, ending: JobEnding) -> None:
        """Note why the job must end; the first reason stays."""
        self.stopped_for = self.stopped_for or ending


def supervise(
    read: Callable[[int], bytes], write: Callable[[bytes], None], code: JobCode, oom_counter: int | None
) -> NoReturn:
    """Take one job from the host, run it, answer, and end this process."""
    status = 1
    try:
        order, blobs = read_frame(read, JobOrder, _MOST_JOB_BYTES)
        payload = blobs.pop("payload")
        proc = os.open("/proc", os.O_DIRECTORY | os.O_RDONLY)
        isolation.make_fresh_mounts(order.limits, sum(map(len, blobs.values())))
        _write_inputs(blobs)
        kills = isolation.count_oom_kills(oom_counter)
        job = _start_job(code, payload, order.limits, proc)
        finished = _watch(job, order.limits)
        killed = isolation.count_oom_kills(oom_counter) > kills
        write(write_reply(finished, order.limits, out_of_memory=killed).encode())
        status = 0
    except BaseException:  # noqa: BLE001  recorded for the host, which raises it as a fault of the machinery
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _write_inputs(blobs: dict[str, bytes]) -> None:
    inputs = isolation.WORK / "in"
    for folder in (inputs, isolation.WORK / "out"):
        folder.mkdir()
    for name, content in blobs.items():
        path = inputs / name.removeprefix(FILE_PREFIX)
        if path.parent != inputs:
            raise ValueError(f"an input file may not be called {name!r}")
        path.write_bytes(content)


def _start_job(code: JobCode, payload: bytes, limits: Limits, proc: int) -> Job:
    readers, writers = zip(*(os.pipe() for _ in _PIPES), strict=True)
    started_s, token = time.monotonic(), os.urandom(16).hex()
    pid = os.fork()
    if pid == 0:
        ends = JobEnds(stdout=writers[0], stderr=writers[1], report=writers[2], proc=proc, token=token)
        run_job(code, payload, limits, ends)
    for descriptor in (proc, *writers):
        os.close(descriptor)
    return Job(pid, dict(zip(readers, _PIPES, strict=True)), started_s, token)


def _watch(job: Job, limits: Limits) -> FinishedJob:
    """Read the job's pipes until it ends or goes too far; then kill all that is left of it."""
    process = os.pidfd_open(job.pid)
    with selectors.DefaultSelector() as selector:
        for descriptor in (process, *job.pipes):
            selector.register(descriptor, selectors.EVENT_READ)
        running = True
        while running and job.stopped_for is None:
            ready = selector.select(max(job.started_s + limits.wall_seconds - time.monotonic(), 0.0))
            if not ready:
                job.stop(JobEnding.PROGRAM_TIMEOUT)
            for key, _ in ready:
                if key.fd == process:
                    running = False
                elif not _drain(key.fd, job, limits):
                    selector.unregister(key.fd)
    return _end(job, limits)


def _drain(reader: int, job: Job, limits: Limits) -> bool:
    """Note what is in a pipe of the job; return whether more may come."""
    content = os.read(reader, 1 << 18)
    job.seen[job.pipes[reader]] += content
    if len(job.seen["stdout"]) + len(job.seen["stderr"]) > limits.output_bytes:
        job.stop(JobEnding.PROGRAM_OUTPUT)
    if len(job.seen["report"]) > limits.result_bytes + REPORT_OVERHEAD_BYTES:
        job.stop(JobEnding.SANDBOX_VIOLATION)
    return bool(content)


def _end(job: Job, limits: Limits) -> FinishedJob:
    """Kill what is left in the PID namespace, reap it, and drain the pipes, which nobody holds open any more."""
    if job.stopped_for is not None:
        os.kill(job.pid, signal.SIGKILL)
    _, status, rusage = os.wait4(job.pid, 0)
    wall_seconds = time.monotonic() - job.started_s
    _kill_rest()
    for reader in job.pipes:
        while _drain(reader, job, limits):
            pass
    usage = Usage(
        cpu_seconds=rusage.ru_utime + rusage.ru_stime,
        wall_seconds=wall_seconds,
        peak_memory_bytes=rusage.ru_maxrss * 1024,
    )
    contents = {name: bytes(content) for name, content in job.seen.items()}
    return FinishedJob(status=status, stopped_for=job.stopped_for, usage=usage, token=job.token, **contents)


def _kill_rest() -> None:
    try:
        os.kill(-1, signal.SIGKILL)
        while True:
            os.waitpid(-1, 0)
    except (ProcessLookupError, ChildProcessError):
        return

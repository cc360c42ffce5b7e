"""What the job process itself does: gives up its privileges, runs the handler and reports. Untrusted from then on."""

import errno
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from schemas.sandbox import JobEnding, JobReport, Limits
from schemas.wire import WireFrame
from workbench.jobs import isolation

MOST_DETAIL = 20_000
_REPORT_FD = 3
_ENDINGS_BY_ERRNO = {
    errno.EPERM: JobEnding.SANDBOX_VIOLATION,
    errno.EACCES: JobEnding.SANDBOX_VIOLATION,
    errno.EROFS: JobEnding.SANDBOX_VIOLATION,
    errno.EAGAIN: JobEnding.PROGRAM_PROCESSES,
    errno.ENOMEM: JobEnding.PROGRAM_MEMORY,
    errno.ENOSPC: JobEnding.PROGRAM_DISK,
    errno.EFBIG: JobEnding.PROGRAM_DISK,
    errno.EDQUOT: JobEnding.PROGRAM_DISK,
}


@dataclass(frozen=True)
class JobCode:
    """What a job runs, the same for all jobs of a session."""

    kind: str
    handle: Callable[[str, bytes, Path, Path], bytes]
    syscall_filter: bytes


@dataclass(frozen=True)
class JobEnds:
    """What a job process starts with: its pipes' write ends, the worker's /proc, and the token of its report."""

    stdout: int
    stderr: int
    report: int
    proc: int
    token: str


def run_job(code: JobCode, payload: bytes, limits: Limits, ends: JobEnds) -> NoReturn:
    """Enclose this freshly forked process, run the handler, report, and end the process."""
    status = 1
    try:
        _enclose(code, limits, ends)
        report = _run_handler(code, payload, ends.token)
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):  # the program may have closed or replaced them
                stream.flush()
        isolation.flush_c_streams()
        isolation.write_all(_REPORT_FD, report.encode())
        status = 0
    finally:
        os._exit(status)


def _enclose(code: JobCode, limits: Limits, ends: JobEnds) -> None:
    """Become the first victim of memory shortage, keep four descriptors, and give up everything else.

    The session of its own comes first: signals to a process group cross PID namespaces, up to the worker.
    """
    os.setsid()
    _write_at(ends.proc, "self/oom_score_adj", b"1000")
    held_address_bytes = int(_read_at(ends.proc, "self/statm").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    for number, kept in enumerate((ends.stdout, ends.stderr, ends.report), start=1):
        os.dup2(kept, number)
    os.closerange(_REPORT_FD + 1, os.sysconf("SC_OPEN_MAX"))
    os.chdir(isolation.WORK)
    os.umask(0o077)
    isolation.limit_resources(limits, held_address_bytes)
    isolation.drop_privileges()
    isolation.load_filter(code.syscall_filter)


def _run_handler(code: JobCode, payload: bytes, token: str) -> WireFrame:
    try:
        result = code.handle(code.kind, payload, isolation.WORK / "in", isolation.WORK / "out")
    except BaseException as error:  # noqa: BLE001  the program's end is a result, SystemExit included
        isolation.release_memory_reserve()
        told = "".join(traceback.format_exception(error))[-MOST_DETAIL:]
        detail = told.encode(errors="backslashreplace").decode()[-MOST_DETAIL:]  # lone surrogates are no JSON
        return WireFrame(JobReport(token=token, ending=classify_exception(error), detail=detail))
    return WireFrame(JobReport(token=token, ending=JobEnding.COMPLETED), {"payload": result})


def classify_exception(error: BaseException) -> JobEnding:
    """Return the ending that an uncaught exception stands for, looking through explicit causes."""
    for link in _causes(error):
        if isinstance(link, MemoryError):
            return JobEnding.PROGRAM_MEMORY
        if isinstance(link, RuntimeError) and "can't start new thread" in str(link):
            return JobEnding.PROGRAM_PROCESSES
        if isinstance(link, OSError) and link.errno in _ENDINGS_BY_ERRNO:
            return _ENDINGS_BY_ERRNO[link.errno]
    return JobEnding.PROGRAM_ERROR


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(16):
        if error is None:
            return
        yield error
        error = error.__cause__


def _read_at(folder: int, name: str) -> bytes:
    descriptor = os.open(name, os.O_RDONLY, dir_fd=folder)
    return os.read(descriptor, 4096)


def _write_at(folder: int, name: str, content: bytes) -> None:
    os.write(os.open(name, os.O_WRONLY, dir_fd=folder), content)

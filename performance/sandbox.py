"""Measures sandboxes on each backend: opening, warm CAD jobs, keeping them, and four at once against plain `fork`.

The job builds a box with a hole and exports its STL. Backends can be named (`namespace podman docker`); engines that
can't be started here are named and left out.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

from performance.printing import Figure, print_figures
from sandbox import Backend, JobOutcome, RunFolder, SessionPool
from sandbox.container import ContainerBackend
from sandbox.namespace import NamespaceBackend
from sandbox.view import WorkerProgram
from schemas.sandbox import JobEnding, Limits, SessionKind
from schemas.settings import SandboxSettings
from tests.engines import EngineMissingError, serve_engine
from tests.sandbox import cad_handlers

PROGRAM = WorkerProgram("cad_handlers", Path(cad_handlers.__file__))
BACKENDS = ("namespace", "podman", "docker")
OPENED, CALLS, JOBS, AT_ONCE, ROUNDS = 3, 200, 48, 4, 3
LIMITS = Limits(threads=16)
P50_AIM_MS, P99_AIM_MS = 60.0, 200.0
KEPT_SHARE = 0.02
"""Of a warm call: what keeping it for people to look at may take."""


def main() -> None:
    """Print the figures of every backend; the forks first, as long as this process has no threads."""
    cad_handlers.warm("builder")
    fork_speed_up = statistics.median(_time_forks(1) / _time_forks(AT_ONCE) for _ in range(ROUNDS))
    for name in [name for name in BACKENDS if name in sys.argv] or BACKENDS:
        try:
            with _open_backend(name) as backend:
                print_figures(measure(name, backend, fork_speed_up))
        except EngineMissingError as missing:
            print(missing, file=sys.stderr)


def measure(name: str, backend: Backend, fork_speed_up: float) -> list[Figure]:
    """Return the five figures of one backend."""
    opens_ms: list[float] = []
    for _ in range(OPENED):
        start = time.perf_counter()
        session = backend.open(SessionKind.BUILDER, "performance").warm()
        opens_ms.append((time.perf_counter() - start) * 1e3)
        session.close()
    with (
        SessionPool(backend, SessionKind.BUILDER, 1, "performance") as one,
        SessionPool(backend, SessionKind.BUILDER, AT_ONCE, "performance") as many,
    ):
        _time_jobs(many, AT_ONCE)  # waits for all sessions
        calls_ms = [_time_call(one) * 1e3 for _ in range(CALLS)][2:]  # the first waits for its session
        keep_ms = _time_keeping(one.call(b"", {}, LIMITS)) * 1e3
        speed_up = statistics.median(_time_jobs(one, 1) / _time_jobs(many, AT_ONCE) for _ in range(ROUNDS))
    p50, p99 = statistics.median(calls_ms), statistics.quantiles(calls_ms, n=100)[98]
    return [
        Figure(f"{name}_session_open_ms_p50", statistics.median(opens_ms), "ms"),
        Figure(f"{name}_warm_call_ms_p50", p50, "ms", P50_AIM_MS, p50 / P50_AIM_MS),
        Figure(f"{name}_warm_call_ms_p99", p99, "ms", P99_AIM_MS, p99 / P99_AIM_MS),
        Figure(f"{name}_kept_job_ms_p50", keep_ms, "ms", KEPT_SHARE * p50, keep_ms / (KEPT_SHARE * p50)),
        Figure(f"{name}_parallel_efficiency", speed_up / fork_speed_up, "ratio", fork_speed_up, speed_up),
    ]


@contextmanager
def _open_backend(name: str) -> Iterator[Backend]:
    if name == "namespace":
        yield NamespaceBackend(PROGRAM)
        return
    with serve_engine(name) as url:
        yield ContainerBackend(engine_url=url, program=PROGRAM)


def _time_call(pool: SessionPool) -> float:
    start = time.perf_counter()
    outcome = pool.call(b"", {}, LIMITS)
    if outcome.ending is not JobEnding.COMPLETED:
        raise SystemExit(f"a job ended with {outcome.ending}: {outcome.detail}")
    return time.perf_counter() - start


def _time_keeping(outcome: JobOutcome) -> float:
    """Return the median seconds that the folder of a job takes."""
    times_s: list[float] = []
    with tempfile.TemporaryDirectory() as parent, closing(RunFolder(Path(parent) / "run", SandboxSettings())) as folder:
        for _ in range(CALLS):
            start = time.perf_counter()
            folder.keep("build", b"{}", {}, outcome)
            times_s.append(time.perf_counter() - start)
    return statistics.median(times_s)


def _time_jobs(pool: SessionPool, at_once: int) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(at_once) as threads:
        for future in [threads.submit(_time_call, pool) for _ in range(JOBS)]:
            future.result()
    return time.perf_counter() - start


def _time_forks(at_once: int) -> float:
    """Return the seconds for all jobs, each in a fork of this process, so many at a time."""
    start = time.perf_counter()
    running = 0
    for _ in range(JOBS):
        if running == at_once:
            os.wait()
            running -= 1
        if os.fork() == 0:
            with tempfile.TemporaryDirectory() as folder:
                cad_handlers.handle("builder", b"", Path(folder), Path(folder))
            os._exit(0)
        running += 1
    for _ in range(running):
        os.wait()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()

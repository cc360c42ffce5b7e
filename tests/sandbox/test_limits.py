"""Limits hold beyond what the attacks show: by how much, by whom, and what a job is said to have used."""

import pytest

from sandbox.cgroups import find_places
from sandbox.limits import describe_limits
from sandbox.session import WorkerSession
from schemas.sandbox import MIB, JobEnding
from tests.sandbox.attacks import TIGHT

IGNORE_CPU_SIGNAL = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"


def test_ignoring_the_cpu_signal_gains_one_second(session: WorkerSession) -> None:
    outcome = session.call(f"{IGNORE_CPU_SIGNAL}while True: pass".encode(), {}, TIGHT)
    assert outcome.ending is JobEnding.PROGRAM_TIMEOUT
    assert 1.2 <= outcome.usage.cpu_seconds <= 2.5  # the kernel counts the limit in ticks


@pytest.mark.skipif("memory" not in find_places(), reason="no writable memory cgroup on this host")
def test_memory_taken_within_the_address_space_is_stopped_by_the_kernel(session: WorkerSession) -> None:
    outcome = session.call(b"for i in range(0, 1 << 29, 4096): RESERVED[i] = 1", {}, TIGHT)
    assert (outcome.ending, outcome.detail) == (JobEnding.PROGRAM_MEMORY, "the memory limit was reached")
    assert session.call(b"result = b'fine'", {}, TIGHT).payload == b"fine"


def test_usage_is_metered(session: WorkerSession) -> None:
    program = b"import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass\ntime.sleep(0.2)"
    usage = session.call(program, {}, TIGHT).usage
    assert 0.3 <= usage.cpu_seconds <= 0.45
    assert usage.wall_seconds >= 0.5
    assert usage.peak_memory_bytes > 5 * MIB


def test_described_limits_hold_or_say_what_to_do() -> None:
    statuses = describe_limits()
    assert {"namespaces", "memory", "threads", "CPU share"} <= {status.name for status in statuses}
    assert all(status.holds or status.remedy for status in statuses)

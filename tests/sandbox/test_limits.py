"""Each limit is reached, has its code, and leaves the next job unharmed."""

import pytest

from sandbox.cgroups import find_places
from sandbox.limits import describe_limits
from sandbox.session import WorkerSession
from schemas.sandbox import MIB, JobEnding, Limits

TIGHT = Limits(
    cpu_seconds=1,
    wall_seconds=20.0,
    memory_bytes=128 * MIB,
    threads=8,
    disk_bytes=8 * MIB,
    inodes=64,
    file_bytes=4 * MIB,
    output_bytes=100_000,
    artifacts=10,
    artifact_bytes=3 * MIB,
    result_bytes=MIB,
)
IGNORE_CPU_SIGNAL = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
FILL = "for i in range(9): open(f'/{place}/{{i}}', 'wb').write(bytes(3 << 20))"
THREADS = "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(9,)).start()"

CASES = {
    "error": ("1 / 0", "PROGRAM_ERROR", "ZeroDivisionError"),
    "syntax": ("def", "PROGRAM_ERROR", "SyntaxError"),
    "exit": ("raise SystemExit(0)", "PROGRAM_ERROR", "SystemExit"),
    "hard exit": ("import os; os._exit(0)", "PROGRAM_ERROR", "ended without a result"),
    "open files": ("kept = [open('/dev/null') for _ in range(999)]", "PROGRAM_ERROR", "Too many open files"),
    "segfault": ("import ctypes; ctypes.string_at(0)", "PROGRAM_CRASHED", "SIGSEGV"),
    "abort": ("import os; os.abort()", "PROGRAM_CRASHED", "SIGABRT"),
    "suicide": ("import os; os.kill(os.getpid(), 9)", "PROGRAM_CRASHED", "SIGKILL"),
    "loop": ("while True: pass", "PROGRAM_TIMEOUT", "CPU time"),
    "sleep": ("import time; time.sleep(60)", "PROGRAM_TIMEOUT", "wall time"),
    "stopped": ("import os; os.kill(os.getpid(), 19)", "PROGRAM_TIMEOUT", "wall time"),
    "memory": ("bytearray(10**9)", "PROGRAM_MEMORY", "MemoryError"),
    "memory in steps": ("x = []\nwhile True: x.append(bytearray(5000))", "PROGRAM_MEMORY", "MemoryError"),
    "bad_alloc": ("import os; os.write(2, b'std::bad_alloc'); os.abort()", "PROGRAM_MEMORY", "bad_alloc"),
    "fork": ("import os; os.fork()", "PROGRAM_PROCESSES", "temporarily unavailable"),
    "subprocess": ("import subprocess; subprocess.run(['/bin/true'])", "PROGRAM_PROCESSES", "unavailable"),
    "threads": (THREADS, "PROGRAM_PROCESSES", "start new thread"),
    "disk": (FILL.format(place="work"), "PROGRAM_DISK", "No space left"),
    "temporary disk": (FILL.format(place="tmp"), "PROGRAM_DISK", "No space left"),
    "disk error caught": (f"try:\n  {FILL.format(place='work')}\nexcept OSError: pass", "PROGRAM_DISK", "full"),
    "file size": ("open('/work/a', 'wb').write(bytes(5 << 20))", "PROGRAM_DISK", "too large"),
    "inodes": ("for i in range(99): open(f'/work/{i}', 'w')", "PROGRAM_DISK", "No space left"),
    "flood": ("while True: print('x' * 999)", "PROGRAM_OUTPUT", "printed"),
    "flood of errors": ("import os\nwhile True: os.write(2, b'x' * 999)", "PROGRAM_OUTPUT", "printed"),
    "large result": ("result = bytes(2 << 20)", "SANDBOX_VIOLATION", "result is larger"),
    "many artifacts": ("for i in range(11): (out_dir / str(i)).touch()", "SANDBOX_VIOLATION", "11 files"),
    "large artifact": ("(out_dir / 'a').write_bytes(bytes(4 << 20))", "SANDBOX_VIOLATION", "limit of bytes"),
}


@pytest.mark.parametrize("case", CASES)
def test_limit_reached_has_its_code_and_spares_the_next_job(session: WorkerSession, case: str) -> None:
    program, ending, words = CASES[case]
    limits = TIGHT.model_copy(update={"wall_seconds": 1.5}) if words == "wall time" else TIGHT
    outcome = session.call(program.encode(), {}, limits)
    assert (outcome.ending, words in outcome.detail) == (JobEnding(ending), True), outcome
    assert outcome.payload is None
    assert not outcome.files
    assert len(outcome.stdout) + len(outcome.stderr) <= 2 * TIGHT.output_bytes
    assert session.call(b"result = b'fine'", {}, TIGHT).payload == b"fine"


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

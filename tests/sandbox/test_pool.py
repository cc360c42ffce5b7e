"""Sandboxes of a pool work side by side, wait for each other, take turns, and leak nothing over many jobs."""

import gc
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.pool import SessionPool
from sandbox.protocol import Backend
from sandbox.view import WorkerProgram
from schemas.errors import InfrastructureError
from schemas.sandbox import MIB, JobEnding, Limits, SessionKind
from tests.sandbox.conftest import OpenBackend
from tests.sandbox.test_lifetime import wait_until

FindProcesses = Callable[[str], list[int]]
LIMITS = Limits(wall_seconds=30.0)
SLEEP = (
    b"import json, time\nat = time.monotonic()\ntime.sleep(1.0)\nresult = json.dumps([at, time.monotonic()]).encode()"
)
AT_ONCE, MANY, CHUNK = 4, 10_000, 2_500


def time_sleep(pool: SessionPool) -> tuple[float, float]:
    """Return when a job of a second began and ended, by the machine's clock, which all sandboxes share."""
    began_s, ended_s = json.loads(pool.call(SLEEP, {}, LIMITS).payload or b"")
    return began_s, ended_s


def test_four_sandboxes_overlap_and_the_fifth_job_waits(light_backend: Backend) -> None:
    with (
        SessionPool(light_backend, SessionKind.BUILDER, AT_ONCE, "parallel") as pool,
        ThreadPoolExecutor(AT_ONCE + 1) as threads,
    ):
        list(threads.map(time_sleep, [pool] * AT_ONCE))  # waits for the sandboxes
        spans = sorted(future.result() for future in [threads.submit(time_sleep, pool) for _ in range(AT_ONCE + 1)])
    first_end_s = min(ended_s for _, ended_s in spans)
    assert all(began_s < first_end_s for began_s, _ in spans[:AT_ONCE])
    assert spans[AT_ONCE][0] >= first_end_s


def test_episodes_take_turns(light_backend: Backend) -> None:
    served: list[str] = []

    def ask(pool: SessionPool, episode: str) -> None:
        assert pool.call(b"import time; time.sleep(0.05)", {}, LIMITS, episode).ending is JobEnding.COMPLETED
        served.append(episode)

    with SessionPool(light_backend, SessionKind.BUILDER, 1, "turns") as pool, ThreadPoolExecutor(16) as threads:
        asked = []
        for episode in [*"AAAAAAAA", "B", "C", "B"]:
            asked.append(threads.submit(ask, pool, episode))
            time.sleep(0.005)
        for future in asked:
            future.result()
    assert served.index("B") <= 3 and served.index("C") <= 4
    assert "".join(served[-3:]) == "AAA"


def test_dismissed_episode_leaves_its_sandbox_to_the_others(
    light_backend: Backend, find_processes: FindProcesses
) -> None:
    name = f"nap-{os.getpid()}"
    nap = f"import ctypes, time; ctypes.CDLL(None).prctl(15, b'{name}', 0, 0, 0); time.sleep(86400)"
    endless = (nap.encode(), {}, Limits(wall_seconds=86_400.0), "gone")
    with SessionPool(light_backend, SessionKind.BUILDER, 1, "gone") as pool, ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(pool.call, *endless) for _ in range(2)]  # one is served, one waits
        assert wait_until(lambda: bool(find_processes(name)), 180.0)
        pool.dismiss("gone")
        assert [type(call.exception()) for call in asked] == [InfrastructureError] * 2
        assert wait_until(lambda: not find_processes(name), 10.0)
        with pytest.raises(InfrastructureError, match="dismissed"):
            pool.call(*endless)
        assert time_sleep(pool)


def test_who_closes_or_dismisses_waits_for_no_sandbox_that_opens(
    open_backend: OpenBackend, find_processes: FindProcesses, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(86400)\n")
    backend, label = open_backend(WorkerProgram("slow", tmp_path / "slow.py")), f"opening-{os.getpid()}"
    with SessionPool(backend, SessionKind.BUILDER, 1, label) as pool, ThreadPoolExecutor(2) as threads:
        gone = threads.submit(pool.call, b"", {}, LIMITS, "gone")
        assert wait_until(lambda: bool(find_processes(label)), 60.0)
        ahead = set(find_processes(label))
        os.kill(min(ahead), signal.SIGKILL)
        assert wait_until(lambda: bool(set(find_processes(label)) - ahead), 60.0)  # the call opens one of its own
        pool.dismiss("gone")
        assert isinstance(gone.exception(2.0), InfrastructureError)
        waiting = threads.submit(pool.call, b"", {}, LIMITS)
        assert wait_until(lambda: bool(find_processes(label)), 60.0)
        pool.close()
        assert isinstance(waiting.exception(2.0), InfrastructureError)
    assert wait_until(lambda: not find_processes(label), 2.0)


def test_fresh_session_has_run_nothing_and_the_wait_for_it_is_told(
    light_backend: Backend, find_processes: FindProcesses
) -> None:
    label = f"fresh-{os.getpid()}"
    with SessionPool(light_backend, SessionKind.JUDGE, 1, label) as pool:
        assert pool.call(b"result = b'1'", {}, LIMITS).payload == b"1"
        seen = [set(find_processes(label))]
        kept, fresh = pool.call(b"result = b'2'", {}, LIMITS), pool.call(b"result = b'3'", {}, LIMITS, fresh=True)
        seen.append(set(find_processes(label)))
        assert (kept.payload, fresh.payload) == (b"2", b"3") and not seen[0] & seen[1]
        assert kept.waited_s < 0.1 < fresh.waited_s
        assert pool.call(b"import os; os.abort()", {}, LIMITS).ending is JobEnding.PROGRAM_CRASHED
        assert pool.call(b"result = b'4'", {}, LIMITS).waited_s > 0.1  # a judge that failed is not used again
        assert not seen[1] & set(find_processes(label))


def not_ours(process: Path) -> bool:
    """Say whether a process has mounts of its own; bubblewrap's outermost process sees the machine's."""
    return (process / "ns" / "mnt").readlink() != Path("/proc/self/ns/mnt").readlink()


def measure_machine(find_processes: FindProcesses, label: str) -> dict[str, int]:
    """Count what ten thousand jobs could leak."""
    gc.collect()
    workers = [Path(f"/proc/{pid}") for pid in find_processes(label)]
    status = [line.split() for worker in workers for line in (worker / "status").read_text().splitlines()]
    worker_kb = [int(words[1]) for words in status if words[0] == "VmRSS:"]
    return {
        "processes": len(workers),
        "mounts": sum(len((worker / "mountinfo").read_text().splitlines()) for worker in workers if not_ours(worker)),
        "descriptors": len(list(Path("/proc/self/fd").iterdir())),
        "worker_mb": sum(worker_kb) // 1024,
        "host_mb": int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // MIB,
        "files": len(list(Path(tempfile.gettempdir()).iterdir())),
    }


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_ten_thousand_jobs_leak_nothing(light_backend: Backend, find_processes: FindProcesses, tmp_path: Path) -> None:
    tempfile.tempdir = str(tmp_path)  # so that no other's files are counted
    label = f"soak-{os.getpid()}"
    program = b"open('/tmp/x', 'wb').write(bytes(1 << 18)); (out_dir / 'a').write_bytes(b'1' * 4096); result = b'1'"
    with (
        SessionPool(light_backend, SessionKind.BUILDER, AT_ONCE, label) as pool,
        ThreadPoolExecutor(AT_ONCE) as threads,
    ):
        seen = []
        for _ in range(MANY // CHUNK):
            outcomes = threads.map(lambda _: pool.call(program, {"in": b"0" * 4096}, LIMITS), range(CHUNK))
            assert all(outcome.payload == b"1" for outcome in outcomes)
            seen.append(measure_machine(find_processes, label))
    tempfile.tempdir = None
    first, last = seen[0], seen[-1]
    assert {name: last[name] for name in ("processes", "mounts", "descriptors", "files")} == {
        name: first[name] for name in ("processes", "mounts", "descriptors", "files")
    }
    assert last["worker_mb"] - first["worker_mb"] <= 8 and last["host_mb"] - first["host_mb"] <= 16, seen
    assert find_processes(label) == []

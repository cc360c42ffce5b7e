"""Sandboxes live as long as their host and their session, no longer; what dies is told and replaced."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import docker
import pyseccomp
import pytest

from sandbox.bubblewrap import bubblewrap_command
from sandbox.cgroups import SessionGroup, find_places, sweep
from sandbox.container import EPISODE_LABEL, RUN_LABEL, ContainerBackend
from sandbox.namespace import NamespaceBackend, NamespaceEnclosure
from sandbox.owners import is_gone, name_owner
from sandbox.pool import SessionPool
from sandbox.protocol import Backend
from sandbox.seccomp import export_filter
from sandbox.session import WorkerSession
from sandbox.view import WorkerProgram, describe_view
from schemas.errors import InfrastructureError
from schemas.sandbox import JobEnding, Limits, SessionKind
from tests.killing import wait_until

FindProcesses = Callable[[str], list[int]]
LIMITS = Limits(wall_seconds=10.0)
KILLED_WITHIN_S = 10.0
ENGINE_CONNECTIONS = 8  # the client keeps one for each of the requests that it has made
DAEMON = """
import ctypes, os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        ctypes.CDLL(None).prctl(15, b'stray-daemon', 0, 0, 0)
        while True: time.sleep(1)
    os._exit(0)
time.sleep(0.1)
result = b'done'
"""


def list_containers(backend: ContainerBackend, label: str) -> list[str]:
    run, episode = label.split("/")
    wanted = {"label": [f"{RUN_LABEL}={run}", f"{EPISODE_LABEL}={episode}"]}
    with closing(docker.DockerClient(backend.engine_url)) as client:
        return [container.id for container in client.containers.list(all=True, filters=wanted, sparse=True)]


def list_groups(pid: int) -> list[Path]:
    """Return the control groups of a process's sandboxes."""
    return [f for place in set(find_places().values()) for f in place.folder.glob(f"workpiece-*:{pid}-*")]


@pytest.mark.parametrize(
    ("seen", "kill"), [("running", os.kill), ("running", os.killpg), ("opening", os.kill)], ids=["", "group", "early"]
)
def test_killed_host_leaves_nothing(
    light_backend: Backend, find_processes: FindProcesses, seen: str, kill: Callable[[int, int], None]
) -> None:
    label = f"killed-host-{os.getpid()}-{seen}-{kill.__name__}/episode"
    engine = [light_backend.engine_url] if isinstance(light_backend, ContainerBackend) else []
    command = [sys.executable, "-m", "tests.sandbox.host_to_kill", label, *engine]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root, start_new_session=True) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == b"opening\n"
        assert seen == "opening" or host.stdout.readline() == b"running\n"
        assert wait_until(lambda: len(find_processes(label)) >= 4 and bool(engine or list_groups(host.pid)), 60.0)
        kill(host.pid, signal.SIGKILL)
    assert wait_until(lambda: not find_processes(label), KILLED_WITHIN_S)
    if isinstance(light_backend, ContainerBackend):
        assert wait_until(lambda: not list_containers(light_backend, label), KILLED_WITHIN_S)
    assert wait_until(lambda: not list_groups(host.pid) and not find_processes(f":{host.pid}-"), KILLED_WITHIN_S)


def test_owner_is_gone_where_it_ran_and_has_ended() -> None:
    living = name_owner()
    machine = living.split(":")[0]
    reborn = f"{machine}:{os.getpid()}-1"
    assert [is_gone(name) for name in (living, reborn, f"{machine}:4194304-1", "elsewhere:4194304-1", "")] == [
        False, True, True, False, False,
    ]  # fmt: skip


def test_many_sweep_the_same_groups_at_once() -> None:
    places = set(find_places().values())
    groups = [
        place.folder / f"workpiece-{socket.gethostname()}:4194304-1-{number}"
        for place in places
        for number in range(40)
    ]
    for group in groups:
        group.mkdir()
    with ExitStack() as stack:
        for group in groups[::4]:  # one in four is still busy, and is emptied first
            sleeper = stack.enter_context(subprocess.Popen(["sleep", "60"]))
            (group / "cgroup.procs").write_text(str(sleeper.pid))
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: sweep(), range(8)))
    assert [group for group in groups if group.exists()] == []


def test_closed_session_leaves_nothing(light_backend: Backend, find_processes: FindProcesses) -> None:
    label = f"closed-{os.getpid()}"
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    session = light_backend.open(SessionKind.BUILDER, label).warm()
    session.close()
    session.close()
    assert wait_until(lambda: not find_processes(label), 2.0)
    kept = ENGINE_CONNECTIONS if isinstance(light_backend, ContainerBackend) else 0
    assert len(list(Path("/proc/self/fd").iterdir())) <= descriptors + kept
    with pytest.raises(InfrastructureError, match="closed"):
        session.call(b"", {}, LIMITS)


def test_session_outlives_the_thread_that_opened_it(light_backend: Backend) -> None:
    opened: list[WorkerSession] = []
    thread = threading.Thread(target=lambda: opened.append(light_backend.open(SessionKind.BUILDER, "thread").warm()))
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert opened[0].call(b"result = b'alive'", {}, LIMITS).payload == b"alive"
    opened[0].close()


def test_daemonised_grandchild_dies_with_its_job(light_backend: Backend, find_processes: FindProcesses) -> None:
    """With a filter that lets everything through, so that only the PID namespace stands."""
    everything = export_filter(pyseccomp.SyscallFilter(pyseccomp.ALLOW))
    command = bubblewrap_command(describe_view(SessionKind.BUILDER, light_backend.program, "daemon"))
    enclosure = NamespaceEnclosure(command, SessionGroup.make({}, 10**6))
    session = WorkerSession(enclosure, SessionKind.BUILDER, everything)
    assert session.call(DAEMON.encode(), {}, LIMITS).payload == b"done"
    assert find_processes("stray-daemon") == []
    assert session.call(b"result = b'fine'", {}, LIMITS).payload == b"fine"
    session.close()


def test_killed_worker_is_a_fault_and_the_pool_replaces_it(
    light_backend: Backend, find_processes: FindProcesses
) -> None:
    label = f"pool-{os.getpid()}"
    with SessionPool(light_backend, SessionKind.BUILDER, 1, label) as pool:
        assert pool.call(b"result = b'one'", {}, LIMITS).payload == b"one"
        for pid in find_processes(label):
            with suppress(ProcessLookupError):  # the first one takes the others with it
                os.kill(pid, signal.SIGKILL)
        with pytest.raises(InfrastructureError, match="worker has died"):
            pool.call(b"", {}, LIMITS)
        assert pool.call(b"result = b'two'", {}, LIMITS).payload == b"two"
    assert wait_until(lambda: not find_processes(label), 2.0)


def test_pool_serves_in_order_and_a_stuck_job_blocks_nobody(light_backend: Backend) -> None:
    with SessionPool(light_backend, SessionKind.BUILDER, 2, "order") as pool, ThreadPoolExecutor(8) as threads:
        stuck = threads.submit(pool.call, b"while True: pass", {}, LIMITS)
        served: list[int] = []

        def ask(number: int) -> None:
            assert pool.call(b"import time; time.sleep(0.1)", {}, LIMITS).ending is JobEnding.COMPLETED
            served.append(number)

        asked = []
        for number in range(6):
            asked.append(threads.submit(ask, number))
            time.sleep(0.02)
        for future in asked:
            future.result()
        assert served == list(range(6))
        assert not stuck.done()
        pool.close()
        with pytest.raises(InfrastructureError):
            stuck.result()


def test_worker_that_cannot_start_says_why() -> None:
    backend = NamespaceBackend(WorkerProgram("no_such_handlers", Path(__file__).with_name("light_handlers.py")))
    with pytest.raises(InfrastructureError, match="No module named 'no_such_handlers'"):
        backend.open(SessionKind.BUILDER, "broken").warm()


def test_cad_kernel_works_in_a_warm_builder() -> None:
    program = WorkerProgram("cad_handlers", Path(__file__).with_name("cad_handlers.py"))
    session = NamespaceBackend(program).open(SessionKind.BUILDER, "cad")
    outcomes = [session.call(b"", {}, LIMITS) for _ in range(2)]
    session.close()
    assert {outcome.payload for outcome in outcomes} == {b"22429.204"}
    assert outcomes[0].files == outcomes[1].files
    assert len(outcomes[0].files["part.stl"]) > 10_000

"""Runs share the server of their workspace; those of different workspaces have servers of their own."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from flows.keeper import _listens
from tests.flows.test_fault_table import QUICK, ask
from tests.flows.test_interrupts import count_tasks
from tests.flows.test_pipeline import ended_flow_runs, finish
from tests.killing import find_processes, wait_until

ASK = """
import json, sys, urllib.request
from pathlib import Path
from flows.server import serve_prefect
with serve_prefect(Path(sys.argv[1])) as url, urllib.request.urlopen(f"{url}/admin/settings") as answer:
    print(url, json.load(answer)["home"])
    sys.stdin.read()
"""
PREFECT = Path(sys.executable).parent / "prefect"
GONE_WITHIN_S = 15.0
ITEMS = (
    'SELECT request, "index", state FROM run_items JOIN runs USING (run_id) JOIN benchmarks USING (item_id, "index")'
)


def ask_servers(homes: list[Path]) -> list[list[str]]:
    """Return address and home of the servers of processes that begin at once."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    asking = [subprocess.Popen([sys.executable, "-c", ASK, str(home)], **pipes) for home in homes]
    told = [process.stdout.readline().split() for process in asking]
    for process in asking:
        process.communicate()
    return told


@pytest.mark.slow
def test_runs_of_different_homes_have_servers_of_their_own(tmp_path: Path) -> None:
    homes = [tmp_path / "a", tmp_path / "b"]
    told = ask_servers(homes)
    assert [home for _, home in told] == [str(home) for home in homes] and told[0][0] != told[1][0]


@pytest.mark.slow
def test_runs_of_one_home_that_begin_at_once_share_a_server(tmp_path: Path) -> None:
    assert len({tuple(told) for told in ask_servers(3 * [tmp_path])}) == 1
    assert wait_until(lambda: not find_processes(str(tmp_path)), GONE_WITHIN_S)


def start(workspace: Path, seed: int) -> subprocess.Popen[str]:
    """Start a run of two items."""
    command = [sys.executable, "-m", "service", "run", "--count", "2", "--seed", str(seed), "--family", "drop_chute"]
    environment = os.environ | QUICK | {"WORKPIECE_WORKSPACE": str(workspace)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([*command, "--json"], env=environment, **pipes)


def limit_slots(workspace: Path, slots: int) -> None:
    """Set the limit of the workspace's server as an operator would."""
    url = (workspace / "prefect" / "server.url").read_text()
    words = ["global-concurrency-limit", "update", "sandbox", "--limit", str(slots)]
    subprocess.run([PREFECT, *words], env=os.environ | {"PREFECT_API_URL": url}, check=True, capture_output=True)


def read_limit(workspace: Path) -> int | None:
    """Return the slots for sandboxes, as Prefect's database has them; None before it is there."""
    sql = "SELECT \"limit\" FROM concurrency_limit_v2 WHERE name = 'sandbox'"
    try:
        with closing(sqlite3.connect(f"file:{workspace / 'prefect' / 'prefect.db'}?mode=ro", uri=True)) as connection:
            return next((slots for (slots,) in connection.execute(sql)), None)
    except sqlite3.OperationalError:
        return None


def wait_while_it_runs(process: subprocess.Popen[str], condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; what the process said is told where it ends or takes too long before."""
    held = wait_until(lambda: process.poll() is not None or condition(), 300.0) and process.poll() is None
    if not held:
        process.kill()
    assert held, process.communicate()


def count_keepers(workspace: Path) -> int:
    return len(find_processes(f"flows.keeper\0{workspace / 'prefect'}"))


def test_two_runs_at_once_share_server_and_limit(tmp_path: Path) -> None:
    first = start(tmp_path, 5)
    wait_while_it_runs(first, lambda: read_limit(tmp_path) is not None)
    limit_slots(tmp_path, 3)
    second = start(tmp_path, 6)
    wait_while_it_runs(second, lambda: len(ended_flow_runs(tmp_path)) == 2)
    assert count_keepers(tmp_path) == 1
    outputs, told = zip(*(process.communicate(timeout=600) for process in (first, second)), strict=True)
    assert (first.returncode, second.returncode) == (0, 0), told
    assert [len(json.loads(output)["rows"]) for output in outputs] == [2, 2]
    assert "Prefect's limit 'sandbox' stays as it is: 3 slots" in told[1]
    assert wait_until(lambda: count_keepers(tmp_path) == 0, GONE_WITHIN_S)
    assert (read_limit(tmp_path), ended_flow_runs(tmp_path)) == (3, ["COMPLETED", "COMPLETED"])
    done = {(json.loads(row[0])["seed"], row[1]) for row in ask(tmp_path, ITEMS) if row[2] == "certified"}
    assert done == {(5, 0), (5, 1), (6, 0), (6, 1)}


@pytest.mark.slow
def test_killed_run_leaves_the_one_beside_it_untouched(tmp_path: Path) -> None:
    killed, other = start(tmp_path, 5), start(tmp_path, 6)
    assert wait_until(lambda: count_tasks(tmp_path, "solve") > 1, 300.0)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert len(json.loads(finish(other))["rows"]) == 2
    assert ask(tmp_path, "SELECT * FROM errors") == []
    assert wait_until(lambda: count_keepers(tmp_path) == 0, GONE_WITHIN_S)
    assert len(json.loads(finish(start(tmp_path, 5)))["rows"]) == 2
    assert wait_until(lambda: count_keepers(tmp_path) == 0, GONE_WITHIN_S)
    assert ended_flow_runs(tmp_path) == ["COMPLETED", "COMPLETED", "CRASHED"]


def test_port_is_found_while_descriptors_come_and_go() -> None:
    """A server that starts opens and closes files by the hundred while it is looked at."""
    done = threading.Event()

    def churn() -> None:
        while not done.is_set():
            for descriptor in [os.dup(0) for _ in range(50)]:
                os.close(descriptor)

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as threads:
        threads.submit(churn)
        port = server.getsockname()[1]
        try:
            assert all(_listens(os.getpid(), port) for _ in range(300))
        finally:
            done.set()
    assert not _listens(os.getpid(), port)

"""The nightly deployment of prefect.yaml, deployed to a real server and run by a real worker."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.serving import free_port, wait_until_served

ROOT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).parent / "prefect"


@pytest.fixture(scope="module")
def server(session_folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a running Prefect server with a database of its own."""
    port = free_port()
    settings = {
        "PREFECT_HOME": str(session_folder / "prefect"),
        "PREFECT_SERVER_CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "WORKPIECE_WORKSPACE": str(session_folder / "nightly"),
    }
    environment = os.environ | settings
    command = [PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with (session_folder / "server.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        wait_until_served(f"{settings['PREFECT_API_URL']}/health")
        yield environment
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


def prefect(environment: dict[str, str], *arguments: str) -> str:
    """Run one prefect command in the repository and return what it printed."""
    ran = subprocess.run([PREFECT, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_nightly_is_deployed_and_run_by_a_worker(server: dict[str, str]) -> None:
    prefect(server, "work-pool", "create", "process", "--type", "process")
    prefect(server, "--no-prompt", "deploy", "--all")
    order = json.dumps({"count": 1, "seed": 5, "families": ["drop_chute"], "pictures": False})
    prefect(server, "deployment", "run", "pipeline/batch", "--param", f"order={order}")
    prefect(server, "worker", "start", "--pool", "process", "--run-once", "--with-healthcheck")
    runs = json.loads(prefect(server, "flow-run", "ls", "--output", "json", "--flow-name", "pipeline", "--limit", "5"))
    assert [run["state"]["type"] for run in runs if run["state"]["type"] != "SCHEDULED"] == ["COMPLETED"]
    assert (Path(server["WORKPIECE_WORKSPACE"]) / "workpiece.sqlite").exists()
    limits = json.loads(prefect(server, "global-concurrency-limit", "ls", "--output", "json"))
    assert [(limit["limit"], limit["active_slots"]) for limit in limits if limit["name"] == "sandbox"] == [(4, 0)]


def limited(environment: dict[str, str], hold_s: float, slots: int) -> "subprocess.Popen[str]":
    """Start the flow of three items that hold a slot each for so long, on a server that should have so many."""
    command = [sys.executable, "-m", "tests.flows.limited_flow", str(hold_s), str(slots)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def read_spans(process: "subprocess.Popen[str]") -> tuple[list[list[float]], str]:
    """Return when each item began and ended, in their order, and what the flow has written besides."""
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors[-2000:]
    return json.loads(output.splitlines()[-1]), errors


@pytest.fixture
def one_slot(server: dict[str, str]) -> Iterator[dict[str, str]]:
    """The environment of that server, with a limit that an operator has set to one slot."""
    read_spans(limited(server, 0.0, 4))
    prefect(server, "global-concurrency-limit", "update", "sandbox", "--limit", "1")
    yield server
    prefect(server, "global-concurrency-limit", "delete", "sandbox")


@pytest.mark.slow
def test_one_slot_lets_items_of_two_runs_go_one_by_one_in_order(one_slot: dict[str, str]) -> None:
    runs = [limited(one_slot, 0.3, 4), limited(one_slot, 0.3, 4)]
    (first, told), (second, _) = (read_spans(process) for process in runs)
    assert first == sorted(first) and second == sorted(second)
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(sorted(first + second)))
    assert "update sandbox --limit 4" in told


@pytest.mark.slow
def test_slots_of_a_killed_run_come_back(one_slot: dict[str, str]) -> None:
    killed = limited(one_slot, 600.0, 1)
    assert killed.stderr is not None
    assert any(line == "began\n" for line in killed.stderr)
    killed.kill()
    killed.communicate()
    spans, _ = read_spans(limited(one_slot, 0.1, 1))
    assert len(spans) == 3


OWN_SERVERS = """
import pathlib, sys, urllib.request
from flows.server import serve_prefect
home = pathlib.Path(sys.argv[1])
with serve_prefect(home) as url:
    from flows.limits import ensure_limit
    ensure_limit(int(sys.argv[2]))
    print(urllib.request.urlopen(f"{url}/v2/concurrency_limits/sandbox").read().decode())
"""


@pytest.mark.slow
def test_server_of_a_run_takes_its_limit_from_the_settings_each_time(tmp_path: Path) -> None:
    for slots in (3, 2):
        command = [sys.executable, "-c", OWN_SERVERS, str(tmp_path), str(slots)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert json.loads(ran.stdout)["limit"] == slots and "stays as it is" not in ran.stderr

"""`kill -9` of engine, worker and server: within a minute of their return nothing says RUNNING, and the run goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.reconcile import OWNER_LABEL
from schemas.run import RunOrder
from tests.flows.test_deployment import PREFECT, ROOT, ask, find_tasks, finish_run, order_run
from tests.killing import find_processes, wait_until
from tests.serving import free_port, wait_until_served

ORDER = {"count": 2, "families": ["drop_chute"], "pictures": False}
AT_WORK = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING"]}}}
RETURNED_WITHIN_S = 60.0


class Place:
    """A server and a worker, as an operator starts them; each can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        port, self.folder = free_port(), folder
        settings = {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
        self.environment = os.environ | settings | {"WORKPIECE_WORKSPACE": str(folder / "workspace")}
        self._serve = [str(PREFECT), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, what: str) -> None:
        """Start the server or the worker, and wait until it is there."""
        command = self._serve if what == "server" else [sys.executable, "-m", "service", "deploy"]
        with (self.folder / f"{what}.log").open("w") as log:
            self.running[what] = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        if what == "server":
            wait_until_served(f"{self.environment['PREFECT_API_URL']}/health")
        else:
            told = self.folder / "worker.log"
            assert wait_until(lambda: "started!" in told.read_text(), 120.0), told.read_text()

    def kill(self, what: str) -> None:
        """Kill all processes of the server or the worker, as a power cut would; runs have processes of their own."""
        killed = self.running.pop(what)
        os.killpg(killed.pid, signal.SIGKILL)
        killed.wait()

    def find_engine(self, run: str) -> int:
        """Return the process of a flow run."""
        owner = str(ask(self.environment, f"flow_runs/{run}")["labels"][OWNER_LABEL])
        return int(owner.rpartition(":")[2].split("-")[0])

    def is_quiet(self) -> bool:
        """Say whether nothing says that it is at work."""
        counts = [ask(self.environment, f"{kind}_runs/count", {f"{kind}_runs": AT_WORK}) for kind in ("flow", "task")]
        return counts == [0, 0]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    try:
        place.start("server")
        place.start("worker")
        yield place
    finally:
        for what in list(place.running):
            os.killpg(place.running[what].pid, signal.SIGTERM)
        for process in place.running.values():
            process.wait(60)


def begin(place: Place, seed: int) -> str:
    """Start a run and return it once it searches."""
    run = order_run(place.environment, "pipeline/batch", ORDER | {"seed": seed})
    assert wait_until(lambda: find_tasks(place.environment, run).get("solve") == "Running", 300.0)
    return run


def check_it_goes_on(place: Place, run: str, seed: int) -> None:
    """It comes to its end by itself, and leaves nothing."""
    assert finish_run(place.environment, run) == ("Completed", "2 of 2 certified")
    assert wait_until(place.is_quiet, 60.0)
    run_id = RunOrder.model_validate(ORDER | {"seed": seed}).run_id[:12]
    assert wait_until(lambda: not find_processes(run_id), 15.0)
    limits = ask(place.environment, "v2/concurrency_limits/filter", {})
    assert [limit["active_slots"] for limit in limits if limit["name"] == "sandbox"] == [0]


@pytest.mark.slow
def test_run_goes_on_after_its_engine_was_killed(place: Place) -> None:
    run = begin(place, 5)
    os.kill(place.find_engine(run), signal.SIGKILL)
    assert wait_until(lambda: ask(place.environment, f"flow_runs/{run}")["state_type"] != "RUNNING", RETURNED_WITHIN_S)
    assert wait_until(lambda: find_tasks(place.environment, run).get("solve") != "Running", RETURNED_WITHIN_S)
    assert wait_until(lambda: ask(place.environment, f"flow_runs/{run}")["run_count"] > 1, 180.0)
    check_it_goes_on(place, run, 5)


@pytest.mark.slow
def test_run_goes_on_after_worker_and_engine_were_killed(place: Place) -> None:
    run = begin(place, 6)
    engine = place.find_engine(run)
    place.kill("worker")
    os.kill(engine, signal.SIGKILL)
    place.start("worker")
    assert wait_until(lambda: ask(place.environment, f"flow_runs/{run}")["run_count"] > 1, RETURNED_WITHIN_S)
    check_it_goes_on(place, run, 6)


@pytest.mark.slow
def test_run_comes_to_its_end_where_its_worker_alone_was_killed(place: Place) -> None:
    run = begin(place, 7)
    place.kill("worker")
    place.start("worker")
    check_it_goes_on(place, run, 7)


@pytest.mark.slow
def test_run_goes_on_after_its_server_was_killed(place: Place) -> None:
    run = begin(place, 8)
    place.kill("server")
    time.sleep(5.0)
    place.start("server")
    check_it_goes_on(place, run, 8)

"""The deployments of prefect.yaml, on a real server with a real worker: schedules fire, nights are finished."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from flows.reconcile import OWNER_LABEL, REPORTED_WITHIN_S
from schemas.run import RunOrder
from tests.killing import find_processes, wait_until
from tests.serving import ask_prefect, free_port, wait_until_served

ROOT = Path(__file__).parents[2]
PREFECT = Path(sys.executable).parent / "prefect"
ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@pytest.fixture(scope="module")
def server(session_folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a running Prefect server with a database of its own."""
    port = free_port()
    settings = {
        "PREFECT_HOME": str(session_folder / "prefect"),
        "PREFECT_SERVER_CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
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


@pytest.fixture(scope="module")
def worker(server: dict[str, str], session_folder: Path) -> Iterator[dict[str, str]]:
    """The environment of that server, as `workpiece deploy` sets it up, with its worker and a cron of a minute."""
    told = session_folder / "worker.log"
    with told.open("w") as log:
        command = [sys.executable, "-m", "service", "deploy"]
        process = subprocess.Popen(command, cwd=ROOT, env=server, stdout=log, stderr=log, start_new_session=True)
    try:
        assert wait_until(lambda: "started!" in told.read_text() or process.poll() is not None, 240.0)
        assert process.poll() is None, told.read_text()
        prefect(server, "deployment", "schedule", "create", "reconcile/reconcile", "--cron", "* * * * *")
        yield server
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def ask(environment: dict[str, str], path: str, body: dict[str, object] | None = None) -> Any:
    """Ask the API of that server."""
    return ask_prefect(environment["PREFECT_API_URL"], path, body)


def count_completed(environment: dict[str, str], deployment: str) -> int:
    """Return how many scheduled runs of a deployment have completed."""
    wanted = {"state": {"type": {"any_": ["COMPLETED"]}}}
    runs = ask(environment, "flow_runs/filter", {"flow_runs": wanted, "deployments": {"id": {"any_": [deployment]}}})
    return sum(run["auto_scheduled"] for run in runs)


def read_automations(environment: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return the server's automations by name."""
    return {one["name"]: one for one in ask(environment, "automations/filter", {})}


def test_deploy_given_again_keeps_what_an_operator_has_set(worker: dict[str, str]) -> None:
    """The limit, a schedule that is paused or new, an automation that is off."""
    late = read_automations(worker)["workpiece: run is late"]
    prefect(worker, "automation", "pause", "--id", late["id"])
    prefect(worker, "global-concurrency-limit", "update", "sandbox", "--limit", "3")
    prefect(worker, "deployment", "schedule", "create", "nightly/nightly", "--cron", "0 5 * * 0")
    theirs = {"flow_id": ask(worker, "flows/", {"name": "theirs"})["id"], "name": "theirs"}
    ask(worker, "deployments/", theirs | {"schedules": [{"schedule": {"interval": 86400}, "active": True}]})
    before = ask(worker, "deployments/name/nightly/nightly")["schedules"]
    ours = next(one["id"] for one in before if one["slug"] == "nightly")
    prefect(worker, "deployment", "schedule", "pause", "nightly/nightly", ours)
    command = [sys.executable, "-m", "service", "deploy", "--no-worker"]
    ran = subprocess.run(command, cwd=ROOT, env=worker, capture_output=True, text=True, check=False)
    assert (ran.returncode, "has no worker" in ran.stdout) == (0, False), ran.stdout + ran.stderr
    assert "'sandbox' stays as it is: 3 slots" in ran.stderr
    after = ask(worker, "deployments/name/nightly/nightly")["schedules"]
    told = [[(one["schedule"]["cron"], one["active"]) for one in schedules] for schedules in (before, after)]
    assert [sorted(crons) for crons in told] == [
        [("0 2 * * *", True), ("0 5 * * 0", True)],
        [("0 2 * * *", False), ("0 5 * * 0", True)],
    ]
    assert len(ask(worker, "deployments/name/theirs/theirs")["schedules"]) == 1
    automations = read_automations(worker)
    assert sorted(automations) == ["workpiece: run crashed", "workpiece: run failed", "workpiece: run is late"]
    assert [name for name, one in automations.items() if not one["enabled"]] == ["workpiece: run is late"]


@pytest.mark.parametrize("wrong", [{"count": 0}, {"families": ["teleporter"]}, {"engineer": "me"}])
def test_form_with_a_wrong_value_starts_no_run(worker: dict[str, str], wrong: dict[str, object]) -> None:
    deployment = ask(worker, "deployments/name/pipeline/batch")["id"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(
            worker, f"deployments/{deployment}/create_flow_run", {"parameters": wrong, "enforce_parameter_schema": True}
        )
    with refused.value as answer:
        assert answer.code in (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


@pytest.fixture(scope="module")
def batch(worker: dict[str, str]) -> str:
    """What `prefect deployment run` says of a batch of one, which is certified."""
    order = json.dumps({"count": 1, "seed": 5, "families": ["drop_chute"], "pictures": False})
    watched = ("--watch", "--watch-interval", "1")
    return prefect(worker, "deployment", "run", "pipeline/batch", "--params", order, *watched)


def test_batch_is_run_by_a_worker(worker: dict[str, str], batch: str) -> None:
    assert "finished successfully" in " ".join(batch.split())
    limits = json.loads(prefect(worker, "global-concurrency-limit", "ls", "--output", "json"))
    assert [(limit["limit"], limit["active_slots"]) for limit in limits if limit["name"] == "sandbox"] == [(3, 0)]


DONE = {
    "solve/solve": ({"engineer": "reference", "seed": 1, "count": 1}, "1 of 1 solved"),
    "evaluate/evaluate": ({"engineers": ["reference"], "split": "all", "count": 1}, "reference 1 of 1 solved"),
    "export/export": ({}, "0 new rows"),
}
REFUSED = {
    "optimize/optimize": ({}, "the architect has no model: set WORKPIECE_MODEL__NAME"),
    "solve/solve": ({"benchmarks": ["ffff"], "engineer": "reference"}, "no benchmark starts with"),
    "evaluate/evaluate": ({"split": "validation", "engineers": ["reference"]}, "no certified benchmark"),
}


def order_run(environment: dict[str, str], deployment: str, parameters: dict[str, object]) -> str:
    """Start a run of a deployment as its form does, and return its id."""
    found = ask(environment, f"deployments/name/{deployment}")["id"]
    return str(ask(environment, f"deployments/{found}/create_flow_run", {"parameters": parameters})["id"])


def finish_run(environment: dict[str, str], run: str) -> tuple[str, str]:
    """Wait until a run has ended; return its state and what that says."""
    assert wait_until(lambda: ask(environment, f"flow_runs/{run}")["state_type"] in ENDED, 300.0)
    state = ask(environment, f"flow_runs/{run}")["state"]
    return state["name"], state["message"]


def test_engineers_work_on_stored_benchmarks_from_forms(worker: dict[str, str], batch: str) -> None:
    for deployment, (parameters, told) in DONE.items():
        assert finish_run(worker, order_run(worker, deployment, parameters)) == ("Completed", told)
    shown = [one for one in ask(worker, "artifacts/filter", {}) if one["key"] == "metrics"]
    latest = json.loads(max(shown, key=lambda one: one["created"])["data"])
    values = {(row["figure"], row["of"]): row["value"] for row in latest}
    assert values["certified", "verified items"] == values["solved", "reference"] == "100.0 %"


def test_order_that_only_the_worker_can_refuse_fails_with_what_to_change(worker: dict[str, str]) -> None:
    runs = [(order_run(worker, deployment, parameters), told) for deployment, (parameters, told) in REFUSED.items()]
    for run, told in runs:
        state, message = finish_run(worker, run)
        assert (state, message.startswith(told)) == ("Failed", True), message


def find_tasks(environment: dict[str, str], run: str) -> dict[str, str]:
    """Return the states of a flow run's tasks by name."""
    tasks = ask(environment, "task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})
    return {task["name"].split()[0]: task["state_name"] for task in tasks}


def test_cancelled_run_ends_its_search_as_cancelled_and_leaves_nothing(worker: dict[str, str]) -> None:
    """As the button Cancel of Prefect's pages does it; with the button Retry it goes on."""
    deployment = ask(worker, "deployments/name/pipeline/batch")["id"]
    order = {"count": 1, "seed": 6, "families": ["drop_chute"], "pictures": False}
    run = ask(worker, f"deployments/{deployment}/create_flow_run", {"parameters": order})["id"]
    assert wait_until(lambda: find_tasks(worker, run).get("solve") == "Running", 240.0)
    ask(worker, f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING", "name": "Cancelling"}})
    asked_s = time.monotonic()
    assert wait_until(lambda: ask(worker, f"flow_runs/{run}")["state_name"] == "Cancelled", 30.0)
    run_id = RunOrder.model_validate(order).run_id[:12]
    assert wait_until(lambda: not find_processes(run_id), 10.0 - (time.monotonic() - asked_s))
    assert wait_until(lambda: find_tasks(worker, run).get("solve") == "Cancelled", 10.0)
    assert set(find_tasks(worker, run).values()) == {"Completed", "Cancelled"}
    limits = json.loads(prefect(worker, "global-concurrency-limit", "ls", "--output", "json"))
    assert [limit["active_slots"] for limit in limits if limit["name"] == "sandbox"] == [0]
    with closing(sqlite3.connect(Path(worker["WORKPIECE_WORKSPACE"]) / "workpiece.sqlite")) as connection:
        found = "SELECT outcome FROM episodes JOIN run_items USING (item_id) WHERE run_id LIKE ?"
        assert connection.execute(found, (f"{run_id}%",)).fetchall() == [("CANCELLED",)]
        assert connection.execute("SELECT * FROM errors").fetchall() == []
    told = "Flow run was cancelled successfully."  # the worker writes it over whatever state it finds, so Retry waits
    assert wait_until(lambda: ask(worker, f"flow_runs/{run}")["state"]["message"] == told, 30.0)
    again = {"state": {"type": "SCHEDULED", "name": "AwaitingRetry"}, "force": True}  # the button Retry
    ask(worker, f"flow_runs/{run}/set_state", again)
    assert wait_until(lambda: ask(worker, f"flow_runs/{run}")["state_type"] not in ENDED, 30.0)
    assert finish_run(worker, run) == ("Completed", "1 of 1 certified")


def test_cron_of_a_minute_fires_twice(worker: dict[str, str]) -> None:
    """Under SQLAlchemy 2.1 Prefect's scheduler failed once a minute, and no scheduled run was ever made."""
    deployment = ask(worker, "deployments/name/reconcile/reconcile")["id"]
    assert wait_until(lambda: count_completed(worker, deployment) >= 2, 300.0)


def read_nights(workspace: Path) -> list[tuple[int, str | None]]:
    """Return the seed of every nightly run that the store knows, and when it was finished."""
    if not (workspace / "workpiece.sqlite").exists():
        return []
    with closing(sqlite3.connect(f"file:{workspace / 'workpiece.sqlite'}?mode=ro", uri=True)) as connection:
        made = connection.execute("SELECT name FROM sqlite_master WHERE name = 'runs'").fetchall()
        rows = connection.execute("SELECT request, finished_at FROM runs").fetchall() if made else []
    orders = [(RunOrder.from_json(request.encode()), finished) for request, finished in rows]
    return [(order.seed, finished) for order, finished in orders if order.night is not None]


def find_engine(environment: dict[str, str], run: str) -> int | None:
    """Return the PID of the process that has claimed a flow run, once it has recorded what it makes."""
    owner = str(ask(environment, f"flow_runs/{run}")["labels"].get(OWNER_LABEL, ""))
    return (
        int(owner.rpartition(":")[2].split("-")[0])
        if owner and read_nights(Path(environment["WORKPIECE_WORKSPACE"]))
        else None
    )


@pytest.mark.slow
def test_night_that_is_30_hours_late_and_killed_goes_on_with_its_own_batch(worker: dict[str, str]) -> None:
    scheduled = datetime.now(UTC) - timedelta(hours=30)
    deployment = ask(worker, "deployments/name/nightly/nightly")["id"]
    state = {"type": "SCHEDULED", "state_details": {"scheduled_time": scheduled.isoformat()}}
    order = {"state": state, "parameters": {"count": 2, "families": ["drop_chute"]}}
    run = ask(worker, f"deployments/{deployment}/create_flow_run", order)["id"]
    assert wait_until(lambda: find_engine(worker, run) is not None, 300.0)
    os.kill(find_engine(worker, run), signal.SIGKILL)
    assert wait_until(lambda: ask(worker, f"flow_runs/{run}")["state_type"] == "CRASHED", 60.0)
    time.sleep(REPORTED_WITHIN_S + 15.0)
    reconciling = [sys.executable, "-m", "service", "reconcile"]
    subprocess.run(reconciling, cwd=ROOT, env=worker, check=True, capture_output=True)
    assert wait_until(lambda: ask(worker, f"flow_runs/{run}")["state_type"] == "COMPLETED", 300.0)
    nights = read_nights(Path(worker["WORKPIECE_WORKSPACE"]))
    assert [(seed, finished is not None) for seed, finished in nights] == [(int(scheduled.strftime("%Y%m%d")), True)]


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

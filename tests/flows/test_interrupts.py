"""SIGTERM and SIGINT to `workpiece run`: it ends within seconds by one line, leaves nothing behind, and can go on."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from flows.runner import CANCELLED_BY
from tests.flows.test_fault_table import QUICK, ask
from tests.flows.test_pipeline import store_of
from tests.flows.test_reconcile import count_states
from tests.killing import find_processes, wait_until
from tests.records.comparing import compare_stores
from tests.serving import ask_prefect
from tests.steps.scripts import plan
from tests.steps.served import serve
from tests.steps.test_wire_faults import HANG

LINE = "workpiece: interrupted; the same command, given again, goes on where it was"
ORDER = ("run", "--count", "2", "--seed", "7", "--family", "drop_chute", "--json")
WITHIN_S = 10.0
slow = pytest.mark.slow


def start(workspace: Path, *more: str, faults: dict[int, str] | None = None, **settings: str) -> subprocess.Popen[str]:
    """Start a run, with signals as a terminal gives them."""
    program = ["-m", "service"] if faults is None else ["-m", "tests.flows.faulty", json.dumps(faults)]
    environment = os.environ | QUICK | {"WORKPIECE_WORKSPACE": str(workspace)} | settings
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, *program, *ORDER, *more], env=environment, **pipes)


def count_tasks(workspace: Path, name: str, state: str = "%") -> int:
    """Return how many task runs whose name begins so are in a state, as far as Prefect has written."""
    file = workspace / "prefect" / "prefect.db"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            sql = "SELECT count(*) FROM task_run WHERE name LIKE ? AND state_name LIKE ?"
            return int(connection.execute(sql, (f"{name}%", state)).fetchone()[0])
    except sqlite3.OperationalError:  # it is not there yet
        return 0


def interrupt(process: subprocess.Popen[str], number: signal.Signals, when: Callable[[], bool]) -> None:
    """Send a signal once a condition holds; the run must end as one that is interrupted."""
    assert wait_until(lambda: process.poll() is not None or when(), 300.0)
    assert process.poll() is None, process.communicate()
    process.send_signal(number)
    asked_s = time.monotonic()
    output, errors = process.communicate(timeout=60)
    assert (time.monotonic() - asked_s < WITHIN_S, process.returncode, output) == (True, 128 + number, ""), errors
    said = [line for line in errors.splitlines() if not line[:2].isdigit()]
    assert said == [LINE] and "Traceback" not in errors


def check_nothing_is_left(workspace: Path) -> None:
    """No process is, and nothing that is recorded blames the machine."""
    runs = ask(workspace, "SELECT run_id FROM runs") if (workspace / "workpiece.sqlite").exists() else []
    assert wait_until(lambda: not any(find_processes(str(run_id)[:12]) for (run_id,) in runs), 30.0)
    assert wait_until(lambda: not find_processes(str(workspace / "prefect")), 60.0)
    assert ask(workspace, "SELECT * FROM errors") == []
    blamed = "SELECT * FROM episodes WHERE outcome IN ('INFRASTRUCTURE', 'DEFECT')"
    assert ask(workspace, blamed) == []


def finish(process: subprocess.Popen[str]) -> dict:
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors[-2000:]
    return json.loads(output)


@pytest.fixture(scope="module")
def whole(session_folder: Path) -> tuple[Path, dict]:
    """A workspace in which the run went through at once, and its summary."""
    workspace = session_folder / "whole"
    return workspace, finish(start(workspace))


@pytest.mark.parametrize("signals", [(signal.SIGTERM,), pytest.param((signal.SIGINT, signal.SIGTERM), marks=slow)])
def test_run_that_was_interrupted_makes_the_same_rows(
    whole: tuple[Path, dict], tmp_path: Path, signals: tuple[signal.Signals, ...]
) -> None:
    for number in signals:
        begun = count_tasks(tmp_path, "solve")
        interrupt(start(tmp_path), number, lambda begun=begun: count_tasks(tmp_path, "solve") > begun)
        check_nothing_is_left(tmp_path)
    assert finish(start(tmp_path))["rows"] == whole[1]["rows"]
    with store_of(whole[0]) as one, store_of(tmp_path) as other:
        assert compare_stores(one, other) == ()


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "server starts": lambda workspace: (workspace / "prefect" / "server.log").exists(),
    "sandboxes open": lambda workspace: count_tasks(workspace, "verify_geometry") > 0,
    "judged": lambda workspace: count_tasks(workspace, "certify") > 0,
    "drawn": lambda workspace: count_tasks(workspace, "render") > 0,
    "exported": lambda workspace: count_tasks(workspace, "export") > 0,
}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("moment", MOMENTS)
def test_run_ends_soon_at_any_moment(tmp_path: Path, number: signal.Signals, moment: str) -> None:
    interrupt(start(tmp_path), number, lambda: MOMENTS[moment](tmp_path))
    check_nothing_is_left(tmp_path)


def test_run_ends_soon_while_a_stage_waits_for_its_next_try(tmp_path: Path) -> None:
    process = start(tmp_path, faults={0: "machine", 1: "machine"}, TEST_RETRY_S="300")
    interrupt(process, signal.SIGTERM, lambda: count_tasks(tmp_path, "generate", "AwaitingRetry") == 2)
    check_nothing_is_left(tmp_path)


@pytest.mark.slow
def test_run_ends_soon_while_a_model_hangs(tmp_path: Path) -> None:
    with serve(plan(), HANG) as server:
        settings = {"WORKPIECE_MODEL__NAME": "openai/m", "WORKPIECE_MODEL__API_BASE": server.base}
        process = start(tmp_path, "--engineer", "llm", **settings)
        interrupt(process, signal.SIGTERM, lambda: len(server.requests) > 1)
    check_nothing_is_left(tmp_path)
    assert ("llm", "RUNNING") in ask(tmp_path, "SELECT policy, outcome FROM episodes")
    flow_runs = tmp_path / "prefect" / "prefect.db"
    with closing(sqlite3.connect(f"file:{flow_runs}?mode=ro", uri=True)) as connection:
        assert connection.execute("SELECT state_type FROM flow_run").fetchall() == [("CANCELLED",)]


@pytest.mark.slow
def test_run_of_a_terminal_that_is_cancelled_on_the_pages_ends_its_episode(tmp_path: Path) -> None:
    with serve(plan(), HANG) as server:
        settings = {"WORKPIECE_MODEL__NAME": "openai/m", "WORKPIECE_MODEL__API_BASE": server.base}
        process = start(tmp_path, "--engineer", "llm", **settings)
        assert wait_until(lambda: process.poll() is not None or len(server.requests) > 1, 300.0)
        api = (tmp_path / "prefect" / "server.url").read_text()
        run = ask_prefect(api, "flow_runs/filter", {})[0]["id"]
        ask_prefect(api, f"flow_runs/{run}/set_state", {"state": {"type": "CANCELLING"}})
        asked_s = time.monotonic()
        output, errors = process.communicate(timeout=60)
    assert (time.monotonic() - asked_s < WITHIN_S, process.returncode, output) == (True, 1, ""), errors
    assert errors.splitlines()[-1] == f"workpiece: {CANCELLED_BY}; the same order, given again, goes on where it was"
    check_nothing_is_left(tmp_path)
    assert ("llm", "CANCELLED") in ask(tmp_path, "SELECT policy, outcome FROM episodes")
    assert "RUNNING" not in count_states(tmp_path, "task_run") | count_states(tmp_path, "flow_run")

"""`workpiece reconcile` ends all that says it is at work and is not, however many rows that are, and nothing else."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from flows.reaching import has_runs_to_reconcile
from flows.reconcile import OWNER_LABEL
from sandbox.owners import name_owner
from tests.killing import wait_until
from tests.service.running import workpiece

COUNT = 230
SERVE = """
import pathlib, sys
from flows.server import serve_prefect
with serve_prefect(pathlib.Path(sys.argv[1])):
    sys.stdin.read()
"""
TOLD = (
    "removed 0 sandboxes and the folders of {} old jobs, ended {} flow runs and {} task runs, freed 0 slots, "
    "started {} runs again\n"
)


def told(jobs: int, flow_runs: int, restarted: int) -> list[str]:
    """Return what it says, with or without the task of the run that failed: it is left alone for its first 30 s."""
    return [TOLD.format(jobs, flow_runs, tasks, restarted) for tasks in (0, 1)]


def count_states(workspace: Path, table: str) -> Counter[str]:
    """Return how many runs are in which state, as Prefect's database has them."""
    with closing(sqlite3.connect(f"file:{workspace / 'prefect' / 'prefect.db'}?mode=ro", uri=True)) as connection:
        return Counter(state for (state,) in connection.execute(f"SELECT state_type FROM {table}"))


def age(workspace: Path, by: str = "10 minutes") -> None:
    """Move back when flow runs came to their states, and when those of some names ended, with no server at work."""
    with closing(sqlite3.connect(workspace / "prefect" / "prefect.db")) as connection:
        connection.execute(f"UPDATE flow_run_state SET timestamp = datetime(timestamp, '-{by}')")
        ended = f"UPDATE flow_run SET end_time = datetime(end_time, '-{by}')"
        connection.execute(f"{ended} WHERE name IN ('over', 'unclaimed', 'theirs')")
        connection.commit()


def test_one_pass_ends_every_run_of_dead_owners_and_its_tasks(tmp_path: Path) -> None:
    make = [sys.executable, "-m", "tests.flows.dead_runs", str(tmp_path / "prefect"), str(COUNT), name_owner()]
    subprocess.run(make, check=True)
    before = {"RUNNING": 78, "CANCELLING": 77, "PENDING": 78, "FAILED": 1}
    assert count_states(tmp_path, "flow_run") == before
    assert count_states(tmp_path, "task_run") == {"RUNNING": 48, "PENDING": 23}
    old = tmp_path / "0123456789ab" / "jobs" / "20200101T000000.000000-judge-01234567"
    old.mkdir(parents=True)
    (old.parent / ".lock").touch()
    os.utime(old, (0, 0))
    age(tmp_path)
    assert workpiece(tmp_path, "reconcile").stdout == TOLD.format(1, COUNT + 1, 70, 1)
    assert not old.parents[1].exists()
    mine = {"RUNNING": 1}
    ended = mine | {"CRASHED": 153, "CANCELLED": 77, "FAILED": 1, "COMPLETED": 1, "SCHEDULED": 1, "PENDING": 1}
    assert count_states(tmp_path, "flow_run") == ended
    assert count_states(tmp_path, "task_run") == mine | {"CRASHED": 46, "CANCELLED": 24}


@pytest.mark.slow
def test_deployed_run_that_crashed_is_started_again_three_times_at_most(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.flows.dead_runs", str(tmp_path / "prefect"), "0", name_owner()], check=True
    )
    age(tmp_path)
    for flow_runs, restarted in ((1, 1), (0, 1), (0, 1), (0, 0)):
        said = workpiece(tmp_path, "reconcile").stdout
        assert said in told(0, flow_runs, restarted)
        with closing(sqlite3.connect(tmp_path / "prefect" / "prefect.db")) as connection:
            died = "UPDATE flow_run SET state_type = 'CRASHED', end_time = datetime('now', '-5 minutes')"
            connection.execute(f"{died} WHERE name = 'unclaimed'")
            connection.commit()


def test_server_of_a_workspace_forgets_flow_runs_that_are_90_days_old(tmp_path: Path) -> None:
    home = tmp_path / "prefect"
    subprocess.run([sys.executable, "-m", "tests.flows.dead_runs", str(home), "0", name_owner()], check=True)
    age(tmp_path, "91 days")
    with subprocess.Popen([sys.executable, "-c", SERVE, str(home)], stdin=subprocess.PIPE) as server:
        assert wait_until(lambda: count_states(tmp_path, "flow_run") == {"RUNNING": 1, "PENDING": 2}, 60.0)
        server.communicate()
    assert count_states(tmp_path, "task_run") == {"RUNNING": 1}


def test_nothing_to_do_starts_no_server(tmp_path: Path) -> None:
    assert workpiece(tmp_path, "reconcile").stdout == TOLD.format(0, 0, 0, 0)
    assert not (tmp_path / "prefect").exists()


def test_database_that_cannot_be_read_is_left_to_its_server(tmp_path: Path) -> None:
    assert has_runs_to_reconcile(tmp_path) is False
    (tmp_path / "prefect.db").touch()
    assert has_runs_to_reconcile(tmp_path) is True


@pytest.mark.parametrize(
    ("flow_state", "task_state", "ended_before_h", "to_do"),
    [
        ("COMPLETED", "FAILED", 0, False),
        ("RUNNING", "COMPLETED", 0, True),
        ("COMPLETED", "PENDING", 0, True),
        ("CRASHED", "CRASHED", 1, True),
        ("CRASHED", "CRASHED", 49, False),
    ],
)
def test_runs_that_may_have_to_end_or_start_are_seen(
    flow_state: str, task_state: str, ended_before_h: int, to_do: bool, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "prefect.db")) as connection, connection:
        connection.execute("CREATE TABLE flow_run (state_type, end_time)")
        connection.execute("CREATE TABLE task_run (state_type)")
        ended = "INSERT INTO flow_run VALUES (?, strftime('%Y-%m-%d %H:%M:%f', 'now', ?))"
        connection.execute(ended, (flow_state, f"-{ended_before_h} hours"))
        connection.execute("INSERT INTO task_run VALUES (?)", (task_state,))
    assert has_runs_to_reconcile(tmp_path) is to_do


def test_run_that_is_started_again_is_no_orphan_before_its_process_has_claimed_it(tmp_path: Path) -> None:
    home = tmp_path / "prefect"
    subprocess.run([sys.executable, "-m", "tests.flows.dead_runs", str(home), "0", name_owner()], check=True)
    with closing(sqlite3.connect(home / "prefect.db")) as connection:
        gone = json.dumps({OWNER_LABEL: f"{socket.gethostname()}:{os.getpid()}-1"})
        connection.execute("UPDATE flow_run SET labels = ?, state_type = 'RUNNING' WHERE name = 'unclaimed'", (gone,))
        connection.commit()
    assert workpiece(tmp_path, "reconcile").stdout in told(0, 1, 1)
    with closing(sqlite3.connect(home / "prefect.db")) as connection:
        connection.execute("UPDATE flow_run SET state_type = 'PENDING' WHERE name = 'unclaimed'")
        connection.commit()
    assert workpiece(tmp_path, "reconcile").stdout in told(0, 0, 0)

"""`workpiece reconcile` ends all that says it is at work and is not, however many rows that are, and nothing else."""

import os
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from flows.reaching import has_runs_to_reconcile
from sandbox.owners import name_owner
from tests.service.running import workpiece

COUNT = 230


def count_states(workspace: Path, table: str) -> Counter[str]:
    """Return how many runs are in which state, as Prefect's database has them."""
    with closing(sqlite3.connect(f"file:{workspace / 'prefect' / 'prefect.db'}?mode=ro", uri=True)) as connection:
        return Counter(state for (state,) in connection.execute(f"SELECT state_type FROM {table}"))


def test_one_pass_ends_every_run_of_dead_owners_and_its_tasks(tmp_path: Path) -> None:
    make = [sys.executable, "-m", "tests.flows.dead_runs", str(tmp_path / "prefect"), str(COUNT), name_owner()]
    subprocess.run(make, check=True)
    assert count_states(tmp_path, "flow_run") == {"RUNNING": 78, "CANCELLING": 77, "PENDING": 76}
    assert count_states(tmp_path, "task_run") == {"RUNNING": 47, "PENDING": 23}
    old = tmp_path / "0123456789ab" / "jobs" / "20200101T000000.000000-judge-01234567"
    old.mkdir(parents=True)
    (old.parent / ".lock").touch()
    os.utime(old, (0, 0))
    assert workpiece(tmp_path, "reconcile").stdout == f"removed 0 sandboxes, ended {COUNT} flow runs\n"
    assert not old.parents[1].exists()
    mine = {"RUNNING": 1}
    assert count_states(tmp_path, "flow_run") == mine | {"CRASHED": 153, "CANCELLED": 77, "COMPLETED": 1}
    assert count_states(tmp_path, "task_run") == mine | {"CRASHED": 45, "CANCELLED": 24}
    assert workpiece(tmp_path, "reconcile").stdout == "removed 0 sandboxes, ended 0 flow runs\n"


def test_nothing_to_do_starts_no_server(tmp_path: Path) -> None:
    assert workpiece(tmp_path, "reconcile").stdout == "removed 0 sandboxes, ended 0 flow runs\n"
    assert not (tmp_path / "prefect").exists()


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

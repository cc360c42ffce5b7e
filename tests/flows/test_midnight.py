"""An order that names no seed keeps its own over midnight, killed and given again as an operator does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.run import RunOrder
from tests.flows.test_fault_table import QUICK, ask
from tests.killing import wait_until

WORDS = ("run", "--count", "1", "--family", "drop_chute", "--json")


def start(workspace: Path, time: str, *words: str) -> subprocess.Popen[str]:
    """Start a command at a time."""
    command = [sys.executable, "-m", "tests.flows.at_time", time, *words]
    environment = os.environ | QUICK | {"WORKPIECE_WORKSPACE": str(workspace)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def list_seeds(workspace: Path) -> list[int | None]:
    """Return the seeds of the runs that are recorded."""
    if not (workspace / "workpiece.sqlite").exists():
        return []
    orders = [RunOrder.from_json(row[0].encode()) for row in ask(workspace, "SELECT request FROM runs")]
    return sorted(order.seed for order in orders)


def kill_when_recorded(workspace: Path, time: str, *words: str, runs: int = 1) -> None:
    """Kill a run once it is recorded."""
    process = start(workspace, time, *words)
    assert wait_until(lambda: process.poll() is not None or len(list_seeds(workspace)) == runs, 120.0)
    process.kill()
    process.communicate()


def test_order_killed_before_midnight_goes_on_with_its_seed_after_it(tmp_path: Path) -> None:
    kill_when_recorded(tmp_path, "2026-03-01T23:50", *WORDS)
    output, errors = start(tmp_path, "2026-03-02T00:10", *WORDS).communicate(timeout=300)
    assert [row["outcome"] for row in json.loads(output)["rows"]] == ["certified"], errors
    assert list_seeds(tmp_path) == [20260301]


@pytest.mark.slow
def test_order_that_is_done_or_another_one_takes_the_new_day(tmp_path: Path) -> None:
    kill_when_recorded(tmp_path, "2026-03-01T23:50", *WORDS)
    kill_when_recorded(tmp_path, "2026-03-02T00:10", *WORDS, "--family", "conveyor_divert", runs=2)
    assert list_seeds(tmp_path) == [20260301, 20260302]
    output, errors = start(tmp_path, "2026-03-02T00:20", *WORDS).communicate(timeout=300)
    assert len(json.loads(output)["rows"]) == 1, errors
    kill_when_recorded(tmp_path, "2026-03-03T00:20", *WORDS, runs=3)
    assert list_seeds(tmp_path) == [20260301, 20260302, 20260303]

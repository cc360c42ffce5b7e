"""One item never ends a batch: what every kind of fault comes to, in runs as an operator starts them."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from agents.models import Script
from records import query
from tests.flows.test_pipeline import store_of
from tests.steps.scripts import plan, turn

QUICK = {
    "WORKPIECE_JUDGE_CERTIFY_TRIALS": "16",
    "WORKPIECE_JUDGE_CERTIFY_MUST_PASS": "15",
    "WORKPIECE_JUDGE_HALF_STEP_TRIALS": "1",
    "WORKPIECE_JUDGE_HALF_STEP_MUST_PASS": "1",
    "WORKPIECE_SANDBOX_JUDGE_CPU_S": "9",
    "WORKPIECE_SANDBOX_PROGRAM_CPU_S": "6",
    "WORKPIECE_EPISODE__TURNS": "3",
}
ROWS = 'SELECT b."index", b.attempt, state, policy, outcome FROM benchmarks b LEFT JOIN episodes e USING (item_id)'
REWARDS = "SELECT index, policy, outcome, reward_main FROM episodes JOIN benchmarks USING (item_id)"
ERRORS = 'SELECT b."index", stage, infrastructure FROM errors LEFT JOIN benchmarks b USING (item_id)'


class Ended(NamedTuple):
    """A run that has ended: where, what it printed, and what it says of its lost items by index."""

    workspace: Path
    status: int
    summary: dict
    errors: str
    lost: dict[int, str]


class Kind(NamedTuple):
    """What a fault comes to: the last draw's state, its episodes with their reward, where it is named, or what else."""

    state: str | None
    episodes: tuple[tuple[str, str, int | None], ...] = ()
    lost_at: str = ""
    said: str = ""


def run_faulty(workspace: Path, faults: dict[int, str], *arguments: str, **settings: str) -> Ended:
    """Run a batch of drop_chutes with a fault at some of its items."""
    workspace.mkdir(exist_ok=True)
    script = workspace / "script.json"
    script.write_text(Script(replies=(plan(), turn(("list_files", {}))), repeat=True).model_dump_json())
    given = {"WORKPIECE_WORKSPACE": str(workspace), "WORKPIECE_MODEL__NAME": f"scripted/{script}"}
    start = [sys.executable, "-m", "tests.flows.faulty", json.dumps(faults)]
    words = ("run", "--family", "drop_chute", "--seed", "5", "--json", *arguments)
    environment = os.environ | QUICK | given | settings
    done = subprocess.run([*start, *words], env=environment, capture_output=True, text=True, timeout=900, check=False)
    named = re.findall(r"drop_chute (\d+)(?: \(draw \d\))? at (\w+ \(.+?\))(?:; |$)", done.stderr.splitlines()[-1])
    lost = {int(index): fault for index, fault in named}
    return Ended(workspace, done.returncode, json.loads(done.stdout), done.stderr, lost)


def ask(workspace: Path, sql: str) -> list[tuple]:
    with store_of(workspace) as store, store.read() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def rows_of(ended: Ended, index: int) -> tuple[str | None, list[tuple[str, str]]]:
    """Return the state of an item's last draw, and its episodes."""
    rows = sorted(row for row in ask(ended.workspace, ROWS) if row[0] == index)
    last = [row for row in rows if row[1] == rows[-1][1]]
    return (last[0][2] if last else None), [row[3:] for row in last if row[3]]


def exported(ended: Ended, index: int) -> list[tuple]:
    """Return an item's episodes in the data sets, with their reward."""
    found = query(REWARDS, ended.workspace / "datasets").rows
    return sorted(tuple(row[1:]) for row in found if row[0] == index)


FOUND = ("reference_search", "SOLVED", 1)
WORKED = ("scripted", "BUDGET_TURNS", 0)
REJECTED = Kind("open", (("reference_search", "FAILED", None),), said="GEOMETRY_REJECTED")
SIX = {
    1: ("crash", REJECTED),
    2: ("store", Kind("verified", (("reference_search", "INFRASTRUCTURE", None),), "record", "no such table: absent")),
    4: ("hang", REJECTED),
    5: ("tool", Kind("certified", (FOUND, WORKED))),
    7: ("sandbox", Kind("verified", (("reference_search", "INFRASTRUCTURE", None),), "judge", "worker has died")),
    9: ("defect", Kind(None, (), "verify_schema", "defect: ZeroDivisionError: division by zero")),
}
OTHERS = {
    0: ("program", Kind("certified", (FOUND, WORKED), said="PROGRAM_ERROR")),
    1: (
        "model",
        Kind("certified", (FOUND, *4 * [("scripted", "INFRASTRUCTURE", None)]), "solve_by_models", "LMServer"),
    ),
    2: ("limit", Kind("certified", (FOUND, WORKED), said="PROGRAM_TIMEOUT")),
    3: ("forgery", Kind("certified", (FOUND, WORKED), said="SANDBOX_VIOLATION")),
    4: ("search", Kind("verified", (("reference_search", "DEFECT", None),), "solve", "defect: ZeroDivisionError")),
    5: ("once", Kind("certified", (FOUND, WORKED))),
    6: ("sent", Kind("certified", (FOUND, WORKED))),
    7: ("time", Kind("verified", (("reference_search", "INFRASTRUCTURE", None),), "certify", "taken longer than 0 s")),
    8: ("submission", Kind("certified", (FOUND, ("scripted", "BUDGET_TURNS", 0)))),
}


@pytest.fixture(scope="module")
def six(session_folder: Path) -> Ended:
    """A batch of 12 with six faults, each at one item."""
    faults = {index: fault for index, (fault, _) in SIX.items()}
    return run_faulty(session_folder / "six", faults, "--count", "12", "--engineer", "llm")


@pytest.fixture(scope="module")
def others(session_folder: Path) -> Ended:
    """A batch of 10 with every other kind of fault."""
    faults = {index: fault for index, (fault, _) in OTHERS.items()}
    return run_faulty(session_folder / "others", faults, "--count", "10", "--engineer", "llm")


def check(ended: Ended, index: int, kind: Kind) -> None:
    """Compare an item's rows, errors and data with what its fault is to come to."""
    assert rows_of(ended, index) == (kind.state, [episode[:2] for episode in kind.episodes])
    assert exported(ended, index) == (sorted(kind.episodes, key=str) if kind.state in ("certified", "open") else [])
    named = ended.lost.get(index, "")
    assert named.startswith(kind.lost_at) and bool(named) == bool(kind.lost_at)
    row = next((row for row in ended.summary["rows"] if row["index"] == index), None)
    assert (row is None) == bool(kind.lost_at)
    if kind.lost_at:
        assert kind.said in named
        found = [row[1:] for row in ask(ended.workspace, ERRORS) if row[0] == index]
        assert found == [(kind.lost_at, int("defect: " not in named))] or kind.state is None
    elif kind.state == "open":
        assert row["reason"] == kind.said


@pytest.mark.slow
@pytest.mark.parametrize("index", SIX)
def test_each_of_six_faults_comes_to_what_the_table_says(six: Ended, index: int) -> None:
    check(six, index, SIX[index][1])


@pytest.mark.slow
@pytest.mark.parametrize("index", OTHERS)
def test_each_other_fault_comes_to_what_the_table_says(others: Ended, index: int) -> None:
    check(others, index, OTHERS[index][1])
    refused = 'SELECT reasons FROM benchmarks JOIN benchmark_checks USING (item_id) WHERE "index" = {} AND number = 1'
    if index in (0, 2, 3):
        assert any(OTHERS[index][1].said in row[0] for row in ask(others.workspace, refused.format(index)))


@pytest.mark.slow
def test_batch_of_twelve_completes_all_but_the_lost_and_names_them(six: Ended) -> None:
    assert (six.status, sorted(six.lost)) == (3, [2, 7, 9])
    done = {row["index"]: row["outcome"] for row in six.summary["rows"]}
    assert done == {n: "open" if n in (1, 4) else "certified" for n in range(12) if n not in six.lost}
    assert all(exported(six, n) == [FOUND, WORKED] for n in done if done[n] == "certified")
    told = [row for row in ask(six.workspace, ERRORS) if row[1] == "tool list_files"]
    assert told == [(5, "tool list_files", 0)]


@pytest.mark.slow
def test_same_order_does_what_the_six_have_left_undone(six: Ended) -> None:
    again = run_faulty(six.workspace, {}, "--count", "12", "--engineer", "llm")
    assert (again.status, again.lost, len(again.summary["rows"])) == (0, {}, 12)
    assert exported(again, 7) == [("reference_search", "INFRASTRUCTURE", None), FOUND, WORKED]
    assert [row[3:] for row in ask(six.workspace, ROWS) if row[0] == 9] == [episode[:2] for episode in (FOUND, WORKED)]


@pytest.fixture(scope="module")
def few(session_folder: Path) -> Ended:
    """A batch of five with faults at four, exported after every item."""
    faults = {0: "crash", 1: "store", 3: "slot", 4: "unrecorded"}
    return run_faulty(session_folder / "few", faults, "--count", "5", TEST_EXPORT_EVERY="1")


def test_batch_goes_on_whatever_ends_its_items(few: Ended) -> None:
    assert few.status == 3 and few.errors.count("Traceback") == 2
    check(few, 0, REJECTED)
    check(few, 1, SIX[2][1])
    assert exported(few, 2) == [FOUND]
    assert "; item 3 at generate (defect: ConnectionError: no server)" in few.errors
    assert few.lost[4] == "verify_schema (defect: ZeroDivisionError: )"
    assert sorted(row[1:] for row in ask(few.workspace, ERRORS)) == [("generate", 0), ("record", 1)]


def test_new_data_is_exported_after_so_many_items_and_at_the_end(few: Ended) -> None:
    assert list_tasks(few.workspace, "export") == ["export after 1 items", "export after 2 items", "export at the end"]


def list_tasks(workspace: Path, name: str) -> list[str]:
    """Return the task runs whose name begins so, as Prefect's database has them."""
    with closing(sqlite3.connect(f"file:{workspace / 'prefect' / 'prefect.db'}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT name FROM task_run WHERE name LIKE ? ORDER BY start_time", (f"{name}%",))
        return [row[0] for row in found]


def test_three_faults_in_a_row_end_a_batch(tmp_path: Path) -> None:
    one = {"WORKPIECE_SANDBOX_JUDGES": "1"}
    ended = run_faulty(tmp_path / "w", dict.fromkeys(range(5), "draw"), "--count", "5", **one)
    assert (ended.status, sorted(ended.lost), ended.summary["rows"]) == (3, [0, 1, 2], [])
    assert "workpiece: 0 of 5 items are done, lost: " in ended.errors
    assert list_tasks(ended.workspace, "generate") == [f"generate drop_chute {n}" for n in range(3)]
    assert list_tasks(ended.workspace, "export") == ["export at the end"]

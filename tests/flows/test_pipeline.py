"""The main job as an operator runs it: three families, recovery after kill -9, nothing done twice, data that loads."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import docker
import pyarrow.dataset as ds
import pytest
from sqlalchemy import text

from records import open_store, query
from schemas.run import RunOrder
from schemas.settings import read_settings
from steps.context import open_context
from steps.summary import recall_run
from tests.engines import EngineMissingError, serve_engine
from tests.killing import find_processes, wait_until
from tests.records.comparing import compare_stores

COUNT, SEED = 3, 7
FAMILIES = ("drop_chute", "pendulum_hazard", "conveyor_divert")
SANDBOXES_END_WITHIN_S = 30.0


def command(workspace: Path, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    """Start `workpiece …` in a workspace of its own."""
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(workspace)} | settings
    return subprocess.Popen(
        [sys.executable, "-m", "service", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    """Wait for the command and return what it printed; it must have succeeded."""
    output, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors[-2000:]
    return output


def run_arguments() -> list[str]:
    """The run that every test of this file makes."""
    return ["run", "--count", str(COUNT), "--seed", str(SEED), *(f"--family={name}" for name in FAMILIES), "--json"]


@pytest.fixture(scope="module")
def undisturbed(session_folder: Path) -> Path:
    """A workspace in which the run went through at once."""
    workspace = session_folder / "undisturbed"
    summary = json.loads(finish(command(workspace, *run_arguments())))
    assert len(summary["rows"]) == COUNT
    return workspace


def store_of(workspace: Path) -> object:
    """Open a workspace's store."""
    return open_store(f"sqlite:///{workspace / 'workpiece.sqlite'}", workspace / "files")


def test_run_certifies_one_of_each_kind(undisturbed: Path) -> None:
    answer = query("SELECT kind, state FROM benchmarks ORDER BY kind", undisturbed / "datasets")
    assert {kind for kind, _ in answer.rows} == {"static", "mover", "drive"}
    assert [state for _, state in answer.rows].count("certified") >= 2


def test_what_a_lazy_design_solves_has_difficulty_1(undisturbed: Path) -> None:
    """None of the three has to be: what looks easy is drawn anew up to its share of a batch."""
    sql = "SELECT family, difficulty, lazy_passed FROM benchmarks WHERE state = 'certified'"
    found = query(sql, undisturbed / "datasets").rows
    assert all(difficulty == 1 for _, difficulty, lazy in found if lazy)
    assert {family for family, _, lazy in found if lazy} <= {"drop_chute"}


def test_data_sets_load_with_keys_closed(undisturbed: Path) -> None:
    folder = undisturbed / "datasets"
    tables = {
        name: ds.dataset(folder / name, partitioning="hive").to_table()
        for name in ("episodes", "messages", "submissions", "trials")
    }
    assert all(table.num_rows > 0 for table in tables.values())
    orphans = query("SELECT count(*) FROM messages WHERE episode_id NOT IN (SELECT episode_id FROM episodes)", folder)
    assert orphans.rows[0][0] == 0


def test_pictures_are_drawn(undisturbed: Path) -> None:
    pictures = list((undisturbed / "pictures").glob("*/*.png"))
    assert pictures
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_gallery_shows_solutions_of_no_test_split_unless_it_is_named(undisturbed: Path, tmp_path: Path) -> None:
    finish(command(undisturbed, "gallery", "--solutions", "--folder", str(tmp_path / "all")))
    sql = "SELECT benchmark_id, split LIKE 'test%' FROM benchmarks WHERE state = 'certified' ORDER BY split"
    certified = query(sql, undisturbed / "datasets").rows
    assert len(list((tmp_path / "all" / "pictures").glob("*-*.gif"))) == sum(not test for _, test in certified)
    finish(command(undisturbed, "gallery", certified[0][0], "--solutions", "--folder", str(tmp_path / "named")))
    assert len(list((tmp_path / "named" / "pictures").glob("*.gif"))) == 2


def ask_prefect(workspace: Path, sql: str) -> list[tuple]:
    """Return what Prefect's database of a workspace answers."""
    with closing(sqlite3.connect(f"file:{workspace / 'prefect' / 'prefect.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchall()


def test_pages_tell_what_came_of_the_run(undisturbed: Path) -> None:
    artifacts = dict(ask_prefect(undisturbed, "SELECT key, data FROM artifact WHERE flow_run_id IS NOT NULL"))
    rows = json.loads(json.loads(artifacts["benchmarks"]))
    assert [row["no."] for row in rows] == [0, 1, 2] and artifacts["progress"] == 100
    assert all(re.fullmatch(r"\d+\.\d\d", row["cost USD"]) for row in rows if row["outcome"] == "certified")
    (told, tags, parameters), *_ = ask_prefect(
        undisturbed,
        "SELECT message, tags, parameters FROM flow_run JOIN flow_run_state s ON s.id = flow_run.state_id",
    )
    certified = sum(row["outcome"] == "certified" for row in rows)
    assert told == f"{certified} of 3 certified" and json.loads(parameters)["seed"] == SEED
    assert set(json.loads(tags)) == {"workpiece", f"seed {SEED}", "procedural", "reference", *FAMILIES}
    report = json.loads(artifacts["report"])
    assert f"# {told}" in report and str(undisturbed / "datasets") in report
    assert report.count("![") == report.count("(data:image/png;base64,iVBOR") == 3
    assert all(row["benchmark"] in report for row in rows)


def test_second_run_does_nothing_twice(undisturbed: Path) -> None:
    before = sorted((undisturbed / "datasets").rglob("*.parquet"))
    summary = json.loads(finish(command(undisturbed, *run_arguments())))
    assert summary["exported_rows"] == 0
    assert sorted((undisturbed / "datasets").rglob("*.parquet")) == before
    assert [row["index"] for row in summary["rows"]] == list(range(COUNT))
    assert ended_flow_runs(undisturbed) == ["COMPLETED"]  # no second one: no server was started


def test_order_is_done_when_nothing_of_it_is_left_to_do(undisturbed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(undisturbed))
    order = RunOrder(count=COUNT, seed=SEED, families=FAMILIES)
    with open_context(read_settings(), "test") as context:
        done = recall_run(context, order)
        assert done is not None and done.run_id == order.run_id
        assert [row.outcome for row in done.rows].count("certified") == done.certified >= 2
        for other in ({"count": COUNT + 1}, {"seed": SEED + 1}, {"engineer": "llm"}):
            assert recall_run(context, order.model_copy(update=other)) is None
        pictures = undisturbed / "pictures" / done.rows[0].item
        pictures.rename(undisturbed / "elsewhere")
        assert recall_run(context, order) is None
        (undisturbed / "elsewhere").rename(pictures)


def kill_at_work(workspace: Path, **settings: str) -> str:
    """Kill a run, and nothing but its own process, when its sandboxes have made the first item; return their label."""
    process = command(workspace, *run_arguments(), **settings)
    assert wait_until(lambda: process.poll() is not None or count_benchmarks(workspace) > 0, 300.0)
    with store_of(workspace) as store, store.read() as connection:
        label = str(connection.execute(text("SELECT run_id FROM runs")).scalar_one())[:12]
    assert len(find_processes(label)) >= 4
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return label


def test_killed_run_leaves_no_sandbox_and_finishes_with_the_same_rows(undisturbed: Path, session_folder: Path) -> None:
    workspace = session_folder / "killed"
    label = kill_at_work(workspace)
    assert wait_until(lambda: not find_processes(label), SANDBOXES_END_WITHIN_S)
    finish(command(workspace, *run_arguments()))
    with store_of(undisturbed) as whole, store_of(workspace) as resumed:
        assert compare_stores(whole, resumed) == ()
    assert ended_flow_runs(workspace) == ["COMPLETED", "CRASHED"]


@pytest.mark.slow
@pytest.mark.container
@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_killed_run_leaves_no_container(engine: str, tmp_path: Path) -> None:
    """With thin images, which run the real jobs by this machine's libraries."""
    try:
        with serve_engine(engine) as url, closing(docker.DockerClient(url)) as client:
            label = kill_at_work(tmp_path, WORKPIECE_SANDBOX_BACKEND="container", DOCKER_HOST=url)
            assert wait_until(lambda: not client.containers.list(all=True, sparse=True), SANDBOXES_END_WITHIN_S)
            assert find_processes(label) == []
    except EngineMissingError as missing:
        pytest.skip(str(missing))
    assert "ended 1 flow runs" in finish(command(tmp_path, "reconcile"))
    assert ended_flow_runs(tmp_path) == ["COMPLETED", "CRASHED"]


def ended_flow_runs(workspace: Path) -> list[str]:
    """Return the states of a workspace's flow runs, as Prefect's database has them."""
    return sorted(state for (state,) in ask_prefect(workspace, "SELECT state_type FROM flow_run"))


def count_benchmarks(workspace: Path) -> int:
    """Return how many benchmarks are recorded so far."""
    if not (workspace / "workpiece.sqlite").exists():
        return 0
    with closing(sqlite3.connect(f"file:{workspace / 'workpiece.sqlite'}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'benchmarks'").fetchall()
        return int(connection.execute("SELECT count(*) FROM benchmarks").fetchone()[0]) if tables else 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "--count", "0"], "greater than or equal to 1"),
        (["run", "--seed", "-1"], "greater than or equal to 0"),
        (["run", "--seed", str(2**63)], "less than or equal to 9223372036854775807"),
        (["run", "--family", "teleporter"], "unknown family 'teleporter'"),
        (["verify", "absent.py"], "absent.py is not a file"),
        (["judge", "ffff", "absent.py"], "absent.py is not a file"),
        (["query", "SELEC 1"], "syntax error"),
        (["show", "ffff"], "no episode"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_change(tmp_path: Path, arguments: list[str], says: str) -> None:
    process = command(tmp_path / "workspace", *arguments)
    _, errors = process.communicate(timeout=120)
    assert process.returncode not in (0, 1)
    assert says in " ".join(errors.replace("│", " ").split())
    assert "Traceback" not in errors

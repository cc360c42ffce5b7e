"""The commands on engineers, end to end on a workspace of their own with the scripted model, in JSON."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.models import Script
from agents.models.playing import ADVICE
from schemas.benchmark import Benchmark
from service.cli import app
from steps.context import RunContext
from tests.killing import wait_until
from tests.service.running import export_waiting
from tests.service.test_exporting import STORING

Run = Callable[..., object]


@pytest.fixture
def run(context: RunContext, minted: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a command on a copy of the workspace, with the minted benchmark, and reads its JSON."""
    source, copy = context.settings.workspace.workspace, tmp_path / "workspace"
    shutil.copytree(source / "files", copy / "files")
    with closing(sqlite3.connect(source / "workpiece.sqlite")) as connection:
        connection.execute(f"VACUUM INTO '{copy / 'workpiece.sqlite'}'")
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(copy))

    def invoke(*words: str) -> object:
        done = CliRunner().invoke(app, [*words, "--json"])
        assert done.exit_code == 0, (done.output, done.exception)
        assert words[0] not in STORING or export_waiting(copy) == 0, "what it has stored waits for an export"
        return json.loads(done.stdout)

    return invoke


def write(folder: Path, policy: str) -> str:
    """Write a script, and return the engineer that plays it."""
    (folder / f"{policy}.json").write_text(Script(policy=policy).model_dump_json())
    return f"scripted:{folder / policy}.json"


def test_solved_episode_and_its_skill_are_told_in_json(run: Run, minted: Benchmark, tmp_path: Path) -> None:
    solved = run("solve", minted.benchmark_id, "--engineer", write(tmp_path, "designer"), "--seed", "77")
    assert (solved["outcome"], solved["policy"], len(solved["submissions"])) == ("SOLVED", "scripted", 2)
    skill = next(one for one in run("skills", "list") if one["draft"]["name"] == "room_for_the_payload")
    assert run("skills", "show", "room_for_the_payload") == skill
    assert isinstance(run("skills", "effect"), list)
    assert (tmp_path / "workspace/skills/room_for_the_payload/SKILL.md").is_file()


def test_derived_tasks_are_told_in_json_and_made_once(run: Run, minted: Benchmark) -> None:
    made = run("derive", "repair", minted.benchmark_id)["made"]
    assert [one["draft"]["key"]["task"] for one in made] == ["repair"]
    assert run("derive", "repair", "--split", "train", "--count", "1")["made"] == made
    refused = CliRunner().invoke(app, ["derive", "cheapen", made[0]["benchmark_id"]])
    assert refused.exit_code == 1 and "already: name what it is derived from" in str(refused.exception)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_optimized_prompt_beats_the_first_in_an_evaluation(run: Run, tmp_path: Path) -> None:
    engineer = write(tmp_path, "obedient")
    best = run("optimize", "--engineer", engineer, "--count", "1", "--episodes", "4")
    assert best["score_before"] < best["score_after"]
    assert (Path(best["folder"]) / "engineer.md").read_text().endswith(f"{ADVICE}\n")
    both = ("--engineer", engineer, "--engineer", f"{engineer}@{best['folder']}")
    done = run("evaluate", *both, "--split", "train", "--count", "1")
    whole = {row["label"]: row["solved_at_1"]["solved"] for row in done["rows"] if row["group"] == "all"}
    assert list(whole.values()) == [0, 1]
    assert len({evaluated["version"] for evaluated in done["engineers"]}) == 2
    folder = tmp_path / "workspace" / "evaluations" / done["evaluation_id"][:12]
    assert {file.name for file in folder.iterdir()} >= {"evaluation.json", "solved.png", "cost.png", "effort.png"}


ENDS_WITHIN_S = 10.0
"""What is promised of an interrupted command, on shared machines too; seen on quiet cores: below 2 s."""


def count_running(workspace: Path) -> int:
    """Return how many episodes say that they run."""
    with closing(sqlite3.connect(f"file:{workspace / 'workpiece.sqlite'}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM episodes WHERE outcome = 'RUNNING'").fetchone()[0])


@pytest.mark.parametrize(
    ("number", "later_s"),
    [
        (signal.SIGINT, 0.0),
        pytest.param(signal.SIGTERM, 6.0, marks=pytest.mark.slow),
        pytest.param(signal.SIGINT, 12.0, marks=pytest.mark.slow),
    ],
)
def test_interrupted_solving_ends_soon_and_goes_on(
    run: Run, minted: Benchmark, tmp_path: Path, number: signal.Signals, later_s: float
) -> None:
    words = [sys.executable, "-m", "service", "solve", minted.benchmark_id, "--seed", "5"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert wait_until(lambda: count_running(tmp_path / "workspace") == 1, 60.0)
    time.sleep(later_s)
    process.send_signal(number)
    asked_s = time.monotonic()
    assert process.communicate() == (
        "",
        "workpiece: interrupted; the same command, given again, goes on where it was\n",
    )
    assert (process.returncode, time.monotonic() - asked_s < ENDS_WITHIN_S) == (128 + number, True)
    assert count_running(tmp_path / "workspace") == 1
    solved = run("solve", minted.benchmark_id, "--seed", "5")
    assert (solved["outcome"], count_running(tmp_path / "workspace")) == ("SOLVED", 0)


@pytest.mark.parametrize("how", ["cut", pytest.param("removed", marks=pytest.mark.slow)])
def test_damaged_geometry_is_made_anew_from_its_program(run: Run, tmp_path: Path, how: str) -> None:
    with closing(sqlite3.connect(tmp_path / "workspace" / "workpiece.sqlite")) as connection:
        made = {one for (one,) in connection.execute("SELECT geometry_sha256 FROM files") if one}  # no pictures
    found = (tmp_path / "workspace" / "files").glob("*/*.zst")
    contents = {file: file.read_bytes() for file in found if file.stem in made}
    for file in contents:
        file.write_bytes(contents[file][:-1]) if how == "cut" else file.unlink()
    mended = run("mend")
    assert mended["contents_lost"] == []
    assert mended["contents_made_anew"] == len(contents) == len(made) > 1
    assert {file: file.read_bytes() for file in contents if file.exists()} == contents

"""The `runs`, `episodes` and `show` commands as people type them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from records import open_store
from tests.records import samples
from tests.records.test_listing import RUNS, fill


@pytest.fixture(scope="module")
def workspace(session_folder: Path) -> Path:
    """A workspace with two runs and two episodes."""
    folder = session_folder / "listed"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workpiece.sqlite'}", folder / "files") as store:
        fill(store)
    return folder


def ask(workspace: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Give a command on a screen of 80 columns."""
    environment = os.environ | {"WORKPIECE_WORKSPACE": str(workspace), "COLUMNS": "80"}
    command = [sys.executable, "-m", "service", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_runs_are_listed(workspace: Path) -> None:
    lines = [line.split() for line in ask(workspace, "runs").stdout.splitlines()[3:]]
    assert [line[:5] for line in lines] == [
        [run[:8], "7", done, "of", "2"] for run, done in zip(RUNS[::-1], "01", strict=True)
    ]
    assert ["unfinished" in line for line in lines] == [True, False]
    assert [run["certified"] for run in json.loads(ask(workspace, "runs", "--json").stdout)] == [0, 1]


def test_episodes_are_listed(workspace: Path) -> None:
    item, other = samples.benchmark(1), samples.benchmark(2)
    lines = ask(workspace, "episodes").stdout.splitlines()[3:]
    assert [line.split()[0] for line in lines] == [samples.episode(one).key.episode_id[:8] for one in (other, item)]
    assert len(json.loads(ask(workspace, "episodes", "--running", "--json").stdout)) == 1
    wrong = ask(workspace, "episodes", "ffff")
    assert (wrong.returncode, wrong.stderr.startswith("workpiece: no benchmark starts with 'ffff'")) == (2, True)


def test_benchmark_shows_its_only_episode(workspace: Path) -> None:
    item = samples.benchmark(1)
    shown = ask(workspace, "show", item.draft.key.item_id[:12])
    assert (shown.returncode, samples.episode(item).key.episode_id[:12] in shown.stdout) == (0, True)
    wrong = ask(workspace, "show", "ffff")
    assert (wrong.returncode, "no benchmark starts with 'ffff'" in wrong.stderr) == (2, True)
    assert "no episode either" in wrong.stderr

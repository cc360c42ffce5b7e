"""The `runs`, `episodes` and `show` commands as people type them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from records import export, open_store
from records.verdict_rows import verdict_id
from service.showing import _tell
from tests.records import samples
from tests.records.test_listing import RUNS, fill
from tests.service.running import on_terminal


@pytest.fixture(scope="module")
def workspace(session_folder: Path) -> Path:
    """A workspace with two runs and two episodes."""
    folder = session_folder / "listed"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workpiece.sqlite'}", folder / "files") as store:
        fill(store)
        export(store, folder / "datasets")
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
    assert (wrong.returncode, "no id starts with 'ffff'" in wrong.stderr) == (2, True)


def test_list_within_a_line_of_a_message_stays_in_it() -> None:
    plan = [{"id": "slim", "depends_on": ["guess", "search"], "claims": [], "share": 0.123456, "note": None}]
    assert _tell(plan) == "\n- id slim, depends_on guess; search, share 0.1235"


def test_run_and_verdict_are_shown_by_their_ids(workspace: Path) -> None:
    lines = ask(workspace, "show", "AAAA").stdout.splitlines()
    assert lines[0] == "Runs" and lines[3].startswith(RUNS[0][:8]) and lines[4] == "Benchmarks"
    assert [line.split()[0] for line in lines[7:]] == ["0", "1"]
    items = json.loads(ask(workspace, "show", "aaaa", "--json").stdout)["items"]
    assert [item["state"] for item in items] == ["certified", "verified"]
    submitted = samples.episode(samples.benchmark(1)).submissions[0].verdict
    assert submitted is not None
    assert ask(workspace, "show", verdict_id(submitted)[:9]).stdout.startswith(("PASSED", "FAILED"))


def test_what_is_shown_is_paged_on_a_terminal(workspace: Path) -> None:
    status, written = on_terminal(workspace, "show", "aaaa", PAGER="sed s/^/paged:/")
    assert status == 0 and "paged:" in written and not re.search("^Benchmarks", written, re.MULTILINE)
    _, plain = on_terminal(workspace, "show", "aaaa", "--json", PAGER="sed s/^/paged:/")
    assert json.loads(plain)["run_id"] == RUNS[0]


def test_query_of_the_help_gives_rows(workspace: Path) -> None:
    told = " ".join(ask(workspace, "query", "--help").stdout.split())
    asked = re.findall('workpiece query "(.*?)"', told)[0]
    assert ask(workspace, "query", asked).stdout.startswith("1 row\n")


@pytest.mark.parametrize(
    "words",
    [
        *(["runs"], ["episodes"], ["show", "aaaa"], ["skills", "list"], ["skills", "effect"]),
        *(["query", "SELECT * FROM benchmarks"], ["query", "SELECT * FROM verdicts"]),
    ],
    ids=" ".join,
)
def test_no_cell_breaks_inside_a_word_on_a_narrow_screen(words: list[str], workspace: Path) -> None:
    narrow, wide = ask(workspace, *words).stdout, ask(workspace, "--wide", *words).stdout
    broken = set(re.split(r"[\s,:]+", narrow)) - set(re.split(r"[\s,:]+", wide))
    assert {word for word in broken if not re.fullmatch(r"\d+\.|─+", word)} == set()
    assert narrow and max(map(len, narrow.splitlines())) <= 80

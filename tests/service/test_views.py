"""The `views` command, as a user sees it."""

import json
from pathlib import Path

import pytest

from records import export, open_store
from tests.records.test_store import record
from tests.service.running import refusal, workpiece


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one certified benchmark, exported."""
    folder = tmp_path_factory.mktemp("views") / "workspace"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workpiece.sqlite'}", folder / "files") as store:
        record(store, 1)
        export(store, folder / "datasets")
    return folder


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sfd"], "workpiece: unknown view 'sfd': known are sft, sft_programs, preference"),
        (["--split", "tset"], "workpiece: unknown split 'tset': known are train, validation, test,"),
        (["--output", "."], "holds something else than training views: name a new folder"),
        (["--output", "README.md"], "README.md holds something else than training views"),
    ],
)
def test_views_refuse_in_one_line(arguments: list[str], says: str, workspace: Path) -> None:
    assert says in refusal(workpiece(workspace, "views", *arguments), 2)


def test_views_among_the_data_sets_are_refused(workspace: Path) -> None:
    """The next export would take their files for its own leftovers."""
    output = workspace / "datasets" / "views"
    assert "lies among the data sets" in refusal(workpiece(workspace, "views", "rl", "--output", str(output)), 2)
    assert not output.exists()


def test_answer_with_two_columns_of_a_name_is_no_json(workspace: Path) -> None:
    said = refusal(workpiece(workspace, "query", "SELECT 1 AS a, 2 AS a", "--json"), 2)
    assert "two columns are called 'a', which JSON can't hold: tell them apart by AS" in said


def test_views_are_counted_and_told_of(workspace: Path) -> None:
    done = workpiece(workspace, "views", "repair", "rl", "--json")
    files = json.loads(done.stdout)["files"]
    assert [(file["path"], file["rows"]) for file in files] == [
        ("repair/train-00000.parquet", 2),
        ("rl/train-00000.parquet", 1),
    ]
    shown = workpiece(workspace, "views").stdout
    assert max(len(line) for line in shown.splitlines() if str(workspace) not in line) <= 80
    assert "reference search, no conversation" in shown

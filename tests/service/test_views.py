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

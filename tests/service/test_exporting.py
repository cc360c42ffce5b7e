"""`workpiece export` and `query --folder`, and that no command leaves rows behind that it has stored."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from records import open_store, query
from records.manifest import read_manifest
from service.cli import app
from tests.records import samples
from tests.records.test_store import record
from tests.service.running import export_waiting, read_revision, refusal, workpiece

STORING = ("run", "derive", "solve", "evaluate", "optimize", "mend", "merge")
"""What they have stored leaves with them: tests/flows/test_pipeline.py, tests/steps/test_commands.py (`run`), here."""
STORING_FOR_ITSELF = ("cancel", "upload", "backup", "restore")
"""Rows of cancellations, uploads and backups are no data set's; a restored store is exported when it is asked for."""
READING = (
    "verify",
    "judge",
    "replay",
    "reverify",
    "check",
    "price",
    "render",
    "gallery",
    "deploy",
    "ui",
    "reconcile",
    "doctor",
)
"""What of them opens a store is seen to store nothing by `elsewhere` of tests/steps/test_replaying.py."""
READS = (
    ("runs",),
    ("episodes",),
    ("show", samples.settled(samples.benchmark(1)).benchmark_id or ""),
    ("query", "FROM runs"),
    ("metrics",),
    ("coverage",),
    ("export",),
    ("views", "rl"),
)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with two recorded items, one of a test split."""
    (tmp_path / "w").mkdir()
    with open_store(f"sqlite:///{tmp_path / 'w' / 'workpiece.sqlite'}", tmp_path / "w" / "files") as store:
        record(store, 1)
        record(store, 2, split="test_within")
    return tmp_path / "w"


def test_export_writes_named_data_sets_and_merges(workspace: Path) -> None:
    assert json.loads(workpiece(workspace, "export", "--json").stdout)["rows"] > 60
    assert "1 row in 1 new files" in workpiece(workspace, "export", "solutions_test").stdout
    assert "0 files fewer by merging" in workpiece(workspace, "export", "--compact").stdout
    assert len(query("FROM solutions_test", workspace / "datasets").rows) == 1


def test_export_of_what_it_can_t_write_says_what_to_do(workspace: Path) -> None:
    unknown = workpiece(workspace, "export", "episode")
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1) and "known are software" in unknown.stderr
    workpiece(workspace, "export")
    manifest = read_manifest(workspace / "datasets")
    newer = manifest.datasets["trials"].model_copy(update={"schema_version": 99})
    manifest.having({"trials": newer}).write(workspace / "datasets")
    refused = workpiece(workspace, "export")
    assert refused.returncode == 2 and "newer program (data set trials): update this one" in refused.stderr


def test_rows_that_break_a_rule_end_the_export_with_status_1(workspace: Path) -> None:
    assert workpiece(workspace, "export").returncode == 0
    manifest = read_manifest(workspace / "datasets")
    gone = manifest.datasets["trials"].model_copy(update={"files": ()})
    manifest.having({"trials": gone}).write(workspace / "datasets")
    with open_store(f"sqlite:///{workspace / 'workpiece.sqlite'}", workspace / "files") as store:
        record(store, 3)
    refused = workpiece(workspace, "export", WORKPIECE_EXPORT_CHECKED="true")
    assert refused.returncode == 1 and "trials: 1 break the rule 'every row of the store'" in refused.stderr
    assert list((workspace / "datasets" / "quarantine").glob("*/quality.html"))


def test_every_command_is_known_to_store_rows_or_not() -> None:
    names = {command.callback.__name__ for command in app.registered_commands}
    assert names == {*STORING, *STORING_FOR_ITSELF, *READING, *(words[0] for words in READS)}


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_reading_command_stores_nothing(
    words: tuple[str, ...], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(workspace))
    export_waiting(workspace)
    before = read_revision(workspace)
    done = CliRunner().invoke(app, [*words, "--json"])
    assert (done.exit_code, read_revision(workspace)) == (0, before), done.exception


def test_query_reads_a_folder_of_data_sets(workspace: Path, tmp_path: Path) -> None:
    workpiece(workspace, "export")
    counted = ("query", "SELECT count(*) AS n FROM episodes", "--folder")
    assert json.loads(workpiece(tmp_path / "none", *counted, str(workspace / "datasets"), "--json").stdout) == [
        {"n": 2}
    ]
    refused = workpiece(tmp_path / "none", *counted, str(tmp_path))
    assert refused.returncode == 2 and "holds no data sets" in refused.stderr


def test_merge_brings_another_workspace_in_and_exports_it(workspace: Path, tmp_path: Path) -> None:
    new = tmp_path / "new"
    said = workpiece(new, "merge", str(workspace), WORKPIECE_EXPORT_CHECKED="false")
    assert said.returncode == 0 and said.stdout.endswith("are new here; what both had is there once\n"), said.stderr
    assert len(query("FROM benchmarks", new / "datasets").rows) == 2
    again = workpiece(new, "merge", str(workspace), "--json", WORKPIECE_EXPORT_CHECKED="false")
    assert json.loads(again.stdout) == {"rows": 0, "files": 0}
    assert "name a workspace that holds one" in refusal(workpiece(new, "merge", str(tmp_path / "none")), 2)

"""Workspaces that can't be used: one line that says what to change, the documented status, nothing half-written."""

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from records import open_store
from tests.mounts import fill, read_only, small_disk
from tests.service.running import refusal, workpiece

WRITING = (
    ["run", "--count", "1"],
    ["judge", "ffff", "README.md"],
    ["skills", "list"],
    ["solve", "ffff"],
    ["export"],
    ["cancel", "ffff"],
)
SOME = WRITING[:3]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with an empty store."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workpiece.sqlite'}", folder / "files"):
        pass
    return folder


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_read_only_workspace_is_told(arguments: list[str], workspace: Path, tmp_path: Path) -> None:
    with read_only(workspace, tmp_path / "view") as view:
        said = refusal(workpiece(view, *arguments), 2)
    assert f"WORKPIECE_WORKSPACE: {view} can't be written to (Read-only file system)" in said
    assert [path.name for path in workspace.iterdir()] == ["workpiece.sqlite"]


def test_read_only_data_sets_can_be_asked(workspace: Path, tmp_path: Path) -> None:
    with read_only(workspace, tmp_path / "view") as view:
        done = workpiece(view, "query", "SELECT count(*) AS n FROM benchmarks", "--json")
    assert (done.returncode, done.stdout.split()) == (0, ["[", "{", '"n":', "0", "}", "]"])


@pytest.mark.parametrize(
    ("arguments", "below"),
    [
        (["run", "--count", "1"], ""),
        (["skills", "list"], "deeper/still"),
        (["query", "SELECT 1"], ""),
        (["doctor"], "x"),
    ],
)
def test_workspace_that_is_a_file_is_told(arguments: list[str], below: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    said = refusal(workpiece(tmp_path / "file" / below, *arguments), 2)
    assert "WORKPIECE_WORKSPACE: name a folder" in said
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("arguments", SOME, ids=" ".join)
def test_store_of_a_newer_program_is_told_and_left(arguments: list[str], workspace: Path) -> None:
    with closing(sqlite3.connect(workspace / "workpiece.sqlite")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    newer = "the store has schema revision 9999, which is newer than this program's"
    assert f"WORKPIECE_WORKSPACE: {newer}" in refusal(workpiece(workspace, *arguments), 2)
    assert not (workspace / "judge.key").exists()
    assert not (workspace / "prefect").exists()
    url = f"sqlite:///{workspace / 'workpiece.sqlite'}"
    said = refusal(workpiece(workspace.parent / "other", *arguments, WORKPIECE_STORE_URL=url), 2)
    assert f"WORKPIECE_STORE_URL: {newer}" in said and not (workspace.parent / "other").exists()


STORE, PREFECT, DASK = "WORKPIECE_STORE_URL", "PREFECT_API_URL", "WORKPIECE_DASK_ADDRESS"


@pytest.mark.parametrize(
    ("arguments", "variable", "address"),
    [
        (["run", "--count", "1"], STORE, "postgresql+psycopg://me:secret@127.0.0.1:9/x"),
        (["solve", "ffff"], STORE, "postgresql+psycopg://me:secret@127.0.0.1/x?secret=1"),
        (["skills", "list"], STORE, "sqlite:////nonexist/dir/x.db"),
        (["run", "--count", "1"], PREFECT, "http://127.0.0.1:9/api"),
        (["deploy"], PREFECT, "foo"),
        (["reconcile"], PREFECT, "http://["),
        (["ui"], PREFECT, "http://127.0.0.1:9/api"),
        (["run", "--count", "1"], DASK, "tcp://127.0.0.1:9"),
        (["run", "--count", "1"], DASK, "tcp://127.0.0.1:99999"),
    ],
)
def test_server_that_does_not_answer_is_told_and_nothing_begins(
    arguments: list[str], variable: str, address: str, tmp_path: Path
) -> None:
    settings = {variable: address, "WORKPIECE_TASK_RUNNER": "dask" if variable == DASK else "threads"}
    said = refusal(workpiece(tmp_path / "deep" / "workspace", *arguments, **settings), 3)
    assert said.startswith(f"workpiece: {variable}: ") and "me:secret" not in said
    assert list(tmp_path.iterdir()) == []


def test_pages_of_another_server_are_no_prefect(tmp_path: Path) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        assert "PREFECT_API_URL: " in refusal(workpiece(tmp_path / "workspace", "run", PREFECT_API_URL=url), 3)
        server.shutdown()


@pytest.mark.parametrize("arguments", [["run", "--count", "1"], ["evaluate", "--engineer", "reference"]], ids=" ".join)
def test_sandboxes_that_cannot_be_had_are_told_before_anything_is_tried(arguments: list[str], workspace: Path) -> None:
    settings = {"WORKPIECE_SANDBOX_BACKEND": "container", "DOCKER_HOST": "unix:///nonexist.sock"}
    assert "WORKPIECE_SANDBOX_BACKEND" in refusal(workpiece(workspace, *arguments, **settings), 3)
    assert [path.name for path in workspace.iterdir()] == ["workpiece.sqlite"]


def test_doctor_finds_a_store_that_is_not_there(tmp_path: Path) -> None:
    done = workpiece(tmp_path / "workspace", "doctor", "--json", WORKPIECE_STORE_URL="sqlite:////nonexist/x.db")
    (found,) = [one for one in json.loads(done.stdout) if one["what"] == "workspace"]
    assert (done.returncode, found["ok"], found["mend"]) == (3, False, "as it says")
    assert found["detail"].startswith("WORKPIECE_STORE_URL: ")


@pytest.mark.parametrize(
    "arguments", [["run", "--count", "1"], ["query", "SELECT 1"], ["export"], ["mend"]], ids=" ".join
)
def test_data_sets_of_a_newer_program_are_told_and_left(arguments: list[str], workspace: Path) -> None:
    manifest = workspace / "datasets" / "manifest.json"
    manifest.parent.mkdir()
    manifest.write_text('{"manifest_version": 2}')
    assert "newer than this program" in refusal(workpiece(workspace, *arguments), 2)
    assert manifest.read_text() == '{"manifest_version": 2}'


def test_two_faults_at_once_are_one_line(workspace: Path, tmp_path: Path) -> None:
    with read_only(workspace, tmp_path / "view") as view:
        said = refusal(workpiece(view, "run", WORKPIECE_JUDGE_KEY="x", WORKPIECE_SANDBOX_JUDGES="0"), 2)
    assert "WORKPIECE_SANDBOX_JUDGES: " in said
    (tmp_path / "file").touch()
    said = refusal(workpiece(tmp_path / "file", "run", WORKPIECE_STORE_URL="x"), 2)
    assert "WORKPIECE_WORKSPACE: " in said
    assert "WORKPIECE_STORE_URL: " in said


READERS = (["metrics"], ["coverage"], ["reverify"], ["replay", "ffff"], ["mend"])


def test_absent_workspace_has_no_episode_and_stays_absent(tmp_path: Path) -> None:
    for arguments in (["show", "ffff"], ["cancel", "ffff"], ["export"], ["skills", "list"], *READERS):
        assert "no workspace at" in refusal(workpiece(tmp_path / "absent", *arguments), 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", SOME, ids=" ".join)
def test_nothing_begins_on_a_full_disk(arguments: list[str], tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24) as disk:
        filling = fill(disk, leave_bytes=1 << 20)
        (disk / "workspace").mkdir()
        assert f"disk full: {disk / 'workspace'}" in refusal(workpiece(disk / "workspace", *arguments), 3)
        assert list((disk / "workspace").iterdir()) == []
        filling.unlink()
        assert workpiece(disk / "workspace", "skills", "list").returncode == 0


def test_first_commands_at_once_share_one_store_and_one_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKPIECE_JUDGE_KEY")
    with ThreadPoolExecutor(6) as threads:
        done = list(threads.map(lambda _: workpiece(tmp_path, "skills", "list", "--json"), range(6)))
    assert {(one.returncode, one.stdout, one.stderr) for one in done} == {(0, "[]\n", "")}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["judge.key", "workpiece.sqlite"]

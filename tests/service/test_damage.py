"""Files that a disk has damaged: noticed with the command that mends them, and that command mends them."""

import json
import sqlite3
from pathlib import Path

import pytest
import zstandard

from records import Store, export, open_store, query
from records.bundles import pack_geometry
from records.file_store import FileStore
from schemas.errors import InfrastructureError
from tests.records import samples
from tests.records.test_parquet import find_orphans
from tests.records.test_store import record
from tests.service.running import refusal, workpiece


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with two exported items."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    with open_store(f"sqlite:///{folder / 'workpiece.sqlite'}", folder / "files") as store:
        record(store, 1)
        record(store, 2)
        export(store, folder / "datasets")
    return folder


def damage(path: Path, how: str) -> None:
    """Cut a file, flip a bit in its middle, or remove it."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data[:-8] if how == "cut" else data)
    if how == "removed":
        path.unlink()


def find_episodes(workspace: Path) -> Path:
    """Return the data set's only file."""
    (file,) = (workspace / "datasets" / "episodes").rglob("*.parquet")
    return file


@pytest.mark.parametrize("how", ["cut", "removed"])
def test_cut_data_set_is_noticed_at_once(how: str, workspace: Path) -> None:
    file = find_episodes(workspace)
    damage(file, how)
    for arguments in (["run", "--count", "1"], ["export"], ["query", "SELECT * FROM episodes"]):
        said = refusal(workpiece(workspace, *arguments), 2)
        assert f"{file} is missing or damaged: `workpiece mend` writes the data sets anew" in said
    assert not (workspace / "prefect").exists()


def test_unreadable_manifest_is_noticed_with_what_to_do(workspace: Path) -> None:
    manifest, before = workspace / "datasets" / "manifest.json", query("FROM episodes", workspace / "datasets").rows
    damage(manifest, "cut")
    assert "if damaged, `workpiece mend` writes" in refusal(workpiece(workspace, "export"), 2)
    assert json.loads(workpiece(workspace, "mend", "--json").stdout)["exported_rows"] > 0
    assert query("FROM episodes", workspace / "datasets").rows == before


@pytest.mark.parametrize("how", ["cut", "flipped", "removed"])
def test_doctor_finds_and_mend_rewrites_damaged_data_sets(how: str, workspace: Path) -> None:
    before = {name: query(f"FROM {name} ORDER BY ALL", workspace / "datasets") for name in ("episodes", "messages")}
    file = find_episodes(workspace)
    damage(file, how)
    found = [one for one in json.loads(workpiece(workspace, "doctor", "--json").stdout) if one["what"] == "workspace"]
    assert [(one["ok"], one["detail"], one["mend"]) for one in found] == [
        (False, f"{file} is missing or damaged", "workpiece mend")
    ]
    mended = json.loads(workpiece(workspace, "mend", "--json").stdout)
    assert (mended["contents_made_anew"], mended["contents_lost"]) == (0, [])
    assert {name: query(f"FROM {name} ORDER BY ALL", workspace / "datasets") for name in before} == before
    assert find_orphans(workspace / "datasets") == []
    assert json.loads(workpiece(workspace, "export", "--json").stdout)["rows"] == 0


@pytest.mark.parametrize("how", ["cut", "flipped", "removed"])
def test_damaged_content_is_written_anew_when_it_comes_again(how: str, tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    contents = [b"geometry " * 400, b"x", bytes(range(256)) * 8]
    for content in contents:
        sha256 = store.write(content)
        damage(store.path(sha256), how)
        with pytest.raises(InfrastructureError, match=r"`workpiece mend` makes it anew"):
            store.read(sha256)
        assert store.write(content) == sha256
        assert store.read(sha256) == content


def test_every_flipped_bit_of_a_content_is_noticed(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    sha256 = store.write(b"a whole content")
    data = store.path(sha256).read_bytes()
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        store.path(sha256).write_bytes(flipped)
        assert not store.holds(sha256) or store.read(sha256) == b"a whole content"


def test_content_that_no_program_makes_is_told_as_lost(workspace: Path) -> None:
    with open_store(f"sqlite:///{workspace / 'workpiece.sqlite'}", workspace / "files") as store:
        lost = damage_all(store)
    done = workpiece(workspace, "mend", "--json")
    assert (done.returncode, sorted(json.loads(done.stdout)["contents_lost"])) == (1, lost)


def damage_all(store: Store) -> list[str]:
    """Flip a bit in every file of the scene, whose sample program makes none of them."""
    hashes = {store.files.write(pack_geometry(samples.scene_files(1)))}
    for sha256 in hashes:
        damage(store.files.path(sha256), "flipped")
    return sorted(hashes)


def test_doctor_names_a_damaged_text_of_the_database(workspace: Path) -> None:
    with sqlite3.connect(workspace / "workpiece.sqlite") as connection:
        connection.execute("UPDATE files SET text = ? WHERE text IS NOT NULL", [zstandard.compress(b"another")])
    found = [one for one in json.loads(workpiece(workspace, "doctor", "--json").stdout) if one["what"] == "workspace"]
    assert [(one["ok"], one["mend"]) for one in found] == [(False, "as it says")]
    assert "in the database is damaged: its hash differs; `workpiece restore` puts a backup" in found[0]["detail"]

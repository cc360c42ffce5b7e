"""The folder of a run holds whole files only, once, with their sizes and hashes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.transfers import MANIFEST, Manifest, RunFolder
from schemas.errors import InfrastructureError
from schemas.record import hash_bytes

FILES = {"bundle.json": b"{}", "plate.brep": b"brep" * 999, "empty": b""}


def test_files_are_kept_once_with_their_manifest(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    with ThreadPoolExecutor(8) as threads:
        (kept,) = set(threads.map(lambda _: folder.keep(b"job", FILES), range(16)))
    assert list((tmp_path / "run").iterdir()) == [kept]
    manifest = Manifest.from_json((kept / MANIFEST).read_bytes())
    assert {entry.name: (entry.size_bytes, entry.sha256) for entry in manifest.files} == {
        name: (len(content), hash_bytes(content)) for name, content in FILES.items()
    }
    assert {name: (kept / name).read_bytes() for name in FILES} == FILES


def test_what_takes_the_folder_beyond_its_bytes_is_left_out(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run", most_bytes=1000)
    kept = [folder.keep(bytes([number]), {"a": bytes(400)}) for number in range(4)]
    assert [path is not None for path in kept] == [True, True, False, False]
    assert sorted((tmp_path / "run").iterdir()) == sorted(filter(None, kept))


def test_fault_while_writing_leaves_no_half_folder(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="can't be written"):
        RunFolder(tmp_path).keep(b"job", {"a": b"", "no/such/folder": b""})
    assert list(tmp_path.iterdir()) == []

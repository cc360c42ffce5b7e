import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records.file_store import FileStore
from schemas.errors import InfrastructureError


@given(data=st.binary(max_size=2000))
@settings(max_examples=25, deadline=None)
def test_file_store_gives_back_every_content(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    store = FileStore(tmp_path_factory.mktemp("files"))
    assert store.read(store.write(data)) == data


def test_file_store_writes_a_content_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    path = store.path(store.write(b"same"))
    written = path.stat().st_mtime_ns
    store.write(b"same")
    assert path.stat().st_mtime_ns == written
    assert len(list(tmp_path.rglob("*.zst"))) == 1


def test_file_store_clears_what_killed_writers_left(tmp_path: Path) -> None:
    path = FileStore(tmp_path).path(FileStore(tmp_path).write(b"x"))
    old, new = path.with_name(".a.tmp"), path.with_name(".b.tmp")
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    FileStore(tmp_path)
    assert (old.exists(), new.exists(), path.exists()) == (False, True, True)


def test_file_store_opens_while_others_write(tmp_path: Path) -> None:
    def write() -> None:
        store = FileStore(tmp_path)
        for number in range(300):
            store.write(str(number).encode())

    with ThreadPoolExecutor(1) as threads:
        written = threads.submit(write)
        while not written.done():
            FileStore(tmp_path)
        written.result()


def test_folder_that_cannot_be_written_is_infrastructure(tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(InfrastructureError, match="can't be written"):
        FileStore(tmp_path / "taken").write(b"x")

"""The key of the hidden draws: drawn once however many draw at once, whole, for its owner's eyes only."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest

from records.key import read_key
from schemas.errors import InputError

MANY = 16


@pytest.fixture
def processes() -> Iterator["multiprocessing.pool.Pool"]:
    with multiprocessing.get_context("spawn").Pool(MANY) as pool:
        yield pool


def test_processes_that_draw_at_once_get_the_same_key(processes: "multiprocessing.pool.Pool", tmp_path: Path) -> None:
    for name in "abcdefghij":
        file = tmp_path / name / "judge.key"
        assert set(processes.map(read_key, [file] * MANY, chunksize=1)) == {file.read_text()}
        assert (file.stat().st_mode & 0o777, list(file.parent.iterdir())) == (0o600, [file])


def test_key_stays_once_it_is_drawn(tmp_path: Path) -> None:
    assert read_key(tmp_path / "a") == read_key(tmp_path / "a") != read_key(tmp_path / "b")


@pytest.mark.parametrize("content", [b"", b"0" * 31, b"x" * 64, b"\xff" * 64, b"0" * 129])
def test_file_that_holds_no_key_is_refused_and_left(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "judge.key").write_bytes(content)
    with pytest.raises(InputError, match="holds no key: delete it"):
        read_key(tmp_path / "judge.key")
    assert (tmp_path / "judge.key").read_bytes() == content


def test_key_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_key(tmp_path)

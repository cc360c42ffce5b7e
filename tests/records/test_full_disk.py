"""A disk that takes no more: the write says so and leaves nothing, and the same write succeeds once there is room."""

import errno
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from records import Store, export, open_store, query
from records.file_store import FileStore, write_durably
from records.key import read_key
from schemas.errors import InfrastructureError, storing
from schemas.record import hash_bytes
from steps.rendering import write_folder
from tests.mounts import fill, small_disk
from tests.records.comparing import compare_stores
from tests.records.conftest import NewUrl
from tests.records.test_store import count_rows, record


@contextmanager
def full_disk(most_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)  # a Postgres server has a disk of its own
@pytest.mark.parametrize("most_bytes", [10, 20_000])
def test_full_disk_is_infrastructure_and_loses_nothing(new_url: NewUrl, tmp_path: Path, most_bytes: int) -> None:
    with open_store(new_url(), tmp_path / "full") as store, open_store(new_url(), tmp_path / "whole") as whole:
        record(store, 1)
        before = count_rows(store)
        with full_disk(most_bytes), pytest.raises(InfrastructureError, match=r"can't be written|the store failed"):
            record_many(store)
        assert {name: rows for name, rows in count_rows(store).items() if rows < before[name]} == {}
        for opened in (store, whole):
            record(opened, 1)
            record_many(opened)
        assert compare_stores(whole, store) == ()


def record_many(store: Store) -> None:
    """Record more than fits."""
    for seed in range(2, 8):
        record(store, seed)


NOISE = b"".join(hash_bytes(b"%d" % number).encode() for number in range(20_000))
WRITERS: dict[str, Callable[[Path], object]] = {
    "key": lambda place: read_key(place / "judge.key"),
    "content": lambda place: FileStore(place).write(NOISE),
    "manifest": lambda place: write_durably(place / "manifest.json", NOISE),
    "pictures": lambda place: write_folder(place / "pictures", {"a.png": NOISE}),
}


@pytest.mark.parametrize("what", WRITERS)
@pytest.mark.parametrize("leave_bytes", [0, 4096, 300_000])
def test_writer_on_a_full_disk_names_it_and_leaves_nothing_half(what: str, leave_bytes: int, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 4) as disk:
        filling, write = fill(disk, leave_bytes), WRITERS[what]
        if what == "key" and leave_bytes:
            assert len(str(write(disk))) == 64
            return
        with pytest.raises(InfrastructureError, match=f"disk full: {disk}"):
            write(disk)
        assert {path for path in disk.rglob("*") if path.is_file()} <= {filling, disk / "pictures.part" / "a.png"}
        filling.unlink()
        write(disk)
        write(disk)


@pytest.mark.parametrize("leave_bytes", [0, 100_000])
def test_store_and_data_sets_on_a_full_disk_go_on_once_there_is_room(leave_bytes: int, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 16) as disk, open_store(f"sqlite:///{disk / 's.sqlite'}", disk / "f") as store:
        record(store, 1)
        filling = fill(disk, leave_bytes)
        with pytest.raises(InfrastructureError, match=f"disk full: {disk}"):
            for seed in range(2, 500):
                record(store, seed)
        with pytest.raises(InfrastructureError, match=f"disk full: {disk}"):
            export(store, disk / "datasets")
        filling.unlink()
        record_many(store)
        assert export(store, disk / "datasets").rows > 100
        assert len(query("SELECT * FROM benchmarks", disk / "datasets").rows) >= 7


def test_new_store_on_a_full_disk_is_told_as_such(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2) as disk:
        filling = fill(disk)
        with pytest.raises(InfrastructureError, match=f"disk full: {disk}"), open_store(f"sqlite:///{disk}/s", disk):
            pass
        filling.unlink()
        with open_store(f"sqlite:///{disk}/s", disk) as store:
            assert store.find_item("0" * 64) is None


@pytest.mark.parametrize(
    ("code", "says"), [(errno.ENOSPC, "disk full: "), (errno.EDQUOT, "disk full: "), (errno.EIO, "can't be written: ")]
)
def test_quota_that_is_used_up_is_a_full_disk_too(code: int, says: str, tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match=says), storing(tmp_path):
        raise OSError(code, "told")

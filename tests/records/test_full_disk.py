"""A disk that takes no more: the write says so and leaves nothing, and the same write succeeds once there is room."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from records import Store, open_store
from schemas.errors import InfrastructureError
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

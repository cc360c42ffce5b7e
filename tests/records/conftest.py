"""A store of its own for every test of the records."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from records import Store, open_store


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'store.sqlite'}"


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store."""
    with open_store(url, tmp_path / "files") as opened:
        yield opened

"""A store of its own for every test of the records, once on SQLite and once on Postgres."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from records import Store, open_store
from tests.records import samples
from tests.records.postgres import make_database, serve_postgres
from tests.records.s3 import bucket_url, proxy, s3

__all__ = ["bucket_url", "proxy", "s3"]
NewUrl = Callable[[], str]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a Postgres server of this session."""
    with serve_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> NewUrl:
    """Makes URLs of databases that hold nothing yet."""

    def make() -> str:
        name = uuid.uuid4().hex
        if request.param == "sqlite":
            return f"sqlite:///{tmp_path / name}.sqlite"
        return make_database(request.getfixturevalue("postgres"), name)

    return make


@pytest.fixture
def url(new_url: NewUrl) -> str:
    """A database that holds nothing yet."""
    return new_url()


@pytest.fixture
def store(url: str, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store."""
    with open_store(url, tmp_path / "files", find_provenance=lambda: samples.PROVENANCE) as opened:
        yield opened

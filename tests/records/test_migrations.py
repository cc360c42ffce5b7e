from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from records import open_store
from records.engine import make_engine, writing
from records.tables import Base
from records.upgrade import downgrade, upgrade
from schemas.errors import InfrastructureError, InputError
from tests.records import samples
from tests.records.test_store import count_rows, record, run_child

OLDER = "0002"
"""From this schema to the newest it takes more than 30 statements."""


def test_migrations_and_models_agree(url: str) -> None:
    engine = make_engine(url)
    with writing(engine).begin() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_migrations_go_up_and_down(url: str) -> None:
    engine = writing(make_engine(url))
    with engine.begin() as connection:
        upgrade(connection)
        downgrade(connection, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        assert inspect(connection).get_view_names() == []
        upgrade(connection)
    engine.dispose()


def test_migration_that_fails_leaves_nothing(url: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE verdicts (x INTEGER)"))
    with pytest.raises(InfrastructureError, match=r'verdicts"? already exists'), open_store(url, Path("unused")):
        pass
    assert inspect(engine).get_table_names() == ["verdicts"]
    engine.dispose()


def read_tables(url: str) -> dict[str, list[str]]:
    """Return the rows of every table, that of the schema's revision too."""
    engine = make_engine(url)  # of its own: Postgres keeps plans that new columns break
    with engine.begin() as connection:
        names = inspect(connection).get_table_names()
        rows = {name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"')))) for name in names}
    engine.dispose()
    return rows


def kill_migrations(url: str, folder: Path, points: Iterable[int]) -> int:
    """Kill what brings an older store up to date before each of these statements, as far as there are so many.

    Return how many died. Each leaves the older store as it was, and the one that ends has all of its rows.
    """
    with open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as store:
        record(store, 1)
        with writing(store.engine).begin() as connection:
            downgrade(connection, OLDER)
        older, died = read_tables(url), 0
        for point in points:
            if run_child("migrate", url, folder, "sql", point).wait() == 0:
                break
            died += 1
            assert read_tables(url) == older
        with open_store(url, folder / "files"):
            newer = read_tables(url)
    assert {name: len(newer[name]) for name in older} == {name: len(rows) for name, rows in older.items()}
    return died


def test_migration_killed_at_a_statement_leaves_the_older_store(url: str, tmp_path: Path) -> None:
    assert kill_migrations(url, tmp_path, (9, 25)) == 2


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_migration_killed_at_every_statement_leaves_the_older_store(url: str, tmp_path: Path) -> None:
    assert 30 <= kill_migrations(url, tmp_path, range(1, 200)) < 199


def test_stores_opened_side_by_side_are_migrated_once(url: str, tmp_path: Path) -> None:
    def open_and_count(_: int) -> int:
        with open_store(url, tmp_path / "files") as store:
            return sum(count_rows(store).values())

    with ThreadPoolExecutor() as threads:
        assert list(threads.map(open_and_count, range(4))) == [1] * 4


def test_newer_store_is_refused(url: str, tmp_path: Path) -> None:
    with open_store(url, tmp_path / "files") as store, store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(InputError, match="9999, which is newer"), open_store(url, tmp_path / "files"):
        pass


@pytest.mark.parametrize("bad", ["", "no url", "sqlite://", "mysql://x/y", "oracle+nothing://x"])
def test_url_that_cannot_be_used_is_refused(bad: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="URL"), open_store(bad, tmp_path):
        pass


def test_database_that_cannot_be_reached_is_infrastructure(tmp_path: Path) -> None:
    absent = f"sqlite:///{tmp_path / 'absent' / 'store.sqlite'}"
    with pytest.raises(InfrastructureError, match="unable to open"), open_store(absent, tmp_path):
        pass

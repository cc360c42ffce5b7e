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
from tests.records.test_store import count_rows


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

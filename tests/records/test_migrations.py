import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from records import export, open_store
from records.engine import make_engine, writing
from records.tables import Base
from records.upgrade import downgrade, upgrade
from schemas.errors import InfrastructureError, InputError
from tests.records.test_store import count_rows, record

POSTGRES = shutil.which("pg_ctl") and shutil.which("initdb") and find_spec("psycopg")


def test_migrations_and_models_agree(url: str) -> None:
    with writing(make_engine(url)).begin() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


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
    with pytest.raises(InfrastructureError, match="verdicts already exists"), open_store(url, Path("unused")):
        pass
    assert inspect(engine).get_table_names() == ["verdicts"]
    engine.dispose()


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


@pytest.fixture
def postgres() -> Iterator[str]:
    """A Postgres server of its own on a socket in a folder of its own; it refuses to run as root."""
    user = "nobody" if os.geteuid() == 0 else None

    def run(*command: str) -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, cwd="/")

    with tempfile.TemporaryDirectory() as folder:
        if user is not None:
            shutil.chown(folder, user)
        run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "workpiece", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", f"{folder}/data", "-o", options, "-l", f"{folder}/log", "-w", "start")
        yield f"postgresql+psycopg://workpiece@/postgres?host={folder}"
        run("pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop")


@pytest.mark.skipif(not POSTGRES, reason="no Postgres server or driver on this machine")
def test_postgres_holds_the_same(postgres: str, tmp_path: Path) -> None:
    with open_store(postgres, tmp_path / "files") as store:
        record(store, 1)
        before = count_rows(store)
        record(store, 1)
        assert count_rows(store) == before
        with ThreadPoolExecutor() as threads:
            list(threads.map(record, [store] * 6, [2, 3, 2, 3, 2, 3]))
        assert count_rows(store)["episodes"] == 3
        assert len(export(store, tmp_path / "d").files) == 10
        with store.engine.begin() as connection:
            assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []

"""Opens the database: SQLite (WAL, foreign keys on) or Postgres by URL, with one writer at a time on both."""

import sqlite3
import time

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from schemas.errors import InputError

BUSY_TIMEOUT_MS = 60_000
WRITES = "workpiece_writes"
"""Execution option of the connections that write: SQLite takes the write lock at once instead of failing later."""


def make_engine(url: str) -> Engine:
    """Return an engine for `sqlite:///FILE` or `postgresql+psycopg://…`; raises InputError for anything else."""
    try:
        parsed = make_url(url)
        dialect = parsed.get_backend_name()
        if dialect == "sqlite" and parsed.database not in (None, "", ":memory:"):
            engine = create_engine(parsed, hide_parameters=True)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if dialect == "postgresql":
            return create_engine(parsed, hide_parameters=True, pool_pre_ping=True, isolation_level="REPEATABLE READ")
    except ModuleNotFoundError as error:
        raise InputError(f"the database URL needs the Python package '{error.name}': install it") from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise InputError(f"the database URL can't be used: {error}") from error
    raise InputError("the database URL must be sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")


def writing(engine: Engine) -> Engine:
    """Return the same engine for transactions that write."""
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
    return engine.execution_options(**{WRITES: True}, **level)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # SQLAlchemy begins, not the driver
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    _switch_to_wal(cursor)
    cursor.close()


def _switch_to_wal(cursor: DBAPICursor) -> None:
    """Give a database a write-ahead log; SQLite fails instead of waiting where another process does the same."""
    deadline_s = time.monotonic() + BUSY_TIMEOUT_MS / 1000.0
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline_s:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

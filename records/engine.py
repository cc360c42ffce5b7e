"""Opens the database: SQLite (WAL, foreign keys on) or Postgres by URL, with one writer at a time on both."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from schemas.errors import InfrastructureError, InputError

BUSY_TIMEOUT_MS = 60_000
WRITES = "workpiece_writes"
"""Execution option of the connections that write: SQLite takes the write lock at once instead of failing later."""
PAGE_BYTES = 64 * 1024
"""Less free space than this is none: SQLite calls a write that fails for it an input or output error, at times."""
POSTGRES_DISK_FULL = "53100"


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
        raise InputError(f"needs the Python package '{error.name}': install it") from error
    except (ArgumentError, NoSuchModuleError, ValueError):  # the latter for a port that is no number
        pass
    raise InputError("the URL must be sqlite:///FILE or postgresql+psycopg://USER@HOST:PORT/NAME")


def writing(engine: Engine) -> Engine:
    """Return the same engine for transactions that write."""
    level = {} if engine.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"}
    return engine.execution_options(**{WRITES: True}, **level)


@contextmanager
def mapped_faults(engine: Engine) -> Iterator[None]:
    """Map every fault of the database to InfrastructureError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise InfrastructureError(_describe(engine, error)) from error


def _describe(engine: Engine, error: SQLAlchemyError) -> str:
    """Return what has happened in one line: a full disk by that name, the rest in the database's own words."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if getattr(cause, "sqlstate", None) == POSTGRES_DISK_FULL:
        return f"disk full: the database server's; {cause}"
    if engine.dialect.name == "sqlite" and isinstance(cause, sqlite3.Error):
        file, code = Path(engine.url.database or ""), getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(file)):
            return f"disk full: {file}"
        return f"the store failed: {cause} ({file})"
    return f"the store failed: {cause or error}"


def _is_full(file: Path) -> bool:
    return shutil.disk_usage(file.parent).free < PAGE_BYTES


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

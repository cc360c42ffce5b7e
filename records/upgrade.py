"""Brings a store's schema to the newest revision, and refuses one that is newer than this program."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select

from schemas.errors import InputError

UPGRADING = 0x776F726B
"""Any number that nothing else locks: "work" in ASCII."""
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def is_current(connection: Connection) -> bool:
    """Say whether the schema is at the head; raises InputError when it is newer than this program."""
    scripts = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
        raise InputError(
            f"the store has schema revision {current}, which is newer than this program's "
            f"{scripts.get_current_head()}: update the program, or point it at another store"
        )
    return current == scripts.get_current_head()


def read_revision(connection: Connection) -> str:
    """Return the revision of a store's schema."""
    return MigrationContext.configure(connection).get_current_revision() or "none"


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the missing revisions inside the connection's transaction, after any other that does the same there."""
    if connection.dialect.name == "postgresql":  # on SQLite the transaction holds the only write lock from its start
        connection.execute(select(func.pg_advisory_xact_lock(UPGRADING)))
    command.upgrade(_config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Take revisions back inside the connection's transaction; what only they can hold is lost."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

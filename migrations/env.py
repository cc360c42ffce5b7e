"""What Alembic runs: every revision in the one transaction of the connection that it is given."""

from alembic import context
from sqlalchemy import Connection, create_engine

from records.tables import Base


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, transactional_ddl=True, user_module_prefix=""
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    _run(given)
else:
    with create_engine(context.get_x_argument(as_dictionary=True)["url"]).begin() as opened:
        _run(opened)

"""Remember when a run was finished, so that one that was not is gone on with, whatever the day."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the time; earlier runs are taken as finished when they were asked for."""
    op.add_column("runs", sa.Column("finished_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE runs SET finished_at = recorded_at")


def downgrade() -> None:
    """Drop it."""
    op.drop_column("runs", "finished_at")

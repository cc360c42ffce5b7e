"""Count the episodes that the machinery failed, so that the same work can be tried again beside them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the count; what is stored was tried once."""
    op.add_column("episodes", sa.Column("retry", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("episodes", "retry")

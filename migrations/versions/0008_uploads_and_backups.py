"""Tell what was sent to a bucket, and which backups there are."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import Table

revision = "0008"
down_revision = "0007"

TIME = sa.DateTime(timezone=True)
TABLES = {
    "uploads": Table(
        "url name",
        "recorded_at tries",
        optional="fault size_bytes checksum sent_at",
        kinds={"tries": sa.BigInteger(), "sent_at": TIME},
    ),
    "backups": Table(
        "day",
        "recorded_at sha256 size_bytes rows files",
        optional="pruned_at",
        kinds={"rows": sa.BigInteger(), "files": sa.BigInteger(), "pruned_at": TIME},
    ),
}


def upgrade() -> None:
    """Make the tables."""
    for name, table in TABLES.items():
        table.create(name)


def downgrade() -> None:
    """Take them back."""
    for name in TABLES:
        op.drop_table(name)

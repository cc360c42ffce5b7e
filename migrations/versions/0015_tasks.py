"""Tell repairs and cheapenings from designs, what they are derived from and what they begin with."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import check_references

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the columns; what there is has been designed from nothing."""
    check_references()
    op.add_column("benchmarks", sa.Column("task", sa.String(), nullable=False, server_default="design"))
    op.add_column("benchmarks", sa.Column("derived_from", sa.String()))
    op.add_column("benchmarks", sa.Column("start_sha256", sa.String()))


def downgrade() -> None:
    """Take them back; derived items stay, as the designs that they are."""
    check_references()
    for name in ("start_sha256", "derived_from", "task"):
        op.drop_column("benchmarks", name)

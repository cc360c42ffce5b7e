"""Keep which lazy designs solve a benchmark: what anyone would try makes it easy."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the names; of earlier benchmarks they are not known."""
    op.add_column("benchmarks", sa.Column("lazy_passed", sa.Text()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("benchmarks", "lazy_passed")

"""Give items of before revision 10 the empty list of reasons that readers ask for: why they ended is not known."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Fill them in."""
    op.execute("UPDATE benchmarks SET reasons = '[]' WHERE reasons IS NULL")


def downgrade() -> None:
    """Leave them: nothing tells them apart."""

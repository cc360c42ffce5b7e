"""Keep learned skills, and who was shown them."""

from alembic import op

from migrations.columns import Table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create both tables."""
    Table("skill version episode_id", "sha256 recorded_at", references="episode_id sha256").create("skills")
    Table("episode_id skill version", "shown", references="episode_id").create("skill_uses")


def downgrade() -> None:
    """Drop both."""
    op.drop_table("skill_uses")
    op.drop_table("skills")

"""Keep learned skills, and who was shown them."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _refer(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], f"fk_{table}_{column}", deferrable=True, initially="DEFERRED")


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "skills",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("skill", "episode_id", "sha256")),
        sa.Column("version", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("skill", "version", "episode_id", name="pk_skills"),
        _refer("skills", "episode_id", "episodes.episode_id"),
        _refer("skills", "sha256", "files.sha256"),
    )
    op.create_table(
        "skill_uses",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("episode_id", "skill")),
        sa.Column("version", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("episode_id", "skill", "version", name="pk_skill_uses"),
        _refer("skill_uses", "episode_id", "episodes.episode_id"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("skill_uses")
    op.drop_table("skills")

"""Keep every call of a language model, and who wants an episode to stop: episodes are logged while they run."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

REAL, STRING, TIME = sa.Double(), sa.String(), sa.DateTime(timezone=True)


def _column(name: str, kind: sa.types.TypeEngine[object], *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, kind, nullable=nullable, autoincrement=False)


def upgrade() -> None:
    """Create both tables."""
    texts = "episode_id call_id role model prompt prompt_version prompt_sha256 request_sha256"
    op.create_table(
        "llm_calls",
        *(_column(name, STRING) for name in texts.split()),
        _column("number", sa.BigInteger()),
        _column("request", sa.LargeBinary()),
        _column("reply", sa.LargeBinary(), nullable=True),
        _column("finish_reason", STRING, nullable=True),
        _column("input_tokens", sa.BigInteger(), nullable=True),
        _column("output_tokens", sa.BigInteger(), nullable=True),
        _column("money_usd", REAL),
        _column("latency_s", REAL),
        _column("faults", sa.Text(), nullable=True),
        _column("recorded_at", TIME),
        sa.PrimaryKeyConstraint("episode_id", "number", name="pk_llm_calls"),
        sa.ForeignKeyConstraint(
            ["episode_id"],
            ["episodes.episode_id"],
            "fk_llm_calls_episode_id",
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_table(
        "cancellations",
        _column("episode_id", STRING),
        _column("by", STRING),
        _column("recorded_at", TIME),
        sa.PrimaryKeyConstraint("episode_id", name="pk_cancellations"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("cancellations")
    op.drop_table("llm_calls")

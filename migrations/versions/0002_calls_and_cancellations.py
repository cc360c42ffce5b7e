"""Keep every call of a language model, and who wants an episode to stop: episodes are logged while they run."""

from alembic import op

from migrations.columns import BLOB, Table

revision = "0002"
down_revision = "0001"

CALLS = Table(
    "episode_id number",
    "call_id role model prompt prompt_version prompt_sha256 request request_sha256 money_usd latency_s recorded_at",
    optional="reply finish_reason input_tokens output_tokens faults",
    references="episode_id",
    kinds={"request": BLOB},
)


def upgrade() -> None:
    """Create both tables."""
    CALLS.create("llm_calls")
    Table("episode_id", "by recorded_at").create("cancellations")


def downgrade() -> None:
    """Drop both."""
    op.drop_table("cancellations")
    op.drop_table("llm_calls")

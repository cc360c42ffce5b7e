"""Keep every preview with its program and what it found: designs that fail are most of what one can learn from."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import REAL, Table

revision = "0007"
down_revision = "0006"

PREVIEWS = Table(
    "episode_id preview_id",
    "number kind program_sha256 passed simulated_s program_cpu_s recorded_at",
    optional="""reasons bundle_hash draw trials stage trials_run trials_passed margin_mm closest_mm cost_usd mass_g
        record""",
    references="episode_id program_sha256",
    kinds={**dict.fromkeys(("draw", "trials", "trials_run", "trials_passed"), sa.BigInteger()), "cost_usd": REAL},
)


def upgrade() -> None:
    """Make the table in place of the view of the same name; of earlier episodes their tool calls alone are known."""
    op.execute("DROP VIEW previews")
    PREVIEWS.create("previews")


def downgrade() -> None:
    """Bring the view back."""
    op.drop_table("previews")
    op.execute("CREATE VIEW previews AS SELECT * FROM tool_calls WHERE NOT counted")

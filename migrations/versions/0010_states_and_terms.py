"""Tell refused and redrawn items from those at work, verdicts by their terms, and simulated runs from previews."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

OPTIONAL = {
    ("benchmarks", "reasons"): sa.Text(),
    ("verdicts", "key_fingerprint"): sa.String(),
    ("verdicts", "terms"): sa.Text(),
}
REQUIRED = {("episodes", "judge"): (sa.String(), ""), ("episodes", "checks"): (sa.BigInteger(), "0")}
DRAWN_ANEW = """state = 'verified' AND EXISTS (SELECT 1 FROM benchmarks AS later
    WHERE later.generator = benchmarks.generator AND later.generator_version = benchmarks.generator_version
    AND later.family = benchmarks.family AND later.seed = benchmarks.seed
    AND later."index" = benchmarks."index" AND later.attempt > benchmarks.attempt)"""
RUNS = "(SELECT SUM(trials_run) FROM previews WHERE previews.episode_id = episodes.episode_id)"


def upgrade() -> None:
    """Add the columns; verified items that were drawn anew are redrawn, and leave with the next export.

    Of earlier episodes `simulations` are the runs of the previews that are kept, where none are the calls for them.
    """
    for (table, name), kind in OPTIONAL.items():
        op.add_column(table, sa.Column(name, kind))
    for (table, name), (required, default) in REQUIRED.items():
        op.add_column(table, sa.Column(name, required, nullable=False, server_default=default))
    op.execute("UPDATE revisions SET value = value + 1")
    op.execute("UPDATE benchmarks SET state = 'refused' WHERE state = 'draft' AND settled_revision IS NOT NULL")
    op.execute(
        "UPDATE benchmarks SET state = 'redrawn', settled_revision = (SELECT value FROM revisions) "  # noqa: S608 - constants
        f"WHERE {DRAWN_ANEW}"
    )
    op.execute(
        "UPDATE episodes SET checks = previews - simulations, previews = simulations, "  # noqa: S608 - constants
        f"simulations = COALESCE({RUNS}, simulations)"
    )


def downgrade() -> None:
    """Drop them; refused items are drafts again, redrawn ones verified."""
    op.execute("UPDATE episodes SET simulations = previews, previews = previews + checks")
    op.execute("UPDATE benchmarks SET state = 'verified', settled_revision = NULL WHERE state = 'redrawn'")
    op.execute("UPDATE benchmarks SET state = 'draft' WHERE state = 'refused'")
    for table, name in (*OPTIONAL, *REQUIRED):
        op.drop_column(table, name)

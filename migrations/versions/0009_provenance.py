"""Keep what made the rows: software, engineers by version; parts of verdicts; what a tool call worked on."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import Table

revision = "0009"
down_revision = "0008"

TABLES = {
    "software": Table(
        "software_id",
        "source mujoco kernel catalogue_hash catalogue_sha256 judge_version revision recorded_at",
        optional="lock_sha256",
        references="catalogue_sha256",
    ),
    "engineers": Table("engineer engineer_version", "settings revision recorded_at", optional="software_id"),
    "parts": Table(
        "verdict_id part",
        "mass_g size_x_mm size_y_mm size_z_mm",
        optional="process material_id unit_cost_usd",
        references="verdict_id",
        kinds={"unit_cost_usd": sa.Double()},
    ),
}
MADE = ("runs", "verdicts", "episodes", "solutions", "previews")
REVISED = ("runs", "run_items", "errors")
CALLED = {"file": sa.String(), "file_version": sa.BigInteger()}


def upgrade() -> None:
    """Create the tables and columns; what made earlier rows is not known, and the next export reads them."""
    for name, table in TABLES.items():
        table.create(name)
    for name in MADE:
        op.add_column(name, sa.Column("software_id", sa.String()))
    for name in REVISED:
        op.add_column(name, sa.Column("revision", sa.BigInteger(), nullable=False, server_default="1"))
    for name, kind in CALLED.items():
        op.add_column("tool_calls", sa.Column(name, kind))


def downgrade() -> None:
    """Drop them."""
    for name in CALLED:
        op.drop_column("tool_calls", name)
    for name in REVISED:
        op.drop_column(name, "revision")
    for name in MADE:
        op.drop_column(name, "software_id")
    for name in reversed(TABLES):
        op.drop_table(name)

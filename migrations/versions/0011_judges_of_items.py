"""Tell the same draw under other judges apart, so that stores can be merged, and find near-copies by their cells."""

import json

import sqlalchemy as sa
from alembic import op

from schemas.likeness import find_cells
from schemas.record import Measure

revision = "0011"
down_revision = "0010"

VERIFIED = """SELECT b.item_id, c.numbers, b.canned_passed
    FROM benchmarks b JOIN benchmark_checks c ON c.item_id = b.item_id
    WHERE b.verified AND c.number = 9"""


def upgrade() -> None:
    """Add the columns, judges of earlier items not known, and the item to the key of what a run has made."""
    op.add_column("benchmarks", sa.Column("judge", sa.String(), nullable=False, server_default=""))
    op.add_column("benchmarks", sa.Column("cell", sa.String()))
    op.create_index("ix_benchmarks_cell", "benchmarks", ["cell"])
    connection = op.get_bind()
    for item_id, numbers, canned in connection.execute(sa.text(VERIFIED)).all():
        found = find_cells([Measure.model_validate(one) for one in json.loads(numbers)], json.loads(canned))
        cell = sa.text("UPDATE benchmarks SET cell = :cell WHERE item_id = :item")
        connection.execute(cell, {"cell": found[0], "item": item_id})
    _set_key("run_id", "index", "attempt", "item_id")


def downgrade() -> None:
    """Take both back; of several items at one place of a run the least id stays."""
    items = sa.table("run_items", *map(sa.column, ("run_id", "index", "attempt", "item_id")))
    other = items.alias()
    place = [items.c[name] == other.c[name] for name in ("run_id", "index", "attempt")]
    op.execute(items.delete().where(sa.exists().where(*place, other.c.item_id < items.c.item_id)))
    _set_key("run_id", "index", "attempt")
    op.drop_index("ix_benchmarks_cell", "benchmarks")
    op.drop_column("benchmarks", "cell")
    op.drop_column("benchmarks", "judge")


def _set_key(*columns: str) -> None:
    with op.batch_alter_table("run_items") as table:
        table.drop_constraint("pk_run_items", type_="primary")
        table.create_primary_key("pk_run_items", list(columns))

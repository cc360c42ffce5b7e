"""Tell the features of verified scenes, which coverage counts; NULL where a scene is of an older form."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import check_references
from records.texts import CompressedText, Json
from schemas.bundle import SceneBundle
from schemas.errors import InputError
from schemas.features import list_features

revision = "0014"
down_revision = "0013"

ROWS_AT_ONCE = 100
FILES = sa.table("files", sa.column("sha256"), sa.column("text", CompressedText))
NAMES = ("item_id", "scene_hash", "program_sha256")
KINDS = (sa.column("verified", sa.Boolean()), sa.column("features", Json))
BENCHMARKS = sa.table("benchmarks", *map(sa.column, NAMES), *KINDS)


def upgrade() -> None:
    """Add the column, and fill it in from scenes and programs."""
    check_references()
    op.add_column("benchmarks", sa.Column("features", sa.Text()))
    connection, program, scene = op.get_bind(), FILES.alias(), FILES.alias()
    found = (
        sa.select(BENCHMARKS.c.item_id, scene.c.text, program.c.text)
        .join(scene, scene.c.sha256 == BENCHMARKS.c.scene_hash)
        .join(program, program.c.sha256 == BENCHMARKS.c.program_sha256)
        .where(BENCHMARKS.c.verified)
    )
    items = connection.execute(sa.select(BENCHMARKS.c.item_id).where(BENCHMARKS.c.verified)).scalars().all()
    for start in range(0, len(items), ROWS_AT_ONCE):
        part = BENCHMARKS.c.item_id.in_(items[start : start + ROWS_AT_ONCE])
        for item_id, bundle, source in connection.execute(found.where(part)).all():
            this = BENCHMARKS.update().where(BENCHMARKS.c.item_id == item_id)
            connection.execute(this.values(features=_read(bundle, source)))


def downgrade() -> None:
    """Drop it."""
    check_references()
    op.drop_column("benchmarks", "features")


def _read(bundle: str, source: str) -> list[str] | None:
    try:
        return list(list_features(SceneBundle.from_json(bundle), source))
    except (InputError, SyntaxError):
        return None

"""Keep calls of models by difference, a bundle's geometry as one file, and what programs wrote."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.columns import BLOB, Table, check_references
from records.llm_rows import Conversations, join_request
from records.texts import CompressedText
from schemas.record import hash_bytes

revision = "0012"
down_revision = "0011"

NEW = (("files", "geometry_sha256", sa.String()), ("previews", "stdout", BLOB), ("previews", "stderr", BLOB))
SAME = "call_id role model prompt prompt_version prompt_sha256 request_sha256 money_usd latency_s recorded_at"
OPTIONAL = "reply finish_reason input_tokens output_tokens faults"
KINDS = {"request": BLOB, "messages": BLOB, "follows": sa.BigInteger(), "kept": sa.BigInteger()}
WHOLE = Table("episode_id number", f"{SAME} request", OPTIONAL, "episode_id", kinds=KINDS)
PARTED = Table(
    "episode_id number",
    f"{SAME} head_sha256 kept messages",
    f"follows {OPTIONAL}",
    "episode_id head_sha256",
    kinds=KINDS,
)
FILES = sa.table("files", *map(sa.column, ("sha256", "size_bytes", "text", "recorded_at")))
TEXT = CompressedText()
Row = dict[str, Any]


def upgrade() -> None:
    """Add the columns, and part every request; contents of the file store stay as they are."""
    for table, name, kind in NEW:
        op.add_column(table, sa.Column(name, kind))
    _rewrite(PARTED, _part)


def downgrade() -> None:
    """Drop the columns, and make every request whole; bundles whose geometry is one file can't be read then."""
    _rewrite(WHOLE, _join)
    for table, name, _ in NEW:
        op.drop_column(table, name)


def _rewrite(table: Table, change: Callable[[Row, Conversations], None]) -> None:
    """Make the table of calls anew, its rows changed in order; they are read compressed."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT * FROM llm_calls ORDER BY episode_id, number")).mappings().all()
    check_references()
    op.drop_table("llm_calls")
    table.create("llm_calls")
    target = sa.table("llm_calls", *map(sa.column, f"{table.key} {table.required} {table.optional}".split()))
    talk, episode_id = Conversations(), None
    for found in rows:
        row = dict(found)
        if row["episode_id"] != episode_id:
            talk, episode_id = Conversations(), row["episode_id"]
        change(row, talk)
        connection.execute(sa.insert(target), [row])


def _part(row: Row, talk: Conversations) -> None:
    request = TEXT.process_result_value(row.pop("request"), op.get_bind().dialect) or ""
    parted = talk.part(row["number"], row["role"], request)
    row |= parted | {"head_sha256": _put_text(parted.pop("head"), row), "messages": _compress(parted["messages"])}


def _join(row: Row, talk: Conversations) -> None:
    dialect, connection = op.get_bind().dialect, op.get_bind()
    head = connection.execute(sa.select(FILES.c.text).where(FILES.c.sha256 == row.pop("head_sha256"))).scalar()
    messages = TEXT.process_result_value(row["messages"], dialect) or ""
    said = talk.restore(row["number"], row["role"], row.pop("follows"), row.pop("kept"), messages)
    row["request"] = _compress(join_request(TEXT.process_result_value(head, dialect) or "", said))
    del row["messages"]


def _compress(text: str) -> bytes | None:
    return TEXT.process_bind_param(text, op.get_bind().dialect)


def _put_text(text: str, row: Row) -> str:
    """Store a text unless it is there, as old as the row that names it; return its hash."""
    data, connection = text.encode(), op.get_bind()
    sha256 = hash_bytes(data)
    if connection.execute(sa.select(FILES.c.sha256).where(FILES.c.sha256 == sha256)).first() is None:
        new = {"sha256": sha256, "size_bytes": len(data), "text": _compress(text), "recorded_at": row["recorded_at"]}
        connection.execute(sa.insert(FILES), [new])
    return sha256

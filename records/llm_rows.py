"""Calls of language models in the store, by difference: what a call shares with an earlier one is not kept again."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Mapped, mapped_column

from records.bundles import put_text
from records.rows import now, plain, put_rows
from records.tables import Base, CompressedColumn, FileRef, FileRow, OfEpisode, Recorded
from records.texts import Plain
from schemas.errors import InfrastructureError
from schemas.llm import LlmCall


class LlmCallRow(OfEpisode, Recorded, Base):
    """One call of a language model with everything in and out; never a key."""

    number: Mapped[int] = mapped_column(primary_key=True, doc="Place among the episode's calls, from 1")
    call_id: Mapped[str] = mapped_column(doc="Hash of episode and number, as the model reply names it")
    role: Mapped[str] = mapped_column(doc="Who asked")
    model: Mapped[str] = mapped_column(doc="Name of the model")
    prompt: Mapped[str] = mapped_column(doc="Name of the prompt file")
    prompt_version: Mapped[str] = mapped_column(doc="Version in its front matter")
    prompt_sha256: Mapped[str] = mapped_column(doc="Hash of the prompt as it was sent")
    head_sha256: Mapped[FileRef] = mapped_column(
        doc="Hash of the request without its messages, as JSON: system prompt, tools, sampling settings"
    )
    follows: Mapped[int | None] = mapped_column(doc="Call of the same role before it; NULL: none")
    kept: Mapped[int] = mapped_column(doc="So many of that call's messages stand first in this one's request")
    messages: Mapped[CompressedColumn] = mapped_column(doc="The messages after those, as JSON")
    request_sha256: Mapped[str] = mapped_column(doc="Hash of the whole request")
    reply: Mapped[CompressedColumn | None] = mapped_column(doc="The whole reply as JSON; NULL: every try failed")
    finish_reason: Mapped[str | None] = mapped_column(doc="Why the model stopped")
    input_tokens: Mapped[int | None] = mapped_column(doc="Tokens in, as the provider counts; NULL: it tells none")
    output_tokens: Mapped[int | None] = mapped_column(doc="Tokens out")
    money_usd: Mapped[float] = mapped_column(doc="Price by the settings' prices")
    latency_s: Mapped[float] = mapped_column(doc="Seconds until the reply, with its retries")
    faults: Mapped[Plain] = mapped_column(doc="Tries that failed: error_type, text, status")


class Conversations:
    """The requests of an episode's calls, made whole in order, or parted; `said` are all messages of each."""

    def __init__(self) -> None:
        self.said: dict[int, list[Any]] = {}
        self._last: dict[str, int] = {}

    def restore(self, number: int, role: str, follows: int | None, kept: int, messages: str) -> list[Any]:
        """Return all messages of the next call."""
        before = self.said[follows][:kept] if follows is not None else []
        self.said[number], self._last[role] = before + json.loads(messages), number
        return self.said[number]

    def part(self, number: int, role: str, request: str) -> dict[str, Any]:
        """Return the columns of the next call that its request is restored from, with its head as text."""
        head = json.loads(request)
        said: list[Any] = head.pop("messages")
        follows = self._last.get(role)
        before = self.said[follows] if follows is not None else []
        kept = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, said, strict=False)))
        self.said[number], self._last[role] = said, number
        return {"head": write_json(head), "follows": follows, "kept": kept, "messages": write_json(said[kept:])}


def write_json(told: object) -> str:
    """Return JSON as requests are written."""
    return json.dumps(told, sort_keys=True, ensure_ascii=False)


def join_request(head: str, messages: Sequence[Any]) -> str:
    """Return a whole request."""
    return write_json({**json.loads(head), "messages": messages})


def put_call(connection: Connection, episode_id: str, call: LlmCall) -> None:
    """Store a call; raises InfrastructureError where its request is none that is restored as it was."""
    talk, found = Conversations(), select(LlmCallRow.__table__).where(LlmCallRow.episode_id == episode_id)
    for row in connection.execute(found.where(LlmCallRow.number < call.number).order_by(LlmCallRow.number)).mappings():
        talk.restore(*(row[name] for name in ("number", "role", "follows", "kept", "messages")))
    parted = talk.part(call.number, call.role, call.request)
    head = str(parted.pop("head"))
    if join_request(head, talk.said[call.number]) != call.request:
        raise InfrastructureError(f"call {call.number} of the episode: its request is no JSON with its keys in order")
    told = {**call.model_dump(exclude={"faults", "request"}), "faults": plain(call.faults), "recorded_at": now()}
    own = {"episode_id": episode_id, "head_sha256": put_text(connection, head)}
    put_rows(connection, LlmCallRow, [own | told | parted])


def join_requests(rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Put whole requests in the place of their heads; rows, in order, end with what they are restored from."""
    talk, episode_id = Conversations(), ""
    for row in rows:
        if row.episode_id != episode_id:
            talk, episode_id = Conversations(), row.episode_id
        *told, follows, kept, messages = row
        said = talk.restore(row.number, row.role, follows, kept, messages)
        place = row._fields.index("request")
        told[place] = row.request and join_request(row.request, said)
        yield tuple(told)


def load_calls(connection: Connection, episode_id: str) -> tuple[LlmCall, ...]:
    """Return an episode's calls of models in order."""
    head = select(FileRow.text).where(FileRow.sha256 == LlmCallRow.head_sha256).scalar_subquery().label("head")
    found = select(LlmCallRow.__table__, head).where(LlmCallRow.episode_id == episode_id).order_by(LlmCallRow.number)
    talk, calls = Conversations(), list[LlmCall]()
    for row in connection.execute(found).mappings():
        messages = talk.restore(*(row[name] for name in ("number", "role", "follows", "kept", "messages")))
        told = {name: row[name] for name in LlmCall.model_fields if name != "request"}
        calls.append(LlmCall(**told, request=join_request(row["head"], messages)))
    return tuple(calls)

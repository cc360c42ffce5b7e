"""Calls of models are kept by difference, and read whole: here, from an earlier store, in the data set."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from records import Store, export, open_store
from records.engine import make_engine, writing
from records.llm_rows import LlmCallRow, load_calls, write_json
from records.tables import FileRow
from records.texts import CompressedText
from records.upgrade import downgrade, upgrade
from schemas.errors import InfrastructureError
from schemas.llm import AgentRole, LlmCall
from schemas.messages import Message, ModelReply
from schemas.record import hash_bytes, hash_parts
from tests.records import samples
from tests.records.talking import record_talk
from tests.records.test_appending import begin_episode
from tests.records.test_parquet import load
from tests.records.test_store import record

TOOLS = [{"name": f"tool_{n}", "description": "It does. " * 200, "limit": 0.1 * n} for n in range(20)]
TURNS = 12


def say(role: str, number: int) -> dict[str, object]:
    return {"role": role, "parts": [{"type": "text", "text": f"message {number}: µ " + "x" * 1000}]}


def call(episode_id: str, number: int, role: AgentRole, messages: list[dict[str, object]]) -> LlmCall:
    request = write_json({"model": "m", "system": role, "tools": TOOLS, "messages": messages, "config": {"t": 0.7}})
    made = {"call_id": hash_parts(episode_id, str(number)), "number": number, "role": role, "model": "openai/m"}
    made |= {"prompt": role, "prompt_version": "1", "prompt_sha256": hash_bytes(b"prompt"), "latency_s": 0.5}
    made |= {"request": request, "request_sha256": hash_bytes(request.encode()), "reply": "{}", "money_usd": 0.0}
    return LlmCall(**made, finish_reason="stop", input_tokens=1, output_tokens=1)


def talk(episode_id: str) -> list[LlmCall]:
    """An engineer's conversation that grows, its last message another each time, with a critic's of one message."""
    calls: list[LlmCall] = []
    for turn in range(TURNS):
        history = [say("user", n) for n in range(2 * turn)]
        calls.append(call(episode_id, len(calls) + 1, "engineer", [*history, say("user", -turn - 1)]))
        calls.append(call(episode_id, len(calls) + 1, "critic", [say("user", 100 * turn)]))
    return calls


def put(store: Store, key: str, calls: list[LlmCall]) -> None:
    for seq, one in enumerate(calls):
        body = ModelReply(call_id=one.call_id, text="")
        message = Message(episode_id=key, seq=seq, author="engineer", at=samples.NOW, body=body)
        store.append_messages([message], call=one)


def test_what_calls_share_is_kept_once(store: Store) -> None:
    key = begin_episode(store).key.episode_id
    calls = talk(key)
    put(store, key, calls)
    put(store, key, calls)
    with store.read() as connection:
        assert list(load_calls(connection, key)) == calls
        kept = connection.execute(select(LlmCallRow.messages, LlmCallRow.kept).order_by(LlmCallRow.number)).all()
        heads = select(func.count()).where(FileRow.sha256.in_(select(LlmCallRow.head_sha256)))
        assert connection.execute(heads).scalar_one() == 2
    assert [row.kept for row in kept[::2]] == [0, 0, *range(2, 2 * TURNS - 2, 2)]
    assert sum(len(row.messages) for row in kept) < 0.1 * sum(len(one.request) for one in calls)


def test_request_that_would_not_be_restored_is_refused(store: Store) -> None:
    key = begin_episode(store).key.episode_id
    one = talk(key)[0]
    with pytest.raises(InfrastructureError, match="call 1 of the episode: its request"):
        put(store, key, [one.model_copy(update={"request": json.dumps(json.loads(one.request), indent=1)})])


def test_calls_of_an_earlier_store_come_through_up_and_down(url: str, tmp_path: Path) -> None:
    with open_store(url, tmp_path / "files") as store:
        key = begin_episode(store).key.episode_id
        put(store, key, talk(key))
    engine = writing(make_engine(url))
    with engine.begin() as connection:
        downgrade(connection, "0011")
        rows = connection.execute(text("SELECT number, request FROM llm_calls ORDER BY number")).all()
        unpacked = [CompressedText().process_result_value(row.request, engine.dialect) for row in rows]
        assert unpacked == [one.request for one in talk(key)]
        upgrade(connection)
        assert list(load_calls(connection, key)) == talk(key)
    engine.dispose()


def test_data_set_tells_whole_requests(store: Store, tmp_path: Path) -> None:
    for seed in (1, 2):
        record(store, seed)
        record_talk(store, seed)
    export(store, tmp_path / "datasets")
    table = load(tmp_path / "datasets", "llm_calls")
    assert len(table) == 4
    assert [hash_bytes(request.encode()) for request in table.request] == list(table.request_sha256)


def test_data_sets_tell_what_programs_wrote(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    export(store, tmp_path / "datasets")
    previews, submissions = (load(tmp_path / "datasets", name) for name in ("previews", "submissions"))
    assert list(previews.stdout.dropna()) == [samples.SAID.stdout]
    assert list(previews.stderr.dropna()) == [samples.SAID.stderr]
    assert list(submissions.stdout.dropna()) == []

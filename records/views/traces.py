"""Views of conversations: chat rows for imitation, ATIF trajectories, and the Hub's sessions."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from records.views.conversations import Conversation, Turn, read_conversations
from records.views.view import CANARY, OF_BENCHMARK, Document, View
from schemas.verdict import JUDGE_VERSION

_PARTS = (
    "reward_main", "pass_fraction", "margin_mm", "cost_ratio", "mass_ratio", "static_valid", "needs_review",
)  # fmt: skip
HARNESS = "workpiece"
JSON_LIST = pa.list_(pa.json_())
_TYPES = {
    **dict.fromkeys(("difficulty", "first_call", "turns"), pa.int64()),
    **{"cost_ratio": pa.float64(), "messages": JSON_LIST, "tools": JSON_LIST},
}
"""Those that are no text."""


def write_messages(turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """Return turns of one role as chat messages: each call of the model one assistant turn, with all that it called.

    `weight` 0 marks a turn whose tool call failed; it is to be masked. Replies that could not be read are left out, as
    the model never saw them again.
    """
    read = [turn for turn in turns if turn.readable]
    system = {"role": "system", "content": read[0].system} if read else None
    return [message for message in (system, *(m for turn in read for m in _write_turn(turn))) if message]


def _write_turn(turn: Turn) -> Iterator[dict[str, Any]]:
    if turn.asked:
        yield {"role": "user", "content": turn.asked}
    said: dict[str, Any] = {"role": "assistant", "content": turn.said, "weight": int(not turn.failed)}
    if turn.reasoning:
        said["reasoning_content"] = turn.reasoning
    if turn.uses:
        said["tool_calls"] = [
            {"id": use.call_id, "type": "function", "function": {"name": use.name, "arguments": use.arguments}}
            for use in turn.uses
        ]
    yield said
    for use in turn.uses:
        if use.answer is not None:
            yield {"role": "tool", "tool_call_id": use.call_id, "name": use.name, "content": use.answer}


def _rows(connection: Any, split: str) -> Iterator[pa.Table]:
    """Yield one row for the engineer's turns of an episode, and one for each call of another role."""
    for talk in read_conversations(connection, split, kept=True):
        engineers = [turn for turn in talk.turns if turn.role == "engineer"]
        others = [[turn] for turn in talk.turns if turn.role != "engineer"]
        rows = [_row(talk.episode, turns) for turns in (engineers, *others) if any(turn.readable for turn in turns)]
        fields = [pa.field(name, _TYPES.get(name, pa.string())) for name in SFT.columns]
        yield pa.table([_as_json([row[f.name] for row in rows], f.type) for f in fields], schema=pa.schema(fields))


def _as_json(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Return a column; a list of JSON as its texts, which Arrow stores as they are, whatever their shape."""
    if kind != JSON_LIST:
        return pa.array(values, kind)
    texts = [[json.dumps(one, ensure_ascii=False) for one in value] for value in values]
    return pa.array(texts, pa.list_(pa.string())).cast(kind)


def _row(episode: dict[str, Any], turns: Sequence[Turn]) -> dict[str, Any]:
    last = turns[-1]
    return {**episode, "role": last.role, "model": last.model, "first_call": turns[0].number, "turns": len(turns)} | {
        "messages": write_messages(turns),
        "tools": last.tools,
    }


SFT = View(
    "sft",
    "Conversations of solved episodes as the models had them: the engineer's whole, and each call of another role by "
    "itself. Every reply is one assistant turn with all the tools that it called; `weight` 0 in it marks that one of "
    "them failed: mask it",
    "TRL (conversational, with tools)",
    (
        "episode_id",
        *OF_BENCHMARK,
        "engineer",
        "role",
        "model",
        "first_call",
        "turns",
        "messages",
        "tools",
        "cost_ratio",
    ),
    _rows,
)


def _write_atif(talk: Conversation) -> str:
    """Return an episode as an ATIF 1.8 trajectory: a step for each system prompt, question and call of a model."""
    steps = list(_steps(talk.turns))
    engineer = next((turn for turn in talk.turns if turn.role == "engineer"), talk.turns[0])
    episode = talk.episode
    trajectory = {
        "schema_version": "ATIF-v1.8",
        "session_id": episode["episode_id"],
        "trajectory_id": episode["episode_id"],
        "agent": {
            "name": episode["engineer"],
            "version": episode["engineer_version"],
            "model_name": engineer.model,
            "tool_definitions": engineer.tools,
        },
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, 1)],
        "final_metrics": {
            "total_prompt_tokens": sum(turn.input_tokens or 0 for turn in talk.turns),
            "total_completion_tokens": sum(turn.output_tokens or 0 for turn in talk.turns),
            "total_cost_usd": episode["money_usd"],
            "total_steps": len(steps),
        },
        "extra": _describe(episode),
    }
    return json.dumps(trajectory, ensure_ascii=False, indent=1)


def _describe(episode: dict[str, Any]) -> dict[str, Any]:
    """Return what a reader of traces should know of an episode: its benchmark, how it ended, its reward in parts."""
    named = ("benchmark_id", "family", "split", "seed", "outcome", "reasons", *_PARTS)
    return {"canary": CANARY, "judge_version": JUDGE_VERSION, **{name: episode[name] for name in named}}


def _steps(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    told: set[str] = set()
    for turn in turns:
        extra = {"role": turn.role}
        if turn.role not in told:
            told.add(turn.role)
            yield {"source": "system", "message": turn.system, "extra": extra}
        if turn.asked:
            yield {"source": "user", "message": turn.asked, "extra": extra}
        step: dict[str, Any] = {
            "timestamp": turn.at.isoformat(),
            "source": "agent",
            "message": turn.said,
            "model_name": turn.model,
            "metrics": {
                "prompt_tokens": turn.input_tokens,
                "completion_tokens": turn.output_tokens,
                "cost_usd": turn.money_usd,
            },
            "extra": {**extra, "call_id": turn.call_id, "failed": turn.failed},
        }
        if turn.reasoning:
            step["reasoning_content"] = turn.reasoning
        if turn.uses:
            step["tool_calls"] = [
                {"tool_call_id": use.call_id, "function_name": use.name, "arguments": use.arguments}
                for use in turn.uses
            ]
            answers = [{"source_call_id": u.call_id, "content": u.answer} for u in turn.uses if u.answer is not None]
            step |= {"observation": {"results": answers}} if answers else {}
        yield step


def _write_session(talk: Conversation) -> str:
    """Return an episode in the Hub's format of sessions: one line of the session, then one for each message."""
    episode = talk.episode
    name = f"{episode['family']} {episode['benchmark_id'][:12]}: {episode['outcome']}"
    head = {"type": "session", "harness": HARNESS, "id": episode["episode_id"], "name": name, **_describe(episode)}
    lines = [head]
    told: set[str] = set()
    for turn in talk.turns:
        system = [] if turn.role in told else [{"role": "system", "content": turn.system}]
        told.add(turn.role)
        for message in (*system, *_write_turn(turn)):
            at = turn.at.isoformat()
            lines.append({"type": "message", "timestamp": at, "agent": turn.role, "message": message})
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _documents(write: Any, suffix: str) -> Any:
    def yield_documents(connection: Any, split: str) -> Iterator[tuple[str, str]]:
        for talk in read_conversations(connection, split, kept=False):
            yield f"{talk.episode['episode_id']}{suffix}", write(talk)

    return yield_documents


ATIF = Document(
    "atif",
    "Every conversation that ended by itself, solved or not, as an ATIF 1.8 trajectory; reward and reasons in `extra`",
    "readers of the Agent Trajectory Interchange Format",
    _documents(_write_atif, ".json"),
)
SESSIONS = Document(
    "sessions",
    "The same as sessions: a line that tells of the episode, then one for each message",
    "the Hub's viewer of traces",
    _documents(_write_session, ".jsonl"),
)

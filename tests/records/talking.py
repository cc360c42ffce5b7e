"""An episode of a language model as the store keeps it: three tools in one reply, one of which fails, then a design."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from records import Store
from records.llm_rows import write_json
from schemas.episode import Episode, EpisodeKey, EpisodeUse, Submission
from schemas.llm import LlmCall
from schemas.messages import EpisodeGoal, Message, MessageBody, ModelReply, ToolCall, ToolReturn
from schemas.reasons import Outcome
from schemas.record import hash_bytes, hash_parts
from tests.records import samples

ODD: tuple[dict[str, Any], ...] = (
    {"name": "a.py", "lines": [1, 2.5, None, {"deep": [True]}]},
    {"number": 3, "nothing": None, "text": "µm – 梁 🔩", "empty": {}},
    {"text": "x" * 1_000_000, "list": []},
)
SYSTEM = (
    "[[ ## completed ## ]]\nIn adhering to this structure, your objective is: \n        You design.\n        Be brief."
)
REMINDER = "Respond with the corresponding output fields, starting with the field `[[ ## thought ## ]]`, and then …"
TOOLS = [
    {
        "type": "function",
        "name": "look",
        "description": "Look.",
        "parameters": {"properties": {"name": {"type": "string"}}},
    },
    {"type": "function", "name": "submit", "description": "Hand in.", "parameters": {"properties": {}, "required": []}},
]
Calls = Sequence[tuple[str, Mapping[str, Any]]]


def record_talk(store: Store, seed: int, split: str = "train", passed: bool = True, usd: str = "9.50") -> str:
    """Record the episode on a benchmark that is there, whose design costs so much; return its id."""
    item = samples.settled(samples.benchmark(seed, split))
    key = EpisodeKey(
        scene_hash=item.scene_hash, benchmark_id=item.benchmark_id, engineer="llm:x", engineer_version="1", seed=seed
    )
    running = Episode(
        key=key, policy="llm", outcome=Outcome.RUNNING, reasons=(), use=EpisodeUse(), submissions=(), messages=()
    )
    store.open_episode(item.draft.key.item_id, running)
    said: list[Message] = []
    _say(store, key, said, EpisodeGoal(statement="Move it.", budgets=samples.BUDGETS))
    _reply(
        store, key, said, 1, "[[ ## problem ## ]]\nMove it.\n\n" + REMINDER, [("look", arguments) for arguments in ODD]
    )
    _reply(store, key, said, 2, REMINDER, [("submit", {})])
    verdict = samples.verdict(item, "verdict", passed)
    price = verdict.appraisal.price.model_copy(update={"unit_cost_usd": Decimal(usd)})
    appraisal = verdict.appraisal.model_copy(update={"price": price})
    verdict = verdict.model_copy(update={"submission": 7, "appraisal": appraisal})
    design = samples.design_files(seed)
    made = Submission(
        number=1,
        program=samples.program("# by a model"),
        bundle_hash=hash_bytes(design["bundle.json"]),
        verdict=verdict,
    )
    done = running.model_copy(
        update={
            "outcome": Outcome.SOLVED if passed else Outcome.BUDGET_SUBMISSIONS,
            "use": EpisodeUse(turns=2, tokens=30, money_usd=0.5),
            "submissions": (made,),
            "messages": tuple(said),
        }
    )
    store.record_episode(item.draft.key.item_id, done, design)
    return key.episode_id


def _say(store: Store, key: EpisodeKey, said: list[Message], body: MessageBody, call: LlmCall | None = None) -> None:
    at = datetime(2026, 1, 1, 0, 0, len(said), tzinfo=UTC)
    said.append(Message(episode_id=key.episode_id, seq=len(said), author="engineer", at=at, body=body))
    store.append_messages(said[-1:], call=call)


def _reply(store: Store, key: EpisodeKey, said: list[Message], number: int, asked: str, calls: Calls) -> None:
    parts = [
        {"type": "tool_call", "id": f"call_{n}", "name": name, "input": args} for n, (name, args) in enumerate(calls)
    ]
    text = {"type": "text", "text": f"[[ ## thought ## ]]\ngo on {number}\n\n[[ ## completed ## ]]"}
    request = {"model": "x", "system": SYSTEM, "tools": TOOLS}
    request["messages"] = [{"role": "user", "parts": [{"type": "text", "text": asked}]}]
    call = LlmCall(
        call_id=hash_parts(key.episode_id, str(number)),
        number=number,
        role="engineer",
        model="openai/x",
        prompt="engineer",
        prompt_version="1",
        prompt_sha256=hash_bytes(b"prompt"),
        request=write_json(request),
        request_sha256=hash_bytes(write_json(request).encode()),
        reply=json.dumps({"model": "x", "message": {"role": "assistant", "parts": [text, *parts]}}),
        finish_reason="stop",
        input_tokens=10,
        output_tokens=5,
        money_usd=0.25,
        latency_s=0.1,
    )
    _say(store, key, said, ModelReply(call_id=call.call_id, text=text["text"]), call)
    for place, (name, args) in enumerate(calls, 1):
        call_id, short = f"call_{number}_{place}", json.dumps(args)[:900_000] if place < 3 else "{}"
        _say(store, key, said, ToolCall(call_id=call_id, tool=name, arguments=short))
        _say(store, key, said, ToolReturn(call_id=call_id, ok=(number, place) != (1, 2), body=f'{{"saw": {place}}}'))

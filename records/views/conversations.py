"""Reads episodes of language models as conversations: one turn for each call, as the model was asked, without marks."""

import ast
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.record import clean_text

CHUNK = 100
_MARK = re.compile(r"^\[\[ ## (\w+) ## \]\][ \t]*$", re.MULTILINE)
_REMINDER = re.compile(r"\n*Respond with the corresponding output fields, starting with the field `.*\Z", re.DOTALL)
_LAYOUT = re.compile(r"\A.*?In adhering to this structure, your objective is:[ \t]*\n", re.DOTALL)
_TOOL = re.compile(r"(\w+), whose description is <desc>(.*)</desc>\. It takes arguments (\{.*\})\.", re.DOTALL)
"""How the adapter of DSPy 3.4 marks fields, asks for them, lays them out, and tells of a tool in words."""
_FIELDS_OF_TOOLS = ("tools", "tool_calls", "completed")
_EPISODES = """
SELECT e.*, c.calls, m.messages FROM rewarded e JOIN (
    SELECT episode_id, list({'number': number, 'call_id': call_id, 'role': role, 'model': model, 'reply': reply,
        'input_tokens': input_tokens, 'output_tokens': output_tokens, 'money_usd': money_usd,
        'system': json_extract_string(request, '$.system'), 'tools': json_extract(request, '$.tools'),
        'asked': json_extract(request, '$.messages[#-1].parts'), 'history': CASE WHEN role = 'engineer'
            AND number = last THEN json_extract(request, '$.messages') END} ORDER BY number) AS calls
    FROM (SELECT *, max(number) OVER (PARTITION BY episode_id, role) AS last FROM llm_calls
        WHERE list_contains($ids, episode_id) AND reply IS NOT NULL) GROUP BY episode_id) c USING (episode_id)
JOIN (SELECT episode_id, list({'kind': kind, 'author': author, 'at': "at", 'body': body} ORDER BY seq) AS messages
    FROM messages WHERE list_contains($ids, episode_id)
    AND kind IN ('model_reply', 'tool_call', 'tool_return', 'error') GROUP BY episode_id) m USING (episode_id)
ORDER BY episode_id
"""


@dataclass(frozen=True)
class ToolUse:
    """One tool that a reply called, with its answer; without one, the episode ended before."""

    call_id: str
    name: str
    arguments: dict[str, Any]
    answer: str | None = None
    ok: bool = True


@dataclass(frozen=True)
class Turn:
    """One call of a model: what it was told and asked last, what it said and called; unreadable ones were ignored."""

    number: int
    call_id: str
    role: str
    model: str
    at: datetime
    system: str
    tools: list[dict[str, Any]]
    asked: str
    said: str
    reasoning: str
    uses: tuple[ToolUse, ...]
    readable: bool
    input_tokens: int | None
    output_tokens: int | None
    money_usd: float

    @property
    def failed(self) -> bool:
        """Say whether a tool that it called failed, or its reply could not be read."""
        return not self.readable or not all(use.ok for use in self.uses)


@dataclass(frozen=True)
class Conversation:
    """One episode: its row of `rewarded`, and its turns in order, of every role."""

    episode: dict[str, Any]
    turns: tuple[Turn, ...]


def read_conversations(connection: Any, split: str, *, kept: bool) -> Iterator[Conversation]:
    """Yield the episodes of a split that models worked in, in order of their ids: those kept, or all that ended."""
    which = "dropped_because IS NULL" if kept else "policy IN ('llm', 'scripted') AND reward_main IS NOT NULL"
    found = connection.sql(f"SELECT episode_id FROM rewarded WHERE split = ? AND {which} ORDER BY ALL", params=[split])
    ids = [row[0] for row in found.fetchall()]
    for start in range(0, len(ids), CHUNK):
        relation = connection.sql(_EPISODES, params={"ids": ids[start : start + CHUNK]})
        for row in relation.to_arrow_table().to_pylist():
            calls, messages = row.pop("calls"), row.pop("messages")
            yield Conversation(row, tuple(_read_turns(calls, messages)))


def _read_turns(calls: Sequence[dict[str, Any]], messages: Sequence[dict[str, Any]]) -> Iterator[Turn]:
    done, times, unreadable = _follow(messages)
    seen = _read_results(next((call["history"] for call in calls if call["history"]), "[]"))
    for call in calls:
        parts = _load(call["reply"])["message"]["parts"]
        texts = {kind: "".join(p["text"] for p in parts if p["type"] == kind) for kind in ("text", "thinking")}
        tools = [_show_tool(tool) for tool in _load(call["tools"] or "[]")]
        asked = _read_parts(_load(call["asked"]))
        said = [p for p in parts if p["type"] == "tool_call"]
        yield Turn(
            **{name: call[name] for name in ("number", "call_id", "role", "model", "money_usd")},
            **{name: call[name] for name in ("input_tokens", "output_tokens")},
            at=times[call["call_id"]],
            system=textwrap.dedent(_LAYOUT.sub("", call["system"] or "")).strip(),
            tools=tools or _read_tools(asked),
            asked=strip_marks(asked),
            said=strip_marks(texts["text"]),
            reasoning=texts["thinking"],
            uses=tuple(_pair(call["number"], said, done.get(call["call_id"], []), seen)),
            readable=call["call_id"] not in unreadable,
        )


def _load(text: str) -> Any:
    """Return JSON of the log; halves of a surrogate pair that models have sent are replaced, which no reader takes."""
    return json.loads(clean_text(json.dumps(json.loads(text), ensure_ascii=False)))


def _follow(
    messages: Sequence[dict[str, Any]],
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, datetime], set[str]]:
    """Return the tool calls that were made for each reply of the engineer, when replies came, and unreadable ones."""
    done: dict[str, list[dict[str, Any]]] = {}
    times: dict[str, datetime] = {}
    unreadable: set[str] = set()
    latest = engineers = ""
    for message in messages:
        body = _load(message["body"])
        if message["kind"] == "model_reply":
            latest = body["call_id"]
            times[latest] = message["at"]
            engineers = latest if message["author"] == "engineer" else engineers
        elif message["kind"] == "tool_call":
            done.setdefault(engineers, []).append(body)
        elif message["kind"] == "tool_return":
            call = next(one for one in reversed(done[engineers]) if one["call_id"] == body["call_id"])
            call.update(answer=body["body"], ok=body["ok"])
        elif body["error_type"] == "unreadable_reply":
            unreadable.add(latest)
    return done, times, unreadable


def _pair(
    number: int, said: Sequence[dict[str, Any]], done: Sequence[dict[str, Any]], seen: dict[str, str]
) -> Iterator[ToolUse]:
    """Yield what a reply called with what came of it; a reply in text has called what was done."""
    wanted = [(part["name"], part["input"]) for part in said]
    for place, (name, arguments) in enumerate(wanted or [(d["tool"], _load(d["arguments"])) for d in done]):
        made: dict[str, Any] = done[place] if place < len(done) else {"call_id": f"call_{number}_{place + 1}"}
        answer = seen.get(made["call_id"], made.get("answer"))
        yield ToolUse(made["call_id"], name, arguments, answer, made.get("ok", True))


def strip_marks(text: str) -> str:
    """Return the fields of a text without the adapter's marks, tools and reminder."""
    head, *fields = _MARK.split(_REMINDER.sub("", text))
    told = [told for name, told in zip(fields[::2], fields[1::2], strict=True) if name not in _FIELDS_OF_TOOLS]
    return "\n\n".join(part.strip() for part in (head, *told) if part.strip())


def _read_parts(parts: Sequence[dict[str, Any]]) -> str:
    """Return the text of a message; of pictures only their hash was kept."""
    return "\n".join(f"[picture {part['data']}]" if part["type"] == "image" else part.get("text", "") for part in parts)


def _read_results(history: str) -> dict[str, str]:
    """Return the answers of tools as the model saw them, by their calls."""
    parts = [part for message in _load(history) for part in message["parts"]]
    return {part["id"]: _read_parts(part["content"]) for part in parts if part["type"] == "tool_result"}


def _show_tool(tool: dict[str, Any]) -> dict[str, Any]:
    told = {name: tool[name] for name in ("name", "description", "parameters")}
    return {"type": "function", "function": told}


def _read_tools(asked: str) -> list[dict[str, Any]]:
    """Return the tools of a request that tells of them in words."""
    fields = _MARK.split(_REMINDER.sub("", asked))
    told = dict(zip(fields[1::2], fields[2::2], strict=True)).get("tools", "[]")
    found = [match for text in json.loads(told) if (match := _TOOL.fullmatch(text))]
    tools = [(name, purpose, ast.literal_eval(arguments)) for name, purpose, arguments in (m.groups() for m in found)]
    return [
        _show_tool(
            {
                "name": name,
                "description": purpose,
                "parameters": {
                    "type": "object",
                    "properties": arguments,
                    "required": [key for key, schema in arguments.items() if "default" not in schema],
                },
            }
        )
        for name, purpose, arguments in tools
    ]

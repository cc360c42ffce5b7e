"""What models send, made readable: calls without a name, arguments that are no JSON object, texts no store holds."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from schemas.json_bounds import MOST_DEPTH, is_deep
from schemas.record import clean_text, escape_text

UNREADABLE = "partial_json"
"""The argument that stands for arguments that are no JSON object (lm15's word for cut ones): its value is what came."""
NAMELESS = "nameless"
MOST_JSON = 1_000_000
MOST_CALLS = 1000
MOST_TOKENS = 2**53
BEGINNING = 1000
_UNFIT = re.compile(r"[\ud800-\udfff]|(?<!\\)(?:\\\\)*\\u0000")
_UNNAMED = re.compile(r"[^a-z0-9_]")


def read_arguments(text: str) -> dict[str, JsonValue]:
    """Return the arguments of a tool call, or all of the text under `UNREADABLE`."""
    if not text.strip():
        return {}
    try:
        parsed = None if _is_deep(text) else json.loads(text, parse_constant=_refuse_number, parse_float=_read_float)
        if isinstance(parsed, dict) and not is_unfit(parsed):
            return parsed
    except ValueError:
        pass
    return {UNREADABLE: escape_text(text)}


def explain_arguments(text: str) -> str:
    """Return what is wrong with arguments that can't be read, and what to send instead."""
    wanted = "send one JSON object, each argument by its name"
    if _is_deep(text):
        return f"the arguments are nested too deep, at most {MOST_DEPTH} levels are read: {wanted}"
    try:
        parsed = json.loads(text)
    except ValueError as error:
        return f"the arguments are no JSON, or were cut off ({error}): {wanted}"
    if isinstance(parsed, dict) and is_unfit(parsed):
        return "the arguments hold a NUL or half of a surrogate pair, which can't be kept: leave it out"
    if isinstance(parsed, dict):
        return "NaN and Infinity are no numbers of JSON: send finite ones"
    if isinstance(parsed, str):
        return f"the arguments are JSON within JSON, a text: {wanted}, not its text"
    return f"the arguments are {'a list' if isinstance(parsed, list) else f'only {json.dumps(parsed)[:40]}'}: {wanted}"


def is_unfit(value: object) -> bool:
    """Say whether a JSON value holds a NUL or a lone surrogate."""
    return _UNFIT.search(json.dumps(value, ensure_ascii=False)) is not None


def shorten_arguments(arguments: Mapping[str, JsonValue], most: int = MOST_JSON) -> dict[str, JsonValue]:
    """Return arguments as the log and later requests hold them: of those that are too long, how they begin."""
    text = json.dumps(arguments)
    return dict(arguments) if len(text) <= most else {"too_long": len(text), "begins": text[: min(most, BEGINNING)]}


def shorten_calls(calls: list[tuple[str, Mapping[str, JsonValue]]]) -> str:
    """Return the tool calls of a reply as JSON that a message can hold; the whole reply is in its call's row."""
    plain: list[object] = [{"name": name, "args": arguments} for name, arguments in calls]
    text = json.dumps(plain)
    if len(text) <= MOST_JSON:
        return text
    most = MOST_JSON // (2 * min(len(calls), MOST_CALLS))
    plain = [{"name": n[:100], "args": shorten_arguments(a, most - 200)} for n, a in calls[:MOST_CALLS]]
    return json.dumps([*plain, {"left_out": len(calls) - len(plain)}])


def plain_name(name: str) -> str:
    """Return a tool's name as logs and every server take it."""
    said = _UNNAMED.sub("_", name.strip().lower())[:40] or NAMELESS
    return said if said[0].isalpha() else f"t_{said}"


def mend_body(body: bytes) -> bytes:
    """Return a server's answer in OpenAI's shape as its reader takes it: one choice, tool calls, counts of tokens.

    Any other is returned as it is.
    """
    try:
        answer = json.loads(body)
        answer["choices"] = answer["choices"][:1]
        messages = [choice["message"] for choice in answer["choices"]]
        for call in (
            call for message in messages for call in message.get("tool_calls") or () if isinstance(call, dict)
        ):
            function = call.get("function")
            call["function"] = _mend_function(function if isinstance(function, dict) else {})
        return json.dumps({**answer, "usage": _mend_usage(answer.get("usage"))}).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return body


def _mend_usage(told: object) -> dict[str, object]:
    """Return what a server tells of tokens, without counts that are none."""
    return {
        name: _mend_usage(value) if name.endswith("_details") else value
        for name, value in (told.items() if isinstance(told, dict) else ())
        if not name.endswith("_tokens") or (type(value) is int and 0 <= value <= MOST_TOKENS)
    }


def _mend_function(function: Mapping[str, Any]) -> dict[str, str]:
    name, sent = function.get("name"), function.get("arguments")
    text = sent if isinstance(sent, str) else "" if sent is None else json.dumps(sent)
    return {"name": clean_text(str(name or "")).strip() or NAMELESS, "arguments": json.dumps(read_arguments(text))}


def _is_deep(text: str) -> bool:
    return is_deep(text.encode(errors="replace"))


def _refuse_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _read_float(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refuse_number(text)

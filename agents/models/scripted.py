"""The scripted model: replies from a file in order, faults included, or by a policy; deterministic, for tests."""

import json
import time
from pathlib import Path
from typing import Literal

from dspy import lm15
from pydantic import Field, JsonValue

from agents.models.playing import ScriptPolicy, play
from agents.protocols import Problem
from schemas.errors import InputError
from schemas.llm import AgentRole
from schemas.record import Record

FOREVER_S = 86_400.0
TOKENS_PER_CHARACTER = 0.25
TOKENS_PER_PICTURE = 1000
"""About what hosted models count for a picture of 640 × 480."""


class ScriptedCall(Record):
    """A tool call as a model would make it; the arguments may be anything."""

    name: str
    args: dict[str, JsonValue] = Field(default_factory=dict)


class ScriptedReply(Record):
    """One try of one role: output fields and tool calls, or a raw text, or a fault instead."""

    role: AgentRole
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    calls: tuple[ScriptedCall, ...] = ()
    text: str | None = None
    finish: Literal["stop", "length"] = "stop"
    fault: Literal["429", "500", "hang", "closed", "context", "key"] | None = None
    wait_s: float = 0.0


class Script(Record):
    """Replies in order, each role by itself; `repeat` gives the last one for ever; or a policy that works them out."""

    replies: tuple[ScriptedReply, ...] = ()
    repeat: bool = False
    policy: ScriptPolicy | None = None


def read_script(path: Path) -> bytes:
    """Return the content of a script's file; raises InputError, with the file's name, where it is no script."""
    if not path.is_file():
        raise InputError(f"the scripted model needs a file of replies: there is no {path}")
    content = path.read_bytes()
    try:
        Script.from_json(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    return content


class ScriptedEngine:
    """A dspy.lm15 engine that plays one role of a script, from the try with this number on."""

    def __init__(self, path: Path, role: AgentRole, first: int = 0, problem: Problem | None = None) -> None:
        self._script = Script.from_json(read_script(path))
        self._replies = [reply for reply in self._script.replies if reply.role == role]
        self._role, self._next, self._problem = role, first, problem

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Return the next reply, or raise the fault that stands in its place."""
        if self._script.policy is not None:
            fields, made = play(self._script.policy, self._role, self._problem, request)
            calls = [{"name": name, "args": args} for name, args in made]
            played = ScriptedReply.model_validate({"role": self._role, "fields": fields, "calls": calls})
            return _respond(played, request)
        last = len(self._replies) - 1
        if self._next > last and not (self._script.repeat and self._replies):
            raise lm15.InvalidRequestError(f"the script has no reply {self._next + 1} for the {self._role}", status=400)
        reply = self._replies[min(self._next, last)]
        self._next += 1
        time.sleep(reply.wait_s)
        if reply.fault is not None:
            _fail(reply.fault)
        return _respond(reply, request)


def _fail(fault: str) -> None:
    if fault == "hang":
        time.sleep(FOREVER_S)
    errors: dict[str, lm15.LM15Error] = {
        "429": lm15.RateLimitError("too many requests", status=429),
        "500": lm15.ServerError("the server failed", status=500),
        "closed": lm15.TransportError("the connection was closed"),
        "context": lm15.ContextLengthError("the context is too long", status=400),
        "key": lm15.AuthError("bad key", status=401),
    }
    raise errors[fault]


def _respond(reply: ScriptedReply, request: lm15.Request) -> lm15.Response:
    fields, native = dict(reply.fields), bool(request.tools)
    if reply.calls and not native:
        fields["tool_calls"] = {"tool_calls": [call.model_dump(mode="json") for call in reply.calls]}
    sections = [f"[[ ## {name} ## ]]\n{_write(value)}" for name, value in fields.items()]
    text = "\n\n".join([*sections, "[[ ## completed ## ]]"]) if reply.text is None else reply.text
    parts: list[lm15.Part] = [lm15.TextPart(text)]
    if native:
        calls = enumerate(reply.calls)
        parts += [lm15.ToolCallPart(id=f"call_{n}", name=call.name, input=call.args) for n, call in calls]
    asked = [part for message in request.messages for part in message.parts]
    tokens = sum(len(part.text) for part in asked if isinstance(part, lm15.TextPart)) * TOKENS_PER_CHARACTER
    tokens += sum(isinstance(part, lm15.ImagePart) for part in asked) * TOKENS_PER_PICTURE
    usage = lm15.Usage(int(tokens), int(len(text) * TOKENS_PER_CHARACTER))
    return lm15.Response(None, request.model, lm15.Message.assistant(parts), reply.finish, usage)


def _write(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value)

"""The toolbox of one episode: what its log says of files, plan and submissions, and the calls of its tools.

All state is read from the log, so that an episode that is replayed stands where it stood.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import JsonValue, ValidationError

from agents.models.sent import MOST_JSON, NAMELESS, UNREADABLE, explain_arguments, plain_name, shorten_arguments
from agents.protocols import Built, EpisodeLog, LogEntry, Problem, Workbench, answers
from agents.tools.tool import Tool, ToolAnswer
from agents.use import measure_use
from schemas.catalogue import Catalogue
from schemas.episode import EpisodeUse
from schemas.errors import InfrastructureError, InputError, StoppedError
from schemas.llm import EpisodeLimits
from schemas.messages import (
    Artifact,
    MessageBody,
    Plan,
    Refusal,
    SubmissionMade,
    TodoItem,
    TodoUpdate,
    ToolCall,
    ToolReturn,
)
from schemas.record import describe_validation
from schemas.skill import Skill

TRIES = 3
WAIT_S = 1.0
METERED = {"simulations", "simulated_s", "program_cpu_s"}
ErrorKind = Literal["unknown_tool", "bad_arguments", "failed"]


@dataclass
class Toolbox:
    """One episode's tools; `built` keeps bundles of this process, which are built anew after a resume."""

    problem: Problem
    workbench: Workbench
    log: EpisodeLog
    limits: EpisodeLimits
    catalogue: Catalogue
    tools: Mapping[str, Tool]
    skills: tuple[Skill, ...] = ()  # those that the coin shows
    built: dict[str, Built] = field(default_factory=dict)

    @property
    def bodies(self) -> list[MessageBody]:
        """Return everything said so far."""
        return [message.body for message in self.log.messages]

    @property
    def use(self) -> EpisodeUse:
        """Return what has been used so far."""
        return measure_use(self.log.messages, self.log.calls)

    @property
    def files(self) -> dict[str, Artifact]:
        """Return the newest version of every working file."""
        return {body.name: body for body in self.bodies if isinstance(body, Artifact) and not body.final}

    @property
    def plan(self) -> Plan | None:
        """Return the plan in force."""
        return next((body for body in reversed(self.bodies) if isinstance(body, Plan)), None)

    @property
    def todo(self) -> dict[str, TodoItem]:
        """Return the items of the plan in force with their status."""
        items: dict[str, TodoItem] = {}
        for body in self.bodies:
            if isinstance(body, Plan):
                items = {item.id: item for item in body.items}
            elif isinstance(body, TodoUpdate) and body.item in items:
                items[body.item] = items[body.item].model_copy(update={"status": body.status})
        return items

    @property
    def submissions(self) -> int:
        """Return how many designs have been handed in."""
        return sum(isinstance(body, SubmissionMade) for body in self.bodies)

    @property
    def refusals(self) -> int:
        """Return how many refusals have been made."""
        said = (message.body for message in self.log.messages if message.author == "engineer")
        return sum(isinstance(body, Refusal) for body in said)

    def read(self, name: str) -> str:
        """Return the newest text of a file; raises InputError where there is none."""
        if name not in self.files:
            raise InputError(f"there is no file '{name}'; there are: {', '.join(self.files) or 'none yet'}")
        return self.log.read(self.files[name].sha256).decode()

    def describe_skills(self) -> str:
        """Return what earlier work taught, whole."""
        return "\n\n".join(f"{s.draft.name}: {s.draft.description}\n{s.draft.body}" for s in self.skills)

    def build(self, name: str) -> Built:
        """Return the design of a program file, built once; its reasons say why there is none."""
        source = self.read(name)
        if source not in self.built:
            self.built[source] = self.workbench.build(source)
        return self.built[source]

    def require(self, name: str) -> Built:
        """Return the design of a program file; raises InputError with the reasons where it gives none."""
        built = self.build(name)
        if built.bundle_hash is None:
            faults = "; ".join(f"{reason.code}: {reason.message}" for reason in built.reasons)
            raise InputError(f"{name} gives no design: {faults}")
        return built

    def announce(self, call_id: str, name: str, arguments: Mapping[str, JsonValue]) -> None:
        """Say that a tool is called."""
        tool, text = self.tools.get(name), json.dumps(shorten_arguments(arguments))
        counted = tool is not None and tool.counted
        call = ToolCall(call_id=call_id, tool=plain_name(name), arguments=text, counted=counted)
        self.log.say("engineer", call)

    def perform(self, call_id: str, name: str, arguments: Mapping[str, JsonValue], objection: str | None) -> LogEntry:
        """Do what an announced call asks unless there is an objection, or take what the log says that it gave.

        Whatever the tool makes of it, the call is answered; raises InfrastructureError when the machinery fails.
        """
        return self.log.once(answers(call_id), lambda: self._meter(call_id, name, arguments, objection))

    def _meter(self, call_id: str, name: str, arguments: Mapping[str, JsonValue], objection: str | None) -> LogEntry:
        """Answer a call, and tell what its jobs have used."""
        before = self.workbench.use.model_dump(include=METERED)
        entry = self._answer(call_id, name, arguments, objection)
        after = self.workbench.use.model_dump(include=METERED)
        back = entry.answer.model_copy(update={key: after[key] - before[key] for key in METERED})
        return replace(entry, said=(*entry.said[:-1], ("tool", back)))

    def _answer(self, call_id: str, name: str, arguments: Mapping[str, JsonValue], objection: str | None) -> LogEntry:
        try:
            return _make_entry(call_id, refuse("failed", objection) if objection else self._run(name, arguments))
        except InputError as error:
            return _make_entry(call_id, refuse("failed", str(error)))
        except (InfrastructureError, StoppedError):
            raise
        except Exception as error:  # noqa: BLE001 - a defect of a tool is recorded, and an answer: the episode goes on
            self.log.record_defect(f"tool {plain_name(name)}", error)
            fault = f"{name} has a defect ({type(error).__name__}), which is recorded"
            return _make_entry(call_id, refuse("failed", f"{fault}: try it otherwise or do without it"))

    def _run(self, name: str, arguments: Mapping[str, JsonValue]) -> ToolAnswer:
        tool = self.tools.get(name)
        if tool is None:
            called = "the call names no tool" if name == NAMELESS else f"there is no tool '{name[:80]}'"
            return refuse("unknown_tool", f"{called}: choose from {', '.join(self.tools)}")
        if UNREADABLE in arguments:
            return refuse("bad_arguments", explain_arguments(str(arguments[UNREADABLE])))
        try:
            given = tool.arguments.model_validate(arguments)
        except ValidationError as error:
            return refuse("bad_arguments", describe_validation(error))
        return _retry(lambda: tool.run(self, **dict(given)))


def refuse(kind: ErrorKind, message: str) -> ToolAnswer:
    """Return the typed error that a model sees."""
    return ToolAnswer({"error": kind, "message": message[:4000]}, ok=False)


def _retry(act: Callable[[], ToolAnswer]) -> ToolAnswer:
    for count in range(TRIES - 1):
        try:
            return act()
        except InfrastructureError:
            time.sleep(WAIT_S * 2**count)
    return act()


def _make_entry(call_id: str, done: ToolAnswer) -> LogEntry:
    text = json.dumps(done.body)
    if len(text) > MOST_JSON:
        text = json.dumps({"error": "failed", "message": f"the answer has {len(text)} characters, too many to keep"})
    back = ToolReturn(call_id=call_id, ok=done.ok, body=text)
    return replace(done.entry, said=(*done.entry.said, ("tool", back)))

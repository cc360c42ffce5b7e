"""Asks a role's model for one step: checks the budgets first, and turns an unreadable reply into a message."""

import math
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import dspy
from dspy.adapters.types.base_type import CUSTOM_TYPE_START_IDENTIFIER
from dspy.utils.exceptions import AdapterParseError, LMUnexpectedError

from agents.engineer.engineer_signatures import ReviewDraft, Step
from agents.models import Models, sees
from agents.models.sent import is_unfit
from agents.protocols import EpisodeLog, EpisodeOver
from agents.use import measure_elapsed_s, measure_use
from schemas.errors import WorkpieceError
from schemas.llm import AgentRole, EpisodeLimits
from schemas.messages import BudgetUse, ErrorRaised, Review
from schemas.reasons import Outcome, Reason, ReasonCode
from schemas.record import Measure, Record, clean_text

MOST_REPLY = 4000
_REASONING = re.compile(r"\s*<(think|thinking|reasoning)>")
_REASONED = re.compile(r"</(think|thinking|reasoning)>(?=[ \t]*(\n|\[\[ ## |\Z))")
_HEADER = re.compile(r"\[\[ ## \w+ ## \]\]")


def defuse(text: str) -> str:
    """Return a text without DSPy's mark of a typed passage, of which it would make pictures from anywhere."""
    return text.replace(CUSTOM_TYPE_START_IDENTIFIER, CUSTOM_TYPE_START_IDENTIFIER.lower())


class PlainAdapter(dspy.ChatAdapter):
    """A chat adapter to which text is text, whoever wrote it."""

    def format_user_message_content(
        self, signature: type[dspy.Signature], inputs: Mapping[str, object], *rest: object, **options: object
    ) -> str:
        """Write the fields of a message."""
        plain = {name: defuse(value) if isinstance(value, str) else value for name, value in inputs.items()}
        return str(super().format_user_message_content(signature, plain, *rest, **options))

    def parse(self, signature: type[dspy.Signature], completion: str) -> dict[str, object]:
        """Read the fields behind a reply's reasoning; raises AdapterParseError where one is missing or unfit."""
        answer = find_answer(completion)
        fields: dict[str, object] = {} if answer is None else super().parse(signature, answer)
        unfit = [name for name, value in fields.items() if isinstance(value, Record) and is_unfit(value.model_dump())]
        if answer is None or unfit:
            fault = f"{', '.join(unfit)} holds a NUL: leave it out" if unfit else "it ends within its reasoning"
            raise AdapterParseError("ChatAdapter", signature, completion, message=fault)
        return fields


def find_answer(text: str) -> str | None:
    """Return what a reply says behind its reasoning, whose drafts are no answer; None where the reasoning has no end.

    Servers whose template opens the reasoning send its end alone.
    """
    ends = [end.end() for end in _REASONED.finditer(text)]
    answer = text[ends[-1] :] if ends else text
    reasoned = ends or _REASONING.match(text)
    return answer if not reasoned or (ends and _HEADER.search(answer)) else None


@dataclass(frozen=True)
class Asker:
    """The models of one episode under its limits."""

    models: Models
    log: EpisodeLog
    limits: EpisodeLimits

    def ask(self, role: AgentRole, step: Step, inputs: Mapping[str, object]) -> dspy.Prediction | None:
        """Return what a role's model answers, or None where its reply can't be read: that is said, and costs a turn.

        Raises EpisodeOver when a budget is spent or the model can't be reached.
        """
        check_limits(self.log, self.limits)
        adapter = PlainAdapter(
            use_native_function_calling=self.models.choose(role).native_tools, use_json_adapter_fallback=False
        )
        asked = len(self.log.calls)
        with dspy.context(lm=self.models.open(role, step.prompt), adapter=adapter, disable_history=True):
            try:
                answer = step(**inputs)
                if self._was_cut(role, answer):
                    raise ValueError("it lacks its end")
                return answer
            except LMUnexpectedError as error:
                if isinstance(error.__cause__, WorkpieceError):
                    raise error.__cause__ from None
                raise
            except (AdapterParseError, ValueError, RecursionError) as error:
                if len(self.log.calls) == asked:  # there is no reply: the fault is ours
                    raise
                text = _describe(error, cut=self.log.calls[-1].finish_reason == "length")
                self.log.say("system", ErrorRaised(error_type="unreadable_reply", text=text, infrastructure=False))
                return None

    def _was_cut(self, role: AgentRole, answer: dspy.Prediction) -> bool:
        """Say whether a reply lacks its end; tool calls that a server tells of by themselves speak for themselves."""
        called = self.models.choose(role).native_tools and answer.get("tool_calls") is not None
        return self.log.calls[-1].finish_reason == "length" and not called

    @property
    def last_error(self) -> str:
        """Return what the last error said; empty where there was none."""
        said = (message.body for message in reversed(self.log.messages))
        return next((body.text for body in said if isinstance(body, ErrorRaised)), "")

    def review(
        self, role: Literal["critic", "reviewer"], step: Step, wanted: Sequence[str], inputs: Mapping[str, object]
    ) -> Review:
        """Let a role review against a check list; it accepts where no point of the list is missing or objected to."""
        answer = self.ask(role, step, {"check_list": list(wanted), **inputs})
        draft = ReviewDraft(points=(), text=self.last_error) if answer is None else answer.review
        accepted = set(wanted) <= {point.point for point in draft.points if point.ok}
        if role == "reviewer":  # any other objection of its counts too
            accepted = accepted and all(point.ok for point in draft.points)
        review = Review(accepted=accepted, points=draft.points, text=draft.text)
        self.log.say(role, review)
        return review

    def look(self, role: AgentRole, pictures: Iterable[str]) -> list[dspy.Image]:
        """Return PNG pictures of the log, by their hashes, for a role's model; none for one that does not see."""
        if not sees(self.models.choose(role)):
            return []
        encoded = (b64encode(self.log.read(sha256)).decode() for sha256 in pictures)
        return [dspy.Image(url=f"data:image/png;base64,{text}") for text in encoded]


def check_limits(log: EpisodeLog, limits: EpisodeLimits, *, simulating: bool = False) -> None:
    """Raise EpisodeOver, naming what is spent, when a budget of the episode is used up.

    That of simulations binds only who is `simulating`: without them an episode can go on.
    """
    use, elapsed_s = measure_use(log.messages, log.calls), measure_elapsed_s(log.messages)
    spent = (
        (Outcome.BUDGET_TURNS, "turns", use.turns, limits.turns, ""),
        (Outcome.BUDGET_TOKENS, "tokens", use.tokens, limits.tokens, ""),
        (Outcome.BUDGET_MONEY, "money", use.money_usd, limits.money_usd, "USD"),
        (Outcome.BUDGET_TIME, "wall time", elapsed_s, limits.wall_s, "s"),
        (Outcome.BUDGET_TIME, "program CPU time", use.program_cpu_s, limits.program_cpu_s, "s"),
        (Outcome.BUDGET_SIMULATION, "simulated time", use.simulated_s, limits.simulated_s, "s"),
        (Outcome.BUDGET_SIMULATION, "previews", use.previews, limits.previews if simulating else math.inf, ""),
    )
    for outcome, name, used, limit, unit in spent:
        if used >= limit:
            uses = (Measure(name=name, value=used, unit=unit), Measure(name=f"{name} limit", value=limit, unit=unit))
            reason = Reason(code=ReasonCode.GOAL_MISSED, message=f"the episode's {name} is used up", numbers=uses)
            raise EpisodeOver(outcome, reason, BudgetUse(uses=uses, spent=True))


def _describe(error: Exception, *, cut: bool) -> str:
    """Return what a model can learn from of a reply that could not be read."""
    text = str(error).split("LM Response:")[0].strip() or type(error).__name__
    because = "it was cut off, having used all the tokens that a reply may have: be shorter; " if cut else ""
    return clean_text(f"the reply could not be read: {because}{text}")[:MOST_REPLY]

"""One role's model in one episode: retries faults of the machinery, records each call whole, answers from the log."""

import json
import time
from base64 import b64decode
from dataclasses import dataclass

from dspy import lm15
from dspy._vendor.lm15.serde import request_to_dict, response_from_dict, response_to_dict
from dspy.utils.exceptions import ContextWindowExceededError, LMError, LMTimeoutError, is_retryable_lm_error

from agents.models.sent import read_arguments, shorten_calls
from agents.prompts import Prompt
from agents.protocols import EpisodeLog, EpisodeOver, LanguageModel, LogEntry
from agents.waiting import run_aside
from schemas.errors import InfrastructureError
from schemas.llm import AgentRole, Fault, LlmCall, ModelChoice
from schemas.messages import Author, ErrorRaised, MessageBody, ModelReply
from schemas.reasons import Outcome, Reason, ReasonCode
from schemas.record import clean_text, escape_text, hash_bytes, hash_parts

HIDDEN = "***"
MOST_TEXT = 200_000


@dataclass(frozen=True, eq=False)
class RecordedModel:
    """A language model around one that tries once; `secret` never gets into the log."""

    _choice: ModelChoice
    _role: AgentRole
    _prompt: Prompt
    _log: EpisodeLog
    _model: LanguageModel
    _secret: str

    @property
    def supports_function_calling(self) -> bool:
        """Say whether tools go with the request instead of into its text."""
        return self._choice.native_tools

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Return the model's answer, from the log where it is there.

        Raises EpisodeOver when the machinery fails for good or the conversation no longer fits the model, and
        InfrastructureError when the log holds the answer to another question.
        """
        text = json.dumps(self._hide_all(_name_pictures(request)), sort_keys=True, ensure_ascii=False)
        number = len(self._log.calls) + 1
        ends = ModelReply | ErrorRaised
        entry = self._log.once(lambda body: isinstance(body, ends), lambda: self._record(request, text, number))
        call = entry.call
        if call is None or call.request_sha256 != hash_bytes(text.encode()):
            raise InfrastructureError(
                f"call {number} of the episode is stored with another request: the program or a prompt has changed "
                "since; start the episode with another seed"
            )
        if call.reply is None:
            raise _give_up(call)
        return _read_reply(call.reply)

    def _record(self, request: lm15.Request, text: str, number: int) -> LogEntry:
        """Ask the model, and return the log's entry of its answer or of its last fault."""
        started = time.monotonic()
        response, faults = self._try(request)
        told = None if response is None else self._hide_all(response_to_dict(response))
        reply = None if response is None else escape_text(json.dumps(told, ensure_ascii=False))
        usage = lm15.Usage() if response is None else response.usage
        tokens = (usage.input_tokens or 0, usage.output_tokens or 0)
        prices = (self._choice.usd_per_million_input, self._choice.usd_per_million_output)
        call = LlmCall(
            call_id=hash_parts(self._log.episode_id, str(number)),
            number=number,
            role=self._role,
            model=self._choice.name,
            prompt=self._prompt.name,
            prompt_version=self._prompt.version,
            prompt_sha256=self._prompt.sha256,
            request=text,
            request_sha256=hash_bytes(text.encode()),
            reply=reply,
            finish_reason=response.finish_reason if response else None,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            money_usd=sum(count * price for count, price in zip(tokens, prices, strict=True)) / 1e6,
            latency_s=time.monotonic() - started,
            faults=tuple(faults),
        )
        said: MessageBody = _report_fault(call) if reply is None else _report_reply(call, reply)
        author: Author = "system" if reply is None or self._role == "writer" else self._role
        return LogEntry(((author, said),), call=call)

    def _try(self, request: lm15.Request) -> tuple[lm15.Response | None, list[Fault]]:
        """Ask until an answer comes, the tries are used up, or a fault comes that trying again can't mend."""
        faults: list[Fault] = []
        for count in range(self._choice.tries):
            try:
                return self._ask_in_time(request), faults
            except LMError as error:
                status = getattr(error, "status", None)
                text = clean_text(self._hide(str(error)))[:MOST_TEXT]
                faults.append(Fault(error_type=type(error).__name__, text=text, status=status))
                if not is_retryable_lm_error(error):
                    break
                if count + 1 < self._choice.tries:
                    time.sleep(getattr(error, "retry_after", None) or self._choice.first_wait_s * 2**count)
        return None, faults

    def _ask_in_time(self, request: lm15.Request) -> lm15.Response:
        deadline = time.monotonic() + self._choice.timeout_s

        def check() -> None:
            if time.monotonic() > deadline:
                raise LMTimeoutError(f"no answer within {self._choice.timeout_s:g} s", model=self._choice.name)

        return run_aside(lambda: self._model.complete(request), check)

    def _hide_all(self, told: object) -> object:
        """Hide the secret in every text of JSON, which stays JSON whatever the secret is."""
        if isinstance(told, dict):
            return {self._hide(name): self._hide_all(value) for name, value in told.items()}
        if isinstance(told, list | tuple):
            return [self._hide_all(value) for value in told]
        return self._hide(told) if isinstance(told, str) else told

    def _hide(self, text: str) -> str:
        return text.replace(self._secret, HIDDEN) if self._secret else text


def _name_pictures(request: lm15.Request) -> object:
    """Return a request with the hash of each picture, which is a content of the log, in its place."""
    told = request_to_dict(request)
    for part in (part for message in told["messages"] for part in message["parts"]):
        if part["type"] == "image":
            part["data"] = f"sha256:{hash_bytes(b64decode(part['data']))}"
    return told


def _read_reply(reply: str) -> lm15.Response:
    """Return a reply as it is read: its texts clean, its tool calls by names and arguments that servers take back."""
    told = json.loads(reply)
    for part in told["message"]["parts"]:
        if "text" in part:
            part["text"] = clean_text(part["text"])
        if part["type"] == "tool_call":
            part |= {"name": clean_text(part["name"]), "input": read_arguments(json.dumps(part["input"]))}
    return response_from_dict(told)


def _report_reply(call: LlmCall, reply: str) -> ModelReply:
    parts = _read_reply(reply).message.parts
    text = "".join(part.text for part in parts if isinstance(part, lm15.TextPart))
    calls = [(part.name, part.input) for part in parts if isinstance(part, lm15.ToolCallPart)]
    return ModelReply(call_id=call.call_id, text=text[:MOST_TEXT], tool_calls=shorten_calls(calls))


def _report_fault(call: LlmCall) -> ErrorRaised:
    last = call.faults[-1]
    too_long = last.error_type == ContextWindowExceededError.__name__
    return ErrorRaised(error_type=last.error_type, text=last.text, infrastructure=not too_long)


def _give_up(call: LlmCall) -> EpisodeOver:
    """Return the end of an episode whose model gives no answer: too long a conversation, or the machinery."""
    said = _report_fault(call)
    message = f"the {call.role}'s model {call.model} gave no answer in {len(call.faults)} tries: {said.error_type}"
    if said.infrastructure:
        return EpisodeOver(Outcome.INFRASTRUCTURE, Reason(code=ReasonCode.INFRASTRUCTURE, message=message))
    too_long = f"the conversation no longer fits the context of {call.model}"
    return EpisodeOver(Outcome.BUDGET_TOKENS, Reason(code=ReasonCode.GOAL_MISSED, message=too_long))

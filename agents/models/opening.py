"""Opens the models of an episode: each role's choice, its key from the environment, its calls through the log."""

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import dspy
from dspy import lm15
from dspy._vendor.lm15.transports import StdlibTransport, TransportError, TransportRequest, TransportResponse
from dspy.clients.engines.lm15_engine import LM15Engine
from dspy.clients.model_metadata import model_info
from dspy.utils.exceptions import LMServerError

from agents.models.recorded import RecordedModel
from agents.models.scripted import ScriptedEngine, read_script
from agents.models.sent import mend_body
from agents.prompts import Prompt
from agents.protocols import EpisodeLog, LanguageModel, Problem
from schemas.errors import InputError
from schemas.llm import AgentRole, ModelChoice
from schemas.record import hash_bytes
from schemas.settings import AgentSettings

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")  # or DSPy asks the network for prices
NO_KEY = "none"
"""What a server that wants no key is given."""
ANSWERS = frozenset({"choices", "content", "candidates", "output"})
"""Where the providers' answers hold what the model said."""


class Models:
    """The models of one episode by role; one connection each."""

    def __init__(self, settings: AgentSettings, log: EpisodeLog, problem: Problem | None = None) -> None:
        self._settings, self._log, self._problem = settings, log, problem
        self._connected: dict[AgentRole, tuple[LanguageModel, str]] = {}

    def choose(self, role: AgentRole) -> ModelChoice:
        """Return what a role's model is; raises InputError where none is set."""
        return self._settings.choose_model(role)

    def open(self, role: AgentRole, prompt: Prompt) -> dspy.LM:
        """Return the recorded model of a role for one prompt; raises InputError where its key is missing."""
        choice = self.choose(role)
        if role not in self._connected:
            self._connected[role] = self._connect(role, choice)
        engine = RecordedModel(choice, role, prompt, self._log, *self._connected[role])
        sampling = {"temperature": choice.temperature, "max_tokens": choice.max_tokens}
        return dspy.LM(choice.name, engine=engine, cache=False, num_retries=0, **sampling)

    def _connect(self, role: AgentRole, choice: ModelChoice) -> tuple[LanguageModel, str]:
        """Return the model, and its key; only a scripted model has the problem as a record."""
        provider, _, rest = choice.name.partition("/")
        if provider == "scripted":
            calls = [call for call in self._log.stored_calls if call.role == role]
            tries = sum(len(call.faults) + (call.reply is not None) for call in calls)
            engine = ScriptedEngine(Path(rest), role, tries, self._problem)
            return ConnectedModel(dspy.LM(choice.name, engine=engine, cache=False, num_retries=0)), ""
        secret = read_key(choice)
        # Servers that only speak as OpenAI does (llama.cpp) know `max_tokens`, not the field that OpenAI's models want.
        compatible = provider == "openai" and choice.api_base is not None
        name = f"hosted_vllm/{rest}" if compatible else choice.name
        try:
            served = LM15Engine().resolve(name).provider
        except lm15.LM15Error as error:
            raise InputError(f"the model {choice.name} can't be asked: {error}") from None
        config = lm15.RouterConfig(
            api_keys={served: secret or NO_KEY},
            base_urls={served: choice.api_base} if choice.api_base else None,
            transport=MendingTransport(read_timeout=choice.timeout_s, write_timeout=choice.timeout_s),
        )
        return ConnectedModel(dspy.LM(name, engine=LM15Engine(config), cache=False, num_retries=0)), secret


class MendingTransport(StdlibTransport):
    """A connection whose answers are mended before they are read."""

    def stream(self, request: TransportRequest) -> TransportResponse:
        """Send a request and return its answer, come in whole; raises TransportError where it sends elsewhere."""
        with super().stream(request) as answer:
            body = answer.read()
        if 300 <= answer.status < 400:
            raise TransportError(f"the server answers with status {answer.status}, to ask elsewhere: check the address")
        return TransportResponse(
            status=answer.status,
            reason=answer.reason,
            headers=answer.headers,
            http_version=answer.http_version,
            chunks=iter([mend_body(body)]),
            release=lambda _: None,
        )


class ConnectedModel:
    """A model behind DSPy's client; a reply without a word of the model's is the server's fault."""

    def __init__(self, model: dspy.LM) -> None:
        self._model = model

    def complete(self, request: lm15.Request) -> lm15.Response:
        """Ask once."""
        answer: lm15.Response = self._model(replace(request, model=self._model.model))
        raw = answer.provider_data
        if raw is not None and (raw.get("error") or ANSWERS.isdisjoint(raw) or raw.get("choices", True) in ([], None)):
            raise LMServerError(f"the server answered with {sorted(raw)} and no choices", model=self._model.model)
        return answer


def sees(choice: ModelChoice) -> bool:
    """Say whether a model gets pictures: as it is set, else as LiteLLM's table (which comes with DSPy) knows it."""
    provider, _, name = choice.name.partition("/")
    known = choice.api_base is None and model_info(provider, name).get("supports_vision") is True
    return known if choice.sees_images is None else choice.sees_images


def identify_models(settings: AgentSettings, roles: Iterable[AgentRole]) -> list[str]:
    """Return what decides what the models of some roles answer: settings, whether they see, the content of a script."""
    choices = [settings.choose_model(role) for role in roles]
    scripts = [Path(one.name.partition("/")[2]) for one in choices if one.name.startswith("scripted/")]
    told = [f"{one.canonical_json().decode()} {sees(one)}" for one in choices]
    return told + [hash_bytes(read_script(script)) for script in scripts]


def describe_models(settings: AgentSettings, roles: Iterable[AgentRole]) -> dict[str, object]:
    """Return the models of some roles with their settings, without address and key, a script by its file's name."""
    choices = {role: settings.choose_model(role) for role in roles}
    told = {role: choice.model_dump(exclude={"api_base", "key_variable"}) for role, choice in choices.items()}
    for one in told.values():
        if one["name"].startswith("scripted/"):
            one["name"] = f"scripted/{Path(one['name']).name}"
    return {str(role): one for role, one in told.items()}


def read_key(choice: ModelChoice) -> str:
    """Return the key of a model from the environment; raises InputError where the named variable is not set."""
    if choice.key_variable is None:
        return ""
    secret = os.environ.get(choice.key_variable, "")
    if not secret:
        raise InputError(f"the key of {choice.name} is missing: set {choice.key_variable}")
    return secret

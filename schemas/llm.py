"""Language models: which one a role uses, what an episode may use up, and the whole record of one call."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from schemas.record import LongText, NonNegative, Record, Sha256, ShortText

AgentRole = Literal["architect", "engineer", "critic", "planner", "coder", "reviewer", "writer"]
Whole = Annotated[str, StringConstraints(max_length=50_000_000)]
Count = Annotated[int, Field(ge=0)]


class ModelChoice(Record):
    """One model: `scripted/FILE`, or `PROVIDER/NAME` at its own address or at `api_base` (OpenAI-compatible).

    The key is read from the environment variable that `key_variable` names, when a call is made, and is never kept.
    Prices are USD per million tokens; without them money stays 0. Where `sees_images` is None, LiteLLM's table says
    whether pictures are sent; of a model at `api_base` it knows nothing, and none are.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]+/.+$", max_length=400)]
    api_base: Annotated[str, StringConstraints(pattern=r"^https?://[^@\s]+$", max_length=400)] | None = None
    key_variable: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")] | None = None
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.7
    max_tokens: Annotated[int, Field(ge=16, le=1_000_000)] = 8192
    native_tools: bool = True
    sees_images: bool | None = None
    timeout_s: Annotated[float, Field(gt=0.0, le=3600.0)] = 300.0
    tries: Annotated[int, Field(ge=1, le=10)] = 4
    first_wait_s: Annotated[float, Field(ge=0.0, le=60.0)] = 2.0
    usd_per_million_input: NonNegative = 0.0
    usd_per_million_output: NonNegative = 0.0


class EpisodeLimits(Record):
    """What one episode may use up; running out ends it with that reason."""

    turns: Annotated[int, Field(ge=1, le=10_000)] = 60
    tokens: Annotated[int, Field(ge=1)] = 2_000_000
    money_usd: Annotated[float, Field(gt=0.0)] = 10.0
    wall_s: Annotated[float, Field(gt=0.0)] = 3600.0
    simulated_s: Annotated[float, Field(gt=0.0)] = 2000.0
    program_cpu_s: Annotated[float, Field(gt=0.0)] = 1200.0
    previews: Count = 200
    max_submissions: Annotated[int, Field(ge=1, le=100)] = 3
    refusals: Count = 3


class Fault(Record):
    """One try of a call that failed, without secrets."""

    error_type: ShortText
    text: LongText
    status: int | None = None


class LlmCall(Record):
    """One call of a model with everything in and out; `reply` is None where every try failed.

    `request` and `reply` are JSON as the engine saw them; tokens are None where the provider tells none.
    """

    call_id: Sha256
    number: Annotated[int, Field(ge=1)]
    role: AgentRole
    model: ShortText
    prompt: ShortText
    prompt_version: ShortText
    prompt_sha256: Sha256
    request: Whole
    request_sha256: Sha256
    reply: Whole | None
    finish_reason: ShortText | None
    input_tokens: Count | None
    output_tokens: Count | None
    money_usd: float
    latency_s: float
    faults: tuple[Fault, ...] = ()

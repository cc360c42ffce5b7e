"""Language models: which one a role uses, what an episode may use up, and the whole record of one call."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from schemas.record import LongText, NonNegative, Record, Sha256, ShortText

AgentRole = Literal["architect", "engineer", "critic", "planner", "coder", "reviewer", "writer"]
GENERATOR_ROLES: tuple[AgentRole, ...] = ("planner", "coder", "reviewer")
ENGINEER_ROLES: tuple[AgentRole, ...] = ("architect", "engineer", "critic")
Whole = Annotated[str, StringConstraints(max_length=50_000_000)]
Count = Annotated[int, Field(ge=0)]
MODEL_NAME = r"^[a-z0-9_-]+/.+$"
API_BASE = r"^https?://[^@\s]+$"
VARIABLE = r"^[A-Z][A-Z0-9_]*$"


class ModelChoice(Record):
    """One model: `scripted/FILE`, or `PROVIDER/NAME` at its own address or at `api_base` (OpenAI-compatible).

    The key is read from the environment variable that `key_variable` names, when a call is made, and is never kept.
    Prices are USD per million tokens; without them money stays 0. Where `sees_images` is None, LiteLLM's table says
    whether pictures are sent; of a model at `api_base` it knows nothing, and none are.
    """

    model_config = ConfigDict(use_attribute_docstrings=True)

    name: str = Field(pattern=MODEL_NAME, max_length=400)
    """language model: `PROVIDER/NAME` or `scripted/FILE`"""
    api_base: str | None = Field(default=None, pattern=API_BASE, max_length=400)
    """address of an OpenAI-compatible server (vLLM, llama.cpp, …); the name is then `openai/NAME`"""
    key_variable: str | None = Field(default=None, pattern=VARIABLE)
    """name of the variable that holds its key"""
    temperature: float = Field(default=0.7, ge=0.0, le=2.0)
    """how much its answers vary"""
    max_tokens: int = Field(default=8192, ge=16, le=1_000_000)
    """tokens of one answer"""
    native_tools: bool = True
    """whether it calls tools by its server's own means"""
    sees_images: bool | None = None
    """whether pictures are sent to it; by default as LiteLLM's table knows it"""
    timeout_s: float = Field(default=300.0, ge=1.0, le=3600.0)
    """seconds that one try may take"""
    tries: int = Field(default=4, ge=1, le=10)
    """tries of one call"""
    first_wait_s: float = Field(default=2.0, ge=0.0, le=60.0)
    """seconds before the second try, doubled each time"""
    usd_per_million_input: NonNegative = 0.0
    """price of a million tokens in"""
    usd_per_million_output: NonNegative = 0.0
    """price of a million tokens out"""


class EpisodeLimits(Record):
    """What one episode may use up; running out ends it with that reason."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    turns: int = Field(default=60, ge=1, le=10_000)
    """calls of its models"""
    tokens: int = Field(default=2_000_000, ge=1)
    """tokens in and out"""
    money_usd: float = Field(default=10.0, gt=0.0)
    """USD by the prices of its models"""
    wall_s: float = Field(default=3600.0, gt=0.0)
    """seconds from its start"""
    simulated_s: float = Field(default=2000.0, gt=0.0)
    """simulated seconds of its previews and verdicts"""
    program_cpu_s: float = Field(default=1200.0, gt=0.0)
    """CPU seconds of its programs"""
    previews: Count = 200
    """designs that it may have simulated before it submits"""
    max_submissions: int = Field(default=3, ge=1, le=100)
    """designs that it may submit"""
    refusals: Count = 3
    """refusals by proof that it may hand in"""


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

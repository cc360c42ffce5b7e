"""Everything an agent says or does, as one versioned union of typed messages, ordered by `seq` within an episode."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.jobs import Budgets
from schemas.llm import EpisodeLimits
from schemas.reasons import Outcome, Reason
from schemas.record import Id, LongText, Measure, Record, Sha256, ShortText

Author = Literal["system", "user", "architect", "engineer", "critic", "planner", "coder", "reviewer", "judge", "tool"]
JsonText = Annotated[str, Field(max_length=1_000_000)]


ProofKind = Literal[
    "mass_lower_bound", "cost_lower_bound", "torque_bound", "reach_bound", "zone_too_small", "component_missing"
]


class TodoItem(Record):
    """One step of a plan, with how one sees that it is done."""

    id: Id
    text: ShortText
    acceptance: ShortText
    depends_on: tuple[Id, ...] = ()
    status: Literal["open", "doing", "done", "refused"] = "open"


class EpisodeGoal(Record):
    """The first message of every episode: the problem as the engineer sees it."""

    kind: Literal["goal"] = "goal"
    statement: LongText
    budgets: Budgets
    limits: EpisodeLimits | None = None


class Plan(Record):
    """A plan with its TODO list; a later version replaces an earlier one."""

    kind: Literal["plan"] = "plan"
    version: Annotated[int, Field(ge=1)]
    text: LongText
    items: tuple[TodoItem, ...]
    claims: tuple[Measure, ...] = ()


class Brief(Record):
    """The first message of a generator's episode: what the next benchmark should be good for, and what is in stock."""

    kind: Literal["brief"] = "brief"
    learning_objective: ShortText
    thin_bins: tuple[ShortText, ...]
    stock: tuple[Measure, ...]
    rounds: Annotated[int, Field(ge=1)]
    limits: EpisodeLimits


class BenchmarkIdea(Record):
    """A benchmark in words before its scene is written; `family` is None for a new idea."""

    family: Id | None
    idea: ShortText
    payload_shape: Literal["sphere", "cube", "box", "cylinder", "rod", "ring", "other"]
    objects: Annotated[tuple[ShortText, ...], Field(min_length=1, max_length=64)]
    motion_contract: LongText
    objective: LongText
    constraints: LongText
    expected_solution: LongText


class BenchmarkPlan(BenchmarkIdea):
    """The planner's plan of a benchmark, a later version in place of an earlier; engineers never see any of it."""

    kind: Literal["benchmark_plan"] = "benchmark_plan"
    version: Annotated[int, Field(ge=1)]


class TodoUpdate(Record):
    """A TODO item changes its status."""

    kind: Literal["todo_update"] = "todo_update"
    item: Id
    status: Literal["open", "doing", "done", "refused"]
    note: ShortText = ""


class Thought(Record):
    """What an agent thinks; evidence only."""

    kind: Literal["thought"] = "thought"
    text: LongText


class ModelReply(Record):
    """A language model's answer; the whole call is the row `call_id` of llm_calls."""

    kind: Literal["model_reply"] = "model_reply"
    call_id: Sha256
    text: LongText
    tool_calls: JsonText = "[]"


class ToolCall(Record):
    """A tool is called; `counted` is True for submissions only, everything else is a preview."""

    kind: Literal["tool_call"] = "tool_call"
    call_id: Id
    tool: Id
    arguments: JsonText
    counted: bool = False


class ToolReturn(Record):
    """What the tool answered, with what it used up; `simulations` are runs."""

    kind: Literal["tool_return"] = "tool_return"
    call_id: Id
    ok: bool
    body: JsonText
    simulations: Annotated[int, Field(ge=0)] = 0
    simulated_s: float = 0.0
    program_cpu_s: float = 0.0


class Artifact(Record):
    """A file was written and flushed before this message; `name` is unique by version."""

    kind: Literal["artifact"] = "artifact"
    name: ShortText
    version: Annotated[int, Field(ge=1)]
    sha256: Sha256
    final: bool = False


class Refusal(Record):
    """An item or the plan is refused, with a proof of a closed kind that a tool recomputes."""

    kind: Literal["refusal"] = "refusal"
    item: Id | None
    proof: ProofKind
    claims: tuple[Measure, ...]
    confirmed: bool | None = None


class ReviewPoint(Record):
    """One point of the critic's closed check list, with its evidence."""

    point: Id
    ok: bool
    evidence: ShortText


class Review(Record):
    """The critic's or reviewer's judgement."""

    kind: Literal["review"] = "review"
    accepted: bool
    points: tuple[ReviewPoint, ...]
    text: LongText = ""


class SubmissionMade(Record):
    """A design is handed in; counted and judged."""

    kind: Literal["submission"] = "submission"
    submission: Annotated[int, Field(ge=1)]
    program_sha256: Sha256
    bundle_hash: Sha256 | None


class VerdictGiven(Record):
    """What the agent is told of a verdict: reasons and statistics, never draws."""

    kind: Literal["verdict"] = "verdict"
    submission: Annotated[int, Field(ge=1)]
    passed: bool
    reasons: tuple[Reason, ...]
    numbers: tuple[Measure, ...] = ()


class SkillRead(Record):
    """A skill was shown or withheld by the seeded coin."""

    kind: Literal["skill_read"] = "skill_read"
    skill: Id
    version: Annotated[int, Field(ge=1)]
    shown: bool


class SkillWritten(Record):
    """A skill was written from this episode."""

    kind: Literal["skill_written"] = "skill_written"
    skill: Id
    version: Annotated[int, Field(ge=1)]
    sha256: Sha256


class Question(Record):
    """A question to another role or the user; `blocking` means that the episode waits."""

    kind: Literal["question"] = "question"
    to: Author
    text: LongText
    blocking: bool = False


class BudgetUse(Record):
    """What has been used of a budget, and whether it is spent."""

    kind: Literal["budget"] = "budget"
    uses: tuple[Measure, ...]
    spent: bool


class Interruption(Record):
    """The controlling process or the user stops the episode."""

    kind: Literal["interruption"] = "interruption"
    by: ShortText


class Resume(Record):
    """The episode goes on from its log."""

    kind: Literal["resume"] = "resume"
    after_seq: Annotated[int, Field(ge=0)]


class ErrorRaised(Record):
    """Something failed that is no verdict."""

    kind: Literal["error"] = "error"
    error_type: ShortText
    text: LongText
    infrastructure: bool


class RequestComplete(Record):
    """The last message: how the episode ended; `answers_seq` is the goal that it finished."""

    kind: Literal["request_complete"] = "request_complete"
    answers_seq: Annotated[int, Field(ge=0)]
    outcome: Outcome


Planning = EpisodeGoal | Plan | Brief | BenchmarkPlan | TodoUpdate | Thought | Question | Refusal | Review
Working = ModelReply | ToolCall | ToolReturn | Artifact | SubmissionMade | VerdictGiven | SkillRead | SkillWritten
Running = BudgetUse | Interruption | Resume | ErrorRaised | RequestComplete
MessageBody = Annotated[Planning | Working | Running, Field(discriminator="kind")]


class Message(Record):
    """One message of an episode; (episode_id, seq) is its natural key."""

    message_version: Literal[1] = 1
    episode_id: Sha256
    seq: Annotated[int, Field(ge=0)]
    author: Author
    at: datetime
    body: MessageBody


BODIES: TypeAdapter[MessageBody] = TypeAdapter(MessageBody)

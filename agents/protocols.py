"""What agents need from the world: who builds, previews and judges designs, the log, a language model, the skills."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from schemas.benchmark import ProgramText
from schemas.bundle import AssemblyBundle, Body, SceneBundle
from schemas.episode import EpisodeUse, ProgramOutput, Submission
from schemas.jobs import BUNDLE_FILE, AppraiseReply, Budgets, CheckParts, CheckPartsReply, MeasureReply
from schemas.llm import EpisodeLimits, LlmCall
from schemas.messages import Author, Message, MessageBody, ToolReturn
from schemas.reasons import Outcome, Reason
from schemas.skill import Skill
from schemas.verdict import Verdict

if TYPE_CHECKING:
    from dspy import lm15

Policy = Literal["reference_search", "llm", "scripted", "generator"]


@dataclass(frozen=True)
class Problem:
    """What an engineer may know of a benchmark: the scene's record and the statement, never its program or family.

    The budgets are None where they are not final yet.
    """

    scene: SceneBundle
    statement: str
    budgets: Budgets | None = None
    learns: bool = False  # whether skills may be learned from it: on the training split only


@dataclass(frozen=True)
class Built:
    """A solution program that was run: its bundle, or the reasons why there is none; cpu_s is program CPU seconds."""

    program: ProgramText
    bundle_hash: str | None
    files: Mapping[str, bytes]
    reasons: tuple[Reason, ...]
    cpu_s: float
    output: ProgramOutput = field(default_factory=ProgramOutput)

    @property
    def bodies(self) -> tuple[Body, ...]:
        """Return the bodies of a solution program's bundle."""
        return AssemblyBundle.from_json(self.files[BUNDLE_FILE]).bodies


class Previewer(Protocol):
    """The engineer's tools, bound to one benchmark scene; everything here is a preview and costs no submission."""

    def build(self, program: str) -> Built:
        """Run a solution program in a sandbox."""

    def simulate(self, design: Built, trials: int, draw: int) -> Verdict:
        """Run the judge on preview draws number `draw`, ending early once the outcome is fixed."""

    def check_parts(self, design: Built, job: CheckParts) -> CheckPartsReply:
        """Check and price the parts of a design alone, by the processes and materials of the job."""


class Workbench(Previewer, Protocol):
    """A previewer with everything that an episode on a minted benchmark can ask for; only `submit` counts."""

    @property
    def use(self) -> EpisodeUse:
        """Return what its jobs have used so far in this process."""

    def appraise(self, design: Built) -> AppraiseReply:
        """Check manufacturability, price and weigh a design."""

    def measure(self, design: Built) -> MeasureReply:
        """Return boxes, volumes and distances of a design's bodies."""

    def render(self, design: Built | None, times_s: Sequence[float]) -> Mapping[str, bytes]:
        """Draw the scene, with a design where one is given; raises InputError where nothing can be drawn."""

    def submit(self, design: Built, number: int) -> Verdict:
        """Judge a design under the benchmark's budgets with the draws of that submission."""


class Transcript(Protocol):
    """Keeps what is said and done, in order."""

    def say(self, author: Author, body: MessageBody) -> None:
        """Append one message to the episode."""


Said = tuple[tuple[Author, MessageBody], ...]


def answers(call_id: str) -> Callable[[MessageBody], bool]:
    """Return what tells the answer of a tool's call, which ends its entry in the log."""
    return lambda body: isinstance(body, ToolReturn) and body.call_id == call_id


@dataclass(frozen=True)
class LogEntry:
    """What enters the log at once: messages, the contents that they name, a model's call, a judged submission.

    `bundle` holds the files of the submitted design.
    """

    said: Said
    contents: tuple[bytes, ...] = ()
    call: LlmCall | None = None
    submission: Submission | None = None
    bundle: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def answer(self) -> ToolReturn:
        """Return the answer of the tool whose entry it is, its last message."""
        last = self.said[-1][1]
        assert isinstance(last, ToolReturn)
        return last


class EpisodeLog(Transcript, Protocol):
    """The log of one episode; what it holds is not done again, so that a killed episode goes on where it was.

    `messages` and `calls` are what has happened so far in this process; `stored_calls` what the store held before.
    """

    episode_id: str
    messages: list[Message]
    calls: list[LlmCall]
    stored_calls: tuple[LlmCall, ...]

    def once(self, ends: Callable[[MessageBody], bool], act: Callable[[], LogEntry]) -> LogEntry:
        """Return the stored entry that ends with such a message, or do it and append it whole.

        Raises EpisodeOver when the user cancels meanwhile.
        """

    def read(self, sha256: str) -> bytes:
        """Return a content that a message names."""

    def record_defect(self, stage: str, error: Exception) -> None:
        """Keep what a defect of this program says, with its traceback."""


class LanguageModel(Protocol):
    """A language model: an engine of dspy's, as this package's own scripted and recorded ones are."""

    def complete(self, request: "lm15.Request") -> "lm15.Response":
        """Answer once, or raise one of dspy's errors."""


class SkillShelf(Protocol):
    """What earlier episodes taught, as it is when an episode begins: the newest version of every skill."""

    def __iter__(self) -> Iterator[Skill]:
        """Yield the skills by name."""


class EpisodeOver(BaseException):
    """The episode ends here, with this outcome; `closing` is said last.

    No error, and no `except Exception` of a library may hold it up.
    """

    def __init__(self, outcome: Outcome, reason: Reason | None = None, closing: MessageBody | None = None) -> None:
        super().__init__(outcome.value)
        self.outcome, self.reason, self.closing = outcome, reason, closing


@dataclass(frozen=True)
class EpisodeEnd:
    """How an engineer leaves an episode, and why."""

    outcome: Outcome
    reasons: tuple[Reason, ...] = ()


class Engineer(Protocol):
    """Who works on a minted benchmark: plans, previews and submits through workbench and log; the seed is its own."""

    @property
    def name(self) -> str:
        """Return who it is, as episodes name it."""

    @property
    def version(self) -> str:
        """Return what tells its behaviour apart from that of its other versions."""

    @property
    def recipe(self) -> str:
        """Return everything that its version stands for, as JSON without addresses and keys."""

    @property
    def policy(self) -> Policy:
        """Return what kind of engineer it is."""

    @property
    def limits(self) -> EpisodeLimits | None:
        """Return what one of its episodes may use up; None where its settings say so by themselves."""

    def work(self, problem: Problem, workbench: Workbench, log: EpisodeLog, seed: int) -> EpisodeEnd:
        """Work until a submission passes or nothing is left to do; raises EpisodeOver when a budget is spent."""

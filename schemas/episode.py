"""One engineer working on one benchmark: its identity, its submissions and how it ended."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.benchmark import ProgramText
from schemas.jobs import Seed
from schemas.messages import Message
from schemas.reasons import Outcome, Reason
from schemas.record import LongText, Record, Sha256, ShortText
from schemas.verdict import Appraisal, Verdict


class EpisodeKey(Record):
    """What makes an episode alone; the same inputs always give the same id.

    A generator has no scene yet: its `scene_hash` is the item that it makes. `judge` tells the keys and settings of
    judges apart: by another one the same work gets other answers. `retry` counts the episodes of the same
    inputs that the machinery has failed; 0 is not part of the id.
    """

    scene_hash: Sha256
    benchmark_id: Sha256 | None
    engineer: ShortText
    engineer_version: ShortText
    seed: Seed
    judge: Annotated[ShortText, Field(exclude_if=lambda judge: not judge)] = ""
    retry: Annotated[int, Field(ge=0, exclude_if=lambda count: count == 0)] = 0

    @property
    def episode_id(self) -> str:
        """Return the natural key of the episode."""
        return self.digest()


class Submission(Record):
    """One counted design with its verdict; (episode_id, number) is its natural key."""

    number: Annotated[int, Field(ge=1)]
    program: ProgramText
    bundle_hash: Sha256 | None
    verdict: Verdict | None
    reasons: tuple[Reason, ...] = ()


PreviewKind = Literal["build", "simulate", "appraise", "measure", "check_parts", "lazy"]


class ProgramOutput(Record):
    """What a program wrote while it ran: the end of each stream."""

    stdout: LongText = ""
    stderr: LongText = ""


class Preview(Record):
    """One try of a program that counts for nothing: what it was built to, and what was found out about that.

    `draw` and `trials` name the preview draws of a simulation; `cpu_s` are CPU seconds of the program, `simulated_s`
    those of all trials together.
    """

    kind: PreviewKind
    program: ProgramText
    bundle_hash: Sha256 | None
    draw: Annotated[int, Field(ge=0)] | None = None
    trials: Annotated[int, Field(ge=1)] | None = None
    reasons: tuple[Reason, ...] = ()
    verdict: Verdict | None = None
    appraisal: Appraisal | None = None
    simulated_s: float = 0.0
    cpu_s: float = 0.0
    output: ProgramOutput = ProgramOutput()


class EpisodeUse(Record):
    """What an episode used up: designs that it had simulated, whatever else it asked for, simulated runs and so on."""

    previews: int = 0
    checks: int = 0
    simulations: int = 0
    simulated_s: float = 0.0
    program_cpu_s: float = 0.0
    turns: int = 0
    tokens: int = 0
    money_usd: float = 0.0


class Episode(Record):
    """A finished episode: messages in order, submissions, outcome."""

    key: EpisodeKey
    policy: Literal["reference_search", "llm", "scripted", "generator"]
    outcome: Outcome
    reasons: tuple[Reason, ...]
    use: EpisodeUse
    submissions: tuple[Submission, ...]
    messages: tuple[Message, ...]


class Solution(Record):
    """An expected solution: a design that passed under the final budgets, and whether it was certified."""

    benchmark_id: Sha256
    program: ProgramText
    bundle_hash: Sha256
    verdict: Verdict
    certificate: Verdict | None
    unit_cost_usd: float
    mass_g: float

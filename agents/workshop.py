"""What an engineer needs from the world: a workshop that builds and previews designs, and a ledger of the trace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from schemas.benchmark import ProgramText
from schemas.bundle import SceneBundle
from schemas.messages import Author, Body
from schemas.reasons import Reason
from schemas.verdict import Verdict


@dataclass(frozen=True)
class Problem:
    """What an engineer may know of a benchmark: the scene's record and the statement, never its program or family."""

    scene: SceneBundle
    statement: str


@dataclass(frozen=True)
class Built:
    """A solution program that was run: its bundle, or the reasons why there is none; cpu_s is program CPU seconds."""

    program: ProgramText
    bundle_hash: str | None
    files: Mapping[str, bytes]
    reasons: tuple[Reason, ...]
    cpu_s: float


@dataclass(frozen=True)
class Design:
    """The best passing design of a search, its preview verdict, cost and mass, and the simulated runs that it took."""

    mechanism: str
    built: Built
    verdict: Verdict
    unit_cost_usd: float
    mass_g: float
    parts: int
    simulations: int


class Workshop(Protocol):
    """The engineer's tools, bound to one benchmark scene; everything here is a preview and costs no submission."""

    def build(self, program: str) -> Built:
        """Run a solution program in a sandbox."""
        ...

    def simulate(self, design: Built, trials: int, draw: int) -> Verdict:
        """Run the judge on preview draws number `draw`, ending early once the outcome is fixed."""
        ...


class Ledger(Protocol):
    """Keeps what is said and done, in order."""

    def say(self, author: Author, body: Body) -> None:
        """Append one message to the episode."""
        ...

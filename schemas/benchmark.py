"""Benchmarks as they are stored and shown, and the programs behind them."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.jobs import Budgets, Seed
from schemas.reasons import BenchmarkState, Reason
from schemas.record import Id, LongText, Record, Sha256, ShortText, hash_parts
from schemas.verdict import VerificationReport

GENERATOR_VERSION = "4"
MOST_ATTEMPTS = 5
"""An index that fails verification, or is easy where none is taken, is drawn anew with attempt 0–4 (mechanics §7)."""

Split = Literal["train", "validation", "test_within", "test_cross"]
DerivedTask = Literal["repair", "cheapen"]
Task = Literal["design"] | DerivedTask
"""From nothing; from a design that fails; from one that passes at a higher cost."""


class Parameter(Record):
    """One drawn value, recorded whatever it is."""

    name: Id
    value: float | str
    unit: ShortText = ""


class ProgramText(Record):
    """A program's source with its hash."""

    source: LongText
    sha256: Sha256


class ItemKey(Record):
    """What makes an item alone: f(generator version, seed, index, attempt) is its scene, pure.

    `judge` tells the keys and settings of judges apart, by whose draws the scene is verified and its budgets are found.
    `task` tells what is asked for on the scene: items of other tasks than `design` are derived from that one.
    """

    generator: Literal["procedural", "llm"] = "procedural"
    generator_version: ShortText = GENERATOR_VERSION
    family: Id
    seed: Seed
    index: Annotated[int, Field(ge=0)]
    attempt: Annotated[int, Field(ge=0, lt=MOST_ATTEMPTS)] = 0
    judge: Annotated[ShortText, Field(exclude_if=lambda judge: not judge)] = ""
    task: Annotated[Task, Field(exclude_if=lambda task: task == "design")] = "design"

    @property
    def item_id(self) -> str:
        """Return the natural key of the item: the same inputs always give the same id."""
        return self.digest()

    @property
    def label(self) -> str:
        """Return how people name the item within its run."""
        drawn = f" (draw {self.attempt + 1})" if self.attempt else ""
        return f"{self.family} {self.index}{drawn}" + ("" if self.task == "design" else f", {self.task}")


class BenchmarkDraft(Record):
    """A generated scene program before verification."""

    key: ItemKey
    program: ProgramText
    parameters: tuple[Parameter, ...]
    kind: Literal["static", "mover", "drive"]
    split: Split
    slack: Annotated[float, Field(ge=1.1, le=2.0)]


class Benchmark(Record):
    """One stored item with everything known of it; benchmark_id is minted once, with the final budgets.

    `reasons` say why it was refused or redrawn. A derived one begins with the design `start`, which its statement
    shows; `derived_from` is the benchmark that it comes from.
    """

    draft: BenchmarkDraft
    state: BenchmarkState
    scene_hash: Sha256 | None
    report: VerificationReport
    reasons: tuple[Reason, ...] = ()
    statement: LongText = ""
    draft_budgets: Budgets | None = None
    budgets: Budgets | None = None
    benchmark_id: Sha256 | None = None
    lazy_passed: tuple[Id, ...] | None = None
    difficulty: Annotated[int, Field(ge=1, le=5)] | None = None
    best_known_cost_usd: float | None = None
    derived_from: Sha256 | None = None
    start: ProgramText | None = None

    @property
    def key(self) -> ItemKey:
        """Return the key of the item."""
        return self.draft.key

    @property
    def summary(self) -> str:
        """Return what a log says of it."""
        rated = "" if self.difficulty is None else f", difficulty {self.difficulty}"
        return f"{self.state.value}{rated}; {self.report.summary}"


def mint_benchmark_id(scene_hash: str, budgets: Budgets, start: ProgramText | None = None, judge: str = "") -> str:
    """Return sha256(scene_hash, constraints), the identity of a benchmark (mechanics §6).

    It covers the design that a derived one begins with, and the judge of that and of a draw whose id is taken already:
    by the same draw under another judge.
    """
    more = (*(() if start is None else (start.sha256,)), *((judge,) if judge else ()))
    return hash_parts(scene_hash, budgets.canonical_json().decode(), *more)


def name_pictures(item_id: str) -> str:
    """Return the folder of an item's pictures, below that of all pictures."""
    return item_id[:12]

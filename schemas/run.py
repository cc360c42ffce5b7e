"""What a run is asked for, and what can go wrong in it and is no verdict."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from schemas.errors import InfrastructureError, InputError
from schemas.jobs import Seed
from schemas.reasons import Outcome
from schemas.record import Id, LongText, Record, Sha256, ShortText, hash_parts

Count = Annotated[int, Field(ge=1, le=100_000)]
Generator = Literal["procedural", "llm"]
Engineer = Literal["reference", "llm"]


class RunOrder(Record):
    """What to make: so many benchmarks from a seed (none: today's date), of these families (none: the default mix).

    With the engineer `llm`, every certified benchmark is worked on a second time, by the settings' language models.
    `night` is the date of a nightly batch, and not part of the id of any other.
    """

    count: Count = 12
    seed: Seed | None = None
    families: tuple[Id, ...] = ()
    pictures: bool = True
    generator: Generator = "procedural"
    engineer: Engineer = "reference"
    night: Annotated[date | None, Field(exclude_if=lambda night: night is None)] = None

    @property
    def run_id(self) -> str:
        """Return the natural key of the run: the same order, given again, goes on with it."""
        return hash_parts(self.canonical_json().decode())


class SummaryRow(Record):
    """One item as the table shows it, in its order; `engineer` is how language models fared, if they worked on it."""

    index: int
    item: str
    benchmark: str
    family: str
    checks: str
    outcome: str
    difficulty: int | None
    reason: str
    cost_usd: float | None
    mass_g: float | None
    engineer: Outcome | None = None


class RunSummary(Record):
    """What a run made of `count` items; `easy` are of difficulty 1; what jobs used is that of the run's own process."""

    run_id: Sha256
    count: Count
    rows: tuple[SummaryRow, ...]
    certified: int
    easy: int
    exported_rows: int
    job_cpu_s: float
    job_busy_s: float

    @property
    def verdict(self) -> str:
        """Return what came of the run in a few words."""
        return f"{self.certified} of {self.count} certified"


class LostItem(Record):
    """An item that the machinery or a defect ended for good, and where."""

    label: ShortText
    stage: ShortText
    fault: str

    @classmethod
    def of(cls, label: str, stage: str, fault: Exception) -> "LostItem":
        """Return the item that a fault has ended."""
        whose = "" if isinstance(fault, InfrastructureError | InputError) else "defect: "
        return cls(label=label, stage=stage, fault=f"{whose}{type(fault).__name__}: {fault}"[:400])


class IncompleteError(InfrastructureError):
    """A run lost items to the machinery or to defects; everything else of it is recorded and exported."""

    def __init__(self, summary: RunSummary, count: int, lost: tuple[LostItem, ...]) -> None:
        named = "; ".join(f"{one.label} at {one.stage} ({one.fault})" for one in lost)
        super().__init__(
            f"{len(summary.rows)} of {count} items are done, lost: {named}; "
            "mend it and give the same command again, it goes on where it was"
        )
        self.summary = summary


class Reconciled(Record):
    """How much of each was removed, ended or started again; jobs are the folders of old ones."""

    sandboxes: int
    jobs: int
    flow_runs: int = 0
    task_runs: int = 0
    slots: int = 0
    restarted: int = 0

    @property
    def verdict(self) -> str:
        """Return that as a sentence."""
        return (
            f"removed {self.sandboxes} sandboxes and the folders of {self.jobs} old jobs, ended {self.flow_runs} "
            f"flow runs and {self.task_runs} task runs, freed {self.slots} slots, started {self.restarted} runs again"
        )


class RunError(Record):
    """A failure of the machinery; the same failure at the same place is one row."""

    run_id: Sha256 | None = None
    item_id: Sha256 | None = None
    episode_id: Sha256 | None = None
    stage: ShortText
    error_type: ShortText
    text: LongText
    infrastructure: bool

    @property
    def error_id(self) -> str:
        """Return the natural key of the failure."""
        return self.digest()


class Software(Record):
    """The program with all that decides its answers; the catalogue by its hash."""

    source: ShortText
    lock_sha256: Sha256 | None
    mujoco: ShortText
    kernel: ShortText
    catalogue_hash: Sha256
    judge_version: ShortText

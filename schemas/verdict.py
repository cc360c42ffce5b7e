"""What the judge and the verifier return: findings, prices, trials, verdicts, check reports."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from schemas.bundle import CatalogueId, ProcessName
from schemas.reasons import Reason
from schemas.record import Id, Measure, Record, Sha256, ShortText, Vec3Mm

JUDGE_VERSION = "7"
"""Raised whenever the same inputs may give another verdict."""

Purpose = Literal["preview", "verdict", "certify"]


class PartFinding(Record):
    """One manufacturability finding on one part; severity `error` makes the part NOT_MANUFACTURABLE."""

    rule_id: Annotated[str, Field(max_length=64)]
    severity: Literal["error", "warning"]
    part: Id
    face: int | None = None
    point_mm: Vec3Mm | None = None
    measured: float
    limit: float
    unit: Annotated[str, Field(max_length=24)]
    advice: ShortText


class CostLine(Record):
    """One line of a price, in USD for the whole order of `quantity` assemblies; `subject` is a part or component id."""

    label: ShortText
    subject: Annotated[str, Field(max_length=64)] = ""
    process: ProcessName | None = None
    amount_usd: Decimal
    rate: ShortText
    source_row: ShortText


class UnitCost(Record):
    """The unit cost at one quantity."""

    quantity: Annotated[int, Field(ge=1)]
    unit_cost_usd: Decimal


class PriceBreakdown(Record):
    """A price that can be explained: the lines sum to the total to the cent.

    `low_usd` and `high_usd` are the total with every rate at the cheap and at the dear end of its source's band.
    """

    quantity: Annotated[int, Field(ge=1)]
    lines: tuple[CostLine, ...]
    total_usd: Decimal
    unit_cost_usd: Decimal
    low_usd: Decimal | None = None
    high_usd: Decimal | None = None
    curve: tuple[UnitCost, ...] = ()


class BodyMass(Record):
    """Mass of one assembly body as measured on its solid, or of a bought component by the catalogue.

    A made part tells how it is made and the size of its own box, too.
    """

    body: ShortText
    mass_g: float
    process: ProcessName | None = None
    material_id: CatalogueId | None = None
    size_mm: Vec3Mm | None = None


class Appraisal(Record):
    """Everything static about a design: findings, price and mass."""

    findings: tuple[PartFinding, ...]
    price: PriceBreakdown | None
    masses: tuple[BodyMass, ...]
    mass_g: float

    @property
    def unit_cost_usd(self) -> float | None:
        """Return the price of one assembly, or None where it could not be priced."""
        return None if self.price is None else float(self.price.unit_cost_usd)


class Trial(Record):
    """One simulated run: its outcome and worst numbers, never its draw.

    margin_mm is the least clearance of a passing trial (payload to goal faces, to forbid zones); closest_mm how far
    the worst payload's centre stayed from its goal zone; times are simulated seconds.
    """

    index: Annotated[int, Field(ge=0)]
    passed: bool
    reasons: tuple[Reason, ...] = ()
    end_s: float
    entered_s: float | None = None
    margin_mm: float | None = None
    closest_mm: float
    steps: int


class Hashes(Record):
    """Everything that a verdict depends on; the same hashes give the same bytes on the same CPU model."""

    scene: Sha256
    benchmark: Sha256 | None
    assembly: Sha256 | None
    catalogue: Sha256
    mjcf: Sha256 | None
    judge_version: ShortText
    mujoco_version: ShortText
    cpu_model: ShortText


class Terms(Record):
    """Whose draws a verdict is of, how many, how many of them must pass, and the budgets; None: no limit."""

    key_fingerprint: Sha256
    trials: int
    must_pass: int
    half_step_trials: int
    half_step_must_pass: int
    stop_early: bool
    max_cost_usd: float | None = None
    max_mass_g: float | None = None


class Verdict(Record):
    """Pass or fail with reason codes and the numbers behind them.

    `hashes` and `terms` decide it; whoever asked for it adds the terms, those of earlier judges are not known.
    """

    passed: bool
    purpose: Purpose
    submission: Annotated[int, Field(ge=0)]
    stage: Literal["bundle", "geometry", "manufacturing", "model", "rest", "simulation", "passed"]
    reasons: tuple[Reason, ...]
    appraisal: Appraisal | None
    trials: tuple[Trial, ...] = ()
    half_step_trials: tuple[Trial, ...] = ()
    pass_fraction: float | None = None
    wilson_low: float | None = None
    wilson_high: float | None = None
    margin_mm: float | None = None
    warnings: tuple[ShortText, ...] = ()
    hashes: Hashes
    terms: Annotated[Terms | None, Field(exclude_if=lambda terms: terms is None)] = None

    @property
    def unit_cost_usd(self) -> float | None:
        """Return the price of one assembly, or None where it was not priced."""
        return None if self.appraisal is None else self.appraisal.unit_cost_usd

    @property
    def mass_g(self) -> float | None:
        """Return the mass of the assembly, or None where it was not weighed."""
        return None if self.appraisal is None else self.appraisal.mass_g


class CheckReport(Record):
    """One numbered check of mechanics §6 with every number it saw; number 10 is the review of an LLM's generator."""

    number: Annotated[int, Field(ge=1, le=10)]
    name: ShortText
    passed: bool
    reasons: tuple[Reason, ...] = ()
    numbers: tuple[Measure, ...] = ()


class VerificationReport(Record):
    """The checks of a scene in order, all or those of a stage; where one fails, those that need it are left out."""

    passed: bool
    checks: tuple[CheckReport, ...]
    canned_passed: tuple[CatalogueId, ...] = ()
    nothing_reasons: tuple[Reason, ...] = ()
    scene_hash: Sha256 | None
    mjcf_sha256: Sha256 | None = None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return the reasons of every failed check, in order."""
        return tuple(reason for check in self.checks for reason in check.reasons)

    @property
    def summary(self) -> str:
        """Return how many checks passed, and why others did not."""
        passed = sum(check.passed for check in self.checks)
        refused = "".join(f"; {reason.code}: {reason.message}" for reason in self.reasons)
        return f"{passed} of {len(self.checks)} checks passed{refused}"

    def followed_by(self, later: "VerificationReport") -> "VerificationReport":
        """Return the report of these checks and later ones of the same scene."""
        return later.model_copy(
            update={
                "passed": self.passed and later.passed,
                "checks": (*self.checks, *later.checks),
                "scene_hash": self.scene_hash or later.scene_hash,
                "mjcf_sha256": self.mjcf_sha256 or later.mjcf_sha256,
            }
        )

"""The typed jobs that a sandbox worker answers; host and worker share these records and nothing else.

Files travel beside a job: a scene bundle as `scene.<name>`, an assembly bundle as `assembly.<name>`, each with its
`bundle.json`. A build's reply carries `bundle.json` and its BREP files under their own names.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from schemas.bundle import CatalogueId, ProcessName
from schemas.errors import InputError
from schemas.json_bounds import bound_json
from schemas.reasons import Reason
from schemas.record import Id, LongText, Record, Sha256, Vec3, Vec3Mm, describe_validation, hash_parts
from schemas.verdict import Appraisal, PartFinding, PriceBreakdown, Purpose, Terms, Verdict, VerificationReport

SCENE_PREFIX = "scene."
ASSEMBLY_PREFIX = "assembly."
BUNDLE_FILE = "bundle.json"
MODEL_FILE = "model.xml"
STEP_FILE = "part.step"
MOST_REPLY_KEYS = 200_000
"""A verdict of 1,280 trials that all failed for several reasons has 60,000."""

MOST_QUANTITY = 1_000_000
Quantity = Annotated[int, Field(ge=1, le=MOST_QUANTITY)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Budgets(Record):
    """The binding limits of a benchmark."""

    max_cost_usd: Annotated[float, Field(gt=0.0)]
    max_mass_g: Annotated[float, Field(gt=0.0)]


class Draws(Record):
    """Which draws a simulation job makes: HMAC-SHA256(key, benchmark, purpose, submission) seeds them.

    `key_hex` reaches judge jobs only. `stop_early` ends the set once the verdict can no longer change, which
    leaves it without a pass fraction.
    """

    key_hex: Annotated[str, Field(pattern=r"^[0-9a-f]{32,128}$")]
    benchmark: Sha256
    purpose: Purpose
    submission: Annotated[int, Field(ge=0)] = 0
    trials: Annotated[int, Field(ge=1, le=1024)] = 16
    must_pass: Annotated[int, Field(ge=0, le=1024)] = 15
    half_step_trials: Annotated[int, Field(ge=0, le=256)] = 0
    half_step_must_pass: Annotated[int, Field(ge=0, le=256)] = 0
    threads: Annotated[int, Field(ge=1, le=64)] = 1
    stop_early: bool = False

    def terms(self, budgets: Budgets | None) -> Terms:
        """Return the terms of a verdict by these draws under some budgets."""
        counts = self.model_dump(include=set(Terms.model_fields))
        limits = {} if budgets is None else budgets.model_dump()
        return Terms(key_fingerprint=hash_parts("key of the hidden draws", self.key_hex), **counts, **limits)

    @model_validator(mode="after")
    def _reachable(self) -> "Draws":
        if self.must_pass > self.trials or self.half_step_must_pass > self.half_step_trials:
            raise ValueError("no set can pass more trials than it runs")
        return self


class BuildProgram(Record):
    """Run a scene or solution program (builder session); the reply's files are its bundle."""

    job: Literal["build"] = "build"
    program: LongText
    seed: Seed
    expects: Literal["scene", "assembly"]


class GeometryJob(Record):
    """What the judge does with geometry; `rejected` says why it must not even load it: it has ended this job before."""

    rejected: tuple[Reason, ...] = ()


class VerifyGeometry(GeometryJob):
    """Run checks 2–4 of mechanics §6 on a scene bundle: solids, intersections, zones (judge session)."""

    job: Literal["verify_geometry"] = "verify_geometry"


class VerifySchema(GeometryJob):
    """Run check 5 on a scene bundle: its MJCF, the reply's file, fits the schema and compiles (judge session)."""

    job: Literal["verify_schema"] = "verify_schema"


class VerifySimulation(GeometryJob):
    """Run checks 6–8 on a scene bundle that passed check 5, and describe it for check 9 (judge session)."""

    job: Literal["verify_simulation"] = "verify_simulation"
    draws: Draws


class JudgeDesign(GeometryJob):
    """Judge an assembly bundle on a scene bundle (judge session); without an assembly: do nothing.

    `budgets` None judges under no cost and mass limits. The reply's file is the MJCF that was simulated.
    """

    job: Literal["judge"] = "judge"
    draws: Draws
    budgets: Budgets | None = None


class AppraiseDesign(GeometryJob):
    """Check manufacturability, price and weigh an assembly at the scene's quantity (judge session)."""

    job: Literal["appraise"] = "appraise"


class CheckParts(GeometryJob):
    """Check, price and draw the parts of a STEP file (`part.step`) or an assembly bundle alone (judge session).

    Every part is tried by each of the processes and of each of the materials that take it, by its own where none are
    given, and goes on with the cheapest; a STEP file's parts have none of their own. `step` writes `parts.step`.
    """

    job: Literal["check_parts"] = "check_parts"
    processes: tuple[ProcessName, ...] = ()
    materials: tuple[CatalogueId, ...] = ()
    quantity: Quantity
    step: bool = False


class MeasureDesign(GeometryJob):
    """Measure the bodies of an assembly and how far they are from each other and from the scene (judge session)."""

    job: Literal["measure"] = "measure"


class ConvertBundle(GeometryJob):
    """Write the MJCF of a scene with or without an assembly; the reply's files are `model.xml` and its meshes."""

    job: Literal["convert"] = "convert"


class VerifyMjcf(GeometryJob):
    """Check an MJCF file (`model.xml` with its assets beside it) against the XSD, compile it and run 0.5 s."""

    job: Literal["verify_mjcf"] = "verify_mjcf"


class RenderDesign(GeometryJob):
    """Draw the scene, with an assembly where one is given, at times of the nominal trial (`view_<k>.png`), and SVGs.

    A film adds the trial in motion, `trial.gif` and `trial.glb`, and the assembly as `design.step`.
    """

    job: Literal["render"] = "render"
    width_px: Annotated[int, Field(ge=16, le=2048)] = 640
    height_px: Annotated[int, Field(ge=16, le=2048)] = 480
    times_s: tuple[Annotated[float, Field(ge=0.0, le=30.0)], ...] = (0.0,)
    trail: bool = True
    drawings: bool = True
    film: bool = False


VerifyJob = VerifyGeometry | VerifySchema | VerifySimulation
DesignJob = JudgeDesign | AppraiseDesign | MeasureDesign | ConvertBundle | RenderDesign
JudgeJob = VerifyJob | DesignJob | CheckParts | VerifyMjcf
Job = Annotated[BuildProgram | JudgeJob, Field(discriminator="job")]


class BuildReply(Record):
    """The program came to its end: what it handed over are files, and the host alone says what they are."""

    job: Literal["build"] = "build"


class VerifyReply(Record):
    """The report of the checks that the job runs, up to the first that fails."""

    job: Literal["verify_geometry", "verify_schema", "verify_simulation"]
    report: VerificationReport


class JudgeReply(Record):
    """The verdict."""

    job: Literal["judge"] = "judge"
    verdict: Verdict
    simulated_s: float


class AppraiseReply(Record):
    """Findings, price, mass, and reasons where the design can't be made."""

    job: Literal["appraise"] = "appraise"
    appraisal: Appraisal | None
    reasons: tuple[Reason, ...] = ()


class WayOfMaking(Record):
    """One part by one process of one material: findings, why it can't be made, and what an order of it alone costs.

    `up` is the part's own direction that points up in a printer that lays filament.
    """

    process: ProcessName
    material_id: CatalogueId
    findings: tuple[PartFinding, ...]
    reasons: tuple[Reason, ...]
    mass_g: float | None
    price: PriceBreakdown | None
    up: Vec3 | None = None


class CheckedPart(Record):
    """A part with the ways of making it that were asked for, the cheapest that can be first; sizes of its own box."""

    part: Id
    size_mm: Vec3Mm
    volume_mm3: float
    ways: tuple[WayOfMaking, ...]


class CheckPartsReply(Record):
    """The parts, and the appraisal of all together by the first way of each; reasons where nothing could be read."""

    job: Literal["check_parts"] = "check_parts"
    parts: tuple[CheckedPart, ...] = ()
    appraisal: Appraisal | None = None
    reasons: tuple[Reason, ...] = ()


class BodySize(Record):
    """One body at t = 0: its exact box and volume."""

    body: Id
    min_mm: Vec3Mm
    max_mm: Vec3Mm
    volume_mm3: float


class Clearance(Record):
    """The least distance of two bodies at t = 0; 0 where they touch or overlap."""

    a: Id
    b: Id
    distance_mm: float


class MeasureReply(Record):
    """Sizes of the assembly's bodies; distances among them and to bodies of the scene that are near."""

    job: Literal["measure"] = "measure"
    bodies: tuple[BodySize, ...] = ()
    clearances: tuple[Clearance, ...] = ()
    reasons: tuple[Reason, ...] = ()


class ConvertReply(Record):
    """The hash of the written MJCF, or why there is none."""

    job: Literal["convert"] = "convert"
    mjcf_sha256: Sha256 | None
    reasons: tuple[Reason, ...] = ()


class VerifyMjcfReply(Record):
    """The report of checks 5 and 6 on a bare MJCF file."""

    job: Literal["verify_mjcf"] = "verify_mjcf"
    report: VerificationReport


class RenderReply(Record):
    """Reasons where nothing could be drawn."""

    job: Literal["render"] = "render"
    reasons: tuple[Reason, ...] = ()


Reply = Annotated[
    BuildReply
    | VerifyReply
    | JudgeReply
    | AppraiseReply
    | CheckPartsReply
    | MeasureReply
    | ConvertReply
    | VerifyMjcfReply
    | RenderReply,
    Field(discriminator="job"),
]

_JOBS: TypeAdapter[Job] = TypeAdapter(Job)
_REPLIES: TypeAdapter[Reply] = TypeAdapter(Reply)


def parse_job(payload: bytes) -> Job:
    """Parse a job on the worker's side; raises pydantic.ValidationError."""
    return _JOBS.validate_json(payload, strict=True)


def parse_reply(payload: bytes, job: Job) -> Reply:
    """Parse the reply to a job on the host's side; raises InputError where it is none of that job's kind."""
    bound_json(payload, most_keys=MOST_REPLY_KEYS)
    try:
        reply = _REPLIES.validate_json(payload, strict=True)
    except ValidationError as error:
        raise InputError(describe_validation(error)) from error
    if reply.job != job.job:
        raise InputError(f"it answers a '{reply.job}' job, this is a '{job.job}' job")
    return reply

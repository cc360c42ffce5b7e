"""The geometry bundle: the only thing that a scene or solution program can hand over.

Lengths are millimetres, angles degrees, speeds mm/s unless a name says otherwise; +z is up.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator

from schemas.controllers import Controller
from schemas.errors import InputError
from schemas.json_bounds import bound_json, refuse_doubles
from schemas.record import (
    Amount,
    Fraction,
    Id,
    LongText,
    Mm,
    NonNegative,
    Period,
    Positive,
    Record,
    Sha256,
    Unitless,
    Vec3,
    Vec3Mm,
    describe_validation,
)

MOST_BODIES, MOST_MOTORS = 128, 16
MOST_FACTOR = 10.0

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}\.brep$")]
CatalogueId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]


class ProcessName(StrEnum):
    """A manufacturing process of the catalogue."""

    CNC_MILLING = "cnc_milling"
    CNC_TURNING = "cnc_turning"
    FDM_PRINTING = "fdm_printing"
    SLS_PRINTING = "sls_printing"
    INJECTION_MOLDING = "injection_molding"
    LASER_CUTTING = "laser_cutting"
    SHEET_METAL_BENDING = "sheet_metal_bending"


class Role(StrEnum):
    """What a body is for: the first four belong to the environment, the last two to the engineer."""

    FIXTURE = "fixture"
    MOVER = "mover"
    DRIVE = "drive"
    PAYLOAD = "payload"
    PART = "part"
    COMPONENT = "component"


ENVIRONMENT_ROLES = frozenset({Role.FIXTURE, Role.MOVER, Role.DRIVE, Role.PAYLOAD})
ASSEMBLY_ROLES = frozenset({Role.PART, Role.COMPONENT})


class Pose(Record):
    """Where a body's own frame sits in the world at t = 0."""

    position_mm: Vec3Mm = (0.0, 0.0, 0.0)
    quaternion_wxyz: tuple[Unitless, Unitless, Unitless, Unitless] = (1.0, 0.0, 0.0, 0.0)

    @model_validator(mode="after")
    def _unit(self) -> "Pose":
        if abs(sum(c * c for c in self.quaternion_wxyz) - 1.0) > 1e-6:
            raise ValueError("quaternion_wxyz must have length 1")
        return self


class Body(Record):
    """One solid: its geometry file (binary BREP in the body's frame), pose, material and how it is made or bought."""

    id: Id
    role: Role
    geometry: FileName
    geometry_sha256: Sha256
    pose: Pose
    material_id: CatalogueId | None = None
    process: ProcessName | None = None
    component_id: CatalogueId | None = None
    colour: Colour = "#9aa5b1"

    @model_validator(mode="after")
    def _made_or_bought(self) -> "Body":
        if self.role is Role.COMPONENT and (self.component_id is None or self.process or self.material_id):
            raise ValueError(f"component '{self.id}' needs a component_id, and neither a process nor a material_id")
        if self.role is not Role.COMPONENT and (self.material_id is None or self.component_id is not None):
            raise ValueError(f"body '{self.id}' needs a material_id and no component_id")
        if (self.role is Role.PART) != (self.process is not None):
            raise ValueError(f"body '{self.id}': exactly parts have a process")
        return self


class Range(Record):
    """A closed interval; its unit is that of the field that holds it (degrees for hinges and balls, mm for slides)."""

    min: Amount
    max: Amount

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class Joint(Record):
    """A moving connection; `parent` None is the world.

    stiffness is N·m/rad (hinge, ball) or N/m (slide), damping N·m·s/rad or N·s/m, friction_loss N·m or N.
    """

    id: Id
    kind: Literal["free", "hinge", "slide", "ball"]
    parent: Id | None = None
    child: Id
    anchor_mm: Vec3Mm = (0.0, 0.0, 0.0)
    axis: Vec3 = (0.0, 0.0, 1.0)
    range: Range | None = None
    stiffness: NonNegative = 0.0
    damping: NonNegative = 0.0
    friction_loss: NonNegative = 0.0
    through: Id | None = None
    mount_id: Id | None = None

    @model_validator(mode="after")
    def _has_axis(self) -> "Joint":
        if self.kind in ("hinge", "slide") and abs(sum(c * c for c in self.axis) - 1.0) > 1e-6:
            raise ValueError(f"joint '{self.id}': axis must have length 1")
        return self

    @model_validator(mode="after")
    def _starts_inside(self) -> "Joint":
        low, high = (self.range.min, self.range.max) if self.range else (0.0, 0.0)
        if self.kind == "free" and (self.range or self.stiffness or self.damping or self.friction_loss):
            raise ValueError(f"joint '{self.id}': a free joint has no range, stiffness, damping or friction_loss")
        if self.kind == "ball" and self.range and not (low == 0.0 < high <= 180.0):
            raise ValueError(f"joint '{self.id}': a ball's range is (0, largest tilt), the tilt at most 180 degrees")
        if not low <= 0.0 <= high:
            raise ValueError(f"joint '{self.id}': its range counts from t = 0, so it must hold 0")
        return self


class Fastener(Record):
    """A catalogue fastener: the point where its axis meets the face under its head, and the way it is driven."""

    component_id: CatalogueId
    position_mm: Vec3Mm
    axis: Vec3

    @model_validator(mode="after")
    def _has_unit_axis(self) -> "Fastener":
        if abs(sum(c * c for c in self.axis) - 1.0) > 1e-6:
            raise ValueError("a fastener's axis must have length 1")
        return self


class Attachment(Record):
    """A rigid fastening of assembly body `a` to `b`: another assembly body, or an environment body's mount."""

    id: Id
    a: Id
    b: Id
    fasteners: tuple[Fastener, ...] = Field(min_length=1, max_length=32)
    mount_id: Id | None = None


class Coupling(Record):
    """A ratio between two joints (turns of b per turn of a; mm per turn for rack and lead screw)."""

    id: Id
    kind: Literal["gears", "belt", "rack", "lead_screw"]
    joint_a: Id
    joint_b: Id
    ratio: Unitless
    efficiency: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    components: tuple[CatalogueId, ...] = Field(min_length=1, max_length=8)


class Interface(Record):
    """An overlap that is allowed, inside the component's modelled region."""

    kind: Literal["thread", "press", "slide", "mesh"]
    component: Id
    body: Id


class Spring(Record):
    """A catalogue spring between two bodies, deflected at t = 0 by deflection_mm from its free length."""

    id: Id
    component_id: CatalogueId
    a: Id
    b: Id
    anchor_a_mm: Vec3Mm
    anchor_b_mm: Vec3Mm
    deflection_mm: Mm = 0.0


class Motor(Record):
    """A catalogue motor on a joint of the assembly, its supply (component body or outlet) and its controller."""

    id: Id
    component_id: CatalogueId
    joint: Id
    supply: Id
    controller: Controller


class Drive(Record):
    """An environment motor on a hinge or slide: follows its controller up to `limit` (N·m or N)."""

    id: Id
    joint: Id
    mode: Literal["velocity", "position", "torque"]
    controller: Controller
    limit: Positive

    @model_validator(mode="after")
    def _commands_its_mode(self) -> "Drive":
        if self.mode != "position" and self.controller.kind in ("hold", "oscillate"):
            raise ValueError(f"drive '{self.id}': hold and oscillate command places: use mode 'position'")
        return self


class Surface(Record):
    """A conveyor: the surface velocity of a body in its own frame, scaled by the schedule (1 = full speed)."""

    body: Id
    velocity_mm_s: Vec3Mm
    schedule: Controller | None = None

    @model_validator(mode="after")
    def _commands_speed(self) -> "Surface":
        if self.schedule is not None and self.schedule.kind in ("hold", "oscillate"):
            raise ValueError(f"surface of '{self.body}': hold and oscillate command places, a schedule scales speed")
        return self


class Mount(Record):
    """A planar polygon on an environment body where fasteners may enter.

    `frame` has its origin in the plane and +z along the outward normal; `outline_mm` is in the frame's x and y.
    """

    id: Id
    body: Id
    frame: Pose
    outline_mm: tuple[tuple[Mm, Mm], ...] = Field(min_length=3, max_length=32)
    depth_mm: Annotated[float, Field(gt=0.0, le=500.0)]


class Outlet(Record):
    """A power outlet of the environment."""

    id: Id
    position_mm: Vec3Mm
    voltage_v: Positive
    power_w: Positive


class Zone(Record):
    """An axis-aligned box."""

    id: Id
    min_mm: Vec3Mm
    max_mm: Vec3Mm

    @model_validator(mode="after")
    def _has_volume(self) -> "Zone":
        if any(low >= high for low, high in zip(self.min_mm, self.max_mm, strict=True)):
            raise ValueError(f"zone '{self.id}': every min_mm must be below its max_mm")
        return self


class Zones(Record):
    """workspace ⊃ build_zone, goal_zones, forbid_zones."""

    workspace: Zone
    build_zone: Zone
    goal_zones: tuple[Zone, ...] = Field(min_length=1, max_length=8)
    forbid_zones: tuple[Zone, ...] = Field(default=(), max_length=16)


class Goal(Record):
    """What one payload must do: `settle` in the zone, or `pass_through` its face in the given direction."""

    zone: Id
    mode: Literal["settle", "pass_through"] = "settle"
    face: Literal["-x", "+x", "-y", "+y", "-z", "+z"] | None = None
    direction: Literal["in", "out"] = "in"
    max_exit_speed_m_s: Positive | None = None
    goal_support: Literal["environment", "any"] = "environment"

    @model_validator(mode="after")
    def _complete(self) -> "Goal":
        if self.mode == "pass_through" and (self.face is None or self.max_exit_speed_m_s is None):
            raise ValueError("a pass_through goal needs face and max_exit_speed_m_s")
        return self


class Jitter(Record):
    """Half-widths of the uniform spawn draws: position per axis, yaw about the vertical, relative speed."""

    position_mm: tuple[NonNegative, NonNegative, NonNegative] = (0.0, 0.0, 0.0)
    yaw_deg: Annotated[float, Field(ge=0.0, le=180.0)] = 0.0
    speed_fraction: Fraction = 0.0


class Payload(Record):
    """A body that has to be moved, its own goal, its velocity at t = 0 and its spawn jitter."""

    body: Id
    goal: Goal
    velocity_mm_s: Vec3Mm = (0.0, 0.0, 0.0)
    jitter: Jitter = Jitter()


class MotionContract(Record):
    """What a mover or drive promises while undisturbed: range and top speed of its joint relative to t = 0.

    `min`, `max` in degrees or mm, `max_speed` in deg/s or mm/s, `force_limit` in N·m or N; a ball joint's `max` is its
    largest turn away from t = 0. `body` names a conveyor surface instead of a joint; its speed is `max_speed` and
    min = max = 0.
    """

    id: Id
    joint: Id | None = None
    body: Id | None = None
    min: Amount
    max: Amount
    max_speed: NonNegative
    period_s: Period | None = None
    phase: Literal["uniform", "fixed"] = "fixed"
    interaction: Literal["may_block", "must_keep_contract"] = "must_keep_contract"
    force_limit: Positive | None = None

    @model_validator(mode="after")
    def _names_one(self) -> "MotionContract":
        if (self.joint is None) == (self.body is None):
            raise ValueError(f"motion contract '{self.id}' names a joint or a conveyor body, one of the two")
        return self


class TrialRanges(Record):
    """The uniform factors that every trial draws, apart from the payloads' own jitter."""

    friction: Range = Range(min=0.85, max=1.15)
    payload_mass: Range = Range(min=0.95, max=1.05)
    motor_torque: Range = Range(min=0.9, max=1.0)

    @model_validator(mode="after")
    def _are_factors(self) -> "TrialRanges":
        for name, drawn in self:
            if drawn.min <= 0.0 or drawn.max > MOST_FACTOR:
                raise ValueError(f"{name} {drawn.min} to {drawn.max}: factors are above 0 and at most {MOST_FACTOR:g}")
        return self


class Task(Record):
    """The problem in words and the rules that are not geometry."""

    statement: LongText
    horizon_s: Annotated[float, Field(gt=0.0, le=30.0)]
    target_quantity: Annotated[int, Field(ge=1, le=1_000_000)]
    allowed_processes: tuple[ProcessName, ...] = Field(min_length=1, max_length=7)
    allowed_materials: tuple[CatalogueId, ...] = Field(min_length=1, max_length=32)
    max_parts: Annotated[int, Field(ge=1, le=64)] = 16
    max_stored_energy_j: NonNegative = 0.0
    ranges: TrialRanges = TrialRanges()


class Head(Record):
    """The fields that scene and assembly bundles share."""

    bundle_version: Literal[1] = 1
    authoring_version: Annotated[str, StringConstraints(max_length=32)]
    program_sha256: Sha256
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    bodies: tuple[Body, ...] = Field(min_length=1, max_length=MOST_BODIES)
    joints: tuple[Joint, ...] = Field(default=(), max_length=64)

    def body(self, body_id: str) -> Body:
        """Return the body of that id; raises KeyError."""
        return {body.id: body for body in self.bodies}[body_id]


class SceneBundle(Head):
    """The environment of a benchmark."""

    kind: Literal["scene"] = "scene"
    surfaces: tuple[Surface, ...] = Field(default=(), max_length=16)
    drives: tuple[Drive, ...] = Field(default=(), max_length=16)
    mounts: tuple[Mount, ...] = Field(default=(), max_length=32)
    outlets: tuple[Outlet, ...] = Field(default=(), max_length=8)
    zones: Zones
    payloads: tuple[Payload, ...] = Field(min_length=1, max_length=4)
    motion_contracts: tuple[MotionContract, ...] = Field(default=(), max_length=16)
    task: Task


class AssemblyBundle(Head):
    """What an engineer has designed."""

    kind: Literal["assembly"] = "assembly"
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=128)
    couplings: tuple[Coupling, ...] = Field(default=(), max_length=32)
    interfaces: tuple[Interface, ...] = Field(default=(), max_length=128)
    loose: tuple[Id, ...] = Field(default=(), max_length=64)
    springs: tuple[Spring, ...] = Field(default=(), max_length=32)
    motors: tuple[Motor, ...] = Field(default=(), max_length=MOST_MOTORS)


Bundle = Annotated[SceneBundle | AssemblyBundle, Field(discriminator="kind")]


_BUNDLE: TypeAdapter[SceneBundle | AssemblyBundle] = TypeAdapter(Bundle)


def parse_bundle(data: bytes) -> SceneBundle | AssemblyBundle:
    """Parse a `bundle.json` of either kind, bounded and strictly; raises InputError with the first faults."""
    bound_json(data)
    refuse_doubles(data)
    try:
        return _BUNDLE.validate_json(data, strict=True)
    except ValidationError as error:
        raise InputError(describe_validation(error)) from error

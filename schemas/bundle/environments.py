"""What a scene adds to its bodies: drives, conveyors, mounts, zones, payloads, contracts, the task."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.bundle.bodies import CatalogueId, Pose, ProcessName, Range
from schemas.controllers import Controller
from schemas.record import Amount, Fraction, Id, LongText, Mm, NonNegative, Period, Positive, Record, Vec3Mm

MOST_FACTOR = 10.0


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

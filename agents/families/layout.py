"""A laid out scene: solids where they stand, what moves and how, mounts, payloads and zones; lengths in mm."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

from agents.families.shapes import Axis, Ball, Block, Corners, Ring, Shape, Taper
from schemas.bundle import Drive, Goal, Jitter, Joint, MotionContract, Range, Role, Surface
from schemas.controllers import Controller
from schemas.record import Vec3, Vec3Mm

PayloadKind = Literal["sphere", "cube", "box", "cylinder", "rod", "ring"]
Face = Literal["-x", "+x", "-y", "+y", "-z", "+z"]
AXES: Mapping[Axis, Vec3] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
FLOOR_MATERIAL, FLOOR_Z_MM = "plywood_birch", -10.0
BASE_WORKSPACE_MM = (600.0, 400.0, 400.0)


@dataclass(frozen=True)
class Frame:
    """Coordinates of a family: u runs with the payload, q to the side, z up; 0 is at (`middle_u`, `zero_q`)."""

    run: int
    across: int
    middle_u: float
    zero_q: float

    def place(self, u: float, q: float, z: float) -> Vec3Mm:
        """Return world coordinates, rounded to 0.1 mm."""
        x, y = self.run * (u - self.middle_u), self.across * (q - self.zero_q)
        return (round(x, 1) + 0.0, round(y, 1) + 0.0, round(z, 1) + 0.0)

    def box(self, low: Vec3Mm, high: Vec3Mm) -> Corners:
        """Return the world box between two points given in (u, q, z)."""
        pairs = list(zip(self.place(*low), self.place(*high), strict=True))
        (x0, y0, z0), (x1, y1, z1) = map(min, pairs), map(max, pairs)
        return ((x0, y0, z0), (x1, y1, z1))


@dataclass(frozen=True)
class SceneBody:
    """A body of the environment that is no payload; `why` is what the program says of it."""

    id: str
    shape: Shape
    material: str
    colour: str = "#9aa5b1"
    why: str = ""
    role: Role = Role.FIXTURE


@dataclass(frozen=True)
class Motion:
    """How a body moves: on a joint, driven or not, or in place with a running surface; what is promised of it."""

    body: str
    contract: MotionContract
    joint: Joint | None = None
    drive: Drive | None = None
    surface: Surface | None = None


@dataclass(frozen=True)
class ScenePayload:
    """A body to be moved: extents (x, y, z) as it stands, centre at t = 0, goal, and what trials draw."""

    id: str
    kind: PayloadKind
    size_mm: Vec3Mm
    centre_mm: Vec3Mm
    material: str
    colour: str
    goal: Goal
    jitter: Jitter
    velocity_mm_s: Vec3Mm = (0.0, 0.0, 0.0)

    def moving(self, velocity_mm_s: Vec3Mm, speed_fraction: float = 0.05) -> "ScenePayload":
        """Return the payload with a velocity at t = 0, of which every trial varies a share."""
        jitter = self.jitter.model_copy(update={"speed_fraction": speed_fraction})
        return replace(self, velocity_mm_s=velocity_mm_s, jitter=jitter)

    @property
    def shape(self) -> Shape:
        """Return its solid: a cylinder stands upright, a rod lies along x, a ring lies flat."""
        (x, y, z), (sx, sy, sz) = self.centre_mm, self.size_mm
        match self.kind:
            case "sphere":
                return Ball(self.centre_mm, sx / 2)
            case "cylinder":
                return Taper((x, y, z - sz / 2), (x, y, z + sz / 2), sx / 2)
            case "rod":
                return Taper((x - sx / 2, y, z), (x + sx / 2, y, z), sz / 2)
            case "ring":
                return Ring(self.centre_mm, "z", (sx - sz) / 2, sz / 2)
            case _:
                half = (sx / 2, sy / 2, sz / 2)
                low, high = ([c + way * h for c, h in zip(self.centre_mm, half, strict=True)] for way in (-1, 1))
                return Block((tuple(low), tuple(high)))  # type: ignore[arg-type]


@dataclass(frozen=True)
class SceneMount:
    """A rectangle on a body's plane face where fasteners may enter: opposite corners, alike along its normal."""

    id: str
    body: str
    face: Face
    corners: Corners
    depth_mm: float

    @property
    def normal(self) -> Vec3:
        """Return the outward normal."""
        x, y, z = AXES[self.face[1]]  # type: ignore[index]
        way = 1.0 if self.face[0] == "+" else -1.0
        return way * x + 0.0, way * y + 0.0, way * z + 0.0

    @property
    def x_axis(self) -> Vec3:
        """Return the direction of the rectangle's first side."""
        return AXES["y"] if self.face[1] == "x" else AXES["x"]

    @property
    def origin_mm(self) -> Vec3Mm:
        """Return the rectangle's middle."""
        x, y, z = (round((low + high) / 2, 2) for low, high in zip(*self.corners, strict=True))
        return x, y, z

    @property
    def size_mm(self) -> tuple[float, float]:
        """Return the lengths of its sides."""
        first, second = (round(high - low, 2) for low, high in zip(*self.corners, strict=True) if high > low)
        return first, second


@dataclass(frozen=True)
class SceneOutlet:
    """Power for a design's motors."""

    id: str
    position_mm: Vec3Mm
    voltage_v: float
    power_w: float


@dataclass(frozen=True)
class Layout:
    """A laid out scene; `cell` are the family's own figures in the quantised cell that decides the split."""

    bodies: tuple[SceneBody, ...]
    payloads: tuple[ScenePayload, ...]
    mounts: tuple[SceneMount, ...]
    build: Corners
    goals: Mapping[str, Corners]
    horizon_s: float
    cell: tuple[float, ...]
    motions: tuple[Motion, ...] = ()
    outlets: tuple[SceneOutlet, ...] = ()
    forbidden: Mapping[str, Corners] = field(default_factory=dict)
    workspace: Corners = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))

    def on_floor(self, stretch: Vec3Mm) -> "Layout":
        """Return the scene with a workspace, and the floor that fills its ground.

        The workspace is the base stretched as drawn, grown to be 20 mm clear of everything; it starts at its floor.
        """
        held = [*self.goals.values(), *self.forbidden.values(), self.build]
        held += [body.shape.bounds for body in self.bodies] + [one.shape.bounds for one in self.payloads]
        lows, highs = zip(*(box[0] for box in held), strict=True), zip(*(box[1] for box in held), strict=True)
        least, most = [min(values) - 20 for values in lows], [max(values) + 20 for values in highs]
        wide, deep, high = (base * factor for base, factor in zip(BASE_WORKSPACE_MM, stretch, strict=True))
        x0, y0 = round(min(-wide / 2, least[0]), 1), round(min(-deep / 2, least[1]), 1)
        x1, y1 = round(max(wide / 2, most[0]), 1), round(max(deep / 2, most[1]), 1)
        z1 = round(max(high + FLOOR_Z_MM, most[2]), 1)
        floor = SceneBody("floor", Block(((x0, y0, FLOOR_Z_MM), (x1, y1, 0.0))), FLOOR_MATERIAL, why="The ground.")
        return replace(self, bodies=(floor, *self.bodies), workspace=((x0, y0, FLOOR_Z_MM), (x1, y1, z1)))


class Promise(NamedTuple):
    """What is promised of an undisturbed joint: limits from t = 0 in degrees or mm, top speed per s, period, phase."""

    limits: tuple[float, float]
    max_speed: float
    period_s: float | None = None
    phase: Literal["uniform", "fixed"] = "fixed"
    interaction: Literal["may_block", "must_keep_contract"] = "must_keep_contract"


class Motor(NamedTuple):
    """What moves a joint: its mode, its controller, and its largest torque (N·m) or force (N)."""

    mode: Literal["velocity", "position", "torque"]
    controller: Controller
    limit: float


def jointed(
    body: str,
    kind: Literal["hinge", "slide", "ball"],
    line: tuple[Vec3Mm, Axis],
    promise: Promise,
    motor: Motor | None = None,
    stops: tuple[float, float] | None = None,
    **resistance: float,
) -> Motion:
    """Return the motion of a body on a joint of a kind along a line; `stops` count from t = 0 as promises do.

    `resistance` are stiffness, damping and friction_loss of the joint.
    """
    anchor, axis = line
    name = body.removeprefix("body_")
    span = None if stops is None else Range(min=stops[0], max=stops[1])
    given = {"id": f"joint_{name}", "kind": kind, "child": body, "anchor_mm": anchor, "axis": AXES[axis], "range": span}
    joint = Joint.model_validate({**given, **resistance})
    low, high = promise.limits
    kept = {field: value for field, value in promise._asdict().items() if field != "limits"}
    contract = MotionContract(id=f"motion_{name}", joint=joint.id, min=low, max=high, **kept)
    drive = None if motor is None else Drive(id=f"motor_{name}", joint=joint.id, **motor._asdict())
    return Motion(body, contract, joint, drive)


def running(
    body: str,
    velocity_mm_s: Vec3Mm,
    schedule: Controller | None = None,
    *,
    period_s: float | None = None,
    phase: Literal["uniform", "fixed"] = "fixed",
) -> Motion:
    """Return the motion of a body that stays in place while its surface runs."""
    surface = Surface(body=body, velocity_mm_s=velocity_mm_s, schedule=schedule)
    contract = MotionContract(
        id=f"motion_{body.removeprefix('body_')}",
        body=body,
        min=0.0,
        max=0.0,
        max_speed=math.hypot(*velocity_mm_s),
        period_s=period_s,
        phase=phase,
    )
    return Motion(body, contract, surface=surface)

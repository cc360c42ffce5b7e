"""What a family is, and what a laid out scene of any family is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Literal, TypeVar

from agents.families.draw import Draw
from agents.families.parameters import WAYS, Corners, SceneParameters, WaysToMake
from schemas.catalogue import Catalogue
from schemas.record import Vec3Mm

TemplateValue = str | float | tuple[object, ...]
Kind = Literal["static", "mover", "drive"]
Drawn = TypeVar("Drawn", bound=SceneParameters)
BASE_WORKSPACE_MM = (600.0, 400.0, 400.0)
FLOOR_MATERIAL = "plywood_birch"
FLOOR_Z_MM = -10.0


def number(value: float) -> str:
    """Return a number as the statement shows it: at most one decimal for lengths, no trailing zeros."""
    return f"{round(value, 3) + 0.0:g}"


def point(values: Vec3Mm) -> str:
    """Return coordinates in parentheses."""
    return f"({', '.join(number(value) for value in values)})"


def corners(box: Corners) -> str:
    """Return two opposite corners of a box."""
    return f"{point(box[0])} to {point(box[1])}"


@dataclass(frozen=True)
class FixtureLine:
    """How the statement tells of one environment body that is no payload."""

    body: str
    material: str
    text: str


class Layout(ABC):
    """A laid out scene: u runs with the payload from its start, q away from the mount, z up.

    A family says where its fixtures and zones are, what else its program and its statement want, and how long a trial
    takes; `across` is the direction of q along y.
    """

    drawn: SceneParameters
    across: int
    middle_u: float
    start_q: float
    start_z: float
    horizon_s: float
    jitter_z_mm = 0.0

    def __init__(self, drawn: SceneParameters, catalogue: Catalogue) -> None:
        self.drawn, self.catalogue = drawn, catalogue

    @property
    def ways(self) -> WaysToMake:
        """Return the processes and materials that parts may be made by."""
        return WAYS[self.drawn.ways]

    @abstractmethod
    def place_boxes(self) -> dict[str, Corners]:
        """Return the fixtures and zones by their constant's name."""

    @abstractmethod
    def own_constants(self) -> dict[str, TemplateValue]:
        """Return the constants of the scene's program that other families lack, and those of its mount."""

    @abstractmethod
    def describe(self) -> tuple[FixtureLine, ...]:
        """Return the statement's lines about the fixtures."""

    @abstractmethod
    def measure(self) -> tuple[float, ...]:
        """Return the family's own figures in the quantised cell that decides the split."""

    def describe_motions(self) -> tuple[str, ...]:
        """Return the statement's paragraphs about what moves."""
        return ()

    def place(self, u: float, q: float, z: float) -> Vec3Mm:
        """Return world coordinates; the payload starts at y = 0."""
        x, y = self.drawn.run * (u - self.middle_u), self.across * (q - self.start_q)
        return (round(x, 1) + 0.0, round(y, 1) + 0.0, round(z, 1) + 0.0)

    def box(self, low: Vec3Mm, high: Vec3Mm) -> Corners:
        """Return the world box between two points given in (u, q, z), rounded to 0.1 mm."""
        pairs = list(zip(self.place(*low), self.place(*high), strict=True))
        (x0, y0, z0), (x1, y1, z1) = map(min, pairs), map(max, pairs)
        return ((x0, y0, z0), (x1, y1, z1))

    @cached_property
    def boxes(self) -> dict[str, Corners]:
        """Return the boxes with a workspace around them, 20 mm clear of each, and the floor that fills its ground.

        The workspace is the base stretched as drawn, grown where the layout needs more; it starts at its floor.
        """
        boxes, drawn = self.place_boxes(), self.drawn
        lows, highs = (list(zip(*ends, strict=True)) for ends in zip(*boxes.values(), strict=True))
        wide, deep = BASE_WORKSPACE_MM[0] * drawn.stretch_x / 2, BASE_WORKSPACE_MM[1] * drawn.stretch_y / 2
        x0, y0 = round(min(-wide, min(lows[0]) - 20), 1), round(min(-deep, min(lows[1]) - 20), 1)
        x1, y1 = round(max(wide, max(highs[0]) + 20), 1), round(max(deep, max(highs[1]) + 20), 1)
        z1 = round(max(BASE_WORKSPACE_MM[2] * drawn.stretch_z + FLOOR_Z_MM, max(highs[2]) + 20), 1)
        workspace, floor = ((x0, y0, FLOOR_Z_MM), (x1, y1, z1)), ((x0, y0, FLOOR_Z_MM), (x1, y1, 0.0))
        return {**boxes, "WORKSPACE_MM": workspace, "FLOOR_MM": floor}

    @cached_property
    def constants(self) -> Mapping[str, TemplateValue]:
        """Return every constant of the scene's program but its seed and statement."""
        drawn = self.drawn
        return {
            **self.boxes,
            "HORIZON_S": self.horizon_s,
            "QUANTITY": drawn.quantity,
            "PROCESSES": self.ways.processes,
            "MATERIALS": self.ways.materials,
            "PAYLOAD_ID": drawn.payload_name,
            "PAYLOAD_SHAPE": drawn.payload_shape,
            "PAYLOAD_SIZE_MM": drawn.payload_size_mm,
            "PAYLOAD_MATERIAL": drawn.payload_material,
            "PAYLOAD_COLOUR": drawn.payload_colour,
            "SPAWN_MM": self.place(0, self.start_q, self.start_z),
            "JITTER_MM": (drawn.jitter_x_mm, drawn.jitter_y_mm, self.jitter_z_mm),
            "JITTER_YAW_DEG": drawn.jitter_yaw_deg,
            "FLOOR_MATERIAL": FLOOR_MATERIAL,
            "TRAY_MATERIAL": drawn.fixture_material,
            "TRAY_COLOUR": drawn.fixture_colour,
            **self.own_constants(),
        }

    def fixed(self, body: str, material: str) -> FixtureLine:
        """Return the line about a fixed box."""
        return FixtureLine(body, material, f"fixed, box {corners(self.boxes[f'{body.upper()}_MM'])}.")


@dataclass(frozen=True)
class Family(Generic[Drawn]):
    """One family: pure functions from draws to parameters to a layout, and the words of its statement."""

    name: str
    kind: Kind
    intros: tuple[str, ...]
    sample: Callable[[Draw, Catalogue], Drawn]
    lay_out: Callable[[Drawn, Catalogue], Layout]

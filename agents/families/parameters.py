"""The parameters that families share: the payload, its jitter, the workspace, and how they are drawn."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import Field

from agents.families.draw import Draw
from agents.families.layout import PayloadKind, ScenePayload
from schemas.benchmark import Parameter
from schemas.bundle import Goal, Jitter, ProcessName
from schemas.catalogue import Catalogue
from schemas.record import Record, Vec3Mm

Side = Literal[-1, 1]

PAYLOAD_MATERIALS = ("pom", "abs", "pa66", "hdpe", "pmma", "al_6061_t6", "steel_1018", "hardwood_oak")
BALL_MATERIALS = ("pom", "abs", "pa66", "hdpe", "pmma")
"""Livelier balls (steel, aluminium, oak: 0.6) were seen to creep for many seconds in a corner of the tray."""
PAYLOAD_COLOURS = ("#ebcb8b", "#bf616a", "#88c0d0", "#d08770", "#a3be8c")
FIXTURE_COLOURS = ("#a3be8c", "#8fbcbb", "#b48ead", "#d8c3a5", "#9aa5b1")
PRINT_MATERIALS = ("pla", "petg", "abs")


class WaysToMake(NamedTuple):
    """Processes and materials that a benchmark allows."""

    processes: tuple[str, ...]
    materials: tuple[str, ...]


WAYS: Mapping[str, WaysToMake] = {
    "prints": WaysToMake(("fdm_printing", "laser_cutting"), (*PRINT_MATERIALS, "plywood_birch", "mdf", "pmma")),
    "powder": WaysToMake(
        ("fdm_printing", "sls_printing", "laser_cutting"), (*PRINT_MATERIALS, "pa12", "plywood_birch", "mdf", "pmma")
    ),
    "workshop": WaysToMake(
        ("fdm_printing", "cnc_milling", "cnc_turning", "laser_cutting", "sheet_metal_bending"),
        (*PRINT_MATERIALS, "pom", "plywood_birch", "mdf", "al_5052_h32", "steel_1018"),
    ),
    "series": WaysToMake(
        tuple(one.value for one in ProcessName), (*PRINT_MATERIALS, "pa12", "pp", "pom", "plywood_birch", "al_5052_h32")
    ),
}
"""What a benchmark may allow, one of these each: whatever it is, prints are among it, and so is the laser."""
QUANTITIES = (10, 100, 1000, 10_000)
WIRE_SHARE = 0.25
"""Thickness of a ring's wire ÷ its outer diameter."""
PAYLOAD_NAMES: Mapping[PayloadKind, tuple[str, ...]] = {
    "cube": ("cube", "block"),
    "box": ("block", "brick"),
    "cylinder": ("puck", "disc"),
    "sphere": ("ball", "sphere"),
    "rod": ("rod", "bar"),
    "ring": ("ring", "hoop"),
}


def mm(low: float, high: float) -> object:
    """Return the field of a length parameter with its range."""
    return Field(ge=low, le=high, json_schema_extra={"unit": "mm"})


def degrees(low: float, high: float) -> object:
    """Return the field of an angle parameter with its range."""
    return Field(ge=low, le=high, json_schema_extra={"unit": "deg"})


class SceneParameters(Record):
    """What every family draws; families add their own."""

    run: Side
    side: Side
    payload_name: str
    payload_shape: PayloadKind
    payload_width_mm: Annotated[float, mm(10, 80)]
    payload_length_ratio: Annotated[float, Field(ge=1.0, le=1.6)]
    payload_height_ratio: Annotated[float, Field(ge=0.5, le=1.0)]
    payload_material: str
    payload_colour: str
    jitter_x_mm: Annotated[float, mm(2, 8)]
    jitter_y_mm: Annotated[float, mm(2, 8)]
    jitter_yaw_deg: Annotated[float, degrees(5, 180)]
    stretch_x: Annotated[float, Field(ge=0.5, le=2.0)]
    stretch_y: Annotated[float, Field(ge=0.5, le=2.0)]
    stretch_z: Annotated[float, Field(ge=0.5, le=2.0)]
    fixture_material: str
    fixture_colour: str
    panel_material: str
    quantity: int
    ways: Literal["prints", "powder", "workshop", "series"]
    phrasing: Annotated[int, Field(ge=0, le=2)]
    library: Literal["build123d", "cadquery"]

    @property
    def payload_size_mm(self) -> Vec3Mm:
        """Return the payload's extents: a cylinder stands upright, a rod lies along x, a ring lies flat."""
        width, shape = self.payload_width_mm, self.payload_shape
        length, height = round(width * self.payload_length_ratio, 1), round(width * self.payload_height_ratio, 1)
        match shape:
            case "cube" | "sphere":
                return (width, width, width)
            case "cylinder":
                return (width, width, height)
            case "rod":
                return (round(2 * length, 1), width, width)
            case "ring":
                return (width, width, round(width * WIRE_SHARE, 1))
            case _:
                return (length, width, height)

    @property
    def payload_reach_mm(self) -> float:
        """Return the radius of the smallest vertical cylinder around the payload, whatever its yaw."""
        x, y, _ = self.payload_size_mm
        return x / 2 if self.payload_shape in ("cylinder", "sphere", "ring") else math.hypot(x, y) / 2

    @property
    def payload_diagonal_mm(self) -> float:
        """Return the payload's longest extent, however it lies."""
        if self.payload_shape == "sphere":
            return self.payload_width_mm
        x, y, z = self.payload_size_mm
        return math.hypot(x, z) if self.payload_shape in ("cylinder", "ring", "rod") else math.hypot(x, y, z)

    def payload(self, centre_mm: Vec3Mm, goal: Goal, jitter_z_mm: float = 0.0) -> ScenePayload:
        """Return the payload at its start with its goal."""
        shift = (self.jitter_x_mm, self.jitter_y_mm, jitter_z_mm)
        return ScenePayload(
            id=self.payload_name,
            kind=self.payload_shape,
            size_mm=self.payload_size_mm,
            centre_mm=centre_mm,
            material=self.payload_material,
            colour=self.payload_colour,
            goal=goal,
            jitter=Jitter(position_mm=shift, yaw_deg=self.jitter_yaw_deg),
        )

    def record_values(self) -> tuple[Parameter, ...]:
        """Return every drawn value with its unit, as it is stored."""
        values = []
        for name, field in type(self).model_fields.items():
            extra = field.json_schema_extra
            unit = str(extra["unit"]) if isinstance(extra, dict) else ""
            value = getattr(self, name)
            values.append(Parameter(name=name, value=value if isinstance(value, str) else float(value), unit=unit))
        return tuple(values)


@dataclass(frozen=True)
class PayloadLimits:
    """Which payloads a family takes: widths in mm, shapes, the mass range in g that the draw keeps, materials."""

    shapes: tuple[PayloadKind, ...]
    least_mm: float
    most_mm: float
    least_height_ratio: float = 0.5
    least_g: float = 5.5
    most_g: float = 450.0
    materials: tuple[str, ...] = PAYLOAD_MATERIALS


def draw_shared(draw: Draw, catalogue: Catalogue, limits: PayloadLimits) -> dict[str, object]:
    """Draw what every family has; the width is bounded so that the mass stays within 5–500 g."""
    shape = draw.choose(limits.shapes)
    material = draw.choose(BALL_MATERIALS if shape == "sphere" else limits.materials)
    length_ratio, height_ratio = draw.uniform(1.0, 1.6, 2), draw.uniform(limits.least_height_ratio, 1.0, 2)
    grams_per_mm3 = catalogue.materials[material].density_kg_m3 * 1e-6
    ratio = solid_ratio(shape, length_ratio, height_ratio) * grams_per_mm3
    least = max(limits.least_mm, (limits.least_g / ratio) ** (1 / 3))
    longest = length_ratio if shape == "box" else 1.0
    most = max(least, min(limits.most_mm / longest, (limits.most_g / ratio) ** (1 / 3)))
    return {
        "run": draw.choose((1, -1)),
        "side": draw.choose((1, -1)),
        "payload_name": draw.choose(PAYLOAD_NAMES[shape]),
        "payload_shape": shape,
        "payload_width_mm": draw.uniform(least, most),
        "payload_length_ratio": length_ratio,
        "payload_height_ratio": height_ratio,
        "payload_material": material,
        "payload_colour": draw.choose(PAYLOAD_COLOURS),
        "jitter_x_mm": draw.uniform(2, 8),
        "jitter_y_mm": draw.uniform(2, 8),
        "jitter_yaw_deg": draw.uniform(5, 180, 0),
        "stretch_x": draw.uniform(0.5, 2.0, 2),
        "stretch_y": draw.uniform(0.5, 2.0, 2),
        "stretch_z": draw.uniform(0.5, 2.0, 2),
        "fixture_colour": draw.choose(FIXTURE_COLOURS),
        "quantity": draw.choose(QUANTITIES),
        "ways": draw.choose(tuple(WAYS)),
        "phrasing": draw.choose(range(3)),
        "library": draw.choose(("build123d", "cadquery")),
    }


def draw_panel(draw: Draw) -> str:
    """Return the material that screws enter."""
    return draw.choose(("plywood_birch", "mdf", "hardwood_oak"))


def split_cell(parameters: SceneParameters, *own: float) -> tuple[int, ...]:
    """Return the quantised parameters that decide the split: shape, material, width and a family's own figures."""
    shape = get_args(PayloadKind).index(parameters.payload_shape)
    material = sum(parameters.payload_material.encode())
    return (shape, material, int(parameters.payload_width_mm // 6), *(int(value) for value in own))


def solid_ratio(shape: PayloadKind, length_ratio: float, height_ratio: float) -> float:
    """Return volume ÷ width³ of a payload."""
    round_ratio = math.pi / 4
    ratios: Mapping[PayloadKind, float] = {
        "sphere": math.pi / 6,
        "cube": 1.0,
        "box": length_ratio * height_ratio,
        "cylinder": round_ratio * height_ratio,
        "rod": round_ratio * 2 * length_ratio,
        "ring": round_ratio * math.pi * WIRE_SHARE**2 * (1 - WIRE_SHARE),
    }
    return ratios[shape]

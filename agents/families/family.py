"""What a family is, and what a laid out scene of any family is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from agents.families.draw import Draw
from agents.families.parameters import (
    PRINT_MATERIALS,
    PROCESSES,
    SHEET_MATERIALS,
    Corners,
    SceneParameters,
    stretch_workspace,
)
from schemas.catalogue import Catalogue
from schemas.record import Vec3Mm

TemplateValue = str | float | tuple[object, ...]
Kind = Literal["static", "mover", "drive"]
MATERIALS = (*PRINT_MATERIALS, *SHEET_MATERIALS)
FLOOR_MATERIAL = "plywood_birch"
FLOOR_Z_MM = -10.0


@dataclass(frozen=True)
class FixtureLine:
    """How the statement tells of one environment body that is no payload."""

    body: str
    material: str
    text: str


@dataclass(frozen=True)
class Layout:
    """A laid out scene: the template's constants, what the statement says, and the quantised cell for the split."""

    constants: Mapping[str, TemplateValue]
    bodies: tuple[FixtureLine, ...]
    motions: tuple[str, ...]
    materials: tuple[str, ...]
    cell: tuple[int, ...]


@dataclass(frozen=True)
class Family:
    """One family: pure functions from draws to parameters to a layout, and the words of its statement."""

    name: str
    kind: Kind
    intros: tuple[str, ...]
    sample: Callable[[Draw, Catalogue], SceneParameters]
    lay_out: Callable[[SceneParameters, Catalogue], Layout]


def shared_constants(
    parameters: SceneParameters, start: Vec3Mm, jitter_z_mm: float, horizon_s: float
) -> dict[str, TemplateValue]:
    """Return the constants of the payload and the task that every scene program has."""
    return {
        "HORIZON_S": horizon_s,
        "QUANTITY": parameters.quantity,
        "PROCESSES": PROCESSES,
        "MATERIALS": MATERIALS,
        "PAYLOAD_ID": parameters.payload_name,
        "PAYLOAD_SHAPE": parameters.payload_shape,
        "PAYLOAD_SIZE_MM": parameters.payload_size_mm,
        "PAYLOAD_MATERIAL": parameters.payload_material,
        "PAYLOAD_COLOUR": parameters.payload_colour,
        "SPAWN_MM": start,
        "JITTER_MM": (parameters.jitter_x_mm, parameters.jitter_y_mm, jitter_z_mm),
        "JITTER_YAW_DEG": parameters.jitter_yaw_deg,
        "FLOOR_MATERIAL": FLOOR_MATERIAL,
        "TRAY_MATERIAL": parameters.fixture_material,
        "TRAY_COLOUR": parameters.fixture_colour,
    }


def enclose(parameters: SceneParameters, boxes: Mapping[str, Corners]) -> dict[str, Corners]:
    """Return the boxes with a workspace around them, 20 mm clear of each, and the floor that fills its ground."""
    lows, highs = zip(*boxes.values(), strict=True)
    low = (min(p[0] for p in lows) - 20, min(p[1] for p in lows) - 20, FLOOR_Z_MM)
    high = (max(p[0] for p in highs) + 20, max(p[1] for p in highs) + 20, max(p[2] for p in highs) + 20)
    workspace = stretch_workspace(parameters, (low, high))
    (x0, y0, z0), (x1, y1, _) = workspace
    return {**boxes, "WORKSPACE_MM": workspace, "FLOOR_MM": ((x0, y0, z0), (x1, y1, 0.0))}

"""A moving surface carries the payload past a tray that stands beside it."""

import math
from typing import Annotated

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount, running
from agents.families.parameters import PayloadLimits, SceneParameters, degrees, draw_panel, draw_shared, mm
from agents.families.shapes import Block, Prism
from schemas.bundle import Goal, Role
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder"), least_mm=16, most_mm=34)
SLAB_MM = 10.0
"""Thickness of the moving slab; mechanics §2 asks for at least 5 mm."""
FLUSH_MM = 0.5
"""How far the frame lies below the moving surface, at most (mechanics §2)."""
RAIL_RISE_MM = 1.5
"""How far the rail with the mount rises above the moving surface: the gap under whatever lies on it."""
RAIL_WIDTH_MM = 30.0
GAP_MM = 0.2
WALL_MM = 8.0
LEDGE_MM = 1.0
TRAY_MATERIALS = ("abs", "hdpe", "pom", "pa66", "steel_1018")


class ConveyorDivertParameters(SceneParameters):
    """The drawn values of this family; `lane_share` is where the payload starts between rail (0) and tray (1)."""

    speed_mm_s: Annotated[float, Field(ge=80, le=300, json_schema_extra={"unit": "mm/s"})]
    lane_mm: Annotated[float, mm(35, 140)]
    lane_share: Annotated[float, Field(ge=0.2, le=0.6)]
    height_mm: Annotated[float, mm(45, 140)]
    tray_at_mm: Annotated[float, mm(120, 260)]
    tray_length_mm: Annotated[float, mm(80, 200)]
    tray_width_mm: Annotated[float, mm(50, 200)]
    apron_deg: Annotated[float, degrees(50, 70)]
    surface_material: str


def sample(draw: Draw, catalogue: Catalogue) -> ConveyorDivertParameters:
    """Draw the parameters; the lane takes the payload with its jitter, the tray takes it however it lies."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(TRAY_MATERIALS), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    diagonal = rough.payload_diagonal_mm
    height, apron = draw.uniform(diagonal + 30, diagonal + 55), draw.uniform(56, 66)
    foot = apron_foot_mm(height, apron) + WALL_MM
    need = 2 * (rough.payload_reach_mm + rough.jitter_y_mm)
    return ConveyorDivertParameters.model_validate(
        free
        | {
            "speed_mm_s": draw.uniform(120, 240, 0),
            "lane_mm": draw.uniform(need + 10, need + 45),
            "lane_share": draw.uniform(0.25, 0.55, 2),
            "height_mm": height,
            "tray_at_mm": draw.uniform(120, 180),
            "tray_length_mm": draw.uniform(diagonal + 60, diagonal + 110),
            "tray_width_mm": draw.uniform(foot + diagonal + 8, foot + diagonal + 40),
            "apron_deg": apron,
            "surface_material": draw.choose(("tpu_95a", "silicone_60a", "pa66")),
        }
    )


def apron_foot_mm(height_mm: float, apron_deg: float) -> float:
    """Return how far from the lane's edge the apron meets the tray's floor."""
    return LEDGE_MM + (height_mm - FLUSH_MM - WALL_MM) / math.tan(math.radians(apron_deg))


def lay_out(drawn: ConveyorDivertParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: u runs with the moving surface from the start, q from the rail to the tray."""
    del catalogue
    top, reach, lane, near = drawn.height_mm, drawn.payload_reach_mm, drawn.lane_mm, drawn.tray_at_mm
    far, edge, half = near + drawn.tray_length_mm, lane + GAP_MM, WALL_MM / 2
    first, last, outer = -(reach + drawn.jitter_x_mm + 20), far + 40, edge + drawn.tray_width_mm
    inside = reach + drawn.jitter_y_mm + 2
    start_q = inside + (lane - 2 * inside) * drawn.lane_share
    frame = Frame(drawn.run, drawn.side, (first + last) / 2, start_q)
    build_u, rim, foot = reach + drawn.jitter_x_mm + 12, top - FLUSH_MM, edge + apron_foot_mm(top, drawn.apron_deg)
    box, rail = frame.box, frame.box((first, -RAIL_WIDTH_MM, 0), (last, -GAP_MM, top + RAIL_RISE_MM))
    hollow = tuple(
        frame.place(0, q, z)[1:]
        for q, z in ((edge + LEDGE_MM, rim), (foot, WALL_MM), (outer - WALL_MM, WALL_MM), (outer - WALL_MM, rim))
    )
    ends = sorted(frame.place(u, 0, 0)[0] for u in (near, far))
    tray = Block(box((near - WALL_MM, edge, 0), (far + WALL_MM, outer, rim)))
    surface = box((first, 0, top - SLAB_MM), (last, lane, top))
    made, panel = drawn.fixture_material, drawn.panel_material
    (x0, y0, _), (x1, y1, z1) = rail
    return Layout(
        bodies=(
            SceneBody("rail", Block(rail), panel, "#d8c3a5", "A rail beside the moving surface may carry a design."),
            SceneBody("stand", Block(box((first, 0, 0), (last, lane, top - SLAB_MM - FLUSH_MM))), panel, "#d8c3a5"),
            SceneBody("body_a", Block(surface), drawn.surface_material, "#4c566a", "Its surface runs.", Role.DRIVE),
            SceneBody(
                "tray",
                tray.less(hollow=Prism("x", (ends[0], ends[1]), hollow)),
                made,
                drawn.fixture_colour,
                "The tray has to receive the payload, over a steep apron.",
            ),
        ),
        motions=(running("body_a", (drawn.run * drawn.speed_mm_s, 0.0, 0.0)),),
        payloads=(drawn.payload(frame.place(0, start_q, top + drawn.payload_size_mm[2] / 2 + 0.3), Goal(zone="goal")),),
        mounts=(SceneMount("rail_top", "rail", "+z", ((x0 + 3, y0 + 1, z1), (x1 - 3, y1 - 1, z1)), 14.0),),
        build=box((build_u, -RAIL_WIDTH_MM, top + 0.5), (build_u + 290, lane + 20, top + 60)),
        goals={"goal": box((near - half, edge, half), (far + half, outer - half, top - 5))},
        horizon_s=10.0,
        cell=(drawn.speed_mm_s / 30, lane / 15),
    )


FAMILY = Family(
    name="conveyor_divert",
    kind="drive",
    intros=(
        "A {payload} rides on a moving surface past a tray. Design something that makes it come to rest in the tray.",
        "The surface of body_a carries the {payload} along. It must end up in the tray beside it. Make it so.",
        "Left alone, the {payload} is carried past the tray. Build a device on the rail that gets it in.",
        "Get the {payload} off the moving surface and into the tray next to it, where it has to lie still.",
        "A tray stands beside a surface that moves all the time. The {payload} on that surface belongs in the tray.",
        "Your task is a fixed device on the rail: the {payload} that comes along must leave the surface into the tray.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("deflector",),
)

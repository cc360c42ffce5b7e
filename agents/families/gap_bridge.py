"""A payload slides off a track over a gap, into which it would fall; the goal is the table beyond."""

from typing import Annotated

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount
from agents.families.parameters import PRINT_MATERIALS, PayloadLimits, SceneParameters, draw_panel, draw_shared, mm
from agents.families.shapes import Block
from schemas.bundle import Goal
from schemas.catalogue import Catalogue
from schemas.units import GRAVITY_M_S2

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder", "ring"), least_mm=18, most_mm=36, most_g=250)
HORIZON_S = 6.0
WALL_MM = 10.0
LOWER_MM = 2.0
"""How far the table lies below the track, so that what lies between may be a little higher than it."""
SPARE = 1.8
"""The energy at the start ÷ that needed to slide to the middle of the table, at the worst friction."""


class GapBridgeParameters(SceneParameters):
    """The drawn values of this family."""

    speed_mm_s: Annotated[float, Field(ge=400, le=3000, json_schema_extra={"unit": "mm/s"})]
    gap_mm: Annotated[float, mm(40, 160)]
    depth_mm: Annotated[float, mm(40, 200)]
    table_length_mm: Annotated[float, mm(40, 240)]
    table_width_mm: Annotated[float, mm(60, 240)]


def sample(draw: Draw, catalogue: Catalogue) -> GapBridgeParameters:
    """Draw the parameters; the gap is too wide to fly over, and the speed enough to slide across in every trial."""
    shared = draw_shared(draw, catalogue, LIMITS)
    made = draw_panel(draw)
    free = {**shared, "fixture_material": made, "panel_material": made}
    rough = SceneParameters.model_validate(free)
    reach = rough.payload_reach_mm
    gap, table = draw.uniform(2 * reach + 25, 2 * reach + 50), draw.uniform(2 * reach + 30, 2 * reach + 60)
    friction = max(catalogue.pair(rough.payload_material, name).friction for name in (made, *PRINT_MATERIALS))
    needed_mm_s = (2 * SPARE * GRAVITY_M_S2 * 1e3 * 1.15 * friction * (2 * reach + gap + table / 2)) ** 0.5
    return GapBridgeParameters.model_validate(
        free
        | {
            "speed_mm_s": round(needed_mm_s + draw.uniform(0, 100, 0)),
            "gap_mm": gap,
            "depth_mm": draw.uniform(60, 140),
            "table_length_mm": table,
            "table_width_mm": draw.uniform(2 * reach + 50, 2 * reach + 90),
        }
    )


def lay_out(drawn: GapBridgeParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: u = 0 is where the track ends; the payload starts just before."""
    del catalogue
    reach, gap, far = drawn.payload_reach_mm + drawn.jitter_x_mm, drawn.gap_mm, drawn.gap_mm + drawn.table_length_mm
    track, half, tall = drawn.depth_mm, drawn.table_width_mm / 2, drawn.payload_size_mm[2] + 40
    start_u, low = -(reach + 10), drawn.depth_mm - LOWER_MM
    frame = Frame(drawn.run, drawn.side, (start_u + far) / 2, 0.0)
    box, made = frame.box, drawn.panel_material
    bodies = {
        "track": ("The payload slides off a track.", (start_u - reach - 10, 0.0, 0.0), track),
        "table": ("Beyond a gap is a table,", (gap, far, 0.0), low),
        "wall": ("which ends at a wall.", (far, far + WALL_MM, 0.0), low + tall),
    }
    payload = drawn.payload(frame.place(start_u, 0, track + drawn.payload_size_mm[2] / 2 + 0.2), Goal(zone="goal"))
    face = box((0, 5 - half, max(5.0, track - 50)), (0, half - 5, track - 2))
    return Layout(
        bodies=tuple(
            SceneBody(name, Block(box((first, -half, bottom), (last, half, top))), made, drawn.fixture_colour, why)
            for name, (why, (first, last, bottom), top) in bodies.items()
        ),
        payloads=(payload.moving((drawn.run * drawn.speed_mm_s, 0.0, 0.0)),),
        mounts=(SceneMount("track_end", "track", "+x" if drawn.run > 0 else "-x", face, 25.0),),
        build=box((0, -half, max(5.0, track - 50)), (gap, half, low + tall)),
        goals={"goal": box((gap + 6, -half, low - 2), (far + WALL_MM / 2, half, low + tall))},
        horizon_s=HORIZON_S,
        cell=(drawn.speed_mm_s / 150, gap / 15),
    )


FAMILY = Family(
    name="gap_bridge",
    kind="static",
    intros=(
        "A {payload} shoots off a track and falls into a gap. Get it to the table on the other side.",
        "The {payload} has speed enough to reach the table, but nothing to stand on in between. Help it across.",
        "Left alone, the {payload} ends at the bottom of the gap. It belongs on the table beyond, at rest.",
        "Bring the sliding {payload} across the gap, so that it comes to rest on the table.",
        "Your device is fastened to the end of the track, and lets the {payload} reach the far table.",
        "Between a sliding {payload} and its goal is a gap. See to it that the {payload} gets over and lies still.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("span",),
)

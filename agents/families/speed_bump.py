"""A payload slides off a track towards a step, which would stop it; the goal is on top of the step."""

from typing import Annotated

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount
from agents.families.parameters import PayloadLimits, SceneParameters, draw_panel, draw_shared, mm
from agents.families.shapes import Block
from schemas.bundle import Goal
from schemas.catalogue import Catalogue
from schemas.units import GRAVITY_M_S2

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder", "ring"), least_mm=18, most_mm=36)
HORIZON_S = 6.0
WALL_MM = 10.0
TRACK_MM = 1.6
"""How far the track lies above the apron before the step: a wedge can't begin with a feather edge."""
SPARE = 2.2
"""The energy at the start ÷ that needed to climb the step and slide to the middle of its top, at the worst friction."""


class SpeedBumpParameters(SceneParameters):
    """The drawn values of this family; the step stands at the end of the apron, which begins where the track ends."""

    speed_mm_s: Annotated[float, Field(ge=500, le=3000, json_schema_extra={"unit": "mm/s"})]
    step_mm: Annotated[float, mm(5, 20)]
    apron_mm: Annotated[float, mm(30, 120)]
    top_length_mm: Annotated[float, mm(40, 240)]
    table_width_mm: Annotated[float, mm(80, 240)]
    table_mm: Annotated[float, mm(20, 80)]


def sample(draw: Draw, catalogue: Catalogue) -> SpeedBumpParameters:
    """Draw the parameters; the speed is enough for a way up in every trial."""
    shared = draw_shared(draw, catalogue, LIMITS)
    table = draw_panel(draw)
    free = {**shared, "fixture_material": table, "panel_material": table}
    rough = SceneParameters.model_validate(free)
    reach, step, apron = rough.payload_reach_mm, draw.uniform(6, 12), draw.uniform(45, 75)
    top = draw.uniform(2 * reach + 30, 2 * reach + 60)
    rubs = 1.15 * catalogue.pair(rough.payload_material, table).friction * (2 * reach + apron + top / 2)
    needed_mm_s = (2 * SPARE * GRAVITY_M_S2 * 1e3 * (step + rubs)) ** 0.5
    return SpeedBumpParameters.model_validate(
        free
        | {
            "speed_mm_s": round(needed_mm_s + draw.uniform(0, 150, 0)),
            "step_mm": step,
            "apron_mm": apron,
            "top_length_mm": top,
            "table_width_mm": draw.uniform(2 * reach + 60, 2 * reach + 100),
            "table_mm": draw.uniform(25, 60),
        }
    )


def lay_out(drawn: SpeedBumpParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: u = 0 is the step's edge; the payload starts at the end of its track."""
    del catalogue
    low, reach, apron = drawn.table_mm, drawn.payload_reach_mm + drawn.jitter_x_mm, drawn.apron_mm
    track, high, half, far = low + TRACK_MM, low + drawn.step_mm, drawn.table_width_mm / 2, drawn.top_length_mm
    start_u = -(apron + reach + 10)
    frame = Frame(drawn.run, drawn.side, (start_u + far) / 2, 0.0)
    box, tall, made = frame.box, drawn.payload_size_mm[2] + 40, drawn.panel_material
    payload = drawn.payload(frame.place(start_u, 0, track + drawn.payload_size_mm[2] / 2 + 0.2), Goal(zone="goal"))
    bodies = {
        "track": ("The payload slides along a track,", (start_u - reach - 10, -apron, 0.0), track),
        "table": ("off it onto a table,", (-apron, 0.0, 0.0), low),
        "step": ("at whose end is a step.", (0.0, far, 0.0), high),
        "wall": ("What gets up there stops at a wall.", (far, far + WALL_MM, 0.0), high + tall),
    }
    mount = box((4 - apron, 4 - half, low), (-2, half - 4, low))
    return Layout(
        bodies=tuple(
            SceneBody(name, Block(box((first, -half, bottom), (last, half, top))), made, drawn.fixture_colour, why)
            for name, (why, (first, last, bottom), top) in bodies.items()
        ),
        payloads=(payload.moving((drawn.run * drawn.speed_mm_s, 0.0, 0.0)),),
        mounts=(SceneMount("table_top", "table", "+z", mount, low - 6),),
        build=box((0.5 - apron, -half, low), (-0.5, half, high + tall)),
        goals={"goal": box((6, -half, high - 2), (far + WALL_MM / 2, half, high + tall))},
        horizon_s=HORIZON_S,
        cell=(drawn.speed_mm_s / 150, drawn.step_mm / 2),
    )


FAMILY = Family(
    name="speed_bump",
    kind="static",
    intros=(
        "A {payload} shoots onto a table until a step stops it. Help it up there, where it has to come to rest.",
        "The {payload} has speed enough for the upper level, but not the way up. Build it.",
        "Left alone, the {payload} ends at the foot of the step. It belongs on top of it, at rest.",
        "Bring the sliding {payload} from the table onto the step, where it has to stay.",
        "Your device stands on the table, in the way of a sliding {payload} that has to get onto the upper level.",
        "Between a sliding {payload} and its goal is a step. See to it that the {payload} gets up and lies still.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("wedge",),
)

"""A payload rides on a tray that goes to and fro for ever below a gantry; the goal is a bin under the tray's path."""

import math
from typing import Annotated, Literal

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, Motor, Promise, SceneBody, SceneMount, jointed
from agents.families.parameters import PayloadLimits, SceneParameters, draw_panel, draw_shared, mm
from agents.families.shapes import Block, Frustum, Shape, Taper
from schemas.bundle import Goal, Role
from schemas.catalogue import Catalogue
from schemas.controllers import Sinusoidal
from schemas.units import GRAVITY_M_S2

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder"), least_mm=16, most_mm=28, most_g=200)
WALL_MM, FLOOR_MM, SHEET_MM, RIM_MM, GAP_MM = 8.0, 8.0, 8.0, 3.0, 1.0
POST_MM, BEAM_MM = 16.0, 18.0
UNDER_MM = 0.8
"""The gap between the tray's floor and the build zone over it."""
FORCE_N = 30.0
GRIP = 0.6
"""How hard the tray pulls at most ÷ what the least friction of a trial holds."""


class OscillatingTrayParameters(SceneParameters):
    """The drawn values of this family; the payload starts `before_mm` behind the front edge of the tray."""

    stroke_mm: Annotated[float, mm(60, 180)]
    period_s: Annotated[float, Field(ge=0.8, le=4.0, json_schema_extra={"unit": "s"})]
    before_mm: Annotated[float, mm(15, 60)]
    lane_mm: Annotated[float, mm(34, 120)]
    table_mm: Annotated[float, mm(45, 130)]
    bin: Literal["box", "round", "sloped"]
    bin_mm: Annotated[float, mm(40, 120)]
    bin_from_mm: Annotated[float, mm(-10, 40)]
    beam_over_mm: Annotated[float, mm(30, 100)]
    beam_at_mm: Annotated[float, mm(-40, 40)]
    beam_width_mm: Annotated[float, mm(30, 60)]
    surface_material: str


def sample(draw: Draw, catalogue: Catalogue) -> OscillatingTrayParameters:
    """Draw the parameters; the tray pulls so gently that the payload rides on it in every trial."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(("abs", "hdpe", "pom")), "panel_material": draw_panel(draw)}
    rough, surface = SceneParameters.model_validate(free), draw.choose(("tpu_95a", "pa66", "abs", "pla", "al_6061_t6"))
    reach, diagonal = rough.payload_reach_mm, rough.payload_diagonal_mm
    before, size = reach + draw.uniform(6, 16), diagonal + draw.uniform(26, 44)
    behind = draw.uniform(0.3 * reach, 0.3 * reach + 14)
    stroke = before + behind + size + draw.uniform(-6, 12)
    grip_mm_s2 = GRIP * 0.85 * catalogue.pair(rough.payload_material, surface).friction * GRAVITY_M_S2 * 1e3
    least_s = 2 * math.pi * (stroke / 2 / grip_mm_s2) ** 0.5
    return OscillatingTrayParameters.model_validate(
        free
        | {
            "stroke_mm": round(stroke, 1),
            "period_s": round(max(1.0, least_s) * draw.uniform(1.02, 1.4, 2), 2),
            "before_mm": round(before, 1),
            "lane_mm": round(max(34.0, 2 * (reach + rough.jitter_y_mm) + draw.uniform(8, 26)), 1),
            "table_mm": round(diagonal + draw.uniform(36, 66), 1),
            "bin": draw.choose(("box", "round", "sloped")),
            "bin_mm": round(size, 1),
            "bin_from_mm": round(behind, 1),
            "beam_over_mm": round(rough.payload_size_mm[2] + draw.uniform(28, 48), 1),
            "beam_at_mm": draw.uniform(-22, 22),
            "beam_width_mm": draw.uniform(34, 48),
            "surface_material": surface,
        }
    )


def lay_out(drawn: OscillatingTrayParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: u = 0 is the tray's front edge at t = 0, from where it draws back; the bin is under it."""
    del catalogue
    top, lane, stroke, half = drawn.table_mm, drawn.lane_mm / 2, drawn.stroke_mm, drawn.bin_mm / 2
    middle = -(drawn.before_mm + drawn.bin_from_mm + half)
    near, far, rim = middle - half, middle + half, top - SHEET_MM - GAP_MM
    back, beam_u = near - WALL_MM - 70, middle + drawn.beam_at_mm
    frame = Frame(drawn.run, drawn.side, (back - stroke) / 2, 0.0)
    box, made, panel, over = frame.box, drawn.fixture_material, drawn.panel_material, top + drawn.beam_over_mm
    edge, wide = lane + RIM_MM, half + WALL_MM
    sides = {"left": (lane, edge), "right": (-edge, -lane)}
    rims = {name: Block(box((back, low, top), (0, high, top + RIM_MM))) for name, (low, high) in sides.items()}
    tray = Block(box((back, -edge, top - SHEET_MM), (0, edge, top))).plus(**rims)
    first, last, apart = beam_u - drawn.beam_width_mm / 2, beam_u + drawn.beam_width_mm / 2, max(edge + 4, wide + 2)
    posts = {
        "left": Block(box((first, apart, 0), (last, apart + POST_MM, over))),
        "right": Block(box((first, -apart - POST_MM, 0), (last, -apart, over))),
    }
    beam = Block(box((first, -apart - POST_MM, over), (last, apart + POST_MM, over + BEAM_MM)))
    stand = box((back - stroke / 2, -edge, 0), (near - WALL_MM - 1, edge, rim))
    outer, hollow = _shape_bin(drawn, frame, middle, rim)
    start = frame.place(-drawn.before_mm, 0, top + drawn.payload_size_mm[2] / 2 + 0.2)
    place = frame.place(0, edge, top)
    way, speed = sorted((0.0, -drawn.run * stroke)), math.pi * stroke / drawn.period_s
    sway, centre = drawn.run * round(stroke / 2, 2), -drawn.run * round(stroke / 2, 2)
    motor = Motor("position", Sinusoidal(amplitude=sway, period_s=drawn.period_s, phase=0.25, offset=centre), FORCE_N)
    mount = box((first + 1, 2 - apart, over), (last - 1, apart - 2, over))
    reach = max(drawn.payload_size_mm[:2])
    ends_u = min(first, near - reach), max(last, reach - drawn.before_mm)
    return Layout(
        bodies=(
            SceneBody("stand", Block(stand), panel, "#d8c3a5"),
            SceneBody("body_a", tray, drawn.surface_material, "#4c566a", "A tray goes to and fro.", Role.DRIVE),
            SceneBody(
                "bin", outer.less(hollow=hollow), made, drawn.fixture_colour, "The bin opens where the tray draws back."
            ),
            SceneBody("gantry", beam.plus(**posts), panel, "#c8b08c", "The gantry over it may carry a design."),
        ),
        motions=(
            jointed("body_a", "slide", (place, "x"), Promise((way[0], way[1]), round(speed, 1), drawn.period_s), motor),
        ),
        payloads=(drawn.payload(start, Goal(zone="goal")),),
        mounts=(SceneMount("beam_bottom", "gantry", "-z", mount, BEAM_MM - 2),),
        build=box((ends_u[0], 1 - lane, top + UNDER_MM), (ends_u[1], lane - 1, over)),
        goals={"goal": box((near - 4, -half - 4, FLOOR_MM / 2), (far + 4, half + 4, rim))},
        horizon_s=math.ceil(2 * drawn.period_s) + 3.0,
        cell=(stroke / 12, drawn.period_s * 3),
    )


def _shape_bin(drawn: OscillatingTrayParameters, frame: Frame, middle: float, rim: float) -> tuple[Shape, Shape]:
    """Return the bin's outside and its hollow."""
    half, wide = drawn.bin_mm / 2, drawn.bin_mm / 2 + WALL_MM
    outer = Block(frame.box((middle - wide, -wide, 0), (middle + wide, wide, rim)))
    (x0, y0, z0), (x1, y1, z1) = inner = frame.box((middle - half, -half, FLOOR_MM), (middle + half, half, rim))
    match drawn.bin:
        case "round":
            (x, y, _), ends = frame.place(middle, 0, 0), (0.0, FLOOR_MM, rim)
            low, floor, high = ((x, y, z) for z in ends)
            return Taper(low, high, wide), Taper(floor, high, half)
        case "sloped":
            step = WALL_MM
            upper, lower = ((x0, y0), (x1, y1)), ((x0 + step, y0 + step), (x1 - step, y1 - step))
            return outer, Frustum(lower, upper, (z0, z1))
        case _:
            return outer, Block(inner)


FAMILY = Family(
    name="oscillating_tray",
    kind="drive",
    intros=(
        "A {payload} rides to and fro on a tray. Make it come to rest in the bin below.",
        "The tray under the {payload} goes to and fro all the time. Get the {payload} off it and into the bin.",
        "Left alone, the {payload} goes to and fro for ever. Build something on the gantry that gets it into the bin.",
        "Take the {payload} off the tray that goes to and fro, so that it ends up lying in the bin.",
        "Your device hangs from the gantry over a tray that never stops; the {payload} on it belongs in the bin.",
        "A tray covers a bin and draws back from it, again and again. See to it that the {payload} lands in there.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("scraper",),
)

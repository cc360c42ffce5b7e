"""A payload rests on one end of a hinged beam; the goal is a tray beyond the other end. Held out for tests."""

import math
from typing import Annotated

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, Promise, SceneBody, SceneMount, jointed
from agents.families.parameters import PayloadLimits, SceneParameters, degrees, draw_panel, draw_shared, mm
from agents.families.shapes import Block, Taper
from schemas.bundle import Goal, Role
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder"), least_mm=16, most_mm=26, least_height_ratio=0.6, most_g=110)
HORIZON_S = 6.0
BEAM_MM, PIN_MM, WALL_MM, FLOOR_MM, GAP_MM = 12.0, 4.0, 8.0, 8.0, 1.0
UNDER_MM = 62.0
"""Room for a design under the beam."""
DAMPING_NM_S = 0.004


class SeesawParameters(SceneParameters):
    """The drawn values of this family; `tilt_deg` is where the beam meets its stop, with the far end down."""

    half_beam_mm: Annotated[float, mm(90, 170)]
    beam_width_mm: Annotated[float, mm(30, 110)]
    start_mm: Annotated[float, mm(40, 130)]
    tilt_deg: Annotated[float, degrees(15, 45)]
    tray_mm: Annotated[float, mm(80, 220)]


def sample(draw: Draw, catalogue: Catalogue) -> SeesawParameters:
    """Draw the parameters; at its stop the beam is steep enough for the payload to slide in every trial."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(("abs", "hdpe", "pom")), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    reach, diagonal = rough.payload_reach_mm + max(rough.jitter_x_mm, rough.jitter_y_mm), rough.payload_diagonal_mm
    friction = 1.15 * catalogue.pair(rough.payload_material, rough.panel_material).friction
    half = draw.uniform(115, 145)
    return SeesawParameters.model_validate(
        free
        | {
            "half_beam_mm": half,
            "beam_width_mm": draw.uniform(2 * reach + 16, 2 * reach + 34),
            "start_mm": draw.uniform(0.45 * half, 0.6 * half),
            "tilt_deg": round(math.degrees(math.atan(friction)) + draw.uniform(5, 8), 1),
            "tray_mm": draw.uniform(diagonal + 90, diagonal + 130),
        }
    )


def lay_out(drawn: SeesawParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: the hinge is above the origin, u runs from the payload's end to the other."""
    del catalogue
    half, wide, tilt = drawn.half_beam_mm, drawn.beam_width_mm / 2, math.radians(drawn.tilt_deg)
    low = max(half * math.sin(tilt) + drawn.payload_diagonal_mm + 22, UNDER_MM + 40)
    top, near = low + BEAM_MM, half + 8
    far, rim = near + drawn.tray_mm, low - half * math.sin(tilt) - 8
    frame, side = Frame(drawn.run, drawn.side, (far - half) / 2, 0.0), wide + 25
    box, (x, y, z) = frame.box, frame.place(0, 0, low - PIN_MM - GAP_MM)
    tray = Block(box((near, -side, 0), (far, side, rim)))
    hollow = Block(box((near + WALL_MM, WALL_MM - side, FLOOR_MM), (far - WALL_MM, side - WALL_MM, rim)))
    beam = box((-half, -wide, low), (half, wide, top))
    turn = drawn.run * drawn.tilt_deg
    stops = (min(0.0, turn), max(0.0, turn))
    promise = Promise((min(0.0, drawn.run * 1.0), max(0.0, drawn.run * 1.0)), 20.0, interaction="may_block")
    start = frame.place(-drawn.start_mm, 0, top + drawn.payload_size_mm[2] / 2 + 0.2)
    pin_y = wide + GAP_MM
    forks = {
        "left": box((-9, wide + GAP_MM, 0), (9, wide + 12, z + 14)),
        "right": box((-9, -wide - 12, 0), (9, -wide - GAP_MM, z + 14)),
    }
    mount = box((16, 3 - wide, low), (half - 6, wide - 3, low))
    return Layout(
        bodies=(
            *(SceneBody(f"post_{name}", Block(fork), drawn.panel_material, "#d8c3a5") for name, fork in forks.items()),
            SceneBody("pin", Taper((x, y - pin_y, z), (x, y + pin_y, z), PIN_MM), "steel_1018", "#4c566a"),
            SceneBody(
                "body_a", Block(beam), drawn.panel_material, "#d08770", "The beam turns about the pin.", Role.MOVER
            ),
            SceneBody(
                "tray", tray.less(hollow=hollow), drawn.fixture_material, drawn.fixture_colour, "The tray is beyond."
            ),
        ),
        motions=(jointed("body_a", "hinge", ((x, y, z), "y"), promise, stops=stops, damping=DAMPING_NM_S),),
        payloads=(drawn.payload(start, Goal(zone="goal")),),
        mounts=(SceneMount("beam_bottom", "body_a", "-z", mount, BEAM_MM - 1),),
        build=box((14, -wide, low - UNDER_MM), (half, wide, low)),
        goals={
            "goal": box(
                (near + WALL_MM / 2, WALL_MM / 2 - side, FLOOR_MM / 2), (far - WALL_MM / 2, side - WALL_MM / 2, rim)
            )
        },
        horizon_s=HORIZON_S,
        cell=(half / 10, drawn.tilt_deg / 4),
    )


FAMILY = Family(
    name="seesaw",
    kind="mover",
    intros=(
        "A {payload} rests on one end of a hinged beam. It has to end up in the tray beyond the other end.",
        "The beam turns on a hinge, and the {payload} holds it down at its end. Get the {payload} into the tray.",
        "Left alone, the {payload} stays on its end of the beam. Build something that brings it to the tray.",
        "Bring the {payload} along the beam and into the tray, where it has to lie still.",
        "A design may be fastened under the beam. Make the {payload} on the beam end up in the tray.",
        "On a beam that can turn lies a {payload}; the tray is at the other end. See to it that it gets there.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("counterweight",),
)

"""A payload comes down onto a pedestal with a speed of its own, on which it would slide or roll off the other side."""

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

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder", "ring"), least_mm=16, most_mm=36)
HORIZON_S = 6.0
EDGE_MM = 6.0
"""How far the mount stays from the pedestal's edges."""
OVER_RUN = 1.6
"""The speed with which it would slide so many times as far as the pedestal goes on."""


class SoftLandingParameters(SceneParameters):
    """The drawn values of this family."""

    speed_mm_s: Annotated[float, Field(ge=300, le=2500, json_schema_extra={"unit": "mm/s"})]
    fall_mm: Annotated[float, mm(2, 15)]
    top_length_mm: Annotated[float, mm(60, 240)]
    top_width_mm: Annotated[float, mm(60, 220)]
    height_mm: Annotated[float, mm(40, 200)]


def sample(draw: Draw, catalogue: Catalogue) -> SoftLandingParameters:
    """Draw the parameters; the speed carries the payload off in every trial, whatever it slides on."""
    shared = draw_shared(draw, catalogue, LIMITS)
    top = draw_panel(draw)
    free = {**shared, "fixture_material": top, "panel_material": top}
    rough = SceneParameters.model_validate(free)
    room = 2 * (rough.payload_reach_mm + max(rough.jitter_x_mm, rough.jitter_y_mm))
    length, fall = draw.uniform(room + 50, room + 80), draw.uniform(7, 12)
    friction = 1.15 * catalogue.pair(rough.payload_material, top).friction
    lost_mm_s = friction * (2 * GRAVITY_M_S2 * 1e3 * fall) ** 0.5
    slides_mm_s = (2 * friction * GRAVITY_M_S2 * 1e3 * OVER_RUN * length) ** 0.5
    return SoftLandingParameters.model_validate(
        free
        | {
            "speed_mm_s": round(slides_mm_s + lost_mm_s + draw.uniform(0, 150, 0)),
            "fall_mm": fall,
            "top_length_mm": length,
            "top_width_mm": draw.uniform(room + 40, room + 70),
            "height_mm": draw.uniform(50, 150),
        }
    )


def lay_out(drawn: SoftLandingParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: u = 0 is the pedestal's edge, before which the payload starts."""
    del catalogue
    top, reach = drawn.height_mm, drawn.payload_reach_mm + max(drawn.jitter_x_mm, drawn.jitter_y_mm)
    half, start_u = drawn.top_width_mm / 2, -(reach + 8)
    frame = Frame(drawn.run, drawn.side, drawn.top_length_mm / 2, 0.0)
    pedestal = frame.box((0, -half, 0), (drawn.top_length_mm, half, top))
    z = top + drawn.fall_mm + drawn.payload_size_mm[2] / 2
    tall = drawn.payload_size_mm[2] + 60
    payload = drawn.payload(frame.place(start_u, 0, z), Goal(zone="goal", goal_support="any"))
    (x0, y0, _), (x1, y1, _) = pedestal
    return Layout(
        bodies=(
            SceneBody("pedestal", Block(pedestal), drawn.panel_material, "#d8c3a5", "A design stands on the pedestal."),
        ),
        payloads=(payload.moving((drawn.run * drawn.speed_mm_s, 0.0, 0.0)),),
        mounts=(
            SceneMount(
                "pedestal_top",
                "pedestal",
                "+z",
                ((x0 + EDGE_MM, y0 + EDGE_MM, top), (x1 - EDGE_MM, y1 - EDGE_MM, top)),
                min(30.0, top - 10),
            ),
        ),
        build=((x0, y0, top), (x1, y1, top + tall)),
        goals={"goal": frame.box((2, -half, top), (drawn.top_length_mm, half, top + tall))},
        horizon_s=HORIZON_S,
        cell=(drawn.speed_mm_s / 150, drawn.top_length_mm / 20),
    )


FAMILY = Family(
    name="soft_landing",
    kind="static",
    intros=(
        "A {payload} comes in over a pedestal and would shoot across it. Make it come to rest on top.",
        "The {payload} reaches the top of the pedestal with a speed of its own. It has to stay there. See to it.",
        "Left alone, the {payload} goes over the far edge of the pedestal. Build something that keeps it on top.",
        "Stop the {payload} on the pedestal: it arrives from the side, fast, and has to lie still on top of it.",
        "Your device stands on the pedestal and receives a {payload} that comes flying in, so that it stays.",
        "A {payload} crosses the top of a pedestal. Bring it to rest before it falls off the other side.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("catch_tray",),
)

"""A payload falls from a start that every trial draws anew within a wide square; the goal is a narrow bin below."""

from dataclasses import replace
from typing import Annotated

from agents.families.draw import Draw
from agents.families.drop_chute import draw_fixture
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount
from agents.families.parameters import PayloadLimits, SceneParameters, draw_panel, draw_shared, mm
from agents.families.shapes import Block
from schemas.bundle import Goal
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(shapes=("sphere",), least_mm=14, most_mm=26)
HORIZON_S = 8.0
WALL_MM, FLOOR_MM, PANEL_MM = 8.0, 14.0, 18.0


class FunnelCatchParameters(SceneParameters):
    """The drawn values of this family; the spread is the half-width of the start along either axis."""

    spread_mm: Annotated[float, mm(12, 45)]
    bin_mm: Annotated[float, mm(15, 80)]
    bin_depth_mm: Annotated[float, mm(30, 120)]
    fall_mm: Annotated[float, mm(80, 200)]
    off_mm: Annotated[float, mm(0, 60)]


def sample(draw: Draw, catalogue: Catalogue) -> FunnelCatchParameters:
    """Draw the parameters; the bin is as wide as the payload and some room, and stands below few of the starts."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw_fixture(draw, True), "panel_material": draw_panel(draw)}
    width = SceneParameters.model_validate(free).payload_width_mm
    spread, bin_mm = draw.uniform(20, 32), draw.uniform(1.5 * width, 1.9 * width)
    return FunnelCatchParameters.model_validate(
        free
        | {
            "spread_mm": spread,
            "bin_mm": bin_mm,
            "bin_depth_mm": draw.uniform(2.2 * width, 3.0 * width),
            "fall_mm": draw.uniform(100, 140),
            "off_mm": round(bin_mm / 2 + draw.uniform(0.85, 1.0, 2) * spread, 1),
        }
    )


def lay_out(drawn: FunnelCatchParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: the bin stands in front of a panel, the middle of the starts is above beside it."""
    del catalogue
    width, spread, half, wall = drawn.payload_width_mm, drawn.spread_mm, drawn.bin_mm / 2, WALL_MM
    face_q = -(spread + width / 2 + 32)
    frame = Frame(drawn.run, drawn.side, 0.0, 0.0)
    box, top = frame.box, FLOOR_MM + drawn.bin_depth_mm
    start_z, off = top + drawn.fall_mm, drawn.off_mm
    outer = spread + width / 2 + 14
    panel = box((-outer - 30, face_q - PANEL_MM, 0), (outer + 30, face_q, start_z + 20))
    bin_shape = Block(box((off - half - wall, -half - wall, 0), (off + half + wall, half + wall, top)))
    hollow = Block(box((off - half, -half, FLOOR_MM), (off + half, half, top)))
    payload = drawn.payload(frame.place(0, 0, start_z), Goal(zone="goal"), 2.0)
    jitter = payload.jitter.model_copy(update={"position_mm": (spread, spread, 2.0)})
    (x0, _, _), (x1, _, z1), face_y = *panel, frame.place(0, face_q, 0)[1]
    mount = ((x0 + 5, face_y, 5.0), (x1 - 5, face_y, z1 - 5))
    return Layout(
        bodies=(
            SceneBody("panel", Block(panel), drawn.panel_material, "#d8c3a5", "The panel may carry a design."),
            SceneBody(
                "bin", bin_shape.less(hollow=hollow), drawn.fixture_material, drawn.fixture_colour, "A narrow bin."
            ),
        ),
        payloads=(replace(payload, jitter=jitter),),
        mounts=(SceneMount("panel_face", "panel", "+y" if drawn.side > 0 else "-y", mount, 12.0),),
        build=box((-outer, face_q, top + 6), (max(outer, off + half + 10), outer, start_z - width)),
        goals={"goal": box((off - half - 4, -half - 4, FLOOR_MM - 4), (off + half + 4, half + 4, top))},
        horizon_s=HORIZON_S,
        cell=(spread / 4, drawn.bin_mm / 6),
    )


FAMILY = Family(
    name="funnel_catch",
    kind="static",
    intros=(
        "A {payload} is let go somewhere within a wide square above a narrow bin. It has to end up in the bin.",
        "Nobody knows just where the {payload} will start. Wherever it does, bring it to rest in the bin below.",
        "Left alone, the {payload} misses the bin nearly always. Build something on the panel that makes it hit.",
        "Collect the falling {payload} and put it into the bin, which is hardly wider than itself.",
        "The start of the {payload} varies from trial to trial, the bin does not. See to it that they meet.",
        "Your device hangs on the panel, over a bin, and receives a {payload} that may come from anywhere above.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("hopper",),
)

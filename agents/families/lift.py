"""A payload rests on a slim stand before a panel; the goal is a tray beside it, higher up. A motor has power."""

from typing import Annotated, Literal

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount, SceneOutlet
from agents.families.parameters import PAYLOAD_MATERIALS, PayloadLimits, SceneParameters, draw_panel, draw_shared, mm
from agents.families.shapes import Block, Shape, Taper
from schemas.bundle import Goal
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(
    shapes=("cube", "box", "cylinder"),
    least_mm=34,
    most_mm=46,
    least_height_ratio=0.6,
    most_g=140,
    materials=tuple(name for name in PAYLOAD_MATERIALS if name != "steel_1018"),
)
HORIZON_S = 8.0
WALL_MM, FLOOR_MM, PANEL_MM, HEAD_MM = 8.0, 8.0, 14.0, 15.0
BEFORE_MM, OVER_MM = 22.0, 30.0
"""Room for a design before the payload, and above the payload and the tray's rim."""


class LiftParameters(SceneParameters):
    """The drawn values of this family; `rise_mm` is how far the tray's rim lies above the payload's bottom."""

    stand: Literal["rod", "cone", "post"]
    stand_mm: Annotated[float, mm(40, 110)]
    top_mm: Annotated[float, mm(3, 14)]
    lane_mm: Annotated[float, mm(50, 130)]
    away_mm: Annotated[float, mm(90, 220)]
    rise_mm: Annotated[float, mm(60, 150)]
    tray_mm: Annotated[float, mm(80, 200)]
    tray_depth_mm: Annotated[float, mm(15, 90)]
    leg_share: Annotated[float, Field(ge=0.3, le=1.0)]


def sample(draw: Draw, catalogue: Catalogue) -> LiftParameters:
    """Draw the parameters; the stand's top holds the payload in every trial and leaves room under both its sides."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(("abs", "hdpe", "pom")), "panel_material": draw_panel(draw)}
    free |= {"jitter_x_mm": draw.uniform(2, 4), "jitter_y_mm": draw.uniform(2, 4)}
    rough = SceneParameters.model_validate(free)
    reach, diagonal = rough.payload_reach_mm, rough.payload_diagonal_mm
    away, shift = draw.uniform(92, 116), max(rough.jitter_x_mm, rough.jitter_y_mm)
    return LiftParameters.model_validate(
        free
        | {
            "stand": draw.choose(("rod", "cone", "post")),
            "stand_mm": draw.uniform(45, 100),
            "top_mm": draw.uniform(shift + 2, shift + 3),
            "lane_mm": draw.uniform(reach + shift + 36, reach + shift + 52),
            "away_mm": round(reach + shift + away, 1),
            "rise_mm": draw.uniform(0.62 * away + 6, 0.62 * away + 40),
            "tray_mm": draw.uniform(diagonal + 60, diagonal + 100),
            "tray_depth_mm": draw.uniform(0.5 * diagonal, 0.75 * diagonal),
            "leg_share": draw.uniform(0.35, 1.0, 2),
        }
    )


def lay_out(drawn: LiftParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: the payload rests above the origin, u runs to the tray, q away from the panel."""
    del catalogue
    reach, jitter = drawn.payload_reach_mm, max(drawn.jitter_x_mm, drawn.jitter_y_mm)
    half, low, near = reach + jitter, drawn.stand_mm, drawn.away_mm
    far, rim, lane = near + drawn.tray_mm, low + drawn.rise_mm, drawn.lane_mm
    floor, first = rim - drawn.tray_depth_mm, -(half + BEFORE_MM)
    q_low, q_high = lane - half - 26, lane + half + 26
    frame = Frame(drawn.run, -drawn.side, (far + first) / 2, lane)
    box, top = frame.box, rim + drawn.payload_diagonal_mm + OVER_MM
    face_y = frame.place(0, 0, 0)[1]
    tray = Block(box((near, q_low, floor - FLOOR_MM), (far, q_high, rim)))
    hollow = Block(box((near + WALL_MM, q_low + WALL_MM, floor), (far - WALL_MM, q_high - WALL_MM, rim)))
    half_leg = [side * drawn.leg_share / 2 for side in (drawn.tray_mm, q_high - q_low)]
    (u, q), deep = ((near + far) / 2, (q_low + q_high) / 2), WALL_MM / 2
    leg = Block(box((u - half_leg[0], q - half_leg[1], 0), (u + half_leg[0], q + half_leg[1], floor - FLOOR_MM)))
    panel = box((first - 8, -PANEL_MM, 0), (near, 0, top))
    made, colour, (a, b) = drawn.fixture_material, drawn.fixture_colour, panel
    return Layout(
        bodies=(
            SceneBody("panel", Block(panel), drawn.panel_material, "#d8c3a5", "The panel may carry a design."),
            SceneBody("stand", _stand(drawn, frame), made, "#9aa5b1", "The payload rests on a slim stand."),
            SceneBody("tray", tray.less(hollow=hollow).plus(leg=leg), made, colour, "The tray stands higher up."),
        ),
        payloads=(drawn.payload(frame.place(0, lane, low + drawn.payload_size_mm[2] / 2 + 0.2), Goal(zone="goal")),),
        mounts=(
            SceneMount(
                "panel_face",
                "panel",
                "-y" if drawn.side > 0 else "+y",
                ((a[0] + 5, face_y, 5.0), (b[0] - 5, face_y, b[2] - 5)),
                12.0,
            ),
        ),
        outlets=(SceneOutlet("socket", frame.place(first, 4, 10), 12.0, 60.0),),
        build=box((first, 0, low - 40), (near - 2, lane + half + 14, top)),
        goals={
            "goal": box(
                (near + deep, q_low + deep, floor - deep),
                (far - deep, q_high - deep, max(rim, floor + drawn.payload_diagonal_mm + 4)),
            )
        },
        horizon_s=HORIZON_S,
        cell=(drawn.rise_mm / 10, drawn.away_mm / 8),
    )


def _stand(drawn: LiftParameters, frame: Frame) -> Shape:
    """Return the stand: a rod, a cone or a post, whose head is narrow enough for a design to reach around."""
    top, low, lane = drawn.top_mm, drawn.stand_mm, drawn.lane_mm
    foot, head, neck = (frame.place(0, lane, z) for z in (0, low, low - HEAD_MM))
    match drawn.stand:
        case "rod":
            return Taper(foot, head, top)
        case "cone":
            return Taper(foot, neck, round(2.2 * top, 1), top).plus(head=Taper(neck, head, top))
        case "post":
            return Block(frame.box((-top, lane - top, 0), (top, lane + top, low)))


FAMILY = Family(
    name="lift",
    kind="static",
    intros=(
        "A {payload} rests on a slim stand. It has to end up in the tray, which is higher. There is power for a motor.",
        "Raise the resting {payload} and put it into the tray beside its stand. A motor may do the work.",
        "Left alone, the {payload} stays on its stand. Build a device on the panel that brings it up to the tray.",
        "The tray lies above the {payload} and to its side; nothing but your design can bring it up there.",
        "Your powered device hangs on the panel and has to carry the {payload} upwards, into the tray, to lie there.",
        "Design a machine that takes the {payload} off its stand and leaves it in the tray higher up.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("scoop",),
)

"""A payload rides on a disc that turns for ever; the goal is a tray beside the disc, lower down."""

import math
from typing import Annotated

from pydantic import Field

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, Motor, Promise, SceneBody, SceneMount, jointed
from agents.families.parameters import PayloadLimits, SceneParameters, degrees, draw_panel, draw_shared, mm
from agents.families.shapes import Block, Taper
from schemas.bundle import Goal, Role
from schemas.catalogue import Catalogue
from schemas.controllers import Constant

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder"), least_mm=16, most_mm=28, least_height_ratio=0.6, most_g=200)
HORIZON_S = 12.0
WALL_MM, FLOOR_MM, DISC_MM, GAP_MM = 8.0, 8.0, 8.0, 1.0
POST_MM, OVER_DISC_MM = 52.0, 1.5
"""The post's side, and how far its top lies above the disc."""
TORQUE_NM = 3.0


class TurntableParameters(SceneParameters):
    """The drawn values of this family; the payload starts `start_deg` before the point of the disc next to the tray."""

    radius_mm: Annotated[float, mm(60, 160)]
    track_mm: Annotated[float, mm(40, 110)]
    start_deg: Annotated[float, degrees(60, 200)]
    turn_rad_s: Annotated[float, Field(ge=0.5, le=2.5, json_schema_extra={"unit": "rad/s"})]
    table_mm: Annotated[float, mm(50, 130)]
    tray_mm: Annotated[float, mm(60, 160)]
    surface_material: str


def sample(draw: Draw, catalogue: Catalogue) -> TurntableParameters:
    """Draw the parameters; at the drawn speed friction keeps the payload on its circle in every trial."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(("abs", "hdpe", "pom")), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    reach, diagonal = rough.payload_reach_mm, rough.payload_diagonal_mm
    track = draw.uniform(reach + 36, reach + 50)
    return TurntableParameters.model_validate(
        free
        | {
            "radius_mm": track + draw.uniform(reach + 14, reach + 24),
            "track_mm": track,
            "start_deg": draw.uniform(115, 190, 0),
            "turn_rad_s": draw.uniform(0.8, 1.5, 2),
            "table_mm": draw.uniform(diagonal + 40, diagonal + 65),
            "tray_mm": draw.uniform(diagonal + 45, diagonal + 75),
            "surface_material": draw.choose(("tpu_95a", "silicone_60a", "pa66")),
        }
    )


def lay_out(drawn: TurntableParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: the disc's middle is the origin, u runs to the tray, a point there moves along q."""
    del catalogue
    top, radius, near = drawn.table_mm, drawn.radius_mm, drawn.radius_mm + 3
    far, early, late = near + drawn.tray_mm, -0.75 * radius, 0.5 * radius
    frame = Frame(drawn.run, drawn.side, (far - radius) / 2, 0.0)
    box, rim, spin, angle = frame.box, top - 6, drawn.run * drawn.side, math.radians(-drawn.start_deg)
    (x, y, low), high = frame.place(0, 0, top - DISC_MM), top
    tray = Block(box((near, early, 0), (far, late, rim)))
    hollow = Block(box((near, early + WALL_MM, FLOOR_MM), (far - WALL_MM, late - WALL_MM, rim)))
    post = box((near, late + 2, 0), (near + POST_MM, late + 2 + POST_MM, top + OVER_DISC_MM))
    made, colour = drawn.fixture_material, drawn.fixture_colour
    track = (drawn.track_mm * math.cos(angle), drawn.track_mm * math.sin(angle))
    start = frame.place(*track, top + drawn.payload_size_mm[2] / 2 + 0.3)
    stand = box((-radius, -radius, 0), (near, radius, top - DISC_MM - GAP_MM))
    (x0, y0, _), (x1, y1, z1) = post
    turn_deg = round(math.degrees(drawn.turn_rad_s), 1)
    promise = Promise((0.0, 360.0) if spin > 0 else (-360.0, 0.0), turn_deg)
    return Layout(
        bodies=(
            SceneBody("stand", Block(stand), drawn.panel_material, "#d8c3a5"),
            SceneBody(
                "body_a",
                Taper((x, y, low), (x, y, high), radius),
                drawn.surface_material,
                "#4c566a",
                "A round plate turns on the stand.",
                Role.DRIVE,
            ),
            SceneBody("tray", tray.less(hollow=hollow), made, colour, "The tray beside it has to receive the payload."),
            SceneBody("post", Block(post), drawn.panel_material, "#d8c3a5", "The post may carry a design."),
        ),
        motions=(
            jointed(
                "body_a",
                "hinge",
                ((x, y, top), "z"),
                promise,
                Motor("velocity", Constant(level=spin * drawn.turn_rad_s), TORQUE_NM),
            ),
        ),
        payloads=(drawn.payload(start, Goal(zone="goal")),),
        mounts=(SceneMount("post_top", "post", "+z", ((x0 + 1, y0 + 1, z1), (x1 - 1, y1 - 1, z1)), 16.0),),
        build=box((0, early, top + 0.5), (near + POST_MM, late + 2 + POST_MM, top + 50)),
        goals={"goal": box((near, early + WALL_MM / 2, FLOOR_MM / 2), (far - WALL_MM / 2, late - WALL_MM / 2, rim))},
        horizon_s=HORIZON_S,
        cell=(radius / 12, drawn.turn_rad_s * 4),
    )


FAMILY = Family(
    name="turntable",
    kind="drive",
    intros=(
        "A {payload} rides round and round on a plate. Make it come to rest in the tray beside that.",
        "The round plate under the {payload} turns all the time. Get the {payload} off it and into the tray.",
        "Left alone, the {payload} goes round for ever. Build something on the post that brings it into the tray.",
        "Take the {payload} off the turning plate, so that it ends up lying in the tray.",
        "Your device is fastened to the post beside a turning plate; the {payload} on the plate belongs in the tray.",
        "A tray stands beside a plate that never stops turning. See to it that the {payload} leaves it for the tray.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("fence",),
)

"""A payload rests on a table; the goal is a tray beside it, lower down. There is power for a motor, and no more."""

from typing import Annotated

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount, SceneOutlet
from agents.families.parameters import PayloadLimits, SceneParameters, draw_panel, draw_shared, mm
from agents.families.shapes import Block
from schemas.bundle import Goal
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder"), least_mm=16, most_mm=32, least_height_ratio=0.6, most_g=200)
HORIZON_S = 6.0
WALL_MM, FLOOR_MM = 8.0, 8.0
BEHIND_MM, BESIDE_MM, OVER_MM = 95.0, 125.0, 70.0
"""Room for a design on the table: behind the payload, to both its sides, and above the table."""


class PushParameters(SceneParameters):
    """The drawn values of this family."""

    edge_mm: Annotated[float, mm(10, 90)]
    table_mm: Annotated[float, mm(40, 120)]
    tray_mm: Annotated[float, mm(80, 220)]


def sample(draw: Draw, catalogue: Catalogue) -> PushParameters:
    """Draw the parameters; the tray is deep enough for the payload however it lies."""
    shared = draw_shared(draw, catalogue, LIMITS)
    free = {**shared, "fixture_material": draw.choose(("abs", "hdpe", "pom")), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    reach = rough.payload_reach_mm + rough.jitter_x_mm
    return PushParameters.model_validate(
        free
        | {
            "edge_mm": draw.uniform(reach + 4, reach + 22),
            "table_mm": draw.uniform(rough.payload_diagonal_mm + 24, rough.payload_diagonal_mm + 44),
            "tray_mm": draw.uniform(rough.payload_diagonal_mm + 75, rough.payload_diagonal_mm + 120),
        }
    )


def lay_out(drawn: PushParameters, catalogue: Catalogue) -> Layout:
    """Return the scene: the payload rests at the origin, u runs to the table's edge and over the tray."""
    del catalogue
    edge, top, far, half = drawn.edge_mm, drawn.table_mm, drawn.edge_mm + drawn.tray_mm, BESIDE_MM + 10
    frame = Frame(drawn.run, drawn.side, (far - BEHIND_MM) / 2, 0.0)
    box, rim = frame.box, top - 6
    table = box((-BEHIND_MM - 10, -half, 0), (edge, half, top))
    tray = Block(box((edge, -half, 0), (far, half, rim)))
    hollow = Block(box((edge + WALL_MM, WALL_MM - half, FLOOR_MM), (far - WALL_MM, half - WALL_MM, rim)))
    behind = drawn.payload_reach_mm + drawn.jitter_x_mm + 6
    mount = box((-BEHIND_MM, -BESIDE_MM, top), (-behind, BESIDE_MM, top))
    start = frame.place(0, 0, top + drawn.payload_size_mm[2] / 2 + 0.2)
    return Layout(
        bodies=(
            SceneBody("table", Block(table), drawn.panel_material, "#d8c3a5", "The payload rests on a table."),
            SceneBody(
                "tray", tray.less(hollow=hollow), drawn.fixture_material, drawn.fixture_colour, "A tray is beside it."
            ),
        ),
        payloads=(drawn.payload(start, Goal(zone="goal")),),
        mounts=(SceneMount("table_top", "table", "+z", mount, 20.0),),
        outlets=(SceneOutlet("socket", frame.place(-BEHIND_MM, 0, top / 2), 12.0, 60.0),),
        build=box((-BEHIND_MM, -BESIDE_MM, top), (edge, BESIDE_MM, top + OVER_MM)),
        goals={
            "goal": box(
                (edge + WALL_MM / 2, WALL_MM / 2 - half, FLOOR_MM / 2), (far - WALL_MM / 2, half - WALL_MM / 2, rim)
            )
        },
        horizon_s=HORIZON_S,
        cell=(edge / 8, drawn.tray_mm / 15),
    )


FAMILY = Family(
    name="push",
    kind="static",
    intros=(
        "A {payload} lies on a table. It has to end up in the tray beside it, and nothing moves it but your design.",
        "Move the resting {payload} off the table and into the tray. There is power for a motor.",
        "Left alone, the {payload} stays where it is. Build a device on the table that gets it into the lower tray.",
        "The {payload} rests some way from the table's edge; it belongs in the tray beyond. Bring it there.",
        "Your powered device stands on the table and has to bring the {payload} over the edge, into the tray.",
        "Design a machine that takes the {payload} from the table to the tray next to it, to lie still there.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("pusher",),
)

"""A payload starts in the air beside an upright panel; the goal is a tray further along and lower down."""

import math
from collections.abc import Callable, Iterable
from typing import Annotated

from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Frame, Layout, SceneBody, SceneMount
from agents.families.parameters import (
    PRINT_MATERIALS,
    PayloadLimits,
    SceneParameters,
    degrees,
    draw_panel,
    draw_shared,
    mm,
)
from agents.families.shapes import Block, Corners
from schemas.bundle import Goal
from schemas.catalogue import Catalogue

LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder", "sphere"), least_mm=14, most_mm=32)
WALL_MM = 8.0
"""Thickness of tray walls and floor; the goal zone reaches halfway into them: a payload at the wall is inside."""
SILL_Q_MM = 6.0
"""Where the sill starts: a design may hang down between it and the panel."""
HORIZON_S, ROLLING_HORIZON_S = 5.0, 8.0
"""A ball rebounds and rolls before it lies still, so that it gets more time."""
ROLLING_FLOOR_MM = 12.0
"""Floor under a ball: the judge allows a contact to sink to half of the thinner body (mechanics §6.6)."""
OVER_SILL_MM = 10.0
"""Room between the sill and the sliding surface of the way that the layout is drawn around."""
STEEPEST_DEG = 38.0
"""Steeper ways would pass above the sill even from right under the start, and a plain ramp would do."""


class DropChuteParameters(SceneParameters):
    """The drawn values of this family."""

    distance_mm: Annotated[float, mm(60, 120)]
    slope_deg: Annotated[float, degrees(20, 50)]
    fall_mm: Annotated[float, mm(6, 45)]
    sill_mm: Annotated[float, mm(10, 70)]
    clearance_mm: Annotated[float, mm(14, 30)]
    tray_length_mm: Annotated[float, mm(50, 130)]
    tray_depth_mm: Annotated[float, mm(30, 90)]
    panel_thickness_mm: Annotated[float, mm(12, 20)]


def sample(draw: Draw, catalogue: Catalogue, limits: PayloadLimits = LIMITS) -> DropChuteParameters:
    """Draw the parameters; the slope leaves the payload's friction behind on every material that can be printed."""
    shared = draw_shared(draw, catalogue, limits)
    round_payload = shared["payload_shape"] in ("sphere", "cylinder")
    free = {**shared, "fixture_material": draw_fixture(draw, round_payload), "panel_material": draw_panel(draw)}
    rough = SceneParameters.model_validate(free)
    diagonal, height = rough.payload_diagonal_mm, rough.payload_size_mm[2]
    least = least_slope_deg(rough, catalogue)
    return DropChuteParameters.model_validate(
        free
        | {
            "distance_mm": draw.uniform(70, 115),
            "slope_deg": draw.uniform(least, max(least + 1, STEEPEST_DEG)),
            "fall_mm": draw.uniform(6, 12 if rough.payload_shape == "sphere" else 20),
            "sill_mm": draw.uniform(height + 8, height + 26),
            "clearance_mm": draw.uniform(14, 30),
            "tray_length_mm": draw.uniform(diagonal + 35, diagonal + 65),
            "tray_depth_mm": draw.uniform(diagonal + 12, diagonal + 35),
            "panel_thickness_mm": draw.uniform(12, 20, 0),
        }
    )


def draw_fixture(draw: Draw, round_payload: bool) -> str:
    """Return the tray's material: soft under round payloads, which roll for long, slippery under others, which lean."""
    hard, soft = ("abs", "hdpe", "pom", "pa66"), ("tpu_95a", "silicone_60a")
    return draw.choose(soft if round_payload else hard)


def least_slope_deg(
    parameters: SceneParameters, catalogue: Catalogue, pick: Callable[[Iterable[float]], float] = max
) -> float:
    """Return the slope at which the payload slides in every trial on the least slippery printable material, plus 6°."""
    worst = pick(catalogue.pair(parameters.payload_material, material).friction for material in PRINT_MATERIALS)
    return math.degrees(math.atan(1.15 * worst)) + 6


class DropScene:
    """Where everything of a scene with a falling payload and a tray stands: q runs away from the panel's face."""

    jitter_z_mm = 2.0

    def __init__(self, drawn: DropChuteParameters) -> None:
        self.drawn, self.reach, rolls = drawn, drawn.payload_reach_mm, drawn.payload_shape == "sphere"
        self.horizon_s = ROLLING_HORIZON_S if rolls else HORIZON_S
        self.tray_floor = ROLLING_FLOOR_MM if rolls else WALL_MM
        self.tray_top = self.tray_floor + drawn.tray_depth_mm
        self.start_q = round(WALL_MM + 1 + drawn.clearance_mm + self.reach + drawn.jitter_y_mm, 1)
        self.far_u = drawn.distance_mm + drawn.tray_length_mm
        self.start_u = -(self.reach + drawn.jitter_x_mm + 8)
        self.frame = Frame(drawn.run, -drawn.side, (self.start_u + self.far_u) / 2, self.start_q)
        self.sill_top = self.tray_top + 5 + drawn.sill_mm
        self.end_z = self.sill_top + OVER_SILL_MM
        self.start_z = self.way_z(self.start_u) + drawn.fall_mm + self.jitter_z_mm + drawn.payload_size_mm[2] / 2

    def way_z(self, u: float) -> float:
        """Return the height of the way that the layout is drawn around."""
        return self.end_z + (self.drawn.distance_mm + 10 - u) * math.tan(math.radians(self.drawn.slope_deg))

    def place_boxes(self) -> dict[str, Corners]:
        """Return the boxes of fixtures and zones."""
        drawn, wall, far, box = self.drawn, WALL_MM, self.far_u, self.frame.box
        q_low, q_high = 1 + wall, 2 * self.start_q - 1 - wall
        near, top, half = drawn.distance_mm, self.tray_top, WALL_MM / 2
        first_u, front = self.start_u - 20, q_high + wall
        build_q = self.start_q + self.reach + drawn.jitter_y_mm + 25
        return {
            "panel": box((first_u - 10, -drawn.panel_thickness_mm, 0), (far + wall, 0, self.start_z + 40)),
            "tray": box((near - wall, q_low - wall, 0), (far + wall, front, top)),
            "hollow": box((near, q_low, self.tray_floor), (far, q_high, top)),
            "sill": box((near - wall, SILL_Q_MM, top), (near, front, self.sill_top)),
            "board": box(
                (far + wall, q_low - wall, 0), (far + 2 * wall, front, self.end_z + drawn.payload_diagonal_mm + 30)
            ),
            "build": box((first_u, 0, top + 5), (far - 2, build_q, self.start_z)),
            "goal": box((near - half, q_low - half, self.tray_floor - half), (far + half, q_high + half, top)),
        }

    def lay_out(self) -> Layout:
        """Return the scene."""
        drawn, boxes = self.drawn, self.place_boxes()
        made, colour, (low, high) = drawn.fixture_material, drawn.fixture_colour, boxes["panel"]
        face_y = self.frame.place(0, 0, 0)[1]
        tray = Block(boxes["tray"]).less(hollow=Block(boxes["hollow"]))
        return Layout(
            bodies=(
                SceneBody(
                    "panel", Block(boxes["panel"]), drawn.panel_material, "#d8c3a5", "The panel may carry a design."
                ),
                SceneBody("tray", tray, made, colour, "The tray has to receive the payload."),
                SceneBody(
                    "sill", Block(boxes["sill"]), made, colour, "A sill on its near wall has to be passed from above."
                ),
                SceneBody(
                    "board", Block(boxes["board"]), made, colour, "A board behind the tray stops what comes in fast."
                ),
            ),
            payloads=(
                drawn.payload(self.frame.place(0, self.start_q, self.start_z), Goal(zone="goal"), self.jitter_z_mm),
            ),
            mounts=(
                SceneMount(
                    "panel_face",
                    "panel",
                    "-y" if drawn.side > 0 else "+y",
                    ((low[0] + 5, face_y, 5.0), (high[0] - 5, face_y, high[2] - 5)),
                    12.0,
                ),
            ),
            build=boxes["build"],
            goals={"goal": boxes["goal"]},
            horizon_s=self.horizon_s,
            cell=(drawn.distance_mm / 15, drawn.slope_deg / 8),
        )


def lay_out(drawn: DropChuteParameters, catalogue: Catalogue) -> Layout:
    """Return the scene of drawn parameters."""
    del catalogue
    return DropScene(drawn).lay_out()


FAMILY = Family(
    name="drop_chute",
    kind="static",
    intros=(
        "A {payload} is let go in mid-air. Design something that makes it come to rest in the tray.",
        "The {payload} starts above the ground next to an upright panel and must end up lying in the tray. Make it so.",
        "Left alone, the {payload} lands on the floor. Build a device on the panel that gets it into the tray instead.",
        "Get the {payload} into the tray: it is released in the air, some way to the side of where it should lie.",
        "Your task is a fixed device that receives a released {payload} and brings it to the tray, to lie still there.",
        "Higher up and beside a tray, a {payload} is about to be let go. Make sure that it ends in the tray.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("chute",),
)

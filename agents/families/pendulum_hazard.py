"""As the falling payload with its tray, but a step and a swinging arm leave only a bent way between them."""

import math
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from agents.families.draw import Draw
from agents.families.drop_chute import ROLLING_FLOOR_MM, SILL_Q_MM, DropChuteParameters, DropScene, least_slope_deg
from agents.families.drop_chute import sample as sample_drop
from agents.families.family import Family
from agents.families.layout import Layout, SceneBody, jointed
from agents.families.parameters import PayloadLimits, degrees, mm
from agents.families.shapes import Block, Corners, Shape, Taper, Turned
from schemas.bundle import Role
from schemas.catalogue import Catalogue
from schemas.units import GRAVITY_M_S2, M_PER_MM

ARM_WIDTH_MM = 10.0
ARM_OVER_PIVOT_MM = 8.0
PIN_RADIUS_MM = 4.0
GAP_MM = 1.0
STEP_ROOM_MM = 5.0
"""Room between the step's edge and the floor of a design on the way."""
ON_STEP_MM = 1.0
"""How far the step reaches beyond the middle of the nominal start: in half of the trials, what falls on it stays."""
LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder", "sphere"), least_mm=14, most_mm=22, least_height_ratio=0.8)


class PendulumHazardParameters(DropChuteParameters):
    """The drawn values of this family; lengths of the arm from its pivot."""

    distance_mm: Annotated[float, mm(60, 150)]
    flat_deg: Annotated[float, degrees(15, 50)]
    steep_deg: Annotated[float, degrees(40, 65)]
    knee_mm: Annotated[float, mm(5, 60)]
    swing_deg: Annotated[float, degrees(15, 60)]
    swing_from: Annotated[int, Field(ge=-1, le=1)]
    swing_phase: Literal["uniform", "fixed"]
    arm_mm: Annotated[float, mm(35, 160)]
    bob_width_mm: Annotated[float, mm(15, 50)]
    bob_height_mm: Annotated[float, mm(15, 50)]
    bob_depth_mm: Annotated[float, mm(15, 60)]
    room_mm: Annotated[float, mm(3, 60)]
    swing_material: str
    swing_colour: str


def sample(draw: Draw, catalogue: Catalogue) -> PendulumHazardParameters:
    """Draw the parameters of the falling payload first, then those of the swing, which leaves a flat way free."""
    common = sample_drop(draw, catalogue, LIMITS)
    return PendulumHazardParameters.model_validate(
        common.model_dump()
        | {
            "fall_mm": draw.uniform(10, 14) if common.payload_shape == "sphere" else draw.uniform(18, 36),
            "distance_mm": draw.uniform(128, 146),
            "tray_length_mm": min(common.tray_length_mm, 90.0),
            "flat_deg": round(least_slope_deg(common, catalogue, min) - 1 + draw.uniform(0, 2), 1),
            "steep_deg": draw.uniform(60, 64),
            "knee_mm": draw.uniform(38, 46),
            "swing_deg": draw.uniform(47, 57),
            "swing_from": draw.choose((1, -1)),
            "swing_phase": draw.choose(("uniform", "uniform", "fixed")),
            "arm_mm": draw.uniform(40, 75),
            "bob_width_mm": draw.uniform(18, 30),
            "bob_height_mm": draw.uniform(18, 30),
            "bob_depth_mm": draw.uniform(48, 58),
            "room_mm": draw.uniform(3.2, 4.5),
            "swing_material": draw.choose(("steel_1018", "brass_360", "ss_304")),
            "swing_colour": draw.choose(("#d08770", "#bf616a", "#5e81ac")),
        }
    )


class SwingScene(DropScene):
    """Where the step and the swinging arm are; angles of the arm are measured from hanging straight down.

    The way starts steeply, passes the step's edge, bends at the knee and goes on as flat as friction allows. The arm's
    circle keeps a payload and `room_mm` away from both legs, and so cuts every straight way over the step.
    """

    drawn: PendulumHazardParameters

    def __init__(self, drawn: PendulumHazardParameters) -> None:
        self.knee_u = drawn.payload_reach_mm + drawn.jitter_x_mm + drawn.knee_mm
        super().__init__(drawn)
        self.radius = math.hypot(drawn.arm_mm + drawn.bob_height_mm, drawn.bob_width_mm / 2)
        away = self.radius + 1.1 * max(drawn.payload_size_mm) + drawn.room_mm
        flat, steep = math.radians(drawn.flat_deg), math.radians(drawn.steep_deg)
        stretch = away / (1 + math.cos(steep - flat))
        self.pivot_z = self.way_z(self.knee_u) + stretch * (math.cos(flat) + math.cos(steep))
        self.pivot_u = self.knee_u + stretch * (math.sin(flat) + math.sin(steep))
        self.pivot = self.frame.place(self.pivot_u, self.start_q, self.pivot_z)

    def way_z(self, u: float) -> float:
        """Return the height of the bent way."""
        flat, steep = (math.tan(math.radians(angle)) for angle in (self.drawn.flat_deg, self.drawn.steep_deg))
        knee_z = self.end_z + (self.drawn.distance_mm + 10 - self.knee_u) * flat
        return knee_z + (self.knee_u - u) * (steep if u < self.knee_u else flat)

    def place_boxes(self) -> dict[str, Corners]:
        """Return the boxes of the simpler scene with the board below the arc, the panel up to the pin, and the step."""
        boxes = super().place_boxes()
        (low, high), (panel_low, panel_high) = boxes["board"], boxes["panel"]
        top = min(high[2], round(self.pivot_z - self.radius - 4, 1))
        panel_top = round(max(panel_high[2], self.pivot_z + 20), 1)
        floor = ROLLING_FLOOR_MM / 2 / math.cos(math.radians(self.drawn.steep_deg))
        step_high = (ON_STEP_MM, 2 * self.start_q - 1, self.way_z(ON_STEP_MM) - floor - STEP_ROOM_MM)
        return boxes | {
            "board": (low, (high[0], high[1], top)),
            "panel": (panel_low, (panel_high[0], panel_high[1], panel_top)),
            "step": self.frame.box((self.start_u - 20, SILL_Q_MM, 0), step_high),
        }

    def swing(self) -> tuple[Shape, float]:
        """Return the arm with its bob, turned as it starts, and its moment of inertia ÷ (mass · arm) in mm."""
        drawn, (x, y, z) = self.drawn, self.pivot
        depth, top = drawn.bob_depth_mm / 2, z + ARM_OVER_PIVOT_MM
        end = z - drawn.arm_mm
        boxes = [
            ((x - wide / 2, y - depth, low), (x + wide / 2, y + depth, high))
            for wide, low, high in ((ARM_WIDTH_MM, end, top), (drawn.bob_width_mm, end - drawn.bob_height_mm, end))
        ]
        inertia = moment = 0.0
        for (x0, _, low), (x1, _, high) in boxes:
            mass, down = (x1 - x0) * (high - low), z - (low + high) / 2
            inertia += mass * (((x1 - x0) ** 2 + (high - low) ** 2) / 12 + down**2)
            moment += mass * down
        arm = Block(boxes[0]).plus(bob=Block(boxes[1]))
        return Turned(arm, self.pivot, "y", drawn.swing_deg * drawn.swing_from), inertia / moment

    def lay_out(self) -> Layout:
        """Return the scene of the falling payload with the step and the swing."""
        drawn, layout, (x, _, z) = self.drawn, super().lay_out(), self.pivot
        shape, length_mm = self.swing()
        period_s, speed = swing_motion(length_mm, math.radians(drawn.swing_deg))
        turn = -2 * drawn.swing_deg * drawn.swing_from
        face_y = self.frame.place(0, 0, 0)[1]
        depth = math.floor((self.start_q - drawn.bob_depth_mm / 2 - GAP_MM) * 5) / 5
        end_y = self.frame.place(0, depth, 0)[1]
        motion = jointed(
            "body_a",
            "hinge",
            self.pivot,
            "y",
            (min(0.0, turn), max(0.0, turn)),
            round(speed, 1),
            period_s=round(period_s, 4),
            phase=drawn.swing_phase,
        )
        step = Block(self.place_boxes()["step"])
        more = (
            SceneBody("step", step, drawn.fixture_material, drawn.fixture_colour, "A step under the start is in the way."),
            SceneBody("pin", Taper((x, face_y, z), (x, end_y, z), PIN_RADIUS_MM), "steel_1018", "#4c566a"),
            SceneBody("body_a", shape, drawn.swing_material, drawn.swing_colour, "The arm swings in front of the pin.", Role.MOVER),
        )  # fmt: skip
        cell = (drawn.distance_mm / 15, drawn.swing_deg / 8)
        return replace(layout, bodies=(*layout.bodies, *more), motions=(motion,), cell=cell)


def lay_out(drawn: PendulumHazardParameters, catalogue: Catalogue) -> Layout:
    """Return the scene of drawn parameters."""
    del catalogue
    return SwingScene(drawn).lay_out()


def swing_motion(length_mm: float, amplitude_rad: float) -> tuple[float, float]:
    """Return period (s) and top speed (deg/s) of a pendulum of reduced length I / (m d), released at rest."""
    rate = math.sqrt(GRAVITY_M_S2 / M_PER_MM / length_mm)
    a, b = 1.0, math.cos(amplitude_rad / 2)
    while abs(a - b) > 1e-12:
        a, b = (a + b) / 2, math.sqrt(a * b)
    return 2 * math.pi / (rate * a), math.degrees(rate * math.sqrt(2 * (1 - math.cos(amplitude_rad))))


FAMILY = Family(
    name="pendulum_hazard",
    kind="mover",
    intros=(
        "A {payload} is let go in mid-air while a heavy arm swings nearby. Get it into the tray, clear of the arm.",
        "The {payload} must come to rest in the tray. An arm swings to and fro above the way there; leave it alone.",
        "Design something on the panel that takes the released {payload} under the swinging arm and into the tray.",
        "Between the {payload} and the tray an arm swings on a hinge. Bring the {payload} to the tray, undisturbed.",
        "Your device has to receive a released {payload} and put it into the tray, clear of the arm that swings above.",
        "Released in the air, the {payload} would land on the floor. It belongs in the tray, past a body that swings.",
    ),
    sample=sample,
    lay_out=lay_out,
    mechanisms=("chute",),
)

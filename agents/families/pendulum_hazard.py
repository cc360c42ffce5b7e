"""A falling payload with a tray, as `drop_chute`, but a step and a swinging arm leave only a bent way between them."""

import math
from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from agents.families.bent_way import BentScene, BentWayParameters, sample_bent
from agents.families.draw import Draw
from agents.families.family import Family
from agents.families.layout import Layout, Promise, SceneBody, jointed
from agents.families.parameters import degrees, mm
from agents.families.shapes import Block, Corners, Shape, Taper, Turned
from schemas.bundle import Role
from schemas.catalogue import Catalogue
from schemas.units import GRAVITY_M_S2, M_PER_MM

ARM_WIDTH_MM = 10.0
ARM_OVER_PIVOT_MM = 8.0
PIN_RADIUS_MM = 4.0
GAP_MM = 1.0


class PendulumHazardParameters(BentWayParameters):
    """The drawn values of this family; lengths of the arm from its pivot."""

    swing_deg: Annotated[float, degrees(15, 60)]
    swing_from: Annotated[int, Field(ge=-1, le=1)]
    swing_phase: Literal["uniform", "fixed"]
    arm_mm: Annotated[float, mm(35, 160)]
    bob_width_mm: Annotated[float, mm(15, 50)]
    bob_height_mm: Annotated[float, mm(15, 50)]
    bob_depth_mm: Annotated[float, mm(15, 60)]
    swing_material: str
    swing_colour: str


def sample(draw: Draw, catalogue: Catalogue) -> PendulumHazardParameters:
    """Draw the parameters of the bent way first, then those of the swing."""
    return PendulumHazardParameters.model_validate(
        sample_bent(draw, catalogue)
        | {
            "swing_deg": draw.uniform(47, 57),
            "swing_from": draw.choose((1, -1)),
            "swing_phase": draw.choose(("uniform", "uniform", "fixed")),
            "arm_mm": draw.uniform(40, 75),
            "bob_width_mm": draw.uniform(18, 30),
            "bob_height_mm": draw.uniform(18, 30),
            "bob_depth_mm": draw.uniform(48, 58),
            "swing_material": draw.choose(("steel_1018", "brass_360", "ss_304")),
            "swing_colour": draw.choose(("#d08770", "#bf616a", "#5e81ac")),
        }
    )


class SwingScene(BentScene):
    """Where the swinging arm is; its angles are measured from hanging straight down.

    The arm's circle keeps a payload and `room_mm` away from both legs, and so cuts every straight way over the step.
    """

    drawn: PendulumHazardParameters

    def __init__(self, drawn: PendulumHazardParameters) -> None:
        super().__init__(drawn)
        self.radius = math.hypot(drawn.arm_mm + drawn.bob_height_mm, drawn.bob_width_mm / 2)
        pivot_u, pivot_z = self.over_knee(self.radius + 1.1 * max(drawn.payload_size_mm) + drawn.room_mm)
        self.pivot = self.frame.place(pivot_u, self.start_q, pivot_z)

    def place_boxes(self) -> dict[str, Corners]:
        """Return the boxes of the bent way's scene with the board below the arc, and the panel up to the pin."""
        boxes, pivot_z = super().place_boxes(), self.pivot[2]
        (low, high), (panel_low, panel_high) = boxes["board"], boxes["panel"]
        board_top = min(high[2], round(pivot_z - self.radius - 4, 1))
        panel_top = round(max(panel_high[2], pivot_z + 20), 1)
        return boxes | {
            "board": (low, (high[0], high[1], board_top)),
            "panel": (panel_low, (panel_high[0], panel_high[1], panel_top)),
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
        """Return the bent way's scene with the swing."""
        drawn, layout, (x, _, z) = self.drawn, super().lay_out(), self.pivot
        shape, length_mm = self.swing()
        period_s, speed = swing_motion(length_mm, math.radians(drawn.swing_deg))
        turn = -2 * drawn.swing_deg * drawn.swing_from
        face_y = self.frame.place(0, 0, 0)[1]
        depth = math.floor((self.start_q - drawn.bob_depth_mm / 2 - GAP_MM) * 5) / 5
        end_y = self.frame.place(0, depth, 0)[1]
        swept = (min(0.0, turn), max(0.0, turn))
        promise = Promise(swept, round(speed, 1), round(period_s, 4), drawn.swing_phase)
        motion = jointed("body_a", "hinge", (self.pivot, "y"), promise)
        more = (
            SceneBody("pin", Taper((x, face_y, z), (x, end_y, z), PIN_RADIUS_MM), "steel_1018", "#4c566a"),
            SceneBody(
                "body_a",
                shape,
                drawn.swing_material,
                drawn.swing_colour,
                "The arm swings in front of the pin.",
                Role.MOVER,
            ),
        )
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

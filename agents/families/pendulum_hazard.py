"""As the falling payload with its tray, but a step and a swinging arm leave only a bent way between them."""

import math
from typing import Annotated, Literal

from pydantic import Field

from agents.families.draw import Draw
from agents.families.drop_chute import ROLLING_FLOOR_MM, SILL_Q_MM, DropChuteParameters, DropLayout, least_slope_deg
from agents.families.drop_chute import sample as sample_drop
from agents.families.family import Family, FixtureLine, TemplateValue, number, point
from agents.families.parameters import Corners, PayloadLimits, degrees, mm
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
PHASES = {
    "fixed": "It is let go at t = 0, in every trial.",
    "uniform": "Every trial draws how far into this motion it is at t = 0: any share of the period is as likely.",
}


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


class SwingLayout(DropLayout):
    """Where the step and the swinging arm are; angles of the arm are measured from hanging straight down.

    The way starts steeply, passes the step's edge, bends at the knee and goes on as flat as friction allows. The arm's
    circle keeps a payload and `room_mm` away from both legs, and so cuts every straight way over the step.
    """

    drawn: PendulumHazardParameters

    def __init__(self, drawn: PendulumHazardParameters, catalogue: Catalogue) -> None:
        self.knee_u = drawn.payload_reach_mm + drawn.jitter_x_mm + drawn.knee_mm
        super().__init__(drawn, catalogue)
        self.radius = math.hypot(drawn.arm_mm + drawn.bob_height_mm, drawn.bob_width_mm / 2)
        away = self.radius + 1.1 * max(drawn.payload_size_mm) + drawn.room_mm
        flat, steep = math.radians(drawn.flat_deg), math.radians(drawn.steep_deg)
        stretch = away / (1 + math.cos(steep - flat))
        self.pivot_u = self.knee_u + stretch * (math.sin(flat) + math.sin(steep))
        self.pivot_z = round(self.way_z(self.knee_u) + stretch * (math.cos(flat) + math.cos(steep)), 1)

    def way_z(self, u: float) -> float:
        """Return the height of the bent way."""
        flat, steep = (math.tan(math.radians(angle)) for angle in (self.drawn.flat_deg, self.drawn.steep_deg))
        knee_z = self.end_z + (self.drawn.distance_mm + 10 - self.knee_u) * flat
        return knee_z + (self.knee_u - u) * (steep if u < self.knee_u else flat)

    def measure(self) -> tuple[float, ...]:
        """Return the way's distance and the angle of the swing."""
        return self.drawn.distance_mm / 15, self.drawn.swing_deg / 8

    def pivot(self) -> tuple[float, float, float]:
        """Return the hinge's point in the world, in the middle of the arm's thickness."""
        return self.place(self.pivot_u, self.start_q, self.pivot_z)

    def pin(self) -> tuple[tuple[float, float, float], float]:
        """Return where the pin starts on the panel's face, and its length, which ends a gap before the arm."""
        depth = math.floor((self.start_q - self.drawn.bob_depth_mm / 2 - GAP_MM) * 5) / 5
        return self.place(self.pivot_u, depth / 2, self.pivot_z), round(depth, 1)

    def start_deg(self) -> float:
        """Return the turn about +y at t = 0."""
        return self.drawn.swing_deg * self.drawn.swing_from

    def place_boxes(self) -> dict[str, Corners]:
        """Return the boxes of the simpler scene with the board below the arc, the panel up to the pin, and the step."""
        boxes = super().place_boxes()
        low, high = boxes["BOARD_MM"]
        top = min(high[2], round(self.pivot_z - self.radius - 4, 1))
        panel_low, panel_high = boxes["PANEL_MM"]
        panel_top = round(max(panel_high[2], self.pivot_z + 20), 1)
        floor = ROLLING_FLOOR_MM / 2 / math.cos(math.radians(self.drawn.steep_deg))
        step_high = (ON_STEP_MM, 2 * self.start_q - 1, self.way_z(ON_STEP_MM) - floor - STEP_ROOM_MM)
        return boxes | {
            "BOARD_MM": (low, (high[0], high[1], top)),
            "PANEL_MM": (panel_low, (panel_high[0], panel_high[1], panel_top)),
            "STEP_MM": self.box((self.start_u - 20, SILL_Q_MM, 0), step_high),
        }

    def own_constants(self) -> dict[str, TemplateValue]:
        """Return the panel's constants, and those of the swing and its contract, relative to t = 0."""
        turn = -2 * self.start_deg()
        pin_at, pin_length = self.pin()
        period, speed = self.motion()
        return {
            **super().own_constants(),
            "PIN_AT_MM": pin_at,
            "PIN_LENGTH_MM": pin_length,
            "PIN_RADIUS_MM": PIN_RADIUS_MM,
            "PIVOT_MM": self.pivot(),
            "START_DEG": self.start_deg(),
            "ARM_MM": (ARM_WIDTH_MM, self.drawn.bob_depth_mm, self.drawn.arm_mm),
            "ARM_OVER_PIVOT_MM": ARM_OVER_PIVOT_MM,
            "BOB_MM": (self.drawn.bob_width_mm, self.drawn.bob_depth_mm, self.drawn.bob_height_mm),
            "SWING_MATERIAL": self.drawn.swing_material,
            "SWING_COLOUR": self.drawn.swing_colour,
            "SWING_PHASE": self.drawn.swing_phase,
            "SWING_LIMITS_DEG": (min(0.0, turn), max(0.0, turn)),
            "SWING_SPEED_DEG_S": round(speed, 1),
            "SWING_PERIOD_S": round(period, 4),
        }

    def motion(self) -> tuple[float, float]:
        """Return the period in s and the top speed in deg/s of the physical pendulum.

        T = 2π √(I / (m g d)) / agm(1, cos(A/2)) and ω = √(2 m g d (1 − cos A) / I), exact for any amplitude A.
        """
        return swing_motion(self.moments(), math.radians(self.drawn.swing_deg))

    def moments(self) -> float:
        """Return I / (m d) in mm of the arm and the bob about the pivot; both are boxes as deep as each other."""
        width, depth, height = self.drawn.bob_width_mm, self.drawn.bob_depth_mm, self.drawn.bob_height_mm
        arm_height = self.drawn.arm_mm + ARM_OVER_PIVOT_MM
        inertia = moment = 0.0
        for wide, high, down in (
            (ARM_WIDTH_MM, arm_height, self.drawn.arm_mm - arm_height / 2),
            (width, height, self.drawn.arm_mm + height / 2),
        ):
            mass = wide * depth * high
            inertia += mass * ((wide**2 + high**2) / 12 + down**2)
            moment += mass * down
        return inertia / moment

    def describe(self) -> tuple[FixtureLine, ...]:
        """Return the statement's lines about the fixtures, with the step and the pin."""
        at, length = self.pin()
        rod = f"fixed, rod along y of radius {number(PIN_RADIUS_MM)}, {number(length)} long, centre {point(at)}."
        return (
            *super().describe(),
            self.fixed("step", self.drawn.fixture_material),
            FixtureLine("pin", "steel_1018", rod),
        )

    def describe_motions(self) -> tuple[str, ...]:
        """Return the statement's paragraph about the moving body."""
        period, speed = self.motion()
        side = "+" if self.start_deg() < 0 else "-"
        reach, angle = number(math.ceil(self.radius * 10) / 10), number(self.drawn.swing_deg)
        return (
            f"Motion: body_a ({self.drawn.swing_material}, {number(self.mass_g())} g) hangs on a frictionless hinge "
            f"through {point(self.pivot())} along y. It keeps within {reach} mm of the hinge and "
            f"{number(self.drawn.bob_depth_mm / 2)} mm of the hinge's point along y. Let go at rest, turned {angle} "
            f"deg from hanging straight down towards {side}x, it swings as far to the other side and back every "
            f"{period:.3f} s, at most {speed:.0f} deg/s fast. {PHASES[self.drawn.swing_phase]} Its motion must stay as "
            "it is: the design must not disturb it.",
        )

    def mass_g(self) -> float:
        """Return the mass of arm and bob."""
        depth, arm_height = self.drawn.bob_depth_mm, self.drawn.arm_mm + ARM_OVER_PIVOT_MM
        area = ARM_WIDTH_MM * arm_height + self.drawn.bob_width_mm * self.drawn.bob_height_mm
        return round(area * depth * self.catalogue.materials[self.drawn.swing_material].density_kg_m3 * 1e-6, 1)


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
    lay_out=SwingLayout,
)

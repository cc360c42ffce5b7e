"""What scenes share whose way has to bend: it falls steeply past a step, then goes on as flat as friction allows."""

import math
from dataclasses import replace
from typing import Annotated

from agents.families.draw import Draw
from agents.families.drop_chute import ROLLING_FLOOR_MM, SILL_Q_MM, DropChuteParameters, DropScene, least_slope_deg
from agents.families.drop_chute import sample as sample_drop
from agents.families.layout import Layout, SceneBody
from agents.families.parameters import PayloadLimits, degrees, mm
from agents.families.shapes import Block, Corners
from schemas.catalogue import Catalogue

STEP_ROOM_MM = 5.0
"""Room between the step's edge and the floor of a design on the way."""
ON_STEP_MM = 1.0
"""How far the step reaches beyond the middle of the nominal start: in half of the trials, what falls on it stays."""
LIMITS = PayloadLimits(shapes=("cube", "box", "cylinder", "sphere"), least_mm=14, most_mm=22, least_height_ratio=0.8)


class BentWayParameters(DropChuteParameters):
    """The drawn values of a bent way; what bars the straight one leaves `room_mm` and a payload beside both legs."""

    distance_mm: Annotated[float, mm(60, 150)]
    flat_deg: Annotated[float, degrees(15, 50)]
    steep_deg: Annotated[float, degrees(40, 65)]
    knee_mm: Annotated[float, mm(5, 60)]
    room_mm: Annotated[float, mm(3, 60)]


def sample_bent(draw: Draw, catalogue: Catalogue) -> dict[str, object]:
    """Draw the parameters of the falling payload first, then those of the bend, which leaves a flat way free."""
    common = sample_drop(draw, catalogue, LIMITS)
    return common.model_dump() | {
        "fall_mm": draw.uniform(10, 14) if common.payload_shape == "sphere" else draw.uniform(18, 36),
        "distance_mm": draw.uniform(128, 146),
        "tray_length_mm": min(common.tray_length_mm, 90.0),
        "flat_deg": round(least_slope_deg(common, catalogue, min) - 1 + draw.uniform(0, 2), 1),
        "steep_deg": draw.uniform(60, 64),
        "knee_mm": draw.uniform(38, 46),
        "room_mm": draw.uniform(3.2, 4.5),
    }


class BentScene(DropScene):
    """Where the step is. The way starts steeply, passes the step's edge, bends at the knee and goes on flat."""

    drawn: BentWayParameters

    def __init__(self, drawn: BentWayParameters) -> None:
        self.knee_u = drawn.payload_reach_mm + drawn.jitter_x_mm + drawn.knee_mm
        super().__init__(drawn)

    def way_z(self, u: float) -> float:
        """Return the height of the bent way."""
        flat, steep = (math.tan(math.radians(angle)) for angle in (self.drawn.flat_deg, self.drawn.steep_deg))
        knee_z = self.end_z + (self.drawn.distance_mm + 10 - self.knee_u) * flat
        return knee_z + (self.knee_u - u) * (steep if u < self.knee_u else flat)

    def over_knee(self, away_mm: float) -> tuple[float, float]:
        """Return the point (u, z) above the knee that is so far from both legs."""
        flat, steep = math.radians(self.drawn.flat_deg), math.radians(self.drawn.steep_deg)
        stretch = away_mm / (1 + math.cos(steep - flat))
        up = stretch * (math.cos(flat) + math.cos(steep))
        return self.knee_u + stretch * (math.sin(flat) + math.sin(steep)), self.way_z(self.knee_u) + up

    def place_boxes(self) -> dict[str, Corners]:
        """Return the boxes of the simpler scene and the step."""
        floor = ROLLING_FLOOR_MM / 2 / math.cos(math.radians(self.drawn.steep_deg))
        step_high = (ON_STEP_MM, 2 * self.start_q - 1, self.way_z(ON_STEP_MM) - floor - STEP_ROOM_MM)
        step = self.frame.box((self.start_u - 20, SILL_Q_MM, 0), step_high)
        return super().place_boxes() | {"step": step}

    def lay_out(self) -> Layout:
        """Return the scene of the falling payload with the step."""
        drawn, layout = self.drawn, super().lay_out()
        step, why = Block(self.place_boxes()["step"]), "A step under the start is in the way."
        body = SceneBody("step", step, drawn.fixture_material, drawn.fixture_colour, why)
        return replace(layout, bodies=(*layout.bodies, body))

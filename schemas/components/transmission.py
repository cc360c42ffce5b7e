"""What passes a turn on: gears, racks, belts, pulleys, lead screws and their nuts."""

import math
from typing import Annotated, Literal

from pydantic import Field

from schemas.bundle import CatalogueId
from schemas.components.bought import Efficiency, Force, Height, Module, Pitch, Ring, RoundStock, Stock, Teeth, Width
from schemas.sourced import NonEmpty

Face = Annotated[float, Field(ge=1, le=100)]


class SpurGear(Ring):
    """A spur gear; the outer diameter is that over the tips."""

    category: Literal["spur_gear"]
    module_mm: Module
    teeth: Teeth
    face_width_mm: Face
    efficiency: Efficiency
    material_id: CatalogueId

    @property
    def pitch_radius_mm(self) -> float:
        """Return the radius of the pitch circle."""
        return self.module_mm * self.teeth / 2.0


class Rack(Stock):
    """A toothed rack; its pitch line lies one module below the tips."""

    category: Literal["gear_rack"]
    width_mm: Width
    height_mm: Height
    module_mm: Module
    face_width_mm: Face
    efficiency: Efficiency
    material_id: CatalogueId


class Belt(Stock):
    """A toothed belt."""

    category: Literal["timing_belt"]
    width_mm: Width
    height_mm: Height
    pitch_mm: Pitch
    max_force_n: Force
    efficiency: Efficiency


class Pulley(Ring):
    """A toothed pulley."""

    category: Literal["timing_pulley"]
    teeth: Teeth
    pitch_mm: Pitch

    @property
    def pitch_radius_mm(self) -> float:
        """Return the radius of the pitch circle."""
        return self.teeth * self.pitch_mm / (2.0 * math.pi)


class LeadScrew(RoundStock):
    """A trapezoidal screw."""

    category: Literal["lead_screw"]
    thread: NonEmpty
    lead_mm: Annotated[float, Field(ge=0.5, le=50)]
    efficiency: Efficiency


class LeadNut(Ring):
    """The nut of a lead screw."""

    category: Literal["lead_nut"]
    thread: NonEmpty

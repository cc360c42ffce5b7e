"""What guides a motion: bearings, bushings, hinges, rails, carriages, and the stock that they run on."""

import math
from typing import Literal

from schemas.components.bought import Block, Bore, Height, Pitch, Rating, Ring, RoundStock, Stock, Teeth, Travel, Width


class Bearing(Ring):
    """A ball bearing, radial or thrust."""

    category: Literal["ball_bearing", "thrust_bearing"]
    static_load_rating_n: Rating
    dynamic_load_rating_n: Rating


class LinearBushing(Ring):
    """A ball bushing on a round rod."""

    category: Literal["linear_bushing"]
    static_load_rating_n: Rating
    dynamic_load_rating_n: Rating


class Idler(Ring):
    """A toothed pulley that runs on bearings of its own."""

    category: Literal["timing_idler"]
    teeth: Teeth
    pitch_mm: Pitch

    @property
    def pitch_radius_mm(self) -> float:
        """Return the radius of the pitch circle."""
        return self.teeth * self.pitch_mm / (2.0 * math.pi)


class PillowBlock(Block):
    """A bearing in a foot."""

    category: Literal["pillow_block"]
    bore_mm: Bore

    @property
    def hole_mm(self) -> float:
        """Return the diameter of the bore."""
        return self.bore_mm


class Hinge(Block):
    """Two leaves on a pin along the length; width across both leaves, height over the pin."""

    category: Literal["hinge"]
    travel_deg: Travel


class Carriage(Block):
    """A carriage on a profile rail."""

    category: Literal["linear_carriage"]
    static_load_rating_n: Rating
    dynamic_load_rating_n: Rating

    @property
    def rail_id(self) -> str:
        """Return the rail of its size: `carriage_mgn12h` runs on `rail_mgn12`."""
        return f"rail_{self.component_id.removeprefix('carriage_')[:-1]}"


class Rail(Stock):
    """A profile rail."""

    category: Literal["linear_rail"]
    width_mm: Width
    height_mm: Height


class Shaft(RoundStock):
    """A ground round rod."""

    category: Literal["shaft"]


class Profile(Stock):
    """A slotted extrusion."""

    category: Literal["extrusion"]
    width_mm: Width
    height_mm: Height

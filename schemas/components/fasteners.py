"""What fastens and what supports: screws, nuts, washers, inserts, springs, brackets, casters, feet."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.components.bought import Block, Diameter, Force, Height, Length, Piece, Stroke, Width

Thread = Annotated[str, Field(pattern=r"^M\d+(\.\d+)?$")]


class Screw(Piece):
    """A screw: length under the head; height and outer diameter are the head's."""

    category: Literal["screw"]
    thread: Literal["M3", "M4", "M5", "M6", "M8"]
    length_mm: Length
    height_mm: Height
    outer_diameter_mm: Diameter

    @property
    def diameter_mm(self) -> float:
        """Return the nominal diameter of the thread."""
        return float(self.thread.removeprefix("M"))


class Nut(Piece):
    """A hexagonal nut; width across flats."""

    category: Literal["nut"]
    thread: Thread
    width_mm: Width
    height_mm: Height


class Washer(Piece):
    """A flat washer."""

    category: Literal["washer"]
    thread: Thread
    height_mm: Height
    outer_diameter_mm: Diameter


class Insert(Piece):
    """A threaded insert that is pressed in hot."""

    category: Literal["heat_set_insert"]
    thread: Thread
    length_mm: Length
    outer_diameter_mm: Diameter

    @property
    def pin_mm(self) -> float:
        """Return the outer diameter."""
        return self.outer_diameter_mm


class SlotNut(Block):
    """A nut in the slot of a profile."""

    category: Literal["tnut"]
    thread: Thread


class Spring(Piece):
    """A compression spring of a free length, a rate and a stroke."""

    category: Literal["compression_spring"]
    length_mm: Length
    outer_diameter_mm: Diameter
    max_force_n: Force
    stroke_mm: Stroke
    rate_n_mm: Annotated[float, Field(ge=0.01, le=1000)]


class Bracket(Block):
    """A corner bracket."""

    category: Literal["bracket"]


class Foot(Piece):
    """A round foot or ball caster."""

    category: Literal["foot", "caster"]
    height_mm: Height
    outer_diameter_mm: Diameter
    max_force_n: Force | None = None
    static_load_rating_n: Annotated[float, Field(ge=50, le=50_000)] | None = None

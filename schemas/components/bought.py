"""What every bought component has, whatever its category: a price, a mass, and the number types of the table's columns.

Each category is a record of its own with the columns that it must have; a row that lacks one is `Unusable`.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.bundle import CatalogueId
from schemas.sourced import Key, NonEmpty, SourcedRow

Length = Annotated[float, Field(ge=0.4, le=500)]
Width = Annotated[float, Field(ge=1, le=200)]
Height = Annotated[float, Field(ge=0.3, le=200)]
Bore = Annotated[float, Field(ge=1, le=60)]
Diameter = Annotated[float, Field(ge=1, le=200)]
Voltage = Annotated[float, Field(ge=1, le=60)]
Torque = Annotated[float, Field(ge=0.001, le=50)]
Current = Annotated[float, Field(ge=0.05, le=60)]
Speed = Annotated[float, Field(ge=5, le=30_000)]
Force = Annotated[float, Field(ge=0.5, le=5000)]
Stroke = Annotated[float, Field(ge=1, le=500)]
Rating = Annotated[float, Field(ge=50, le=50_000)]
Travel = Annotated[float, Field(ge=10, le=3600)]
Module = Annotated[float, Field(ge=0.2, le=10)]
Teeth = Annotated[int, Field(ge=6, le=300)]
Pitch = Annotated[float, Field(ge=1, le=20)]
Efficiency = Annotated[float, Field(gt=0, le=1)]
Price = Annotated[Decimal, Field(ge=Decimal("0.005"), le=1000)]


class Bought(SourcedRow):
    """A bought part; price and mass are per piece, or per metre where `price_unit` says so; sizes in mm."""

    component_id: CatalogueId
    category: Key
    name: NonEmpty
    manufacturer: str = ""
    manufacturer_part_number: str = ""
    unit_price_usd: Price
    price_unit: Literal["each", "metre"]
    mass_g: Annotated[float, Field(ge=0.05, le=5000)]
    retrieved_from: NonEmpty
    price_basis: str = ""

    @property
    def hole_mm(self) -> float | None:
        """Return the diameter of the bore that a shaft fits in."""
        return None

    @property
    def pin_mm(self) -> float | None:
        """Return the diameter of the round that fits in a bore."""
        return None


class Piece(Bought):
    """A component that is sold by the piece."""

    price_unit: Literal["each"]


class Stock(Bought):
    """Goods by the metre: mass and price are per metre of length, sizes those of the section."""

    price_unit: Literal["metre"]


class Ring(Piece):
    """A piece of revolution with a bore."""

    length_mm: Length
    bore_mm: Bore
    outer_diameter_mm: Diameter

    @property
    def hole_mm(self) -> float:
        """Return the diameter of the bore."""
        return self.bore_mm

    @property
    def pin_mm(self) -> float:
        """Return the diameter of the rim."""
        return self.outer_diameter_mm

    @model_validator(mode="after")
    def _bore_inside(self) -> "Ring":
        if self.bore_mm >= self.outer_diameter_mm:
            raise ValueError(f"bore_mm {self.bore_mm} must be below outer_diameter_mm {self.outer_diameter_mm}")
        return self


class RoundStock(Stock):
    """Round goods by the metre."""

    outer_diameter_mm: Diameter

    @property
    def pin_mm(self) -> float:
        """Return the diameter."""
        return self.outer_diameter_mm


class Block(Piece):
    """A piece that fills a box."""

    length_mm: Length
    width_mm: Width
    height_mm: Height


class Unusable(SourcedRow):
    """A row that lacks columns which its category needs: it can be searched and read, but not be built in."""

    component_id: CatalogueId
    category: Key
    name: NonEmpty
    unit_price_usd: Price
    price_unit: Literal["each", "metre"]
    lacks: Annotated[tuple[str, ...], Field(min_length=1)]
    numbers: Mapping[str, float]

    @property
    def reason(self) -> str:
        """Return why it can't be built in."""
        return f"the catalogue does not tell its {' and '.join(self.lacks)}"

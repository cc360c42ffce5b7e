"""The catalogue's components: a record per category, told apart by `category`, and one search over all of them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from schemas.components.bought import Block, Bought, Piece, Ring, Stock, Unusable
from schemas.components.fasteners import Bracket, Foot, Insert, Nut, Screw, SlotNut, Spring, Washer
from schemas.components.guides import Bearing, Carriage, Hinge, Idler, LinearBushing, PillowBlock, Profile, Rail, Shaft
from schemas.components.motors import ContinuousServo, Driver, LinearActuator, Motor, Servo, ShaftMotor, Supply
from schemas.components.transmission import Belt, LeadNut, LeadScrew, Pulley, Rack, SpurGear
from schemas.errors import InputError

__all__ = [
    "Bearing",
    "Belt",
    "Block",
    "Bought",
    "Bracket",
    "Carriage",
    "Component",
    "ContinuousServo",
    "Driver",
    "Foot",
    "Hinge",
    "Idler",
    "Insert",
    "LeadNut",
    "LeadScrew",
    "LinearActuator",
    "LinearBushing",
    "Motor",
    "Nut",
    "Piece",
    "PillowBlock",
    "Profile",
    "Pulley",
    "Rack",
    "Rail",
    "Ring",
    "Screw",
    "Servo",
    "Shaft",
    "ShaftMotor",
    "SlotNut",
    "Spring",
    "SpurGear",
    "Stock",
    "Supply",
    "Unusable",
    "Washer",
    "check_columns",
    "parse_component",
    "read_numbers",
    "search_rows",
]

_Fixed = Screw | Nut | Washer | Insert | SlotNut | Spring | Bracket | Foot
_Guiding = Bearing | LinearBushing | Idler | PillowBlock | Hinge | Carriage | Rail | Shaft | Profile
_Powered = Servo | ContinuousServo | ShaftMotor | LinearActuator | Supply | Driver
_Passing = SpurGear | Rack | Belt | Pulley | LeadScrew | LeadNut
Component = _Fixed | _Guiding | _Powered | _Passing
_COMPONENT: TypeAdapter[Component] = TypeAdapter(Annotated[Component, Field(discriminator="category")])
_WORDS = frozenset(Bought.model_fields) - {"unit_price_usd", "mass_g"} | {"thread", "driver_for", "material_id"}
_ALWAYS = frozenset(Unusable.model_fields) - {"lacks", "numbers"} | {"retrieved_from"}


def parse_component(cells: Mapping[str, str]) -> Component | Unusable:
    """Return a row as its category's record, `Unusable` where it lacks a column of it.

    Raises ValidationError for a cell that is wrong, one that the category has no column for, and a row without a name,
    price or source.
    """
    try:
        return _COMPONENT.validate_python(cells)
    except ValidationError as error:
        faults = error.errors()
        lacks = tuple(str(fault["loc"][-1]) for fault in faults if fault["type"] == "missing")
        if len(lacks) < len(faults) or not _ALWAYS.isdisjoint(lacks):
            raise
    plain = {name: cell for name, cell in cells.items() if name in Unusable.model_fields}
    numbers = {name: float(cell) for name, cell in cells.items() if name not in _WORDS}
    return Unusable.model_validate({**plain, "lacks": lacks, "numbers": numbers})


def search_rows(
    rows: Iterable[Component | Unusable],
    category: str,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
) -> list[Component | Unusable]:
    """Return the rows of a category whose numbers lie in the ranges, cheapest first.

    Raises InputError that names the categories, or the columns that can be compared.
    """
    rows, low, high = list(rows), at_least or {}, at_most or {}
    found = [row for row in rows if row.category == category]
    if not found:
        known = ", ".join(sorted({row.category for row in rows}))
        raise InputError(f"there is no category '{category}': choose from {known}")
    check_columns(found, (*low, *high))
    fits = [row for row in found if _is_within(read_numbers(row), low, high)]
    return sorted(fits, key=lambda row: (row.unit_price_usd, row.component_id))


def check_columns(rows: Iterable[Component | Unusable], names: Iterable[str]) -> None:
    """Raise InputError, naming the columns with numbers that rows have, unless every name is one."""
    columns = {name for row in rows for name in read_numbers(row)}
    unknown = sorted(set(names) - columns)
    if unknown:
        raise InputError(f"{', '.join(unknown)} can't be compared: choose from {', '.join(sorted(columns))}")


def read_numbers(row: Component | Unusable) -> dict[str, float]:
    """Return the numbers that a component's row has, by column."""
    if isinstance(row, Unusable):
        return dict(row.numbers)
    plain = row.model_dump(exclude_none=True)
    return {name: float(value) for name, value in plain.items() if isinstance(value, int | float | Decimal)}


def _is_within(numbers: Mapping[str, float], low: Mapping[str, float], high: Mapping[str, float]) -> bool:
    above = all(name in numbers and numbers[name] >= value for name, value in low.items())
    return above and all(name in numbers and numbers[name] <= value for name, value in high.items())

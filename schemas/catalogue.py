"""The catalogue: materials, pairs, components, process rules and costs as typed, frozen, hashed rows.

Read from CSV tables whose every row names its source; knows nothing of shapes, so that any room can use it.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from schemas.bundle import CatalogueId, ProcessName
from schemas.components import Component, Unusable
from schemas.errors import InputError
from schemas.record import Record, Sha256
from schemas.sourced import Key, NonEmpty, SourcedRow, Words, split_words

Process = ProcessName | Literal["general"]
Money = Annotated[Decimal, Field(gt=0)]
SAME_SIZE = 0.01
"""Within which a number is one of a set (mm, degrees)."""
GENERAL: Literal["general"] = "general"


class Material(SourcedRow):
    """A material: SI properties, friction against its own kind of partner, price, the processes that take it."""

    material_id: CatalogueId
    name: NonEmpty
    material_class: Annotated[Words, Field(min_length=1)]
    density_kg_m3: Annotated[float, Field(ge=100, le=20_000)]
    youngs_modulus_gpa: Annotated[float, Field(ge=0.0005, le=250)]
    yield_or_flexural_strength_mpa: Annotated[float, Field(ge=1, le=1500)]
    strength_kind: str
    poisson: Annotated[float, Field(ge=0.05, le=0.5)]
    sliding_friction_coefficient: Annotated[float, Field(ge=0.02, le=1.5)]
    friction_pair: str
    coefficient_of_restitution: Annotated[float, Field(ge=0, le=1)]
    restitution_pair: str
    restitution_basis: str
    rolling_friction_mm: Annotated[float, Field(ge=0, le=10)]
    rolling_friction_basis: str
    price_usd_per_kg: Money
    price_by_form: Words
    max_service_temp_c: Annotated[float, Field(ge=30, le=1000)]
    machinability_rating_percent: Annotated[float, Field(ge=5, le=600)] | None = None
    specific_cutting_energy_w_s_per_mm3: Annotated[float, Field(gt=0)] | None = None
    forms: Words
    processes: Annotated[tuple[ProcessName, ...], BeforeValidator(split_words)] = ()
    retrieved_from: NonEmpty
    price_basis: str

    def find_form_price(self, *forms: str) -> Decimal | None:
        """Return USD per kg of the first of these stock forms that has a price."""
        prices = dict(pair.split(":") for pair in self.price_by_form)
        return next((Decimal(prices[form]) for form in forms if form in prices), None)

    def answers_to(self, selectors: Iterable[str]) -> bool:
        """Say whether a selector names this material, one of its classes, or `all`."""
        return not {"all", self.material_id, *self.material_class}.isdisjoint(selectors)


class MaterialPair(SourcedRow):
    """Measured friction and restitution of two materials."""

    material_a: CatalogueId
    material_b: CatalogueId
    sliding_friction: Annotated[float, Field(gt=0, le=2)]
    restitution: Annotated[float, Field(ge=0, le=1)]


class PairProperties(Record):
    """Contact of two materials; `derived` when no row of the pair table says it."""

    friction: float
    restitution: float
    derived: bool


class Use(NamedTuple):
    """What a rule or cost row is asked for."""

    process: Process
    material: Material
    machine: str = ""
    thickness_mm: float | None = None


class SelectedRow(SourcedRow):
    """A row that holds for some materials, one machine (blank: any) and one thickness band (min < t <= max, or t)."""

    process: Process
    key: Key
    parameter: NonEmpty
    value: NonEmpty
    unit: str = ""
    materials: Annotated[Words, Field(min_length=1)]
    machine: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]*$")] = ""
    thickness_min_mm: Annotated[float, Field(ge=0)] = 0.0
    thickness_max_mm: Annotated[float, Field(ge=0)] = 1e6
    material_condition: str
    retrieved_from: NonEmpty

    @cached_property
    def number(self) -> Decimal:
        """Return the value as an exact number; rows of words or formulas have none and raise InputError."""
        if not re.fullmatch(r"-?\d+(\.\d+)?", self.value):
            raise InputError(f"{self.name}: '{self.value}' is not a number")
        return Decimal(self.value)

    @property
    def name(self) -> str:
        """Return what names this row in a finding or a price line."""
        band = f"{self.thickness_min_mm:g}-{self.thickness_max_mm:g} mm" if self.thickness_max_mm < 1e6 else ""
        where = ", ".join(word for word in ("|".join(self.materials), self.machine, band) if word)
        return f"{self.process}/{self.key} [{where}]"

    def holds(self, use: Use) -> bool:
        """Say whether this row is the one for a material, machine and thickness of its process."""
        banded = self.thickness_max_mm < 1e6 or self.thickness_min_mm > 0
        thick = use.thickness_mm
        inside = not banded if thick is None else self._contains(thick)
        return inside and self.machine in ("", use.machine) and use.material.answers_to(self.materials)

    def _contains(self, thickness_mm: float) -> bool:
        low, high = self.thickness_min_mm, self.thickness_max_mm
        return abs(thickness_mm - low) < 1e-9 if low == high else low < thickness_mm <= high

    def collides(self, other: Self, materials: Iterable[Material]) -> bool:
        """Say whether some material, machine and thickness has both rows."""
        probes = (self.thickness_max_mm, other.thickness_max_mm)
        if self.machine and other.machine and self.machine != other.machine:
            return False
        if not any(self._contains(probe) and other._contains(probe) for probe in probes):
            return False
        return any(m.answers_to(self.materials) and m.answers_to(other.materials) for m in materials)


class ProcessRule(SelectedRow):
    """A manufacturability threshold."""

    rule_id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_.-]*$", max_length=64)]
    description: NonEmpty
    comparator: Literal[">=", "<=", "==", "in_set", "not_in_set", "in_map"]
    severity: Literal["error", "warning"]

    @model_validator(mode="after")
    def _numeric(self) -> "ProcessRule":
        if self.comparator in (">=", "<=", "=="):
            _ = self.number
        return self

    def collides(self, other: Self, materials: Iterable[Material]) -> bool:
        """Say whether some use has both rules with the same severity."""
        return self.severity == other.severity and super().collides(other, materials)

    def admits(self, measured: float) -> bool:
        """Say whether a measured number keeps the rule, to 1e-6 of rounding noise."""
        limit = self.limit_near(measured)
        if self.comparator in ("in_set", "=="):
            return abs(measured - limit) <= SAME_SIZE
        return measured >= limit - 1e-6 if self.comparator == ">=" else measured <= limit + 1e-6

    def limit_near(self, measured: float) -> float:
        """Return the number that a measure is held against: the nearest one of a set."""
        if self.comparator == "in_set":
            return min(map(float, self.value.split("|")), key=lambda number: abs(number - measured))
        return float(self.number)


CHEAPER_WHEN_LARGER = {
    "bought_part_quantity_discount",
    "cutting_speed",
    "finishing_area_rate",
    "mould_life",
    "nesting_utilisation",
    "packing_density",
    "roughing_mrr",
    "volumetric_rate_infill",
    "volumetric_rate_wall",
}
"""Keys of rates of work and of use: what costs less the larger they are."""


class ProcessCost(SelectedRow):
    """A parameter of a cost formula; unit `text` marks a formula kept for the record."""

    low: Decimal | None = None
    high: Decimal | None = None

    def at_end(self, cheap: bool) -> Self:
        """Return this row with the end of its source's band that costs less, or more; as it is without a band."""
        end = self.low if cheap != (self.key in CHEAPER_WHEN_LARGER) else self.high
        if end is None or self.unit == "text":
            return self
        value = min(end, self.number) if end is self.low else max(end, self.number)
        return type(self).model_validate({**self.model_dump(), "value": format(value, "f")})

    @property
    def rate(self) -> str:
        """Return the number with its unit, as price lines show it."""
        return f"{self.number} {self.unit}"

    @model_validator(mode="after")
    def _numeric(self) -> "ProcessCost":
        if self.unit != "text":
            _ = self.number
        return self


@dataclass(frozen=True)
class Catalogue:
    """All tables, indexed; `hash` covers the bytes of every table and is part of every verdict."""

    materials: Mapping[str, Material]
    components: Mapping[str, Component]
    unusable: Mapping[str, Unusable]
    pairs: Mapping[frozenset[str], MaterialPair]
    rules: Mapping[tuple[Process, str], tuple[ProcessRule, ...]]
    costs: Mapping[tuple[Process, str], tuple[ProcessCost, ...]]
    hash: Sha256

    @cached_property
    def cheapest(self) -> Self:
        """Return the catalogue with every cost row at the end of its source's band that costs least."""
        return self._at_end(cheap=True)

    @cached_property
    def dearest(self) -> Self:
        """Return the catalogue with every cost row at the end of its source's band that costs most."""
        return self._at_end(cheap=False)

    def _at_end(self, cheap: bool) -> Self:
        costs = {place: tuple(row.at_end(cheap) for row in rows) for place, rows in self.costs.items()}
        return replace(self, costs=MappingProxyType(costs))

    def pair(self, a: str, b: str) -> PairProperties:
        """Return friction and restitution of two materials; without a row mu = sqrt(mu_a mu_b), e = min(e_a, e_b)."""
        row = self.pairs.get(frozenset((a, b)))
        if row is not None:
            return PairProperties(friction=row.sliding_friction, restitution=row.restitution, derived=False)
        one, two = self.materials[a], self.materials[b]
        friction = math.sqrt(one.sliding_friction_coefficient * two.sliding_friction_coefficient)
        restitution = min(one.coefficient_of_restitution, two.coefficient_of_restitution)
        return PairProperties(friction=friction, restitution=restitution, derived=True)

    @property
    def all_components(self) -> tuple[Component | Unusable, ...]:
        """Return every row of the component table, those that can't be built in last."""
        return (*self.components.values(), *self.unusable.values())

    def explain_absence(self, component_id: str) -> str:
        """Return why no component of this id can be built in."""
        row = self.unusable.get(component_id)
        why = "is not in the catalogue: search it for one that is" if row is None else f"can't be used: {row.reason}"
        return f"component '{component_id}' {why}"

    def find_rules(self, use: Use, key: str) -> tuple[ProcessRule, ...]:
        """Return the rules that hold for a use, errors before warnings; at most one of each severity."""
        rows = [row for row in self.rules.get((use.process, key), ()) if row.holds(use)]
        return tuple(sorted(rows, key=lambda row: row.severity))

    def rule(self, use: Use, key: str) -> ProcessRule:
        """Return the severest rule that holds for a use; raises InputError when the tables lack it."""
        rows = self.find_rules(use, key)
        if not rows:
            raise InputError(f"process_rules.csv: no row '{key}' of {_describe(use)}: add one")
        return rows[0]

    def find_cost(self, use: Use, key: str) -> ProcessCost | None:
        """Return the one cost row that holds for a use, or the `general` one where the process has none of its own."""
        rows = (*self.costs.get((use.process, key), ()), *self.costs.get((GENERAL, key), ()))
        return next((row for row in rows if row.holds(use)), None)

    def cost(self, use: Use, key: str) -> ProcessCost:
        """Return the one cost row that holds for a use; raises InputError when the tables lack it."""
        row = self.find_cost(use, key)
        if row is None:
            raise InputError(f"process_costs.csv: no row '{key}' of {_describe(use)}: add one")
        return row

    def machines(self, use: Use, key: str) -> tuple[str, ...]:
        """Return the machines that have a row for this material, in the table's order."""
        rows = (*self.rules.get((use.process, key), ()), *self.costs.get((use.process, key), ()))
        return tuple(dict.fromkeys(row.machine for row in rows if use.material.answers_to(row.materials)))


def _describe(use: Use) -> str:
    place = f"{use.material.material_id}, machine '{use.machine}', thickness {use.thickness_mm}"
    return f"{use.process} holds for {place}"

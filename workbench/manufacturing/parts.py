"""The records between measuring a part and pricing it."""

from typing import Annotated

from pydantic import Field

from schemas.bundle import CatalogueId, ProcessName
from schemas.reasons import Reason
from schemas.record import Id, Record
from schemas.verdict import PartFinding

Count = Annotated[int, Field(ge=1)]
NonNegative = Annotated[float, Field(ge=0)]


class FdmPlan(Record):
    """How a part is printed: the machine, the height in the direction of build, and the volumes that are extruded."""

    machine: str
    volume_mm3: NonNegative
    surface_mm2: NonNegative
    support_mm3: NonNegative
    height_mm: NonNegative


class LaserPlan(Record):
    """How a part is cut: machine, stock thickness and the profile's measures."""

    machine: str
    thickness_mm: NonNegative
    outline_mm2: NonNegative
    cut_mm: NonNegative
    pierces: Count


class PricedPart(Record):
    """A part that can be made, with everything its price depends on but the quantity."""

    part: Id
    material_id: CatalogueId
    process: ProcessName
    plan: FdmPlan | LaserPlan


class PartAssessment(Record):
    """What is known of a part: its findings, why it can't be made, its mass, and its plan where it can."""

    findings: tuple[PartFinding, ...]
    reasons: tuple[Reason, ...]
    mass_g: float | None
    priced: PricedPart | None


class BoughtItem(Record):
    """A catalogue component and how many of it one assembly has; stock sold by the metre needs a length."""

    component_id: CatalogueId
    count: Count
    length_mm: Annotated[float, Field(gt=0)] | None = None


class BillOfMaterials(Record):
    """Everything one assembly consists of."""

    parts: tuple[PricedPart, ...] = ()
    bought: tuple[BoughtItem, ...] = ()
    fastener_count: Annotated[int, Field(ge=0)] = 0
    joint_count: Annotated[int, Field(ge=0)] = 0

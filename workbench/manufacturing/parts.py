"""The records between measuring a part and pricing it."""

from typing import Annotated

from pydantic import Field

from schemas.bundle import CatalogueId, ProcessName
from schemas.reasons import Reason
from schemas.record import Id, Record, Vec3
from schemas.verdict import PartFinding

Count = Annotated[int, Field(ge=1)]
NonNegative = Annotated[float, Field(ge=0)]


class FdmPlan(Record):
    """How a part is printed: the machine, its own direction that points up, the height so, and what is extruded."""

    machine: str
    up: Vec3
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


class MillingPlan(Record):
    """How a part is milled: its block without allowance, set-ups, what is cut, and what is drilled."""

    machine: str
    block_mm: tuple[NonNegative, NonNegative, NonNegative]
    volume_mm3: NonNegative
    finished_mm2: NonNegative
    setups: Count
    tools: Count
    features: Annotated[int, Field(ge=0)]
    holes: Annotated[int, Field(ge=0)]


class TurningPlan(Record):
    """How a part is turned: its bar, what is cut, and the holes across or beside the axis that are drilled after."""

    machine: str
    diameter_mm: NonNegative
    length_mm: NonNegative
    volume_mm3: NonNegative
    turned_mm2: NonNegative
    bores: Annotated[int, Field(ge=0)]
    cross_holes: Annotated[int, Field(ge=0)]
    cross_setups: Annotated[int, Field(ge=0)]


class SlsPlan(Record):
    """How a part is printed in powder: the machine, its chamber and how many boxes around it fit, and what is fused."""

    machine: str
    volume_mm3: NonNegative
    chamber_mm3: NonNegative
    boxes: Count


class MouldPlan(Record):
    """How a part is moulded: its size along and across the parting direction, walls, and what the mould needs."""

    machine: str = ""
    volume_mm3: NonNegative
    projected_mm2: NonNegative
    plate_mm: tuple[NonNegative, NonNegative]
    depth_mm: NonNegative
    wall_mm: NonNegative
    patches: Count
    holes: Annotated[int, Field(ge=0)]
    parting_heights: Annotated[int, Field(ge=0)]
    side_pulls: Annotated[int, Field(ge=0)]
    lifters: Annotated[int, Field(ge=0)]


class BendingPlan(Record):
    """How a sheet is cut flat, then bent: the number of bends and of distinct tools."""

    machine: str = ""
    cut: LaserPlan
    bends: Annotated[int, Field(ge=0)]
    tools: Annotated[int, Field(ge=0)]


Plan = BendingPlan | MouldPlan | MillingPlan | TurningPlan | SlsPlan | FdmPlan | LaserPlan


class PricedPart(Record):
    """A part that can be made, with everything its price depends on but the quantity; an assembly has `count` of it."""

    part: Id
    material_id: CatalogueId
    process: ProcessName
    plan: Plan
    count: Count = 1


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

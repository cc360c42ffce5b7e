"""What a design adds to its bodies: attachments, couplings, fits, springs, motors."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.bundle.bodies import CatalogueId
from schemas.controllers import Controller
from schemas.record import Id, Mm, Record, Unitless, Vec3, Vec3Mm


class Fastener(Record):
    """A catalogue fastener: the point where its axis meets the face under its head, and the way it is driven."""

    component_id: CatalogueId
    position_mm: Vec3Mm
    axis: Vec3

    @model_validator(mode="after")
    def _has_unit_axis(self) -> "Fastener":
        if abs(sum(c * c for c in self.axis) - 1.0) > 1e-6:
            raise ValueError("a fastener's axis must have length 1")
        return self


class Attachment(Record):
    """A rigid fastening of assembly body `a` to `b`: another assembly body, or an environment body's mount."""

    id: Id
    a: Id
    b: Id
    fasteners: tuple[Fastener, ...] = Field(min_length=1, max_length=32)
    mount_id: Id | None = None


class Coupling(Record):
    """A ratio between two joints (turns of b per turn of a; mm per turn for rack and lead screw)."""

    id: Id
    kind: Literal["gears", "belt", "rack", "lead_screw"]
    joint_a: Id
    joint_b: Id
    ratio: Unitless
    efficiency: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    components: tuple[CatalogueId, ...] = Field(min_length=1, max_length=8)


class Interface(Record):
    """An overlap that is allowed, inside the component's modelled region."""

    kind: Literal["thread", "press", "slide", "mesh"]
    component: Id
    body: Id


class Spring(Record):
    """A catalogue spring between two bodies, deflected at t = 0 by deflection_mm from its free length."""

    id: Id
    component_id: CatalogueId
    a: Id
    b: Id
    anchor_a_mm: Vec3Mm
    anchor_b_mm: Vec3Mm
    deflection_mm: Mm = 0.0


class Motor(Record):
    """A catalogue motor on a joint of the assembly, its supply (component body or outlet) and its controller."""

    id: Id
    component_id: CatalogueId
    joint: Id
    supply: Id
    controller: Controller

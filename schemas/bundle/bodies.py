"""What bundles of both kinds hold: solids with their poses, and the joints between them."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from schemas.record import Amount, Id, NonNegative, Record, Sha256, Unitless, Vec3, Vec3Mm

FileName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}\.brep$")]
CatalogueId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_]{0,63}$")]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]


class ProcessName(StrEnum):
    """A manufacturing process of the catalogue."""

    CNC_MILLING = "cnc_milling"
    CNC_TURNING = "cnc_turning"
    FDM_PRINTING = "fdm_printing"
    SLS_PRINTING = "sls_printing"
    INJECTION_MOLDING = "injection_molding"
    LASER_CUTTING = "laser_cutting"
    SHEET_METAL_BENDING = "sheet_metal_bending"


class Role(StrEnum):
    """What a body is for: the first four belong to the environment, the last two to the engineer."""

    FIXTURE = "fixture"
    MOVER = "mover"
    DRIVE = "drive"
    PAYLOAD = "payload"
    PART = "part"
    COMPONENT = "component"


ENVIRONMENT_ROLES = frozenset({Role.FIXTURE, Role.MOVER, Role.DRIVE, Role.PAYLOAD})
ASSEMBLY_ROLES = frozenset({Role.PART, Role.COMPONENT})


class Pose(Record):
    """Where a body's own frame sits in the world at t = 0."""

    position_mm: Vec3Mm = (0.0, 0.0, 0.0)
    quaternion_wxyz: tuple[Unitless, Unitless, Unitless, Unitless] = (1.0, 0.0, 0.0, 0.0)

    @model_validator(mode="after")
    def _unit(self) -> "Pose":
        if abs(sum(c * c for c in self.quaternion_wxyz) - 1.0) > 1e-6:
            raise ValueError("quaternion_wxyz must have length 1")
        return self


class Body(Record):
    """One solid: its geometry file (binary BREP in the body's frame), pose, material and how it is made or bought."""

    id: Id
    role: Role
    geometry: FileName
    geometry_sha256: Sha256
    pose: Pose
    material_id: CatalogueId | None = None
    process: ProcessName | None = None
    component_id: CatalogueId | None = None
    colour: Colour = "#9aa5b1"

    @model_validator(mode="after")
    def _made_or_bought(self) -> "Body":
        if self.role is Role.COMPONENT and (self.component_id is None or self.process or self.material_id):
            raise ValueError(f"component '{self.id}' needs a component_id, and neither a process nor a material_id")
        if self.role is not Role.COMPONENT and (self.material_id is None or self.component_id is not None):
            raise ValueError(f"body '{self.id}' needs a material_id and no component_id")
        if (self.role is Role.PART) != (self.process is not None):
            raise ValueError(f"body '{self.id}': exactly parts have a process")
        return self


class Range(Record):
    """A closed interval; its unit is that of the field that holds it (degrees for hinges and balls, mm for slides)."""

    min: Amount
    max: Amount

    @model_validator(mode="after")
    def _ordered(self) -> "Range":
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}")
        return self


class Joint(Record):
    """A moving connection; `parent` None is the world.

    stiffness is N·m/rad (hinge, ball) or N/m (slide), damping N·m·s/rad or N·s/m, friction_loss N·m or N.
    """

    id: Id
    kind: Literal["free", "hinge", "slide", "ball"]
    parent: Id | None = None
    child: Id
    anchor_mm: Vec3Mm = (0.0, 0.0, 0.0)
    axis: Vec3 = (0.0, 0.0, 1.0)
    range: Range | None = None
    stiffness: NonNegative = 0.0
    damping: NonNegative = 0.0
    friction_loss: NonNegative = 0.0
    through: Id | None = None
    mount_id: Id | None = None

    @model_validator(mode="after")
    def _has_axis(self) -> "Joint":
        if self.kind in ("hinge", "slide") and abs(sum(c * c for c in self.axis) - 1.0) > 1e-6:
            raise ValueError(f"joint '{self.id}': axis must have length 1")
        return self

    @model_validator(mode="after")
    def _starts_inside(self) -> "Joint":
        low, high = (self.range.min, self.range.max) if self.range else (0.0, 0.0)
        if self.kind == "free" and (self.range or self.stiffness or self.damping or self.friction_loss):
            raise ValueError(f"joint '{self.id}': a free joint has no range, stiffness, damping or friction_loss")
        if self.kind == "ball" and self.range and not (low == 0.0 < high <= 180.0):
            raise ValueError(f"joint '{self.id}': a ball's range is (0, largest tilt), the tilt at most 180 degrees")
        if not low <= 0.0 <= high:
            raise ValueError(f"joint '{self.id}': its range counts from t = 0, so it must hold 0")
        return self

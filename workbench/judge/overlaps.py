"""Finds solids that share volume: boxes first, then distance, then the kernel's Boolean."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Common
from OCP.BRepExtrema import BRepExtrema_DistShapeShape
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.TopoDS import TopoDS_Iterator, TopoDS_Shape

from schemas.bundle import Zone
from schemas.reasons import Reason, ReasonCode
from workbench.geometry import Floats, measure
from workbench.reasons import reason

MOST_SHARED_MM3 = 0.1
_TOUCH_MM = 1e-7


@dataclass(frozen=True)
class Placed:
    """A named solid in the world."""

    name: str
    shape: TopoDS_Shape

    @cached_property
    def box_mm(self) -> Floats:
        """Return its exact bounding box (2, 3)."""
        return measure(self.shape).box_mm


@dataclass(frozen=True)
class Overlap:
    """What two solids share: its volume and the middle of it."""

    volume_mm3: float
    centre_mm: Floats


def find_overlap(one: Placed, other: Placed) -> Overlap | None:
    """Return what two solids share if it is more than 0.1 mm³ (mechanics §6.3)."""
    if (one.box_mm[0] >= other.box_mm[1]).any() or (other.box_mm[0] >= one.box_mm[1]).any():
        return None
    if BRepExtrema_DistShapeShape(one.shape, other.shape).Value() > _TOUCH_MM:
        return None
    common = BRepAlgoAPI_Common(one.shape, other.shape)
    if not common.IsDone():
        return Overlap(float("nan"), (one.box_mm.mean(axis=0) + other.box_mm.mean(axis=0)) / 2)
    shape = common.Shape()
    if shape.IsNull() or not TopoDS_Iterator(shape).More():
        return None
    size = measure(shape)
    if size.volume_mm3 <= MOST_SHARED_MM3:
        return None
    return Overlap(size.volume_mm3, size.centre_mm)


def find_intersections(
    pairs: Iterable[tuple[Placed, Placed]], code: ReasonCode = ReasonCode.INTERSECTION
) -> Iterator[Reason]:
    """Yield a reason for every pair that shares volume, with how much and where."""
    for one, other in pairs:
        overlap = find_overlap(one, other)
        if overlap is not None:
            yield _describe_overlap(one.name, other.name, overlap, code)


def _describe_overlap(one: str, other: str, overlap: Overlap, code: ReasonCode) -> Reason:
    """Return the reason for one overlap; a Boolean that the kernel can't do has no numbers."""
    if np.isnan(overlap.volume_mm3):
        return reason(code, f"'{one}' and '{other}' touch so that the kernel can't separate them", one)
    x_mm, y_mm, z_mm = overlap.centre_mm.tolist()
    numbers = {"shared_volume_mm3": overlap.volume_mm3, "x_mm": x_mm, "y_mm": y_mm, "z_mm": z_mm}
    message = f"'{one}' and '{other}' share {overlap.volume_mm3:.3g} mm³: move or cut one of them"
    return reason(code, message, f"{one} & {other}", **numbers)


def make_box(low_mm: Floats, high_mm: Floats) -> TopoDS_Shape:
    """Return the box between two corners."""
    return BRepPrimAPI_MakeBox(gp_Pnt(*map(float, low_mm)), gp_Pnt(*map(float, high_mm))).Solid()


def make_cylinder(base_mm: Floats, axis: Floats, radius_mm: float, length_mm: float) -> TopoDS_Shape:
    """Return the cylinder that stands on a point along an axis of any length."""
    frame = gp_Ax2(gp_Pnt(*base_mm.tolist()), gp_Dir(*axis.tolist()))
    return BRepPrimAPI_MakeCylinder(frame, radius_mm, length_mm).Shape()


def place_zone(zone: Zone) -> Placed:
    """Return a zone as a solid."""
    return Placed(zone.id, make_box(np.array(zone.min_mm), np.array(zone.max_mm)))

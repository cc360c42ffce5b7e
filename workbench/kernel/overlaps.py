"""Finds what two solids share: boxes first, then distance, then the kernel's Boolean."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from manifold3d import Manifold
from OCP.BRepAlgoAPI import BRepAlgoAPI_Common
from OCP.BRepBuilderAPI import (
    BRepBuilderAPI_MakeFace,
    BRepBuilderAPI_MakePolygon,
    BRepBuilderAPI_MakeSolid,
    BRepBuilderAPI_Sewing,
)
from OCP.BRepExtrema import BRepExtrema_DistShapeShape
from OCP.BRepLib import BRepLib
from OCP.BRepPrimAPI import BRepPrimAPI_MakeBox, BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt
from OCP.TopoDS import TopoDS, TopoDS_Iterator, TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.measuring import measure

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

    @cached_property
    def pieces(self) -> tuple[TopoDS_Shape, ...]:
        """Return the solids that it consists of, where its shape only bounds them."""
        return (self.shape,)


@dataclass(frozen=True)
class Overlap:
    """What two solids share: its volume and the middle of it."""

    volume_mm3: float
    centre_mm: Floats


def find_distance(one: TopoDS_Shape, other: TopoDS_Shape) -> float:
    """Return the least distance of two shapes (mm), 0 where they touch or overlap."""
    return float(BRepExtrema_DistShapeShape(one, other).Value())


def find_overlap(one: Placed, other: Placed) -> Overlap | None:
    """Return what two solids share if it is more than 0.1 mm³ (mechanics §6.3)."""
    if (one.box_mm[0] >= other.box_mm[1]).any() or (other.box_mm[0] >= one.box_mm[1]).any():
        return None
    if find_distance(one.shape, other.shape) > _TOUCH_MM:
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


def make_box(low_mm: Floats, high_mm: Floats) -> TopoDS_Shape:
    """Return the box between two corners."""
    return BRepPrimAPI_MakeBox(gp_Pnt(*map(float, low_mm)), gp_Pnt(*map(float, high_mm))).Solid()


def make_cylinder(base_mm: Floats, axis: Floats, radius_mm: float, length_mm: float) -> TopoDS_Shape:
    """Return the cylinder that stands on a point along an axis of any length."""
    frame = gp_Ax2(gp_Pnt(*base_mm.tolist()), gp_Dir(*axis.tolist()))
    return BRepPrimAPI_MakeCylinder(frame, radius_mm, length_mm).Shape()


def make_polyhedron(points_mm: Floats) -> TopoDS_Shape:
    """Return the convex hull of points (n, 3) as a solid."""
    mesh = Manifold.hull_points(points_mm).to_mesh64()
    corners = np.asarray(mesh.vert_properties)[:, :3]
    sewing = BRepBuilderAPI_Sewing(1e-6)
    for triangle in np.asarray(mesh.tri_verts).tolist():
        outline = BRepBuilderAPI_MakePolygon(*(gp_Pnt(*corners[n].tolist()) for n in triangle), True)
        sewing.Add(BRepBuilderAPI_MakeFace(outline.Wire(), True).Face())
    sewing.Perform()
    solid = BRepBuilderAPI_MakeSolid(TopoDS.Shell_s(sewing.SewedShape())).Solid()
    BRepLib.OrientClosedSolid_s(solid)
    return solid

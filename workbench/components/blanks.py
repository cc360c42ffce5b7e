"""Makes the blanks that components are drawn from: they stand on z = 0 about the z axis."""

import math

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut, BRepAlgoAPI_Fuse
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
from OCP.gp import gp_Pnt, gp_Vec
from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.faces import explore
from workbench.kernel.overlaps import make_box, make_cylinder

UP = np.array([0.0, 0.0, 1.0])
FOOT = np.zeros(3)
PITCH_MM = {"M3": 0.5, "M4": 0.7, "M5": 0.8, "M6": 1.0, "M8": 1.25}
"""Coarse threads (ISO 261)."""


def read_size(thread: str) -> float:
    """Return the nominal diameter of a metric thread."""
    return float(thread.removeprefix("M"))


def tap_mm(thread: str) -> float:
    """Return the core diameter of a coarse thread."""
    return read_size(thread) - PITCH_MM[thread]


def make_rod(diameter_mm: float, length_mm: float) -> TopoDS_Shape:
    """Return a round rod."""
    return make_cylinder(FOOT, UP, diameter_mm / 2.0, length_mm)


def make_bar(x_mm: float, y_mm: float, length_mm: float) -> TopoDS_Shape:
    """Return a bar of rectangular section."""
    half = np.array([x_mm / 2.0, y_mm / 2.0, 0.0])
    return make_box(-half, half + UP * length_mm)


def make_tube(outer_mm: float, bore_mm: float, length_mm: float) -> TopoDS_Shape:
    """Return a tube."""
    return cut(make_rod(outer_mm, length_mm), make_rod(bore_mm, length_mm))


def make_hexagon(across_mm: float, height_mm: float) -> TopoDS_Shape:
    """Return a hexagonal prism of a width across its flats, two of which stand across x."""
    outline, reach = BRepBuilderAPI_MakePolygon(), across_mm / math.sqrt(3.0)
    for corner in range(6):
        turn_rad = (2 * corner + 1) * math.pi / 6
        outline.Add(gp_Pnt(reach * math.cos(turn_rad), reach * math.sin(turn_rad), 0.0))
    outline.Close()
    return BRepPrimAPI_MakePrism(BRepBuilderAPI_MakeFace(outline.Wire()).Face(), gp_Vec(0, 0, height_mm)).Shape()


def cut(whole: TopoDS_Shape, *holes: TopoDS_Shape) -> TopoDS_Shape:
    """Return the solid without others."""
    for hole in holes:
        whole = BRepAlgoAPI_Cut(whole, hole).Shape()
    return next(explore(whole, TopAbs_ShapeEnum.TopAbs_SOLID))


def fuse(one: TopoDS_Shape, other: TopoDS_Shape) -> TopoDS_Shape:
    """Return two solids as one, the faces that they share merged."""
    merged = ShapeUpgrade_UnifySameDomain(BRepAlgoAPI_Fuse(one, other).Shape(), True, True, False)
    merged.Build()
    return next(explore(merged.Shape(), TopAbs_ShapeEnum.TopAbs_SOLID))

"""Measures round holes of a solid along an axis, on the kernel's cylindrical surfaces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS, TopoDS_Shape

from workbench.geometry import explore

Floats = NDArray[np.float64]
COAXIAL_MM = 0.1
COAXIAL_COSINE = 0.99985
"""Cosine of one degree."""


@dataclass(frozen=True)
class Hole:
    """A round hole on an axis, from `start_mm` to `end_mm` along it."""

    diameter_mm: float
    start_mm: float
    end_mm: float


def find_holes(shape: TopoDS_Shape, point_mm: Floats, axis: Floats) -> tuple[Hole, ...]:
    """Return the holes around an axis, one per diameter, nearest first; pins and rims (convex faces) don't count."""
    spans: dict[float, tuple[float, float]] = {}
    for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE):
        surface = BRepAdaptor_Surface(TopoDS.Face_s(face))
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Cylinder:
            continue
        if (face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED) != surface.Cylinder().Direct():
            continue
        span = _span(surface, point_mm, axis)
        if span is not None:
            diameter = round(2.0 * surface.Cylinder().Radius(), 4)
            known = spans.get(diameter, span)
            spans[diameter] = (min(span[0], known[0]), max(span[1], known[1]))
    holes = [Hole(diameter, *span) for diameter, span in spans.items()]
    return tuple(sorted(holes, key=lambda hole: hole.start_mm))


def _span(surface: BRepAdaptor_Surface, point_mm: Floats, axis: Floats) -> tuple[float, float] | None:
    """Return where along the axis a coaxial cylinder begins and ends, None if it is not coaxial."""
    line = surface.Cylinder().Axis()
    along = np.array([line.Direction().X(), line.Direction().Y(), line.Direction().Z()])
    base = np.array([line.Location().X(), line.Location().Y(), line.Location().Z()]) - point_mm
    cosine = float(along @ axis)
    if abs(cosine) < COAXIAL_COSINE or float(np.linalg.norm(base - axis * (base @ axis))) > COAXIAL_MM:
        return None
    ends = [float(base @ axis) + cosine * v for v in (surface.FirstVParameter(), surface.LastVParameter())]
    return min(ends), max(ends)

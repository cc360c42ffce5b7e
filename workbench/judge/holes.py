"""Measures round holes of a solid along an axis, on the kernel's cylindrical surfaces."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

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
WHOLE_TURN_RAD = math.radians(300.0)
"""How far around its axis a hole must be closed: a notch in an edge holds no screw."""


@dataclass(frozen=True)
class Hole:
    """A round hole on an axis, from `start_mm` to `end_mm` along it."""

    diameter_mm: float
    start_mm: float
    end_mm: float


class _Sector(NamedTuple):
    """One face of a hole: where it begins and ends along the axis, and how far it goes around."""

    start_mm: float
    end_mm: float
    turn_rad: float


def find_holes(shape: TopoDS_Shape, point_mm: Floats, axis: Floats) -> tuple[Hole, ...]:
    """Return the holes around an axis, one per diameter, nearest first; pins and rims (convex faces) don't count."""
    sectors: dict[float, list[_Sector]] = defaultdict(list)
    for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE):
        surface = BRepAdaptor_Surface(TopoDS.Face_s(face))
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Cylinder:
            continue
        if (face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED) != surface.Cylinder().Direct():
            continue
        span = _span(surface, point_mm, axis)
        if span is not None:
            turn_rad = surface.LastUParameter() - surface.FirstUParameter()
            sectors[round(2.0 * surface.Cylinder().Radius(), 4)].append(_Sector(*span, turn_rad))
    whole = {diameter: [sector for sector in found if _is_closed(sector, found)] for diameter, found in sectors.items()}
    holes = [
        Hole(diameter, min(s.start_mm for s in found), max(s.end_mm for s in found))
        for diameter, found in whole.items()
        if found
    ]
    return tuple(sorted(holes, key=lambda hole: hole.start_mm))


def _is_closed(sector: _Sector, others: list[_Sector]) -> bool:
    """Say whether the faces beside one go around the axis together with it."""
    middle_mm = (sector.start_mm + sector.end_mm) / 2.0
    return sum(o.turn_rad for o in others if o.start_mm <= middle_mm <= o.end_mm) >= WHOLE_TURN_RAD


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

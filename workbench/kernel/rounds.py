"""Reads the round faces of a solid from the kernel's cylindrical surfaces, and measures its holes along an axis."""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import is_reversed, read_faces
from workbench.kernel.measuring import KEPT_SOLIDS

COAXIAL_MM = 0.1
COAXIAL_COSINE = 0.99985
"""Cosine of one degree."""
WHOLE_TURN_RAD = math.radians(300.0)
"""How far around its axis a hole must be closed: a notch in an edge holds no screw."""


@dataclass(frozen=True, eq=False)
class Line:
    """A point and a unit direction."""

    point_mm: Floats
    axis: Floats

    def offset_mm(self, other: "Line") -> float:
        """Return how far another line's point is from this line."""
        gap = other.point_mm - self.point_mm
        return float(np.linalg.norm(gap - self.axis * (gap @ self.axis)))

    def is_parallel(self, other: "Line") -> bool:
        """Say whether two lines run the same way or against each other, to one degree."""
        return abs(float(self.axis @ other.axis)) >= COAXIAL_COSINE

    def is_same(self, other: "Line") -> bool:
        """Say whether two lines coincide to 0.1 mm and one degree."""
        return self.is_parallel(other) and self.offset_mm(other) <= COAXIAL_MM


@dataclass(frozen=True, eq=False)
class Round:
    """A cylindrical face, hole or pin, between two places along its line."""

    line: Line
    diameter_mm: float
    is_hole: bool
    low_mm: float
    high_mm: float
    turn_rad: float

    def span(self, line: Line) -> tuple[float, float]:
        """Return where it begins and ends along another line that is the same."""
        ends = [float((self.line.point_mm + end * self.line.axis - line.point_mm) @ line.axis) for end in self.ends]
        return min(ends), max(ends)

    @property
    def ends(self) -> tuple[float, float]:
        """Return the places of both ends along its own line."""
        return self.low_mm, self.high_mm


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


@lru_cache(maxsize=KEPT_SOLIDS)
def list_round_faces(shape: TopoDS_Shape) -> tuple[Round, ...]:
    """Return every cylindrical face of a solid, in the kernel's order."""
    cylinder = GeomAbs_SurfaceType.GeomAbs_Cylinder
    return tuple(_read_round(face, surface) for face, surface in read_faces(shape) if surface.GetType() == cylinder)


def _read_round(face: TopoDS_Face, surface: BRepAdaptor_Surface) -> Round:
    cylinder = surface.Cylinder()
    line = Line(np.array(cylinder.Axis().Location().Coord()), np.array(cylinder.Axis().Direction().Coord()))
    turn = surface.LastUParameter() - surface.FirstUParameter()
    span = surface.FirstVParameter(), surface.LastVParameter()
    return Round(line, 2.0 * cylinder.Radius(), is_reversed(face) == cylinder.Direct(), *span, turn)


def find_holes(shape: TopoDS_Shape, point_mm: Floats, axis: Floats) -> tuple[Hole, ...]:
    """Return the holes around an axis, one per diameter, nearest first; pins and rims (convex faces) don't count."""
    sectors: dict[float, list[_Sector]] = defaultdict(list)
    for face in list_round_faces(shape):
        span = _span(face, point_mm, axis) if face.is_hole else None
        if span is not None:
            sectors[round(face.diameter_mm, 4)].append(_Sector(*span, face.turn_rad))
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


def _span(face: Round, point_mm: Floats, axis: Floats) -> tuple[float, float] | None:
    """Return where along the axis a coaxial cylinder begins and ends, None if it is not coaxial."""
    base = face.line.point_mm - point_mm
    cosine = float(face.line.axis @ axis)
    if abs(cosine) < COAXIAL_COSINE or float(np.linalg.norm(base - axis * (base @ axis))) > COAXIAL_MM:
        return None
    ends = [float(base @ axis) + cosine * end for end in face.ends]
    return min(ends), max(ends)

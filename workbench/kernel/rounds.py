"""Finds the round faces of a solid, holes and pins: the one place that says what is round, where, and how far around.

Faces of one diameter on one line that lie side by side go around together, so that no answer depends on how the kernel
has cut a hole into faces.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Ax1
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import is_reversed, read_faces
from workbench.kernel.measuring import KEPT_SOLIDS

COAXIAL_MM = 0.1
COAXIAL_COSINE = 0.99985
"""Cosine of one degree."""
SAME_DIAMETER_MM = 1e-4
MATE_MM = 1.0
HALF_TURN_RAD = math.pi - 1e-3
"""What goes half around is a hole, or an opening that something passes; less is a fillet."""
HELD_TURN_RAD = math.radians(240.0)
"""A shaft can't leave a bore sideways that goes so far around it; a D-shaft has more, a notch less."""
SCREWED_TURN_RAD = math.radians(300.0)
"""A hole may be 0.9 mm wider than its screw (ISO 273, printed), which would leave one of 240 degrees sideways."""
WHOLE_TURN_RAD = 2.0 * math.pi - 1e-3
"""A pin has no flat: the round ends of ribs and D-shafts are thicker than their diameter one way."""


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
    """A cylindrical face, hole or pin, between two places along its line; `turn_rad` with the faces beside it."""

    line: Line
    diameter_mm: float
    is_hole: bool
    low_mm: float
    high_mm: float
    turn_rad: float

    @property
    def middle_mm(self) -> Floats:
        """Return the point of its line in the middle between its ends."""
        return self.line.point_mm + (self.low_mm + self.high_mm) / 2.0 * self.line.axis

    def span(self, line: Line) -> tuple[float, float]:
        """Return where it begins and ends along another line that is the same."""
        base = self.line.point_mm - line.point_mm
        ends = [
            float(base @ line.axis) + float(self.line.axis @ line.axis) * end for end in (self.low_mm, self.high_mm)
        ]
        return min(ends), max(ends)

    def is_beside(self, other: "Round") -> bool:
        """Say whether two faces are of one hole or pin, wherever along it."""
        alike = self.is_hole == other.is_hole and abs(self.diameter_mm - other.diameter_mm) < SAME_DIAMETER_MM
        return alike and self.line.is_same(other.line)

    def is_mate(self, other: "Round") -> bool:
        """Say whether one is a hole and the other a pin on one line, with less than a millimetre between diameters."""
        alike = abs(self.diameter_mm - other.diameter_mm) < MATE_MM
        return alike and self.is_hole != other.is_hole and self.line.is_same(other.line)


@lru_cache(maxsize=KEPT_SOLIDS)
def list_round_faces(shape: TopoDS_Shape) -> tuple[Round, ...]:
    """Return every cylindrical face of a solid, in the kernel's order."""
    cylinder = GeomAbs_SurfaceType.GeomAbs_Cylinder
    alone = [_read_round(face, surface) for face, surface in read_faces(shape) if surface.GetType() == cylinder]
    return tuple(replace(face, turn_rad=_measure_turn(face, alone)) for face in alone)


@lru_cache(maxsize=KEPT_SOLIDS)
def list_rounds(shape: TopoDS_Shape, least_turn_rad: float) -> tuple[Round, ...]:
    """Return the holes and pins of a solid that go so far around; those of one diameter on one line count as one."""
    found: list[Round] = []
    for face in list_round_faces(shape):
        if face.turn_rad < least_turn_rad:
            continue
        place = next((n for n, known in enumerate(found) if known.is_beside(face)), len(found))
        low, high = face.span(found[place].line) if place < len(found) else (face.low_mm, face.high_mm)
        known = found[place] if place < len(found) else face
        found[place : place + 1] = [replace(known, low_mm=min(low, known.low_mm), high_mm=max(high, known.high_mm))]
    return tuple(found)


def find_mates(shape: TopoDS_Shape, other: TopoDS_Shape) -> tuple[Round, ...]:
    """Return the holes and pins of a solid that hold, or run in, a pin or hole of another: coaxial, about as wide."""
    theirs = list_rounds(other, HELD_TURN_RAD)
    return tuple(own for own in list_rounds(shape, HELD_TURN_RAD) if any(own.is_mate(face) for face in theirs))


def find_opening(shape: TopoDS_Shape) -> float:
    """Return the radius of a solid's narrowest round opening (mm), inf if it has none."""
    holes = [round_ for round_ in list_rounds(shape, HALF_TURN_RAD) if round_.is_hole]
    return min((hole.diameter_mm / 2.0 for hole in holes), default=math.inf)


def read_axis_line(axis: gp_Ax1) -> Line:
    """Return the kernel's axis as a line."""
    return Line(np.array(axis.Location().Coord()), np.array(axis.Direction().Coord()))


def _read_round(face: TopoDS_Face, surface: BRepAdaptor_Surface) -> Round:
    cylinder = surface.Cylinder()
    turn_rad = surface.LastUParameter() - surface.FirstUParameter()
    span = surface.FirstVParameter(), surface.LastVParameter()
    is_hole = is_reversed(face) == cylinder.Direct()
    return Round(read_axis_line(cylinder.Axis()), 2.0 * cylinder.Radius(), is_hole, *span, turn_rad)


def _measure_turn(face: Round, faces: list[Round]) -> float:
    """Return how far around its middle a face goes together with the faces beside it."""
    if face.turn_rad > WHOLE_TURN_RAD:
        return face.turn_rad
    middle_mm = (face.low_mm + face.high_mm) / 2.0
    beside = [(other.span(face.line), other.turn_rad) for other in faces if other.is_beside(face)]
    return sum(turn_rad for (low, high), turn_rad in beside if low <= middle_mm <= high)

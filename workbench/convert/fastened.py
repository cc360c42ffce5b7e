"""Fills the holes that screws occupy, so that collision geometry need not follow them; all else stays as made."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.ShapeUpgrade import ShapeUpgrade_UnifySameDomain
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Face, TopoDS_Shape

from schemas.bundle import Fastener
from schemas.catalogue import Catalogue
from workbench.kernel.arrays import Floats
from workbench.kernel.faces import explore, measure_area, read_faces
from workbench.kernel.overlaps import make_cylinder
from workbench.kernel.rounds import SCREWED_TURN_RAD, Line, Round, list_round_faces

MOST_PLAY_MM = 1.5
"""Clearance holes are at most 1.4 mm wider than their screw (M8 by ISO 273, printed); counterbores by 3 mm and more."""
SEAT_MM = 0.2
"""A hole that ends so little before or behind the shank is filled to its end: heads sit to that."""
SAME_AREA = 1e-6


@dataclass(frozen=True)
class Shank:
    """What a screw fills: from under its head along its axis, its nominal diameter and length."""

    position_mm: tuple[float, ...]
    axis: tuple[float, ...]
    diameter_mm: float
    length_mm: float

    def find_end(self, end_mm: float) -> float:
        """Return where a hole's end along the shank is filled to."""
        return float(end_mm if -SEAT_MM <= end_mm <= self.length_mm + SEAT_MM else np.clip(end_mm, 0.0, self.length_mm))


def read_shanks(fasteners: Iterable[Fastener], catalogue: Catalogue) -> tuple[Shank, ...]:
    """Return the shanks of those fasteners that the catalogue has as metric screws."""
    rows = ((fastener, catalogue.components[fastener.component_id]) for fastener in fasteners)
    return tuple(
        Shank(fastener.position_mm, fastener.axis, float(row.thread.removeprefix("M")), row.length_mm)
        for fastener, row in rows
        if row.category == "screw" and row.thread and row.length_mm
    )


def fill_fastened_holes(shape: TopoDS_Shape, shanks: Sequence[Shank]) -> TopoDS_Shape:
    """Return the solid with the holes around these shanks filled as far as they reach.

    Cones, counterbores and what lies beyond the shank stay open. A hole that does not end square stays as it is: its
    geometry is then followed instead.
    """
    fillings = list(_list_fillings(shape, shanks))
    if not fillings:
        return shape
    filled = shape
    for filling in fillings:
        filled = BRepAlgoAPI_Fuse(filled, filling).Shape()
    merged = ShapeUpgrade_UnifySameDomain(filled, True, True, False)
    merged.Build()
    solids = list(explore(merged.Shape(), TopAbs_ShapeEnum.TopAbs_SOLID))
    return solids[0] if len(solids) == 1 else shape


def _list_fillings(shape: TopoDS_Shape, shanks: Sequence[Shank]) -> Iterator[TopoDS_Shape]:
    """Yield the cylinders within the holes that shanks fill."""
    cylinder = GeomAbs_SurfaceType.GeomAbs_Cylinder
    faces = [(face, surface) for face, surface in read_faces(shape) if surface.GetType() == cylinder]
    rounds = zip(list_round_faces(shape), faces, strict=True)
    walls = [wall for wall, (face, surface) in rounds if wall.is_hole and _is_square(wall, face, surface)]
    for shank in shanks:
        line = Line(np.array(shank.position_mm), np.array(shank.axis))
        for wall in walls:
            low, high = (shank.find_end(end) for end in wall.span(line))
            if wall.line.is_same(line) and low < high and wall.diameter_mm - shank.diameter_mm < MOST_PLAY_MM:
                axis = wall.line.axis * np.sign(wall.line.axis @ line.axis)
                yield make_cylinder(_bring_onto(wall.line, line, low), axis, wall.diameter_mm / 2, high - low)


def _is_square(wall: Round, face: TopoDS_Face, surface: BRepAdaptor_Surface) -> bool:
    """Say whether a wall goes around far enough to hold a screw, and is as long all around."""
    whole_mm2 = (surface.LastUParameter() - surface.FirstUParameter()) * wall.diameter_mm / 2
    whole_mm2 *= wall.high_mm - wall.low_mm
    return wall.turn_rad >= SCREWED_TURN_RAD and math.isclose(measure_area(face), whole_mm2, rel_tol=SAME_AREA)


def _bring_onto(wall: Line, line: Line, along_mm: float) -> Floats:
    """Return the point of a hole's axis beside one of a screw's."""
    point = line.point_mm + along_mm * line.axis
    return np.asarray(wall.point_mm + wall.axis * ((point - wall.point_mm) @ wall.axis))

"""Finds what stands in the way of a design's belts: two straight runs, and half a turn about each of two pulleys."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakeFace, BRepBuilderAPI_MakePolygon
from OCP.BRepPrimAPI import BRepPrimAPI_MakePrism
from OCP.gp import gp_Pnt, gp_Vec
from OCP.TopoDS import TopoDS, TopoDS_Wire

from schemas.components import Belt, Pulley
from workbench.components.cores import BELT_TOOTH_MM
from workbench.convert.stops import extent
from workbench.judge.static.couplings import CoupledPair, find_pair
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.screws import list_screws
from workbench.judge.static.spawns import list_spawns
from workbench.judge.static.springs import list_coils
from workbench.kernel.arrays import Floats
from workbench.kernel.overlaps import Placed

CORNERS = 48
"""Of an arc: its chords run 0.02 mm inside of a pulley's 20 mm."""


@dataclass(frozen=True)
class Loop(Placed):
    """The room of a belt, and the two pulleys that it lies on."""

    pulleys: tuple[str, str]


def list_loops(placed: PlacedDesign) -> list[Loop]:
    """Return the belts of a design whose two parallel pulleys stand beside each other."""
    pairs = [(c.id, find_pair(c, placed)) for c in placed.assembly.couplings if c.kind == "belt"]
    loops = [_make_loop(name, pair) for name, pair in pairs if isinstance(pair, CoupledPair)]
    return [loop for loop in loops if loop is not None]


def list_belt_pairs(placed: PlacedDesign) -> Iterator[tuple[Placed, Placed]]:
    """Yield what must not overlap with a belt: all but its pulleys, heads, springs, and where a payload starts."""
    loops = list_loops(placed)
    others = [*placed.obstacles, *(screw.head for _, screw in list_screws(placed)), *list_coils(placed)]
    others += list_spawns(placed.environment)
    for number, loop in enumerate(loops):
        yield from ((loop, other) for other in (*others, *loops[:number]) if other.name not in loop.pulleys)


def _make_loop(name: str, pair: CoupledPair) -> Loop | None:
    """Return a belt as thick and wide as its row, its teeth in the pulleys, in the middle of the first."""
    (one, other), belt = (pair.row_a, pair.row_b), pair.further[0]
    line, axis = pair.line_a, pair.line_a.axis
    apart = pair.line_b.point_mm - line.point_mm
    way = apart - axis * (apart @ axis)
    centre_mm = float(np.linalg.norm(way))
    if not (isinstance(one, Pulley) and isinstance(other, Pulley) and isinstance(belt, Belt)):
        raise TypeError(f"'{name}' is no belt on two pulleys")
    radii_mm = one.pitch_radius_mm, other.pitch_radius_mm
    if not line.is_parallel(pair.line_b) or centre_mm <= abs(radii_mm[0] - radii_mm[1]):
        return None
    foot = line.point_mm + axis * (sum(extent(pair.a, line)) / 2.0 - belt.width_mm / 2.0)
    frame = np.array([way / centre_mm, np.cross(axis, way / centre_mm)])
    inner, outer = (
        _draw_outline(foot, frame, centre_mm, np.array(radii_mm) - BELT_TOOTH_MM + height_mm)
        for height_mm in (0.0, belt.height_mm)
    )
    face = BRepBuilderAPI_MakeFace(outer)
    face.Add(TopoDS.Wire_s(inner.Reversed()))
    solid = BRepPrimAPI_MakePrism(face.Face(), gp_Vec(*(axis * belt.width_mm).tolist())).Shape()
    return Loop(name, solid, (pair.a.body.id, pair.b.body.id))


def _draw_outline(foot: Floats, frame: Floats, centre_mm: float, radii_mm: Floats) -> TopoDS_Wire:
    """Return the outline around two circles whose middles are so far apart along the frame's first axis (2, 3)."""
    lean = math.acos(float(radii_mm[0] - radii_mm[1]) / centre_mm)
    outline = BRepBuilderAPI_MakePolygon()
    arcs = ((lean, 2.0 * math.pi - lean, 0.0, radii_mm[0]), (-lean, lean, centre_mm, radii_mm[1]))
    for start, end, middle_mm, radius_mm in arcs:
        turn = np.linspace(start, end, CORNERS)
        flat = radius_mm * np.stack([np.cos(turn), np.sin(turn)], axis=1) + [middle_mm, 0.0]
        for point in (foot + flat @ frame).tolist():
            outline.Add(gp_Pnt(*point))
    outline.Close()
    return outline.Wire()

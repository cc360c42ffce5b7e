"""Recognise a sheet part and measure its profile: thickness, outline, webs, slots, holes and inside corners."""

from dataclasses import dataclass

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Surface
from OCP.BRepTools import BRepTools, BRepTools_WireExplorer
from OCP.GCPnts import GCPnts_AbscissaPoint, GCPnts_QuasiUniformDeflection
from OCP.GeomAbs import GeomAbs_CurveType
from OCP.gp import gp_Pnt, gp_Vec
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS, TopoDS_Edge, TopoDS_Face, TopoDS_Wire

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import explore, is_reversed, read_normal
from workbench.kernel.solid_view import SolidView
from workbench.manufacturing.planar import fit_rectangle, span_plane

CHORD_MM = 0.02
UPRIGHT = 1e-6
SHARP_TURN_RAD = np.radians(5)


@dataclass(frozen=True)
class Loop:
    """One closed wire of the profile: its polyline (n, 2) with the material on the left, length, circle if it is one.

    `corners` are the points where the direction jumps inwards, `arcs` the radii of inside arcs, each with a point.
    """

    points: Floats
    length_mm: float
    centre: Floats | None
    radius_mm: float
    corners: tuple[Floats, ...]
    arcs: tuple[tuple[float, Floats], ...]

    @property
    def area_mm2(self) -> float:
        """Return the area inside, with the circle's own where it is one."""
        if self.centre is not None:
            return float(np.pi * self.radius_mm**2)
        x, y = self.points.T
        return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


@dataclass(frozen=True)
class Profile:
    """A sheet part: the cap it lies on, its thickness and loops, the outer first; `frame` maps plane to space."""

    face: int
    thickness_mm: float
    loops: tuple[Loop, ...]
    frame: Floats
    base: Floats

    def lift(self, point: Floats) -> Floats:
        """Return a plane point in the solid's frame."""
        return np.asarray(self.base + point @ self.frame)

    @property
    def sides_mm(self) -> tuple[float, float]:
        """Return the longer and shorter side of the smallest rectangle around the outline."""
        if self.loops[0].centre is not None:
            return 2 * self.loops[0].radius_mm, 2 * self.loops[0].radius_mm
        length, width, _ = fit_rectangle(self.loops[0].points)
        return length, width


def recognise_sheets(view: SolidView) -> list[Profile]:
    """Return every way in which a solid is a sheet: two parallel planar caps, all other faces upright between them."""
    found = []
    flat = [index for index, face in enumerate(view.faces) if face.kind == "plane"]
    curved = [index for index, face in enumerate(view.faces) if face.kind != "plane"]
    for position, lower in enumerate(flat):
        normal = view.faces[lower].direction
        along = [other for other in flat if abs(view.faces[other].direction @ normal) > UPRIGHT]
        upper = [other for other in flat[position + 1 :] if view.faces[other].direction @ normal < -1 + UPRIGHT**2]
        if len(along) == 2 and len(upper) == 1 and all(_is_upright(view, other, normal) for other in curved):
            found.append(_read_profile(view, lower, upper[0]))
    return found


def _is_upright(view: SolidView, index: int, normal: Floats) -> bool:
    """Say whether a curved face runs along the cap's normal everywhere: by its axis, else at a 5 x 3 grid of points."""
    if view.faces[index].kind == "cylinder":
        return abs(abs(float(view.faces[index].direction @ normal)) - 1) < UPRIGHT**2
    surface = BRepAdaptor_Surface(view.surfaces[index])
    for u in np.linspace(surface.FirstUParameter(), surface.LastUParameter(), 5):
        for v in np.linspace(surface.FirstVParameter(), surface.LastVParameter(), 3):
            _, across = read_normal(surface, u, v)
            if abs(float(across @ normal)) > UPRIGHT * np.linalg.norm(across):
                return False
    return True


def _read_profile(view: SolidView, lower: int, upper: int) -> Profile:
    cap, other = view.faces[lower], view.faces[upper]
    frame = span_plane(cap.direction)
    face = view.surfaces[lower]
    outer = BRepTools.OuterWire_s(face)
    wires = [TopoDS.Wire_s(wire) for wire in explore(face, TopAbs_ShapeEnum.TopAbs_WIRE)]
    wires.sort(key=lambda wire: not wire.IsSame(outer))
    loops = tuple(_read_loop(wire, face, frame, cap.point, outside=index == 0) for index, wire in enumerate(wires))
    return Profile(lower, float((cap.point - other.point) @ cap.direction), loops, frame, cap.point)


@dataclass(frozen=True)
class Piece:
    """One edge in the plane: its polyline, the directions at both ends, its length, radius and centre if an arc."""

    points: Floats
    first: Floats
    last: Floats
    length_mm: float
    circle: tuple[float, Floats] | None

    def turned(self) -> "Piece":
        """Return the same edge travelled the other way."""
        return Piece(self.points[::-1], -self.last, -self.first, self.length_mm, self.circle)


def _read_loop(wire: TopoDS_Wire, face: TopoDS_Face, frame: Floats, base: Floats, outside: bool) -> Loop:
    """Discretise a wire to 0.02 mm in order."""
    pieces = []
    explorer = BRepTools_WireExplorer(wire, face)
    while explorer.More():
        pieces.append(_read_edge(explorer.Current(), frame, base))
        explorer.Next()
    return make_loop(pieces, outside)


def make_loop(pieces: list[Piece], outside: bool) -> Loop:
    """Return the loop of pieces in order, oriented so that the material is on its left, with its corners."""
    x, y = np.concatenate([piece.points[:-1] for piece in pieces]).T
    if (x @ np.roll(y, -1) - y @ np.roll(x, -1) > 0) != outside:
        pieces = [piece.turned() for piece in reversed(pieces)]
    circles = [piece.circle for piece in pieces]
    keys = {None if circle is None else (round(circle[0], 7), *circle[1].round(6).tolist()) for circle in circles}
    whole = circles[0] if len(keys) == 1 else None
    joints = zip(pieces[-1:] + pieces[:-1], pieces, strict=True)
    return Loop(
        points=np.concatenate([piece.points[:-1] for piece in pieces]),
        length_mm=sum(piece.length_mm for piece in pieces),
        centre=None if whole is None else whole[1],
        radius_mm=0.0 if whole is None else whole[0],
        corners=tuple(after.points[0] for before, after in joints if _turns_in(before, after)),
        arcs=tuple((p.circle[0], p.points[0]) for p in pieces if p.circle is not None and _is_inside(p, p.circle[1])),
    )


def _read_edge(edge: TopoDS_Edge, frame: Floats, base: Floats) -> Piece:
    curve = BRepAdaptor_Curve(edge)
    first, last = curve.FirstParameter(), curve.LastParameter()
    circle = None
    if curve.GetType() == GeomAbs_CurveType.GeomAbs_Circle:
        circle = (curve.Circle().Radius(), (np.array(curve.Circle().Location().Coord()) - base) @ frame.T)
    raw = discretise(curve)
    points = (raw - base) @ frame.T
    ends = [frame @ np.array(tangent(curve, place)) for place in (first, last)]
    piece = Piece(points, ends[0], ends[1], float(GCPnts_AbscissaPoint.Length_s(curve, first, last)), circle)
    return piece.turned() if is_reversed(edge) else piece


def discretise(curve: BRepAdaptor_Curve) -> Floats:
    """Return the points (n, 3) of a curve within 0.02 mm, a line's two ends."""
    first, last = curve.FirstParameter(), curve.LastParameter()
    if curve.GetType() == GeomAbs_CurveType.GeomAbs_Line:
        return np.array([curve.Value(first).Coord(), curve.Value(last).Coord()])
    spread = GCPnts_QuasiUniformDeflection(curve, CHORD_MM, first, last)
    return np.array([spread.Value(index).Coord() for index in range(1, spread.NbPoints() + 1)])


def tangent(curve: BRepAdaptor_Curve, place: float) -> tuple[float, float, float]:
    """Return the direction of a curve at a parameter, of any length."""
    point, along = gp_Pnt(), gp_Vec()
    curve.D1(place, point, along)
    x, y, z = along.Coord()
    return x, y, z


def _turns_in(before: Piece, after: Piece) -> bool:
    """Say whether the outline, material on its left, turns right by more than 5 degrees between two edges."""
    cross = before.last[0] * after.first[1] - before.last[1] * after.first[0]
    return bool(np.arctan2(cross, before.last @ after.first) < -SHARP_TURN_RAD)


def _is_inside(arc: Piece, centre: Floats) -> bool:
    """Say whether an arc's centre lies outside the material, to the right of the direction of travel."""
    towards = centre - arc.points[0]
    return bool(arc.first[0] * towards[1] - arc.first[1] * towards[0] < 0)

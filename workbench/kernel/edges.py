"""Reads the edges of a solid: the two faces at each, how they turn there, and where."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_CurveType
from OCP.gp import gp_Pnt, gp_Vec
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS, TopoDS_Edge, TopoDS_Face, TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import explore, is_reversed, read_faces, read_normal
from workbench.kernel.measuring import KEPT_SOLIDS

SMOOTH_RAD = math.radians(3)


@dataclass(frozen=True, eq=False)
class Edge:
    """An edge between two faces (indices in the solid's order): middle and ends in mm, the outward normals there.

    `turn_rad` is above 0 where the faces stand out (a cube's edge: π/2), below 0 in an inside corner, 0 where smooth.
    """

    faces: tuple[int, int]
    point: Floats
    along: Floats
    normals: tuple[Floats, Floats]
    turn_rad: float
    ends: tuple[Floats, Floats]
    is_line: bool

    @property
    def is_inside(self) -> bool:
        """Say whether this is a sharp inside corner."""
        return self.turn_rad < -SMOOTH_RAD

    @property
    def is_smooth(self) -> bool:
        """Say whether one face runs on into the other."""
        return abs(self.turn_rad) <= SMOOTH_RAD


@dataclass(frozen=True, eq=False)
class _Side:
    """An edge as one face has it: the direction in which the face's material lies to the left of it."""

    face: int
    point: Floats
    along: Floats
    normal: Floats
    edge: TopoDS_Edge


@lru_cache(maxsize=KEPT_SOLIDS)
def list_edges(shape: TopoDS_Shape) -> tuple[Edge, ...]:
    """Return the edges between two different faces of a solid, seams and degenerate edges left out."""
    sides: dict[int, list[_Side]] = {}
    for index, (face, surface) in enumerate(read_faces(shape)):
        for edge in map(TopoDS.Edge_s, explore(face, TopAbs_ShapeEnum.TopAbs_EDGE)):
            if not BRep_Tool.Degenerated_s(edge):
                sides.setdefault(hash(edge), []).append(_read_side(index, face, surface, edge))
    pairs = [pair for pair in sides.values() if len(pair) == 2 and pair[0].face != pair[1].face]
    return tuple(_join(*pair) for pair in pairs)


def _read_side(index: int, face: TopoDS_Face, surface: BRepAdaptor_Surface, edge: TopoDS_Edge) -> _Side:
    curve = BRepAdaptor_Curve(edge)
    middle = (curve.FirstParameter() + curve.LastParameter()) / 2
    point, way = gp_Pnt(), gp_Vec()
    curve.D1(middle, point, way)
    along = np.array(way.Coord())
    along /= max(float(np.linalg.norm(along)), 1e-30)
    flat = BRep_Tool.CurveOnSurface_s(edge, face, 0.0, 0.0).Value(middle)
    _, normal = read_normal(surface, flat.X(), flat.Y())
    normal = normal / max(float(np.linalg.norm(normal)), 1e-30)
    turned = -1.0 if is_reversed(edge) else 1.0
    return _Side(index, np.array(point.Coord()), turned * along, -normal if is_reversed(face) else normal, edge)


def _join(one: _Side, other: _Side) -> Edge:
    into = np.cross(one.normal, one.along)
    turn = float(np.arctan2(np.linalg.norm(np.cross(one.normal, other.normal)), one.normal @ other.normal))
    curve = BRepAdaptor_Curve(one.edge)
    ends = [np.array(curve.Value(end).Coord()) for end in (curve.FirstParameter(), curve.LastParameter())]
    return Edge(
        faces=(one.face, other.face),
        point=one.point,
        along=one.along,
        normals=(one.normal, other.normal),
        turn_rad=-turn if other.normal @ into > 0 else turn,
        ends=(ends[0], ends[1]),
        is_line=curve.GetType() == GeomAbs_CurveType.GeomAbs_Line,
    )

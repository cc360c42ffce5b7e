"""Explores the faces of a solid: their surfaces, axes, normals, corners."""

from collections.abc import Iterator

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Curve, BRepAdaptor_Surface
from OCP.BRepGProp import BRepGProp
from OCP.GeomAbs import GeomAbs_CurveType, GeomAbs_SurfaceType
from OCP.gp import gp_Ax1, gp_Pnt, gp_Vec
from OCP.GProp import GProp_GProps
from OCP.ShapeAnalysis import ShapeAnalysis_Surface
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopExp import TopExp_Explorer
from OCP.TopoDS import TopoDS, TopoDS_Face, TopoDS_Shape

from workbench.kernel.arrays import Floats

_AXES = {
    GeomAbs_SurfaceType.GeomAbs_Plane: lambda surface: surface.Plane().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Cylinder: lambda surface: surface.Cylinder().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Cone: lambda surface: surface.Cone().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Torus: lambda surface: surface.Torus().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Sphere: lambda surface: surface.Sphere().Position().Axis(),
    GeomAbs_SurfaceType.GeomAbs_SurfaceOfRevolution: lambda surface: surface.AxeOfRevolution(),
}
NEAR_MM = 1e-4
_PLANE = GeomAbs_SurfaceType.GeomAbs_Plane
_SAMPLES = [(u, v) for u in (0.07, 0.31, 0.54, 0.83) for v in (0.12, 0.61, 0.93)]


def explore(shape: TopoDS_Shape, kind: TopAbs_ShapeEnum) -> Iterator[TopoDS_Shape]:
    """Yield the sub-shapes of one kind in the kernel's order."""
    explorer = TopExp_Explorer(shape, kind)
    while explorer.More():
        yield explorer.Current()
        explorer.Next()


def read_faces(shape: TopoDS_Shape) -> Iterator[tuple[TopoDS_Face, BRepAdaptor_Surface]]:
    """Yield the faces of a shape in the kernel's order, each with its surface."""
    for face in map(TopoDS.Face_s, explore(shape, TopAbs_ShapeEnum.TopAbs_FACE)):
        yield face, BRepAdaptor_Surface(face)


def read_axis(surface: BRepAdaptor_Surface) -> gp_Ax1 | None:
    """Return a plane's normal or the axis of a turned surface, None for any other."""
    axis = _AXES.get(surface.GetType())
    return axis(surface) if axis else None


def read_normal(surface: BRepAdaptor_Surface, u: float, v: float) -> tuple[Floats, Floats]:
    """Return a point (3,) of a surface by its parameters, and the normal (3,) there, of any length."""
    point, along_u, along_v = gp_Pnt(), gp_Vec(), gp_Vec()
    surface.D1(u, v, point, along_u, along_v)
    return np.array(point.Coord()), np.array(along_u.Crossed(along_v).Coord())


def read_normals(face: TopoDS_Face, points: Floats) -> Floats:
    """Return the outward unit normals (n, 3) of a face where it is nearest to points (n, 3), 0 where it has none."""
    surface, finder = BRepAdaptor_Surface(face), ShapeAnalysis_Surface(BRep_Tool.Surface_s(face))
    places = [finder.ValueOfUV(gp_Pnt(*point), NEAR_MM) for point in points.tolist()]
    normals = np.array([read_normal(surface, place.X(), place.Y())[1] for place in places]).reshape(-1, 3)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return -normals if is_reversed(face) else normals


def is_reversed(shape: TopoDS_Shape) -> bool:
    """Say whether a face or edge is turned against its surface or curve."""
    return bool(shape.Orientation() == TopAbs_Orientation.TopAbs_REVERSED)


def is_closed(shape: TopoDS_Shape) -> bool:
    """Say whether every shell of a shape is closed."""
    shells = explore(shape, TopAbs_ShapeEnum.TopAbs_SHELL)
    return all(BRep_Tool.IsClosed_s(TopoDS.Shell_s(shell)) for shell in shells)


def list_corners(shape: TopoDS_Shape) -> Floats:
    """Return the vertices (n, 3) of a shape."""
    corners = explore(shape, TopAbs_ShapeEnum.TopAbs_VERTEX)
    return np.array([BRep_Tool.Pnt_s(TopoDS.Vertex_s(corner)).Coord() for corner in corners])


def measure_curved_area(shape: TopoDS_Shape) -> float:
    """Return the area of all faces that are not plane (mm²)."""
    plane = GeomAbs_SurfaceType.GeomAbs_Plane
    return sum(measure_area(face) for face, surface in read_faces(shape) if surface.GetType() != plane)


def measure_area(face: TopoDS_Face) -> float:
    """Return the area of a face (mm²)."""
    size = GProp_GProps()
    BRepGProp.SurfaceProperties_s(face, size)
    return float(size.Mass())


def read_guide_lines(shape: TopoDS_Shape) -> tuple[Floats, Floats]:
    """Return the unit normals of planes and directions of cylinders (k, 3), and the axes (n, 6) of round faces."""
    directions: list[Floats] = []
    axes: list[Floats] = []
    for _, surface in read_faces(shape):
        axis = read_axis(surface)
        if axis is None:
            continue
        direction = np.array(axis.Direction().Coord())
        directions.append(direction * np.sign(direction[np.argmax(np.abs(direction) > 0.1)]))
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Plane:
            point = np.array(axis.Location().Coord())
            axes.append(np.concatenate([point - directions[-1] * (point @ directions[-1]), directions[-1]]))
    return _unique(directions, 3), _unique(axes, 6)


def has_free_faces(shape: TopoDS_Shape) -> bool:
    """Say whether a solid has a face that is neither plane nor turned."""
    return any(is_free(surface) for _, surface in read_faces(shape))


def is_free(surface: BRepAdaptor_Surface) -> bool:
    """Say whether a surface is neither plane nor turned: swept, lofted or a spline."""
    return surface.GetType() not in _AXES


def list_seams(shape: TopoDS_Shape) -> Floats:
    """Return the planes (n, 4) of circular edges that are in no plane face: unit normals and distances from the origin.

    There, one turned or swept stretch of a solid meets the next.
    """
    flat = {_round_plane(surface.Plane().Axis()) for _, surface in read_faces(shape) if surface.GetType() == _PLANE}
    curves = map(BRepAdaptor_Curve, map(TopoDS.Edge_s, explore(shape, TopAbs_ShapeEnum.TopAbs_EDGE)))
    circles = [curve.Circle().Axis() for curve in curves if curve.GetType() == GeomAbs_CurveType.GeomAbs_Circle]
    found = dict.fromkeys(map(_round_plane, circles))
    return np.array([plane for plane in found if plane not in flat]).reshape(-1, 4)


def _round_plane(axis: gp_Ax1) -> tuple[float, ...]:
    direction, point = np.array(axis.Direction().Coord()), np.array(axis.Location().Coord())
    direction *= np.sign(direction[np.argmax(np.abs(direction) > 0.1)])
    return (*(np.round(direction, 6) + 0.0).tolist(), round(float(point @ direction), 4) + 0.0)


def sample_normals(shape: TopoDS_Shape) -> tuple[Floats, Floats]:
    """Return points (n, 3) in mm within the parameter range of every face and the unit normals of its surface there."""
    table = np.array([np.concatenate(pair) for _, surface in read_faces(shape) for pair in _sample_face(surface)])
    return table[:, :3], table[:, 3:] / np.maximum(np.linalg.norm(table[:, 3:], axis=1, keepdims=True), 1e-30)


def _sample_face(surface: BRepAdaptor_Surface) -> Iterator[tuple[Floats, Floats]]:
    first_u, last_u = surface.FirstUParameter(), surface.LastUParameter()
    first_v, last_v = surface.FirstVParameter(), surface.LastVParameter()
    for u, v in _SAMPLES:
        yield read_normal(surface, first_u + u * (last_u - first_u), first_v + v * (last_v - first_v))


def _unique(rows: list[Floats], width: int) -> Floats:
    """Return the rows without repetition, in their order."""
    table = np.array(rows).reshape(-1, width)
    _, first = np.unique(np.round(table, 6) + 0.0, axis=0, return_index=True)
    return np.asarray(table[np.sort(first)])

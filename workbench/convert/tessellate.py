"""Turns kernel solids into triangles, and triangles into files."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.gp import gp_Pnt, gp_Vec
from OCP.GProp import GProp_GProps
from OCP.IMeshTools import IMeshTools_Parameters
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Face, TopoDS_Shape

from workbench.geometry import Floats, explore

Triangles = NDArray[np.int64]
_SAMPLES = [(u, v) for u in (0.07, 0.31, 0.54, 0.83) for v in (0.12, 0.61, 0.93)]
_AXES = {
    GeomAbs_SurfaceType.GeomAbs_Plane: lambda face: face.Plane().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Cylinder: lambda face: face.Cylinder().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Cone: lambda face: face.Cone().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Torus: lambda face: face.Torus().Axis(),
    GeomAbs_SurfaceType.GeomAbs_Sphere: lambda face: face.Sphere().Position().Axis(),
    GeomAbs_SurfaceType.GeomAbs_SurfaceOfRevolution: lambda face: face.AxeOfRevolution(),
}


def tessellate(
    shape: TopoDS_Shape, chord_mm: float, angle_rad: float, inner_ratio: float = 1.0
) -> tuple[Floats, Triangles]:
    """Return welded vertices (n, 3) in mm and outward triangles (m, 3) within a chord error and a turn per edge.

    Within faces the chord error may be `inner_ratio` times that of edges, and the turn is twice theirs.
    """
    BRepTools.Clean_s(shape)
    wanted = IMeshTools_Parameters()
    wanted.Deflection, wanted.Angle = chord_mm, angle_rad
    wanted.DeflectionInterior, wanted.AngleInterior = inner_ratio * chord_mm, 2 * angle_rad
    BRepMesh_IncrementalMesh(shape, wanted)
    points: list[Floats] = []
    faces: list[Triangles] = []
    count = 0
    for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE):
        location = TopLoc_Location()
        mesh = BRep_Tool.Triangulation_s(TopoDS.Face_s(face), location)
        if mesh is None:
            continue
        move = location.Transformation()
        nodes = (mesh.Node(i).Transformed(move) for i in range(1, mesh.NbNodes() + 1))
        points.append(np.array([(p.X(), p.Y(), p.Z()) for p in nodes]))
        turned = np.array([mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)], dtype=np.int64) - 1
        flip = face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED
        faces.append((turned[:, ::-1] if flip else turned) + count)
        count += len(points[-1])
    return _weld(np.vstack(points), np.vstack(faces))


def write_stl(vertices_m: Floats, triangles: Triangles) -> bytes:
    """Return binary STL (float32, metres) with a fixed header."""
    corners = vertices_m[triangles].astype("<f4")
    record = np.zeros(len(triangles), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("flag", "<u2")])
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    record["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    record["corners"] = corners
    return b"workpiece".ljust(80, b"\0") + np.uint32(len(triangles)).tobytes() + record.tobytes()


def _weld(points: Floats, triangles: Triangles, grid_mm: float = 1e-6) -> tuple[Floats, Triangles]:
    """Merge the nodes that faces share; degenerate triangles go."""
    _, first, index = np.unique(np.round(points / grid_mm), axis=0, return_index=True, return_inverse=True)
    welded = index.reshape(-1)[triangles]
    a, b, c = welded.T
    kept = welded[(a != b) & (b != c) & (a != c)]
    return points[first], kept


def find_curvature(shape: TopoDS_Shape) -> tuple[float, float]:
    """Return the area of all curved faces (mm²) and the radius of the narrowest round opening (mm, inf if none).

    An opening is a concave cylinder that turns by half a circle or more.
    """
    area, opening = 0.0, math.inf
    for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE):
        surface = BRepAdaptor_Surface(TopoDS.Face_s(face))
        kind = surface.GetType()
        if kind == GeomAbs_SurfaceType.GeomAbs_Plane:
            continue
        size = GProp_GProps()
        BRepGProp.SurfaceProperties_s(face, size)
        area += size.Mass()
        turn = surface.LastUParameter() - surface.FirstUParameter()
        hollow = face.Orientation() == TopAbs_Orientation.TopAbs_REVERSED
        if hollow and turn > 0.9 * math.pi and kind == GeomAbs_SurfaceType.GeomAbs_Cylinder:
            opening = min(opening, surface.Cylinder().Radius())
    return area, opening


def read_guide_lines(shape: TopoDS_Shape) -> tuple[Floats, Floats]:
    """Return the unit normals of planes and directions of cylinders (k, 3), and the axes (n, 6) of round faces."""
    directions: list[Floats] = []
    axes: list[Floats] = []
    for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE):
        surface = BRepAdaptor_Surface(TopoDS.Face_s(face))
        line = _AXES.get(surface.GetType())
        if line is None:
            continue
        axis = line(surface)
        place, along = axis.Location(), axis.Direction()
        direction = np.array([along.X(), along.Y(), along.Z()])
        directions.append(direction * np.sign(direction[np.argmax(np.abs(direction) > 0.1)]))
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Plane:
            point = np.array([place.X(), place.Y(), place.Z()])
            axes.append(np.concatenate([point - directions[-1] * (point @ directions[-1]), directions[-1]]))
    return _unique(directions, 3), _unique(axes, 6)


def sample_normals(shape: TopoDS_Shape) -> tuple[Floats, Floats]:
    """Return points (n, 3) in mm within the parameter range of every face and the unit normals of its surface there."""
    found = [row for face in explore(shape, TopAbs_ShapeEnum.TopAbs_FACE) for row in _sample_face(TopoDS.Face_s(face))]
    table = np.array(found)
    return table[:, :3], table[:, 3:] / np.maximum(np.linalg.norm(table[:, 3:], axis=1, keepdims=True), 1e-30)


def _sample_face(face: TopoDS_Face) -> Iterator[tuple[float, ...]]:
    surface = BRepAdaptor_Surface(face)
    first_u, last_u = surface.FirstUParameter(), surface.LastUParameter()
    first_v, last_v = surface.FirstVParameter(), surface.LastVParameter()
    point, along, across = gp_Pnt(), gp_Vec(), gp_Vec()
    for u, v in _SAMPLES:
        surface.D1(first_u + u * (last_u - first_u), first_v + v * (last_v - first_v), point, along, across)
        normal = along.Crossed(across)
        yield point.X(), point.Y(), point.Z(), normal.X(), normal.Y(), normal.Z()


def _unique(rows: list[Floats], width: int) -> Floats:
    """Return the rows without repetition, in their order."""
    table = np.array(rows).reshape(-1, width)
    _, first = np.unique(np.round(table, 6) + 0.0, axis=0, return_index=True)
    return np.asarray(table[np.sort(first)])

"""Turns kernel solids into triangles, and triangles into files."""

import math
from collections.abc import Iterator

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.GProp import GProp_GProps
from OCP.IMeshTools import IMeshTools_Parameters
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from workbench.geometry import Floats, Ints, is_reversed, read_axis, read_faces, read_normal

Triangles = Ints
_SAMPLES = [(u, v) for u in (0.07, 0.31, 0.54, 0.83) for v in (0.12, 0.61, 0.93)]


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
    for face, _ in read_faces(shape):
        location = TopLoc_Location()
        mesh = BRep_Tool.Triangulation_s(face, location)
        if mesh is None:
            continue
        move = location.Transformation()
        nodes = (mesh.Node(i).Transformed(move) for i in range(1, mesh.NbNodes() + 1))
        points.append(np.array([node.Coord() for node in nodes]))
        turned = np.array([mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)], dtype=np.int64) - 1
        faces.append((turned[:, ::-1] if is_reversed(face) else turned) + count)
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
    for face, surface in read_faces(shape):
        kind = surface.GetType()
        if kind == GeomAbs_SurfaceType.GeomAbs_Plane:
            continue
        size = GProp_GProps()
        BRepGProp.SurfaceProperties_s(face, size)
        area += size.Mass()
        turn = surface.LastUParameter() - surface.FirstUParameter()
        if is_reversed(face) and turn > 0.9 * math.pi and kind == GeomAbs_SurfaceType.GeomAbs_Cylinder:
            opening = min(opening, surface.Cylinder().Radius())
    return area, opening


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

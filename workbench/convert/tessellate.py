"""Turns kernel solids into triangles, and triangles into files."""

import math

import numpy as np
from numpy.typing import NDArray
from OCP.BRep import BRep_Tool
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepGProp import BRepGProp
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.GeomAbs import GeomAbs_SurfaceType
from OCP.GProp import GProp_GProps
from OCP.TopAbs import TopAbs_Orientation, TopAbs_ShapeEnum
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS, TopoDS_Shape

from workbench.geometry import Floats, explore

Triangles = NDArray[np.int64]


def tessellate(shape: TopoDS_Shape, chord_mm: float, angle_rad: float) -> tuple[Floats, Triangles]:
    """Return welded vertices (n, 3) in mm and outward triangles (m, 3) within a chord error and a turn per edge."""
    BRepTools.Clean_s(shape)
    BRepMesh_IncrementalMesh(shape, chord_mm, False, angle_rad, False)
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

"""Turns kernel solids into triangles, and triangles into files."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from OCP.BRep import BRep_Tool
from OCP.BRepMesh import BRepMesh_IncrementalMesh
from OCP.BRepTools import BRepTools
from OCP.IMeshTools import IMeshTools_Parameters
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.faces import is_reversed, read_faces

Triangles = Ints


class FaceMesh(NamedTuple):
    """One face in triangles as the kernel has them: nodes (n, 3) in mm, triangles (m, 3), inward where `is_turned`."""

    nodes: Floats
    triangles: Triangles
    is_turned: bool


def mesh_faces(
    shape: TopoDS_Shape, chord_mm: float, angle_rad: float, inner_ratio: float = 1.0
) -> Iterator[FaceMesh | None]:
    """Yield the faces in the kernel's order within a chord error and a turn per edge, None for one that has no mesh.

    Within faces the chord error may be `inner_ratio` times that of edges, and the turn is twice theirs. What mesh the
    shape has been given before does not matter.
    """
    BRepTools.Clean_s(shape)
    wanted = IMeshTools_Parameters()
    wanted.Deflection, wanted.Angle = chord_mm, angle_rad
    wanted.DeflectionInterior, wanted.AngleInterior = inner_ratio * chord_mm, 2 * angle_rad
    BRepMesh_IncrementalMesh(shape, wanted)
    for face, _ in read_faces(shape):
        location = TopLoc_Location()
        mesh = BRep_Tool.Triangulation_s(face, location)
        if mesh is None:
            yield None
            continue
        move = location.Transformation()
        nodes = (mesh.Node(i).Transformed(move) for i in range(1, mesh.NbNodes() + 1))
        triangles = np.array([mesh.Triangle(i).Get() for i in range(1, mesh.NbTriangles() + 1)], dtype=np.int64) - 1
        yield FaceMesh(np.array([node.Coord() for node in nodes]), triangles, is_reversed(face))


def tessellate(
    shape: TopoDS_Shape, chord_mm: float, angle_rad: float, inner_ratio: float = 1.0
) -> tuple[Floats, Triangles]:
    """Return welded vertices (n, 3) in mm and outward triangles (m, 3), as fine as `mesh_faces`."""
    meshes = [mesh for mesh in mesh_faces(shape, chord_mm, angle_rad, inner_ratio) if mesh is not None]
    firsts = np.cumsum([0, *(len(mesh.nodes) for mesh in meshes[:-1])])
    outward = [mesh.triangles[:, ::-1] if mesh.is_turned else mesh.triangles for mesh in meshes]
    triangles = [face + first for face, first in zip(outward, firsts, strict=True)]
    return _weld(np.vstack([mesh.nodes for mesh in meshes]), np.vstack(triangles))


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

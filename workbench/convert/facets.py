"""Reads what triangles say about a solid: its facets and the edges where it is hollow."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from manifold3d import Error, Manifold, Mesh64

from workbench.kernel.arrays import Floats
from workbench.kernel.meshes import Triangles

EXACT_MM = 1e-4


@dataclass(frozen=True)
class Facets:
    """The triangles of a solid: corners (m, 3, 3), unit normals (m, 3), areas (m,); mm."""

    corners: Floats
    normals: Floats
    areas: Floats


class Edges(NamedTuple):
    """Reflex edges: their two vertices (n, 2) and the two triangles (n, 2) that meet there."""

    ends: Triangles
    faces: Triangles


def as_manifold(points: Floats, triangles: Triangles) -> Manifold | None:
    """Return the solid that triangles enclose, None if they don't."""
    solid = Manifold(Mesh64(np.ascontiguousarray(points), np.ascontiguousarray(triangles, dtype=np.uint64)))
    return solid if solid.status() == Error.NoError and solid.volume() > 0 else None


def read_mesh(solid: Manifold) -> tuple[Floats, Triangles]:
    """Return vertices (n, 3) and triangles (m, 3) of a manifold."""
    mesh = solid.to_mesh64()
    return np.asarray(mesh.vert_properties)[:, :3], np.asarray(mesh.tri_verts, dtype=np.int64)


def find_facets(points: Floats, triangles: Triangles) -> Facets:
    """Return the corners, unit normals and areas of triangles."""
    corners = points[triangles]
    crossed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    doubled = np.linalg.norm(crossed, axis=1)
    return Facets(corners, crossed / np.maximum(doubled, 1e-30)[:, None], doubled / 2)


def find_reflex_edges(points: Floats, triangles: Triangles, normals: Floats) -> Edges:
    """Return the edges where the solid is hollow."""
    edges = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    faces = np.tile(np.arange(len(triangles)), 3)
    opposite = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    order = np.lexsort((edges[:, 0], edges.max(axis=1), edges.min(axis=1)))
    first, second = order[0::2], order[1::2]
    rise = points[opposite[second]] - points[edges[first, 0]]
    reflex = np.einsum("ij,ij->i", normals[faces[first]], rise) > EXACT_MM
    return Edges(edges[first][reflex], np.column_stack([faces[first], faces[second]])[reflex])

"""Splits a concave solid into convex pieces by planes through its reflex edges, within the bounds of mechanics §3.

The pieces partition the tessellated solid, so their hulls can only be too large: the excess is what is bounded.
Polyhedral solids come out exact; curved ones are cut until the excess and the depth of every hollow are small.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np
from manifold3d import Error, Manifold, Mesh64
from numpy.typing import NDArray
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from workbench.convert.tessellate import Triangles, find_curvature, tessellate
from workbench.geometry import Floats, measure

MOST_HULLS = 256
MOST_EXCESS = 0.02
"""Volume of the symmetric difference ÷ volume of the solid."""
MOST_DEPTH_MM = 0.25
MOST_DEPTH_OF_OPENING = 0.05
"""Mean depth of what a hull fills ÷ radius of the narrowest opening: a sagitta of 7.5 %, so a ball of 90 % passes."""
EXACT_MM = 1e-4
CHORD_OF_WALL = 0.004
MOST_CANDIDATES = 8
SMOOTH_COSINE = 0.9
MOST_TRIANGLES = 1500
MOST_LOST = 0.006
"""A tessellation above MOST_TRIANGLES is coarsened until it may lose 2/3 · 2 · MOST_LOST of the volume."""
LEAST_WALL_MM = 1e-3
CLEAR_MM = 1e-5
"""A cut passes this far outside the face that it follows: exactly coplanar cuts leave flat fins."""
CHORD_ANGLE_RAD = 0.4


class Unresolved(NamedTuple):
    """Why a solid could not be split: the pieces it came to and their excess ÷ volume."""

    hulls: int
    excess: float


class Plane(NamedTuple):
    """A cutting plane: unit normal and distance from the origin (mm)."""

    normal: tuple[float, float, float]
    offset: float


class Edges(NamedTuple):
    """Reflex edges: their two vertices (n, 2) and the two triangles (n, 2) that meet there."""

    ends: Triangles
    faces: Triangles


@dataclass(frozen=True)
class Piece:
    """A connected piece of the solid with what its hull adds."""

    solid: Manifold
    hull: Manifold = field(repr=False)

    @cached_property
    def excess(self) -> float:
        """Return the volume that the hull adds (mm³)."""
        return max(0.0, float(self.hull.volume() - self.solid.volume()))

    @cached_property
    def depth(self) -> float:
        """Return the mean thickness of the thickest hollow that the hull fills (mm): 2 V ÷ A."""
        if self.excess < EXACT_MM * self.hull.surface_area():
            return 0.0
        hollows = (self.hull - self.solid).decompose()
        return max((2 * hollow.volume() / hollow.surface_area() for hollow in hollows), default=0.0)


def decompose(placed: TopoDS_Shape) -> tuple[Floats, ...] | Unresolved:
    """Return the vertices (n, 3) in mm of convex pieces whose union is the solid, or what it came to instead.

    The cuts are made in the solid's own frame, so that they don't depend on its pose.
    """
    shape = placed.Located(TopLoc_Location())
    size = measure(shape)
    curved_mm2, opening_mm = find_curvature(shape)
    chord = CHORD_OF_WALL * 2 * size.volume_mm3 / size.area_mm2
    points, triangles = tessellate(shape, chord, CHORD_ANGLE_RAD)
    while len(triangles) > MOST_TRIANGLES and chord * curved_mm2 < MOST_LOST * size.volume_mm3:
        chord *= 2
        points, triangles = tessellate(shape, chord, CHORD_ANGLE_RAD)
    solid = _as_manifold(points, triangles)
    if solid is None:
        return Unresolved(0, 1.0)
    lost = 2 / 3 * chord * curved_mm2
    budget = MOST_EXCESS * size.volume_mm3 - lost if curved_mm2 else EXACT_MM * size.area_mm2
    depth = min(MOST_DEPTH_MM, MOST_DEPTH_OF_OPENING * opening_mm) if curved_mm2 else EXACT_MM
    pieces = _split_until(solid, budget, depth)
    excess = sum(piece.excess for piece in pieces)
    if len(pieces) > MOST_HULLS or excess > budget:
        return Unresolved(len(pieces), (excess + lost) / size.volume_mm3)
    rotation, origin = _read_location(placed)
    return tuple(read_mesh(piece.hull)[0] @ rotation.T + origin for piece in pieces)


def _read_location(shape: TopoDS_Shape) -> tuple[Floats, Floats]:
    move = shape.Location().Transformation()
    matrix = np.array([[move.Value(i, j) for j in (1, 2, 3, 4)] for i in (1, 2, 3)])
    return matrix[:, :3], matrix[:, 3]


def read_mesh(solid: Manifold) -> tuple[Floats, Triangles]:
    """Return vertices (n, 3) and triangles (m, 3) of a manifold."""
    mesh = solid.to_mesh64()
    return np.asarray(mesh.vert_properties)[:, :3], np.asarray(mesh.tri_verts, dtype=np.int64)


def _as_manifold(points: Floats, triangles: Triangles) -> Manifold | None:
    solid = Manifold(Mesh64(np.ascontiguousarray(points), np.ascontiguousarray(triangles, dtype=np.uint64)))
    return solid if solid.status() == Error.NoError and solid.volume() > 0 else None


def _split_until(solid: Manifold, budget: float, depth: float) -> list[Piece]:
    """Cut the worst piece until hollows are shallow and the excess is within budget, or there are too many."""
    pieces = _take_pieces([solid])
    stuck: list[Piece] = []
    while pieces and len(pieces) + len(stuck) <= MOST_HULLS:
        deep = [piece for piece in pieces if piece.depth > depth]
        if not deep and sum(piece.excess for piece in (*pieces, *stuck)) <= budget:
            break
        worst = max(deep or pieces, key=lambda piece: piece.excess)
        pieces.remove(worst)
        parts = _cut(worst)
        if parts is None:
            stuck.append(worst)
        else:
            pieces += parts
    return [*pieces, *stuck]


def _cut(piece: Piece) -> list[Piece] | None:
    """Return the two sides of the best plane, as connected pieces; None if no plane divides the piece."""
    best: tuple[tuple[float, int, int], list[Piece]] | None = None
    for rank, plane in enumerate(_find_planes(piece.solid)):
        parts = _take_pieces(list(piece.solid.split_by_plane(plane.normal, plane.offset)))
        if len(parts) < 2:
            continue
        score = (round(sum(part.excess for part in parts), 6), len(parts), rank)
        if best is None or score < best[0]:
            best = (score, parts)
    return best[1] if best else None


def _take_pieces(solids: list[Manifold]) -> list[Piece]:
    """Return the connected pieces, without slivers that rounding has left."""
    parts = [part for solid in solids for part in solid.decompose()]
    thick = [part for part in parts if 2 * part.volume() > LEAST_WALL_MM * part.surface_area()]
    return [Piece(part, part.hull()) for part in thick]


def _find_planes(solid: Manifold) -> list[Plane]:
    """Return candidate planes, those along the longest reflex edges and an even choice of the rest.

    A sharp reflex edge offers both its faces, the bisector and the planes that it spans with its sharp neighbours (the
    rim of a funnel's throat lies in one); an edge within a curved wall only the bisector.
    """
    points, triangles = read_mesh(solid)
    corners = points[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    edges = _find_reflex_edges(points, triangles, normals)
    one, other = normals[edges.faces[:, 0]], normals[edges.faces[:, 1]]
    start, along = points[edges.ends[:, 0]], points[edges.ends[:, 1]] - points[edges.ends[:, 0]]
    sharp = np.einsum("ij,ij->i", one, other) < SMOOTH_COSINE
    first, second = _find_neighbours(edges.ends, sharp)
    groups = [
        (one[sharp], start[sharp], along[sharp]),
        (other[sharp], start[sharp], along[sharp]),
        (one - other, start, along),
        (np.cross(along[first], along[second]), start[first], along[first]),
    ]
    directions, places, lengths = (np.vstack(columns) for columns in zip(*groups, strict=True))
    return _rank_planes(directions, places, np.linalg.norm(lengths, axis=1))


def _rank_planes(directions: Floats, places: Floats, lengths: Floats) -> list[Plane]:
    sizes = np.linalg.norm(directions, axis=1)
    kept = sizes > 1e-6 * np.maximum(lengths, 1.0)
    directions = directions[kept] / sizes[kept, None]
    offsets = np.einsum("ij,ij->i", directions, places[kept])
    weights: dict[tuple[float, ...], float] = {}
    planes: dict[tuple[float, ...], Plane] = {}
    for direction, offset, weight in zip(directions.tolist(), offsets.tolist(), lengths[kept].tolist(), strict=True):
        x, y, z = direction
        key = (round(x, 5) + 0.0, round(y, 5) + 0.0, round(z, 5) + 0.0, round(offset, 3) + 0.0)
        weights[key] = weights.get(key, 0.0) + weight
        planes.setdefault(key, Plane((x, y, z), offset + CLEAR_MM))
    order = sorted(planes, key=lambda key: (-round(weights[key], 4), key))
    first, rest = order[:MOST_CANDIDATES], order[MOST_CANDIDATES:]
    thinned = sorted({round(at) for at in np.linspace(0, len(rest) - 1, MOST_CANDIDATES).tolist()}) if rest else []
    return [planes[key] for key in (*first, *(rest[i] for i in thinned))]


def _find_neighbours(ends: Triangles, sharp: NDArray[np.bool_]) -> tuple[Triangles, Triangles]:
    """Return the pairs of sharp edges that share a vertex."""
    at: dict[int, list[int]] = {}
    for edge in np.flatnonzero(sharp).tolist():
        for vertex in ends[edge].tolist():
            at.setdefault(vertex, []).append(edge)
    pairs = [pair for met in at.values() for pair in combinations(met, 2)]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _find_reflex_edges(points: Floats, triangles: Triangles, normals: Floats) -> Edges:
    edges = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    faces = np.tile(np.arange(len(triangles)), 3)
    opposite = np.concatenate([triangles[:, 2], triangles[:, 0], triangles[:, 1]])
    order = np.lexsort((edges[:, 0], edges.max(axis=1), edges.min(axis=1)))
    first, second = order[0::2], order[1::2]
    rise = points[opposite[second]] - points[edges[first, 0]]
    reflex = np.einsum("ij,ij->i", normals[faces[first]], rise) > EXACT_MM
    return Edges(edges[first][reflex], np.column_stack([faces[first], faces[second]])[reflex])

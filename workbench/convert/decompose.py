"""Splits a concave solid into convex pieces within the bounds of mechanics §3.

Curved solids that are stacks of prisms or turned are finished in the plane (`prisms`). Others are cut by planes through
their reflex edges until every piece is convex, prismatic or turned, or its hull adds little. Cut pieces partition the
tessellated solid, so their hulls can only be too large: the excess is what is bounded; polyhedra come out exact.
"""

from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

import numpy as np
from manifold3d import Error, Manifold, Mesh64
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from workbench.convert.prisms import Facets, Finished, Guide, Prisms, Turned, ask_surfaces, find_plan
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.faces import measure_curved_area, read_guide_lines, sample_normals
from workbench.kernel.frames import read_location
from workbench.kernel.measuring import SolidMeasure, measure
from workbench.kernel.meshes import Triangles, tessellate
from workbench.kernel.rounds import find_opening

MOST_HULLS = 256
MOST_EXCESS = 0.02
"""Volume of the symmetric difference ÷ volume of the solid."""
MOST_DEPTH_MM = 0.25
MOST_DEPTH_OF_OPENING = 0.05
"""Mean depth of what a hull fills ÷ radius of the narrowest opening: a sagitta of 7.5 %, so a ball of 90 % passes."""
EXACT_MM = 1e-4
MOST_CANDIDATES = 8
SMOOTH_COSINE = 0.9
MOST_LOST = 0.008
"""Chord × curved area ÷ volume of the tessellation that is cut; two thirds of it are lost."""
LEAST_WALL_MM = 1e-3
CLEAR_MM = 1e-5
"""A cut takes away so much on either side of its plane: exactly coplanar cuts leave flat fins."""
SIGN_COSINE = 1e-3
"""A plane's normal points along the first axis with which it has more than this in common."""
CHORD_ANGLE_RAD = 0.4
CHORD_BUDGETS = (0.012, 0.0155)
"""Share of its volume by which chords may make a whole solid miss; the second where the first takes too many hulls."""
CUT_CHORD_BUDGET = 0.006
ROUGH_CHORD_OF_WALL, ROUGH_ANGLE_RAD, MOST_ROUGH_TRIANGLES = 0.05, 0.4, 4000
MOST_TRIANGLES = 10_000
MOST_WORK = 40_000
"""Triangles of all pieces that are cut, about three seconds of work; a count gives the same verdict anywhere."""
COARSE_CHORD_OF_WALL, COARSE_ANGLE_RAD, INNER_RATIO = 0.03, 0.22, 4.0
MOST_CUT_EDGES = 24
"""A piece with more reflex edges than this, or with smooth ones, is finished in the plane where it can be."""


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
    """A connected piece of the solid with what its hull adds, or the plan by which it is finished in the plane."""

    solid: Manifold
    hull: Manifold = field(repr=False)
    guide: Guide = field(repr=False)

    @cached_property
    def plan(self) -> Prisms | Turned | None:
        """Return how the piece is finished in the plane; None if it is convex, or simple enough to be cut."""
        if self._hollow_mm3 < EXACT_MM * self.hull.surface_area():
            return None
        points, triangles = read_mesh(self.solid)
        facets = find_facets(points, triangles)
        edges = _find_reflex_edges(points, triangles, facets.normals)
        cosines = np.einsum("ij,ij->i", *(facets.normals[edges.faces[:, side]] for side in (0, 1)))
        if len(cosines) <= MOST_CUT_EDGES and (cosines < SMOOTH_COSINE).all():
            return None
        plan = find_plan(facets, self.guide)
        return plan if not isinstance(plan, Turned) or self.guide.known or plan.is_plan_of(self.solid) else None

    @cached_property
    def _hollow_mm3(self) -> float:
        return max(0.0, float(self.hull.volume() - self.solid.volume()))

    @property
    def excess(self) -> float:
        """Return the volume that the hull adds (mm³), nothing if the hull is not what it gets."""
        return self._hollow_mm3 if self.plan is None else 0.0

    @cached_property
    def depth(self) -> float:
        """Return the mean thickness of the thickest hollow that the hull fills (mm): 2 V ÷ A."""
        if self.excess < EXACT_MM * self.hull.surface_area():
            return 0.0
        hollows = (self.hull - self.solid).decompose()
        return max((2 * hollow.volume() / hollow.surface_area() for hollow in hollows), default=0.0)

    def finish(self, budget: float) -> Finished:
        """Return the convex pieces; chords of the plan miss about `budget` of the volume."""
        if self.plan is None:
            return Finished((read_mesh(self.hull)[0],), self._hollow_mm3)
        return self.plan.split(self.solid, budget)


def decompose(placed: TopoDS_Shape) -> tuple[Floats, ...] | Unresolved:
    """Return the vertices (n, 3) in mm of convex pieces whose union is the solid, or what it came to instead.

    The cuts are made in the solid's own frame, so that they don't depend on its pose.
    """
    shape = placed.Located(TopLoc_Location())
    size = measure(shape)
    found = _finish_whole(shape, size) or _cut_fully(shape, size)
    if isinstance(found, Unresolved):
        return found
    rotation, origin = read_location(placed.Location())
    return tuple(hull @ rotation.T + origin for hull in found.hulls)


def _finish_whole(shape: TopoDS_Shape, size: SolidMeasure) -> Finished | Unresolved | None:
    """Return the pieces of a curved solid that is a stack of prisms or turned as it stands, None if it is neither."""
    guide = ask_surfaces(*sample_normals(shape), Guide(*read_guide_lines(shape)))
    if not len(guide.directions) and not len(guide.axes):
        return None
    wall_mm = size.thickness_mm
    solid = _as_manifold(*tessellate(shape, COARSE_CHORD_OF_WALL * wall_mm, COARSE_ANGLE_RAD, INNER_RATIO))
    if solid is None or (piece := Piece(solid, solid.hull(), guide)).plan is None:
        return None
    tries = (piece.finish(budget) for budget in CHORD_BUDGETS)
    found = next((found for found in tries if len(found.hulls) <= MOST_HULLS), None)
    if found is None:
        return Unresolved(len(piece.finish(CHORD_BUDGETS[-1]).hulls), CHORD_BUDGETS[-1])
    return found if found.error_mm3 <= MOST_EXCESS * size.volume_mm3 else None


def _cut_fully(shape: TopoDS_Shape, size: SolidMeasure) -> Finished | Unresolved:
    curved_mm2, opening_mm = measure_curved_area(shape), find_opening(shape)
    wall_mm = size.thickness_mm
    _, rough = tessellate(shape, ROUGH_CHORD_OF_WALL * wall_mm, ROUGH_ANGLE_RAD)
    if len(rough) > MOST_ROUGH_TRIANGLES:
        return Unresolved(0, 1.0)
    chord = MOST_LOST * size.volume_mm3 / max(curved_mm2, EXACT_MM)
    points, triangles = tessellate(shape, min(chord, wall_mm), CHORD_ANGLE_RAD)
    solid = _as_manifold(points, triangles)
    if solid is None or len(triangles) > MOST_TRIANGLES:
        return Unresolved(0, 1.0)
    lost = 2 / 3 * MOST_LOST * size.volume_mm3 if curved_mm2 else 0.0
    budget = MOST_EXCESS * size.volume_mm3 - lost if curved_mm2 else EXACT_MM * size.area_mm2
    depth = min(MOST_DEPTH_MM, MOST_DEPTH_OF_OPENING * opening_mm) if curved_mm2 else EXACT_MM
    pieces = _split_until(_list_pieces([solid], Guide(*read_guide_lines(shape))), budget, depth)
    finished = [piece.finish(CUT_CHORD_BUDGET) for piece in pieces]
    excess = sum(part.error_mm3 for part in finished)
    hulls = tuple(hull for part in finished for hull in part.hulls)
    if len(hulls) > MOST_HULLS or excess > budget:
        return Unresolved(len(hulls), float(excess + lost) / size.volume_mm3)
    return Finished(hulls, excess)


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


def _as_manifold(points: Floats, triangles: Triangles) -> Manifold | None:
    solid = Manifold(Mesh64(np.ascontiguousarray(points), np.ascontiguousarray(triangles, dtype=np.uint64)))
    return solid if solid.status() == Error.NoError and solid.volume() > 0 else None


def _split_until(pieces: list[Piece], budget: float, depth: float) -> list[Piece]:
    """Cut the worst piece until hollows are shallow and the excess is within budget, or there are too many."""
    stuck: list[Piece] = []
    work = 0
    while pieces and work < MOST_WORK and len(pieces) + len(stuck) <= MOST_HULLS:
        deep = [piece for piece in pieces if piece.depth > depth]
        if not deep and sum(piece.excess for piece in (*pieces, *stuck)) <= budget:
            break
        worst = max(deep or pieces, key=lambda piece: piece.excess)
        pieces.remove(worst)
        work += worst.solid.num_tri()
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
        parts = _list_pieces(_split_at(piece.solid, plane), piece.guide)
        if len(parts) < 2:
            continue
        score = (round(sum(part.excess for part in parts), 6), len(parts), rank)
        if best is None or score < best[0]:
            best = (score, parts)
    return best[1] if best else None


def _split_at(solid: Manifold, plane: Plane) -> list[Manifold]:
    """Return what lies on either side of a plane; faces along it are cut off, and put back where they were."""
    normal = np.array(plane.normal)

    def flatten(points: Floats) -> Floats:
        heights = points @ normal - plane.offset
        return points - np.outer(np.where(np.abs(heights) < 2 * CLEAR_MM, heights, 0.0), normal)

    above = solid.trim_by_plane(plane.normal, plane.offset + CLEAR_MM)
    below = solid.trim_by_plane((-normal).tolist(), CLEAR_MM - plane.offset)
    return [side.warp_batch(flatten) for side in (above, below)]


def _list_pieces(solids: list[Manifold], guide: Guide) -> list[Piece]:
    """Return the connected pieces, without slivers that rounding has left."""
    parts = [part for solid in solids for part in solid.decompose()]
    thick = [part for part in parts if 2 * part.volume() > LEAST_WALL_MM * part.surface_area()]
    return [Piece(part, part.hull(), guide) for part in thick]


def _find_planes(solid: Manifold) -> list[Plane]:
    """Return candidate planes, those along the longest reflex edges and an even choice of the rest.

    A sharp reflex edge offers both its faces, the bisector and the planes that it spans with its sharp neighbours (the
    rim of a funnel's throat lies in one); an edge within a curved wall only the bisector.
    """
    points, triangles = read_mesh(solid)
    normals = find_facets(points, triangles).normals
    edges = _find_reflex_edges(points, triangles, normals)
    one, other = normals[edges.faces[:, 0]], normals[edges.faces[:, 1]]
    start, along = points[edges.ends[:, 0]], points[edges.ends[:, 1]] - points[edges.ends[:, 0]]
    sharp = np.einsum("ij,ij->i", one, other) < SMOOTH_COSINE
    first, second = _find_neighbours(edges.ends, sharp)
    groups = [
        (one[sharp], start[sharp], along[sharp]),
        (other[sharp], start[sharp], along[sharp]),
        ((one - other)[~sharp], start[~sharp], along[~sharp]),
        (np.cross(along[first], along[second]), start[first], along[first]),
    ]
    directions, places, lengths = (np.vstack(columns) for columns in zip(*groups, strict=True))
    return _rank_planes(directions, places, np.linalg.norm(lengths, axis=1))


def _rank_planes(directions: Floats, places: Floats, lengths: Floats) -> list[Plane]:
    sizes = np.linalg.norm(directions, axis=1)
    kept = sizes > 1e-6 * np.maximum(lengths, 1.0)
    directions = directions[kept] / sizes[kept, None]
    leading = np.argmax(np.abs(directions) > SIGN_COSINE, axis=1)[:, None]
    directions *= np.sign(np.take_along_axis(directions, leading, axis=1))
    offsets = np.einsum("ij,ij->i", directions, places[kept])
    weights: dict[tuple[float, ...], float] = {}
    planes: dict[tuple[float, ...], Plane] = {}
    for direction, offset, weight in zip(directions.tolist(), offsets.tolist(), lengths[kept].tolist(), strict=True):
        x, y, z = direction
        key = (round(x, 5) + 0.0, round(y, 5) + 0.0, round(z, 5) + 0.0, round(offset, 3) + 0.0)
        weights[key] = weights.get(key, 0.0) + weight
        planes.setdefault(key, Plane((x, y, z), offset))
    order = sorted(planes, key=lambda key: (-round(weights[key], 4), key))
    first, rest = order[:MOST_CANDIDATES], order[MOST_CANDIDATES:]
    thinned = sorted({round(at) for at in np.linspace(0, len(rest) - 1, MOST_CANDIDATES).tolist()}) if rest else []
    return [planes[key] for key in (*first, *(rest[i] for i in thinned))]


def _find_neighbours(ends: Triangles, sharp: Bools) -> tuple[Triangles, Triangles]:
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

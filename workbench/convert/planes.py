"""Proposes the planes by which a piece of a solid may be cut, and cuts along them."""

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
from manifold3d import Manifold

from workbench.convert.facets import find_facets, find_reflex_edges, read_mesh
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.meshes import Triangles

SMOOTH_COSINE = 0.9
SEAM_MM = 0.01
CLEAR_MM = 1e-5
"""A cut takes away so much on either side of its plane: exactly coplanar cuts leave flat fins."""
SIGN_COSINE = 1e-3
"""A plane's normal points along the first axis with which it has more than this in common."""


class Plane(NamedTuple):
    """A cutting plane: unit normal and distance from the origin (mm)."""

    normal: tuple[float, float, float]
    offset: float


def split_at(solid: Manifold, plane: Plane) -> list[Manifold]:
    """Return what lies on either side of a plane; faces along it are cut off, and put back where they were."""
    normal = np.array(plane.normal)

    def flatten(points: Floats) -> Floats:
        heights = points @ normal - plane.offset
        return points - np.outer(np.where(np.abs(heights) < 2 * CLEAR_MM, heights, 0.0), normal)

    above = solid.trim_by_plane(plane.normal, plane.offset + CLEAR_MM)
    below = solid.trim_by_plane((-normal).tolist(), CLEAR_MM - plane.offset)
    return [side.warp_batch(flatten) for side in (above, below)]


def pick_through(solid: Manifold, planes: Sequence[Plane]) -> list[Plane]:
    """Return the planes that have something of a piece on either side."""
    points, _ = read_mesh(solid)
    heights = [points @ np.array(plane.normal) - plane.offset for plane in planes]
    return [
        plane for plane, height in zip(planes, heights, strict=True) if height.min() < -SEAM_MM < SEAM_MM < height.max()
    ]


def find_planes(solid: Manifold, most: int) -> list[Plane]:
    """Return candidate planes, those along the longest reflex edges and an even choice of the rest.

    A sharp reflex edge offers both its faces and the planes that it spans with its sharp neighbours (the rim of a
    funnel's throat lies in one); an edge within a curved wall the bisector.
    """
    points, triangles = read_mesh(solid)
    normals = find_facets(points, triangles).normals
    edges = find_reflex_edges(points, triangles, normals)
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
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    planes = _rank_planes(directions, places, np.linalg.norm(lengths, axis=1), middle)
    leading, rest = planes[:most], planes[most:]
    thinned = sorted({round(at) for at in np.linspace(0, len(rest) - 1, most).tolist()}) if rest else []
    return [*leading, *(rest[at] for at in thinned)]


def find_middles(solid: Manifold) -> list[Plane]:
    """Return the planes through the middle of a piece's surface across its principal axes: they halve what is swept."""
    facets = find_facets(*read_mesh(solid))
    centres, weights = facets.corners.mean(axis=1), facets.areas / facets.areas.sum()
    middle = weights @ centres
    arms = centres - middle
    axes = np.linalg.eigh((arms * weights[:, None]).T @ arms)[1]
    return [make_plane(axis, float(axis @ middle)) for axis in axes.T]


def make_plane(normal: Floats, offset: float) -> Plane:
    """Return a plane by its unit normal (3,)."""
    x, y, z = normal.tolist()
    return Plane((x, y, z), offset)


def _rank_planes(directions: Floats, places: Floats, lengths: Floats, middle: Floats) -> list[Plane]:
    """Return the planes along the longest edges first, then those farthest from the middle: the same in a mirror."""
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
    aside = {key: round(abs(float(np.dot(plane.normal, middle)) - plane.offset), 4) for key, plane in planes.items()}
    return [planes[key] for key in sorted(planes, key=lambda key: (-round(weights[key], 4), -aside[key], key))]


def _find_neighbours(ends: Triangles, sharp: Bools) -> tuple[Triangles, Triangles]:
    """Return the pairs of sharp edges that share a vertex."""
    at: dict[int, list[int]] = {}
    for edge in np.flatnonzero(sharp).tolist():
        for vertex in ends[edge].tolist():
            at.setdefault(vertex, []).append(edge)
    pairs = [pair for met in at.values() for pair in combinations(met, 2)]
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]

"""Measures what is left of the material over notches: from each to the faces opposite it, and to other notches."""

import numpy as np
from OCP.gp import gp_Dir, gp_Lin, gp_Pnt
from OCP.IntCurvesFace import IntCurvesFace_Intersector

from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.creases import Creases, find_creases
from workbench.kernel.solid_view import SolidView, Spot

FACING = np.cos(np.radians(20))
MOST_RAYS = 1500
MOST_PAIRED = 700
REFINED = 24
ALONG = (0.02, 0.5, 0.98)
SEEN_MM = 1e-3


def measure_notches(view: SolidView, thin_mm: float) -> list[Spot]:
    """Return the thinnest place over notches below `thin_mm`, towards faces and towards other notches."""
    creases = find_creases(view)
    if not len(creases.ends):
        return []
    found = [_measure_to_faces(view, creases, thin_mm), _measure_to_notches(view, creases, thin_mm)]
    return [spot for spot in found if spot is not None]


def _measure_to_faces(view: SolidView, creases: Creases, thin_mm: float) -> Spot | None:
    """Cast rays from each notch between its faces' normals; where one meets a face squarely, along that face's normal.

    The shortest way from a notch to a face is the face's normal.
    """
    origins, ways, owners = _spread(creases)
    lengths, hits = view.cast(origins, ways)
    squarely = (hits >= 0) & (np.einsum("ij,ij->i", ways, view.normals[hits]) > FACING) & (lengths < 1.1 * thin_mm)
    origins, towards, owners = origins[squarely], view.normals[hits[squarely]], owners[squarely]
    lengths, hits = view.cast(origins, towards)
    order = np.argsort(lengths.round(9), kind="stable")[:REFINED]
    met = view.owners[hits[order]]
    exact = [_measure_exactly(view, *row) for row in zip(met, origins[order], towards[order], strict=True)]
    flat = np.array([view.faces[face].kind == "plane" for face in met], dtype=np.bool_)
    return _least(np.where(flat, lengths[order], exact), owners[order], origins[order], thin_mm)


def _measure_exactly(view: SolidView, face: int, origin: Floats, towards: Floats) -> float:
    """Return how far along a ray a face itself is, which its triangles are not; inf where the ray misses it."""
    found = IntCurvesFace_Intersector(view.surfaces[face], 1e-7)
    found.Perform(gp_Lin(gp_Pnt(*origin), gp_Dir(*towards)), 1e-6, 1e4)
    if not found.IsDone() or not found.NbPnt():
        return np.inf
    return float(min(found.WParameter(index) for index in range(1, found.NbPnt() + 1)))


def _spread(creases: Creases) -> tuple[Floats, Floats, Ints]:
    """Return rays from three places of every notch along both normals and the middle between them (thinned evenly)."""
    middle = creases.inward.sum(axis=1)
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-12)
    ways = np.concatenate([creases.inward, middle[:, None]], axis=1)
    starts, steps = creases.ends[:, 0], creases.ends[:, 1] - creases.ends[:, 0]
    places = np.stack([starts + share * steps for share in ALONG], axis=1)
    rows, place, way = (grid.ravel() for grid in np.indices((len(starts), 3, 3)))
    real = (np.linalg.norm(steps, axis=1) > 0)[rows] | ((place == 0) & (way == 2))
    rows, place, way = rows[real], place[real], way[real]
    kept = np.unique(np.linspace(0, len(rows) - 1, min(MOST_RAYS, len(rows))).astype(int))
    rows, place, way = rows[kept], place[kept], way[kept]
    return places[rows, place], ways[rows, way], creases.owners[rows]


def _measure_to_notches(view: SolidView, creases: Creases, thin_mm: float) -> Spot | None:
    """Return the shortest way through the material between two notches that leads into both of them."""
    kept = np.unique(np.linspace(0, len(creases.ends) - 1, min(MOST_PAIRED, len(creases.ends))).astype(int))
    ends, inward, owners = creases.ends[kept], creases.inward[kept], creases.owners[kept]
    one, two = np.triu_indices(len(ends), 1)
    gaps = ends[one].mean(axis=1) - ends[two].mean(axis=1)
    reach = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1) / 2
    near = np.linalg.norm(gaps, axis=1) < reach[one] + reach[two] + thin_mm
    one, two = one[near], two[near]
    starts, stops = _join(ends[one], ends[two])
    steps = stops - starts
    lengths = np.linalg.norm(steps, axis=1)
    real = (lengths > 1e-6) & (lengths < thin_mm)
    one, two, starts, ways = one[real], two[real], starts[real], steps[real] / lengths[real, None]
    leads = (np.einsum("ij,ikj->ik", ways, inward[one]) > 0).all(axis=1)
    leads &= (np.einsum("ij,ikj->ik", -ways, inward[two]) > 0).all(axis=1)
    one, starts, ways, lengths = one[leads], starts[leads], ways[leads], lengths[real][leads]
    clear = view.cast(starts, ways)[0] > lengths - SEEN_MM
    return _least(lengths[clear], owners[one[clear]], starts[clear], thin_mm)


def _join(one: Floats, two: Floats) -> tuple[Floats, Floats]:
    """Return the nearest points (n, 3), (n, 3) of pairs of segments (n, 2, 3) (Ericson 2005, 5.1.9)."""
    along, across, offset = one[:, 1] - one[:, 0], two[:, 1] - two[:, 0], one[:, 0] - two[:, 0]
    a, e, f = (np.einsum("ij,ij->i", x, y) for x, y in ((along, along), (across, across), (across, offset)))
    b, c = np.einsum("ij,ij->i", along, across), np.einsum("ij,ij->i", along, offset)
    spread, a, e = a * e - b * b, np.maximum(a, 1e-18), np.maximum(e, 1e-18)
    s = np.where(spread > 1e-12 * a * e, np.clip((b * f - c * e) / np.maximum(spread, 1e-30), 0, 1), 0.5)
    t = np.clip((b * s + f) / e, 0, 1)
    s = np.clip((b * t - c) / a, 0, 1)
    return one[:, 0] + s[:, None] * along, two[:, 0] + t[:, None] * across


def _least(lengths: Floats, owners: Ints, points: Floats, thin_mm: float) -> Spot | None:
    if not len(lengths) or lengths.min() >= thin_mm:
        return None
    best = int(lengths.round(6).argmin())
    return Spot(float(lengths[best]), int(owners[best]), points[best])

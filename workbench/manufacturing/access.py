"""Says what can be seen of a solid along its own directions: what a straight tool, a mould's half or a bar reaches."""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from workbench.kernel.arrays import Bools, Floats, Ints
from workbench.kernel.faces import read_normals
from workbench.kernel.solid_view import CHORD_MM, SolidView

MOST_WAYS = 26
SAME_WAY = 1 - 1e-6
SPREAD, FEW_FACES = 160, 120
OFF_MM = 1e-3
GRAZING, FACETED, LEVEL, STEEP = 1e-6, 1e-3, 1e-9, 0.1
"""By which sine a plane, and a triangle of a curved face, may look away and still be grazed."""
PLASTIC_RATIO = (0.7548776662466927, 0.5698402909980532)


class Sample(NamedTuple):
    """Points (n, 3) just off the skin with outward normals and faces, each standing for `areas` (n,) mm² of it.

    `eyes` are the same points, as far off curved faces as their triangles are from them, `exact` the normals of the
    faces themselves, from which triangles of a narrow cone lean away by more than its draft.
    """

    points: Floats
    normals: Floats
    owners: Ints
    areas: Floats
    eyes: Floats
    curved: Bools
    exact: Floats

    def only(self, kept: Bools | Ints) -> "Sample":
        """Return the part of a sample that is kept."""
        return Sample._make(rows[kept] for rows in self)


def list_ways(view: SolidView) -> Floats:
    """Return up to 26 directions (k, 3), both ways along the normals of planes and the axes of cylinders.

    Those of the largest faces come first. A solid without either has the principal axes of its skin.
    """
    found: list[tuple[Floats, float]] = []
    for face, area in zip(view.faces, view.face_areas.tolist(), strict=True):
        if face.kind == "other":
            continue
        for way in (face.direction, -face.direction):
            same = next((n for n, (known, _) in enumerate(found) if known @ way > SAME_WAY), None)
            if same is None:
                found.append((way, area))
            else:
                found[same] = (found[same][0], found[same][1] + area)
    if not found:
        spread = view.centroids - np.average(view.centroids, axis=0, weights=view.areas)
        axes = np.linalg.eigh((spread * view.areas[:, None]).T @ spread)[1].T
        return np.array([sign * axis for axis in axes for sign in (1.0, -1.0)])
    return np.array([way for way, _ in sorted(found, key=lambda pair: -round(pair[1], 6))[:MOST_WAYS]])


def sample_skin(view: SolidView) -> Sample:
    """Return a low-discrepancy sample of the skin: 160 points by area, two more on every face (Roberts 2018).

    A solid of more than 120 faces has one more on each.
    """
    by_face = np.argsort(view.owners, kind="stable")
    shares = np.cumsum(view.areas[by_face])
    spread = (np.arange(SPREAD) + 0.5) / SPREAD * shares[-1]
    ends = np.cumsum(view.face_areas)
    starts = ends - view.face_areas
    shares_of_face = (0.3, 0.7) if len(view.faces) <= FEW_FACES else (0.4,)
    each = [starts + share * view.face_areas for share in shares_of_face]
    at = np.concatenate([spread, *each])
    rows = by_face[np.minimum(np.searchsorted(shares, at), len(shares) - 1)]
    step = np.arange(len(rows)) + 0.5
    u, v = (step * PLASTIC_RATIO[0]) % 1, (step * PLASTIC_RATIO[1]) % 1
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = view.corners[rows].transpose(1, 0, 2)
    normals, owners = view.normals[rows], view.owners[rows]
    counts = np.bincount(owners, minlength=len(view.faces))
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    curved = view.curved[owners]
    return Sample(
        points + OFF_MM * normals,
        normals,
        owners,
        view.face_areas[owners] / counts[owners],
        points + _lift(view, points, normals, curved)[:, None] * normals,
        curved,
        _read_exactly(view, points, normals, np.where(curved, owners, -1)),
    )


def _read_exactly(view: SolidView, points: Floats, normals: Floats, owners: Ints) -> Floats:
    """Return the normals of points with those of curved faces (owners from 0) taken from the faces themselves."""
    exact = normals.copy()
    for face in np.unique(owners[owners >= 0]).tolist():
        exact[owners == face] = read_normals(view.surfaces[face], points[owners == face])
    return exact


def _lift(view: SolidView, points: Floats, normals: Floats, curved: Bools) -> Floats:
    """Return how far off the skin to look from: off curved faces by what their triangles may stand out of them."""
    free = np.full(len(points), OFF_MM)
    free[curved] = _leave(view, points[curved] + OFF_MM * normals[curved], normals[curved])
    return free


def see(view: SolidView, sample: Sample, ways: Floats) -> Bools:
    """Return which points of a sample are seen along which directions (n, k): faced or grazed, nothing in between."""
    return np.isinf(measure_reach(view, sample, ways))


def measure_reach(view: SolidView, sample: Sample, ways: Floats) -> Floats:
    """Return how far one can go from each point along each direction (n, k) in mm, 0 where the face looks away.

    From outside one can only run into what looks against the direction. What a steep triangle of a curved face hides
    is looked at again from beside it: where such faces meet others, their triangles stand over them by a chord's error.
    """
    slack = np.where(sample.curved, FACETED, GRAZING)
    faced = sample.exact @ ways.T > -slack[:, None]
    turned = view.normals @ ways.T
    found = np.zeros(faced.shape)
    for column, way in enumerate(ways):
        rows = np.flatnonzero(faced[:, column])
        before = np.flatnonzero(turned[:, column] < -LEVEL)
        found[rows, column], hits = view.cast(sample.eyes[rows], np.broadcast_to(way, (len(rows), 3)), before)
        near = (hits >= 0) & (turned[hits, column] > -STEEP) & view.curved[view.owners[hits]]
        rows, aside = rows[near], view.normals[hits[near]]
        eyes = sample.eyes[rows] + _leave(view, sample.eyes[rows], aside)[:, None] * aside
        again, _ = view.cast(eyes, np.broadcast_to(way, (len(rows), 3)), before)
        found[rows, column] = np.maximum(found[rows, column], again)
    return found


def _leave(view: SolidView, points: Floats, ways: Floats) -> Floats:
    """Return how far points may go along ways to be as far off as triangles stand out: a third of the room at most."""
    return np.maximum(OFF_MM, np.minimum(CHORD_MM, view.cast(points, ways)[0] / 3))


def choose_ways(seen: Bools) -> tuple[int, ...]:
    """Return the fewest columns that see all that any sees: exactly up to three, then the greediest first."""
    wanted = seen.any(axis=1)
    masks = [int.from_bytes(np.packbits(column[wanted]).tobytes(), "big") for column in seen.T]
    whole = int.from_bytes(np.packbits(np.ones(int(wanted.sum()), dtype=np.bool_)).tobytes(), "big")
    for count in (1, 2, 3):
        for chosen in combinations(range(len(masks)), count):
            if _unite(masks, chosen) == whole:
                return chosen
    found: tuple[int, ...] = ()
    while _unite(masks, found) != whole:
        covered = _unite(masks, found)
        gains = [(mask & ~covered).bit_count() for mask in masks]
        found = (*found, gains.index(max(gains)))
    return found


def _unite(masks: list[int], chosen: tuple[int, ...]) -> int:
    united = 0
    for column in chosen:
        united |= masks[column]
    return united

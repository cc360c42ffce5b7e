"""Measure the thinnest wall and the slimmest feature of a solid from inside, by rays and by exact face pairs."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.BRepExtrema import BRepExtrema_DistShapeShape
from OCP.gp import gp_Dir, gp_Lin, gp_Pnt
from OCP.IntCurvesFace import IntCurvesFace_Intersector

from workbench.kernel.arrays import Bools, Floats, Ints
from workbench.kernel.faces import is_reversed, read_normal
from workbench.kernel.notches import FACING, measure_notches
from workbench.kernel.solid_view import FaceShape, SolidView, Spot

SAMPLES = 60
PAIR_RAYS = 60
REFINED, PAIRED = 12, 4
SLACK_MM = 0.4
ROUGHLY_FACING = 0.5
GOLDEN = 0.381966


@dataclass(frozen=True)
class Walls:
    """The thinnest wall and the slimmest feature (thin in two directions), where they are below the limit asked for."""

    thinnest: Spot | None
    slimmest: Spot | None


@dataclass(frozen=True)
class _Chords:
    """Rays into the material: where they start, their directions, lengths, and the triangles at both ends."""

    origins: Floats
    inward: Floats
    lengths: Floats
    starts: Ints
    ends: Ints


def measure_walls(view: SolidView, thin_mm: float, without: Collection[int] = ()) -> Walls:
    """Return the thinnest wall and slimmest feature thinner than `thin_mm`.

    A wall is thinnest where the shortest way through the material meets both sides squarely (so the edge of a wedge is
    none): two faces that look at each other within 20 degrees, or a notch and what lies opposite it, whatever the
    angles of its faces. Rays start on every face, at an area-weighted sample, on every close pair of parallel planes
    and on every notch; those that touch curved faces are measured again on the kernel's surfaces. What lies between
    two of the faces `without` is no wall.
    """
    starts = np.concatenate([_sample_faces(view), _sample_plane_pairs(view, thin_mm)])
    origins, inward = view.centroids[starts], -view.normals[starts]
    lengths, ends = view.cast(origins, inward)
    facing = np.einsum("ij,ij->i", inward, view.normals[ends])
    curved = _curved(view, starts) | _curved(view, ends)
    roughly = (facing > ROUGHLY_FACING) & (lengths < thin_mm + SLACK_MM)
    aside = np.isin(view.owners, list(without))
    good = (
        (ends >= 0)
        & ~(aside[starts] & aside[ends])
        & np.where(curved, roughly, (facing > FACING) & (lengths < thin_mm))
    )
    order = np.flatnonzero(good)[np.argsort(lengths[good], kind="stable")]
    chords = _Chords(origins[order], inward[order], lengths[order], starts[order], ends[order])
    spots = [*_measure_chords(view, chords, curved[order]), *_measure_ligaments(view, thin_mm)]
    spots += measure_notches(view, thin_mm)
    thin = sorted((spot for spot in spots if spot.measured < thin_mm), key=lambda spot: round(spot.measured, 6))
    return Walls(thin[0] if thin else None, _measure_features(view, chords, thin_mm))


def _curved(view: SolidView, triangles: Ints) -> Bools:
    flat = np.array([face.kind == "plane" for face in view.faces])
    return np.asarray(~flat[view.owners[triangles]])


def _sample_faces(view: SolidView) -> Ints:
    """Return the largest triangle of each face and a systematic area-weighted sample of all."""
    order = np.lexsort((-view.areas.round(9), view.owners))
    _, first = np.unique(view.owners[order], return_index=True)
    shares = np.cumsum(view.areas)
    spread = np.searchsorted(shares, (np.arange(SAMPLES) + GOLDEN) / SAMPLES * shares[-1])
    return np.unique(np.concatenate([order[first], spread]))


def _sample_plane_pairs(view: SolidView, thin_mm: float) -> Ints:
    """Return the largest triangles of planes that have a parallel plane closer than `thin_mm` behind them."""
    flat = [index for index, face in enumerate(view.faces) if face.kind == "plane"]
    if not flat:
        return np.empty(0, dtype=np.int64)
    normals = np.array([view.faces[index].direction for index in flat])
    points = np.array([view.faces[index].point for index in flat])
    depths = np.einsum("ij,ij->i", normals, points)[:, None] - normals @ points.T
    close = (normals @ normals.T < -FACING) & (depths > 1e-9) & (depths < thin_mm)
    picked = [index for index, near in zip(flat, close.any(axis=1), strict=True) if near]
    triangles = np.flatnonzero(np.isin(view.owners, picked))
    return triangles[np.argsort(-view.areas[triangles].round(9), kind="stable")][:PAIR_RAYS]


def _measure_chords(view: SolidView, chords: _Chords, curved: Bools) -> list[Spot]:
    spots, paired = [], set[tuple[int, int]]()
    flat = np.flatnonzero(~curved)[:1]
    for row in (*flat, *np.flatnonzero(curved)[:REFINED]):
        face, length = int(view.owners[chords.starts[row]]), float(chords.lengths[row])
        if curved[row]:
            other = int(view.owners[chords.ends[row]])
            length = _measure_exactly(view, face, other, chords.origins[row])
            if (face, other) not in paired and len(paired) < PAIRED:
                paired.add((face, other))
                length = min(length, _measure_shortest(view, face, other, length, chords.inward[row]))
        spots.append(Spot(length, face, chords.origins[row]))
    return spots


def _measure_exactly(view: SolidView, start: int, end: int, near: Floats) -> float:
    """Return the distance along the true inward normal at the nearest true surface point; inf where it is no wall."""
    flat = view.faces[start].kind == "plane"
    point, normal = (near, view.faces[start].direction) if flat else _find_surface_point(view, start, near)
    if point is None or normal is None:
        return np.inf
    found = IntCurvesFace_Intersector(view.surfaces[end], 1e-7)
    found.Perform(gp_Lin(gp_Pnt(*point), gp_Dir(*(-normal))), 1e-3, 1e4)
    if not found.IsDone() or not found.NbPnt():
        return np.inf
    best = min(range(1, found.NbPnt() + 1), key=found.WParameter)
    outward = _outward_normal(view, end, found.UParameter(best), found.VParameter(best))
    return float(found.WParameter(best)) if outward is not None and -normal @ outward > FACING else np.inf


def _measure_shortest(view: SolidView, start: int, end: int, length: float, inward: Floats) -> float:
    """Return the distance of two faces where it is shorter than a chord between them and runs the same way, else inf.

    Faces that touch, and distances through the air, say nothing of a wall.
    """
    if start == end or not np.isfinite(length):
        return np.inf
    found = BRepExtrema_DistShapeShape(view.surfaces[start], view.surfaces[end])
    if not found.IsDone() or not 1e-6 < found.Value() < length:
        return np.inf
    way = np.array(found.PointOnShape2(1).Coord()) - np.array(found.PointOnShape1(1).Coord())
    return float(found.Value()) if way @ inward > ROUGHLY_FACING * found.Value() else np.inf


def _find_surface_point(view: SolidView, face: int, near: Floats) -> tuple[Floats | None, Floats | None]:
    """Return the point of a curved face on the facet's normal through `near`, and the outward normal there."""
    rows = np.flatnonzero(view.owners == face)
    facet = rows[np.argmin(np.linalg.norm(view.centroids[rows] - near, axis=1))]
    found = IntCurvesFace_Intersector(view.surfaces[face], 1e-7)
    found.Perform(gp_Lin(gp_Pnt(*near), gp_Dir(*view.normals[facet])), -1.0, 1.0)
    if not found.IsDone() or not found.NbPnt():
        return None, None
    best = min(range(1, found.NbPnt() + 1), key=lambda index: abs(found.WParameter(index)))
    normal = _outward_normal(view, face, found.UParameter(best), found.VParameter(best))
    return np.array(found.Pnt(best).Coord()), normal


def _outward_normal(view: SolidView, face: int, u: float, v: float) -> Floats | None:
    _, normal = read_normal(BRepAdaptor_Surface(view.surfaces[face]), u, v)
    length = float(np.linalg.norm(normal))
    if length < 1e-12:
        return None
    return np.asarray(-normal / length if is_reversed(view.surfaces[face]) else normal / length)


def _measure_ligaments(view: SolidView, thin_mm: float) -> list[Spot]:
    """Return the exact webs between each hole and a plane along its axis or another parallel hole."""
    holes = [(index, face) for index, face in enumerate(view.faces) if face.kind == "cylinder" and face.concave]
    spots = []
    for index, hole in holes:
        for other, face in enumerate(view.faces):
            web, towards = _measure_web(hole, face)
            if other == index or not 1e-6 < web < thin_mm:
                continue
            origin = hole.point + (hole.radius_mm + 1e-3) * towards
            length, hit = view.cast(origin[None], towards[None])
            if hit[0] >= 0 and view.owners[hit[0]] == other and abs(length[0] - web) < SLACK_MM:
                spots.append(Spot(web, index, origin))
    return spots


def _measure_web(hole: FaceShape, face: FaceShape) -> tuple[float, Floats]:
    """Return the material between a hole and a parallel face, and the direction from the hole's axis towards it."""
    if face.kind == "plane" and abs(face.direction @ hole.direction) < 1e-6:
        return float((face.point - hole.point) @ face.direction) - hole.radius_mm, face.direction
    if face.kind == "cylinder" and face.concave and abs(face.direction @ hole.direction) > 1 - 1e-9:
        gap = face.point - hole.point
        gap = gap - (gap @ hole.direction) * hole.direction
        apart = float(np.linalg.norm(gap))
        if apart > 1e-6:
            return apart - hole.radius_mm - face.radius_mm, gap / apart
    return np.inf, hole.direction


def _measure_features(view: SolidView, chords: _Chords, thin_mm: float) -> Spot | None:
    """Return the place where the larger of two thicknesses across the material is smallest and below the limit."""
    rows = np.flatnonzero(chords.lengths < thin_mm)[:REFINED]
    if not len(rows):
        return None
    middles = chords.origins[rows] + chords.inward[rows] * (chords.lengths[rows] / 2)[:, None]
    corners = view.corners[chords.starts[rows]]
    along = corners[:, 1] - corners[:, 0]
    along = along / np.linalg.norm(along, axis=1)[:, None]
    across = np.cross(chords.inward[rows], along)
    widths = np.full(len(rows), np.inf)
    for one, two in ((1.0, 0.0), (0.0, 1.0), (0.7071, 0.7071), (0.7071, -0.7071)):
        towards = one * along + two * across
        widths = np.minimum(widths, view.cast(middles, towards)[0] + view.cast(middles, -towards)[0])
    sizes = np.maximum(widths, chords.lengths[rows])
    best = int(np.argmin(sizes.round(6)))
    owner = int(view.owners[chords.starts[rows[best]]])
    size = 2 * view.faces[owner].radius_mm if view.faces[owner].is_pin else float(sizes[best])
    found = Spot(size, owner, middles[best])
    return found if found.measured < thin_mm else None

"""Measure webs between cuts, slots, edge distances and hole pitches on a profile."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.solid_view import Spot
from workbench.manufacturing.planar import fit_rectangle
from workbench.manufacturing.profile import Loop, Profile

FACING = np.cos(np.radians(20))
MOST_RAYS = 240


@dataclass(frozen=True)
class Gaps:
    """The narrowest of each kind on a profile (mm); None where the profile has none."""

    web: Spot | None
    edge: Spot | None
    pitch: Spot | None
    slot: Spot | None
    hole: Spot | None
    corner: Spot | None


def measure_gaps(profile: Profile) -> Gaps:
    """Return the narrowest webs, hole-to-edge distances, hole pitches, slots, holes and inside corners."""
    outer, *inner = profile.loops
    edges = [_measure_distance(hole, outer) for hole in inner]
    webs = [_measure_distance(one, two) for one, two in combinations(inner, 2)]
    pitches = [
        (float(np.linalg.norm(one.centre - two.centre)), (one.centre + two.centre) / 2)
        for one, two in combinations(inner, 2)
        if one.centre is not None and two.centre is not None
    ]
    necks, slots = _measure_chords(profile.loops)
    holes = [(_measure_hole(hole), hole.points[0]) for hole in inner]
    return Gaps(
        web=_least(profile, [*edges, *webs, *necks]),
        edge=_least(profile, edges),
        pitch=_least(profile, pitches),
        slot=_least(profile, slots),
        hole=_least(profile, [*holes, *slots]),
        corner=_least(profile, _list_corners(profile.loops)),
    )


def _least(profile: Profile, found: list[tuple[float, Floats]]) -> Spot | None:
    if not found:
        return None
    measured, point = min(found, key=lambda pair: round(pair[0], 6))
    return Spot(measured, profile.face, profile.lift(point))


def _measure_hole(hole: Loop) -> float:
    """Return a hole's diameter, or the shorter side of the smallest rectangle around it."""
    return 2 * hole.radius_mm if hole.centre is not None else fit_rectangle(hole.points)[1]


def _list_corners(loops: tuple[Loop, ...]) -> list[tuple[float, Floats]]:
    """Return the radius of every inside corner: 0 where two edges meet sharply, else the arc's."""
    sharp = [(0.0, point) for loop in loops for point in loop.corners]
    return sharp + [arc for loop in loops for arc in loop.arcs]


def _measure_distance(one: Loop, two: Loop) -> tuple[float, Floats]:
    """Return the shortest distance of two loops and the middle of it; exact for lines and whole circles."""
    if one.centre is not None and two.centre is not None:
        apart = float(np.linalg.norm(one.centre - two.centre))
        outside = apart >= max(one.radius_mm, two.radius_mm)
        gap = apart - one.radius_mm - two.radius_mm if outside else two.radius_mm - one.radius_mm - apart
        way = (one.centre - two.centre) / apart if apart > 0 else np.array([1.0, 0.0])
        return gap, two.centre + way * (two.radius_mm + (gap / 2 if outside else -gap / 2))
    if one.centre is not None:
        return _measure_circle_to(one, *_measure_to_segments(one.centre[None], two.points))
    if two.centre is not None:
        return _measure_circle_around(one, two)
    both = _measure_to_segments(one.points, two.points), _measure_to_segments(two.points, one.points)
    distance, point, foot = min(both, key=lambda found: found[0])
    return distance, (point + foot) / 2


def _measure_circle_to(circle: Loop, distance: float, centre: Floats, foot: Floats) -> tuple[float, Floats]:
    """Return the distance of a circle to a foot outside it, and the middle of it."""
    gap = distance - circle.radius_mm
    return gap, foot + (centre - foot) * (gap / 2 / max(distance, 1e-12))


def _measure_circle_around(one: Loop, circle: Loop) -> tuple[float, Floats]:
    """Return the distance of a loop to a circle that lies outside it or around it."""
    assert circle.centre is not None
    reaches = np.linalg.norm(one.points - circle.centre, axis=1)
    if reaches.max() <= circle.radius_mm and one.area_mm2 < circle.area_mm2:
        return float(circle.radius_mm - reaches.max()), one.points[int(reaches.argmax())]
    return _measure_circle_to(circle, *_measure_to_segments(circle.centre[None], one.points))


def _measure_to_segments(points: Floats, loop: Floats) -> tuple[float, Floats, Floats]:
    """Return the least distance of points (n, 2) to the closed polyline (m, 2), the point that has it and its foot."""
    steps = np.roll(loop, -1, axis=0) - loop
    offsets = points[:, None] - loop
    share = np.einsum("nmk,mk->nm", offsets, steps) / np.maximum(np.einsum("mk,mk->m", steps, steps), 1e-18)
    across = offsets - np.clip(share, 0, 1)[:, :, None] * steps
    gaps = np.linalg.norm(across, axis=2)
    best, side = np.unravel_index(int(gaps.argmin()), gaps.shape)
    return float(gaps[best, side]), points[best], points[best] - across[best, side]


def _measure_chords(loops: tuple[Loop, ...]) -> tuple[list[tuple[float, Floats]], list[tuple[float, Floats]]]:
    """Return necks (chords through the material) and slots (chords through a cut) between sides that face each other.

    Rays leave from three points of every segment (a systematic 240 of them); the two sides must belong to one loop:
    distances between loops are measured exactly elsewhere.
    """
    steps = [np.roll(loop.points, -1, axis=0) - loop.points for loop in loops]
    start, step = np.concatenate([loop.points for loop in loops]), np.concatenate(steps)
    owner = np.repeat(np.arange(len(loops)), [len(loop.points) for loop in loops])
    real = np.linalg.norm(step, axis=1) > 1e-9
    start, step, owner = start[real], step[real], owner[real]
    left = np.stack([-step[:, 1], step[:, 0]], axis=1) / np.linalg.norm(step, axis=1)[:, None]
    rows = np.repeat(np.arange(len(start)), 3)
    shares = np.tile([0.02, 0.5, 0.98], len(start))
    picked = np.unique(np.linspace(0, len(rows) - 1, min(MOST_RAYS, len(rows))).astype(int))
    rows, shares = rows[picked], shares[picked]
    origins = start[rows] + shares[:, None] * step[rows]
    whole = np.array([loop.centre is not None for loop in loops])
    found = []
    for sign in (1.0, -1.0):
        reach, hit = cast_plane(origins, sign * left[rows], start, step)
        good = np.isfinite(reach) & (owner[hit] == owner[rows]) & ~whole[owner[rows]]
        good &= np.einsum("ij,ij->i", left[rows], left[hit]) < -FACING
        found.append([(float(length), point) for length, point in zip(reach[good], origins[good], strict=True)])
    return found[0], found[1]


def cast_plane(origins: Floats, towards: Floats, start: Floats, step: Floats) -> tuple[Floats, Ints]:
    """Return the distance along each plane ray to the first segment, and the segment."""
    offset = start[None] - origins[:, None]
    cross = towards[:, None, 0] * step[None, :, 1] - towards[:, None, 1] * step[None, :, 0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        reach = (offset[:, :, 0] * step[None, :, 1] - offset[:, :, 1] * step[None, :, 0]) / cross
        share = (offset[:, :, 0] * towards[:, None, 1] - offset[:, :, 1] * towards[:, None, 0]) / cross
        inside = (share > -1e-9) & (share < 1 + 1e-9) & (reach > 1e-6)
    reach = np.where(inside, reach, np.inf)
    hit = np.asarray(reach.argmin(axis=1), dtype=np.int64)
    return reach[np.arange(len(origins)), hit], hit

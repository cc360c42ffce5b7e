"""Plane outlines: coarser chords on curves without a bias in area, and a split into convex polygons.

An outline is a list of loops (n, 2) with the material on their left: outer loops turn left, holes turn right.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from manifold3d import CrossSection, triangulate

from workbench.kernel.arrays import Floats

SMOOTH_RAD = 0.24
"""Two chords that turn less belong to one curve, if the solid has any; tessellations turn less."""
LEVEL_SHARE = 0.75
"""A chord moved outwards by this share of its sagitta leaves as much of the arc outside as inside: least |area|."""
OPENING_RAD = 0.9 * math.pi
"""Half a circle, as `kernel.rounds` has it, less the chords at whose outer ends no turn shows."""
OPENING_SAGITTA = 0.05
"""Sagitta ÷ radius of an opening's chords: its inscribed circle keeps 98 % of the radius."""
RUNWAY_MM, RUNWAY_TURN_RAD = 95.0, 1.1 * math.pi
"""An open hollow curve of a greater mean radius, up to half a circle, is one in which balls roll to and fro."""
STRAIGHT = 1e-7
STRAIGHT_RATIO = 2.5
"""An edge so much longer than the next is no chord of a curve."""
MOST_CORNERS = 4
"""Fewer points than this are corners, not a curve."""


def read_outline(section: CrossSection) -> list[Floats]:
    """Return the loops of a section, without points on straight lines."""
    return [np.asarray(loop, dtype=float) for loop in section.simplify(1e-5).to_polygons()]


class Chords(NamedTuple):
    """What chords may miss: sagittas on concave and convex curves (mm), turn from one to the next on a runway (rad).

    With `odd` every curve gets an odd number of chords, so that a curve across a mirror axis meets it squarely.
    """

    hollow_mm: float
    round_mm: float
    runway_rad: float = math.inf
    odd: bool = False


def coarsen(outline: list[Floats], chords: Chords) -> list[Floats]:
    """Return the outline with longer chords; a curve's points are taken to lie on it, joined by parabolas."""
    return [_coarsen_loop(loop, chords) for loop in outline]


def _coarsen_loop(loop: Floats, chords: Chords) -> Floats:
    edges = np.roll(loop, -1, axis=0) - loop
    before = np.roll(edges, 1, axis=0)
    turns = np.arctan2(before[:, 0] * edges[:, 1] - before[:, 1] * edges[:, 0], (before * edges).sum(axis=1))
    kinds = np.where(np.abs(turns) < SMOOTH_RAD, np.sign(turns), 0).astype(int)
    lengths = np.linalg.norm(edges, axis=1)
    straight = lengths > STRAIGHT_RATIO * np.minimum(np.roll(lengths, 1), np.roll(lengths, -1))
    kinds[straight | np.roll(straight, 1)] = 0
    breaks = np.flatnonzero((kinds == 0) | (kinds != np.roll(kinds, 1)) & (np.roll(kinds, 1) != 0))
    if not len(breaks):
        breaks = np.array([0])
    chains: list[Floats] = []
    for start, end in zip(breaks, np.append(breaks[1:], breaks[0] + len(loop)), strict=True):
        at = np.arange(start, end + 1) % len(loop)
        curve = _Curve(loop[at], turns[at], closed=bool(kinds.all() and len(breaks) == 1))
        chains.append(curve.resample(chords)[:-1])
    return np.vstack(chains)


@dataclass(frozen=True)
class _Curve:
    """Points of a smooth curve (n, 2) and the turn at each; a closed one ends where it starts."""

    points: Floats
    turns: Floats
    closed: bool

    @property
    def hollow(self) -> bool:
        """Say whether the material lies outside."""
        return float(self.turns[1:-1].sum()) < 0

    def resample(self, chords: Chords) -> Floats:
        """Return chords of equal sagitta; on a hollow curve all points but open ends move into the material."""
        sagitta_mm = chords.hollow_mm if self.hollow else chords.round_mm
        lengths = np.linalg.norm(np.diff(self.points, axis=0), axis=1)
        total = abs(float(self.turns[1:-1].sum()))
        if len(self.points) < MOST_CORNERS or total < STRAIGHT:
            return self.points
        radius_mm = float(lengths.sum()) / total
        if self.hollow and total > OPENING_RAD:
            sagitta_mm = min(sagitta_mm, OPENING_SAGITTA * radius_mm)
        if self.hollow and total < RUNWAY_TURN_RAD and radius_mm > RUNWAY_MM:
            sagitta_mm = min(sagitta_mm, chords.runway_rad**2 / 8 * radius_mm)
        bends = self._find_bends(lengths)
        travelled = np.concatenate([[0.0], np.cumsum(lengths * np.sqrt(bends))])
        count = max(math.ceil(travelled[-1] / math.sqrt(8 * sagitta_mm) - 1e-6), 3 if self.closed else 1)
        count += chords.odd and count % 2 == 0
        stops = np.linspace(0, travelled[-1], count + 1)
        edge = np.clip(np.searchsorted(travelled, stops, side="right") - 1, 0, len(lengths) - 1)
        share = (stops - travelled[edge]) / np.maximum(travelled[edge + 1] - travelled[edge], 1e-12)
        along = np.diff(self.points, axis=0)[edge] / np.maximum(lengths[edge], 1e-12)[:, None]
        moves = lengths[edge] ** 2 * bends[edge] / 2 * share * (1 - share)
        if self.hollow:
            push = np.full(count + 1, LEVEL_SHARE * (travelled[-1] / count) ** 2 / 8)
            if not self.closed:
                push[[0, -1]] = 0.0
            moves = -(moves + push)
        chosen = self.points[edge] + (share * lengths[edge])[:, None] * along
        return np.asarray(chosen + moves[:, None] * np.column_stack([along[:, 1], -along[:, 0]]))

    def _find_bends(self, lengths: Floats) -> Floats:
        """Return the curvature along each chord (1/mm), from the turns at its ends."""
        around = (
            np.concatenate([[lengths[-1]], lengths, [lengths[0]]])
            if self.closed
            else np.concatenate([lengths[:1], lengths, lengths[-1:]])
        )
        bends = np.abs(self.turns) * 2 / np.maximum(around[1:] + around[:-1], 1e-12)
        if not self.closed:
            bends[[0, -1]] = bends[[1, -2]]
        return np.asarray((bends[1:] + bends[:-1]) / 2)


def split_convex(outline: list[Floats]) -> list[Floats]:
    """Return convex polygons that cover the outline: triangles, merged across every diagonal that none needs.

    Hertel and Mehlhorn 1983: at most four times the least number; both orders of the diagonals are tried.
    """
    if not outline:
        return []
    points = np.vstack(outline)
    triangles = np.asarray(triangulate(outline)).tolist()
    found = [_merge(points.tolist(), triangles, sign) for sign in (-1, 1)]
    return [points[polygon] for polygon in min(found, key=len)]


def _merge(points: list[list[float]], triangles: list[list[int]], sign: int) -> list[list[int]]:
    polygons = dict(enumerate(triangles))
    owner = {edge: number for number, triangle in polygons.items() for edge in _edges(triangle)}
    inner = [(a, b) for a, b in owner if a < b and (b, a) in owner]
    for a, b in sorted(inner, key=lambda edge: (sign * math.dist(points[edge[0]], points[edge[1]]), edge)):
        one, other = owner[a, b], owner[b, a]
        first, second = _start_at(polygons[one], b), _start_at(polygons[other], a)
        straight = one != other and _turns_left(points, first[-2], a, second[1])
        if straight and _turns_left(points, second[-2], b, first[1]):
            polygons[one] = first[:-1] + second[:-1]
            del polygons[other]
            owner.update((edge, one) for edge in _edges(second))
    return list(polygons.values())


def _edges(polygon: list[int]) -> list[tuple[int, int]]:
    return list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))


def _start_at(polygon: list[int], vertex: int) -> list[int]:
    at = polygon.index(vertex)
    return polygon[at:] + polygon[:at]


def _turns_left(points: list[list[float]], a: int, b: int, c: int) -> bool:
    (ax, ay), (bx, by), (cx, cy) = points[a], points[b], points[c]
    cross = (bx - ax) * (cy - by) - (by - ay) * (cx - bx)
    return cross > -STRAIGHT * (math.hypot(bx - ax, by - ay) * math.hypot(cx - bx, cy - by) + 1e-9)

"""Splits stacks of prisms and turned solids: a matter of the plane, without a bias in volume (mechanics §3).

Recognised on triangles, so that a part of a solid between two cuts may be one as well.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from manifold3d import CrossSection, FillRule, Manifold

from workbench.convert.facets import Facets
from workbench.convert.polygons import LEVEL_SHARE, OPENING_SAGITTA, Chords, coarsen, read_outline, split_convex
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import frame_across

MEAN_OF_SAGITTA = 0.25
"""Mean distance of an arc from its chord at LEVEL_SHARE, per sagitta."""
MOST_SAGITTA_MM = 0.3
ROUND_SHARE = 0.08
"""Sagitta of convex curves ÷ that of concave ones: their points cost no pieces."""
SAME_DIRECTION = 1e-6
SAME_LEVEL_MM = 1e-4
SAME_VOLUME = 0.01
MOST_LEVELS = 64
MOST_TRIES = 4
FEW_FACETS = 64
"""So many are asked first whether they are turned about an axis."""
FINE_MM = 0.002
"""Sagitta of what chords are compared with."""
MOST_SWIRL = 0.1
"""Tangential part of a facet's normal on a turned surface: a sixth of the turn between its edges."""
AXIS_MM = 1e-6
CLEAR_RAD = 2e-6
"""How far a profile is taken beside the corners or the end of a turned solid."""
FULL_RAD = 2 * math.pi


@dataclass(frozen=True)
class Guide:
    """What the kernel's surfaces suggest: unit directions of prisms (k, 3), points and directions of axes (n, 6).

    `known` says that the surfaces have been asked already, so that the facets need not be.
    """

    directions: Floats
    axes: Floats
    known: bool = False


class Budget(NamedTuple):
    """Share of its volume by which chords may make a solid miss, and how far they turn on a runway (rad)."""

    share: float
    runway_rad: float = math.inf


class Finished(NamedTuple):
    """The vertices of convex pieces, and the volume by which they miss the solid (mm³)."""

    hulls: tuple[Floats, ...]
    error_mm3: float


@dataclass(frozen=True)
class Prisms:
    """A stack of prisms: every face is a wall along `direction` or a level across it."""

    direction: Floats
    levels_mm: tuple[float, ...]

    def split(self, solid: Manifold, budget: Budget) -> Finished:
        """Return its pieces, level by level, missing at most about the budget by chords."""
        turned = solid.transform(np.column_stack([frame_across(self.direction), np.zeros(3)]))
        hulls: list[Floats] = []
        error = 0.0
        for low, high in zip(self.levels_mm[:-1], self.levels_mm[1:], strict=True):
            section = turned.slice((low + high) / 2)
            outline, missed = _fit_outline(section, budget)
            error += missed * (high - low)
            for polygon in split_convex(outline):
                ends = [np.column_stack([polygon, np.full(len(polygon), z)]) for z in (low, high)]
                hulls.append(np.vstack(ends) @ frame_across(self.direction))
        return Finished(tuple(hulls), error)


@dataclass(frozen=True)
class Turned:
    """A solid turned about an axis: whole, from a half plane full of corners on, or in parts between half planes."""

    origin: Floats
    direction: Floats
    starts_rad: tuple[float, ...]
    whole: bool

    def split(self, solid: Manifold, budget: Budget) -> Finished:
        """Return its pieces, sectors of a split profile, missing at most about the budget by chords."""
        found = [_sweep_profile(section, sweep, budget.share) for section, sweep in self._find_sweeps(solid)]
        hulls = [local @ frame_across(self.direction) + self.origin for part in found for local in part.hulls]
        return Finished(tuple(hulls), sum(part.error_mm3 for part in found))

    def is_plan_of(self, solid: Manifold) -> bool:
        """Say whether the turned profiles have the solid's volume (Pappus)."""
        sweeps = self._find_sweeps(solid)
        volume = sum(sweep.turn_rad * _find_moment(read_outline(section)) for section, sweep in sweeps)
        return math.isclose(volume, solid.volume(), rel_tol=SAME_VOLUME)

    def _find_sweeps(self, solid: Manifold) -> list[tuple[CrossSection, "_Sweep"]]:
        ends = zip(self.starts_rad, (*self.starts_rad[1:], self.starts_rad[0] + FULL_RAD), strict=True)
        sweeps = [_Sweep(start, end - start, self.whole) for start, end in ends]
        found = [(self.profile(solid, sweep.start_rad + CLEAR_RAD), sweep) for sweep in sweeps]
        return [(section, sweep) for section, sweep in found if not section.is_empty()]

    def profile(self, solid: Manifold, angle_rad: float) -> CrossSection:
        """Return the section by the half plane at an angle: x is the radius, y the height along the axis."""
        x, y, z = frame_across(self.direction)
        radial = math.cos(angle_rad) * x + math.sin(angle_rad) * y
        rows = np.array([radial, z, np.cross(radial, z)])
        section = solid.transform(np.column_stack([rows, -rows @ self.origin])).slice(0.0)
        return section if section.is_empty() else section ^ _right_half(section)


class _Sweep(NamedTuple):
    start_rad: float
    turn_rad: float
    whole: bool


def find_plan(facets: Facets, guide: Guide) -> Prisms | Turned | None:
    """Return how a solid can be finished in the plane, None if it is neither prisms nor turned."""
    kept = facets.areas > 1e-9
    flat = Facets(facets.corners[kept], facets.normals[kept], facets.areas[kept])
    cosines = np.abs(flat.normals @ guide.directions.T)
    fits = ((cosines < SAME_DIRECTION) | (cosines > 1 - SAME_DIRECTION)).all(axis=0) | guide.known
    for direction in guide.directions[fits]:
        level = np.abs(flat.normals @ direction) > 0.5
        heights = np.sort((flat.corners[level] @ direction).ravel())
        levels = heights[np.append(True, np.diff(heights) > SAME_LEVEL_MM)]
        if 2 <= len(levels) <= MOST_LEVELS:
            return Prisms(direction, tuple(levels.tolist()))
    some = Facets(
        *(column[:: 1 + len(flat.areas) // FEW_FACETS] for column in (flat.corners, flat.normals, flat.areas))
    )
    axes = [axis for axis in guide.axes if guide.known or _find_turn(some, axis, known=False) is not None]
    return next((turned for axis in axes if (turned := _find_turn(flat, axis, guide.known)) is not None), None)


def _find_turn(flat: Facets, axis: Floats, known: bool) -> Turned | None:
    origin, direction = axis[:3], axis[3:]
    arms, swirl, reach = measure_swirl(flat.corners.mean(axis=1), flat.normals, axis)
    cut = (swirl > 1 - SAME_DIRECTION) & (reach < SAME_LEVEL_MM)
    if not (known or (cut | (swirl < MOST_SWIRL)).all()):
        return None
    x, y, _ = frame_across(direction)
    angles = np.sort(np.mod(np.arctan2(arms[cut] @ y, arms[cut] @ x), FULL_RAD))
    if len(angles):
        return Turned(origin, direction, tuple(angles[np.append(True, np.diff(angles) > 1e-6)].tolist()), whole=False)
    corners = flat.corners.reshape(-1, 3) - origin
    turns = np.mod(np.arctan2(corners @ y, corners @ x), FULL_RAD)[np.hypot(corners @ x, corners @ y) > SAME_LEVEL_MM]
    found, counts = np.unique(np.round(turns, 6), return_counts=True)
    return Turned(origin, direction, (float(found[counts.argmax()]),), whole=True)


def measure_swirl(points: Floats, normals: Floats, axis: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the arms from an axis to points, the tangential part of their normals, their planes' distance from it."""
    origin, direction = axis[:3], axis[3:]
    arms = points - origin
    arms -= np.outer(arms @ direction, direction)
    tangents = np.cross(direction, arms) / np.maximum(np.linalg.norm(arms, axis=1, keepdims=True), 1e-9)
    swirl = np.abs(np.einsum("ij,ij->i", normals, tangents))
    return arms, swirl, np.abs(np.einsum("ij,ij->i", normals, arms))


def ask_surfaces(points: Floats, normals: Floats, guide: Guide) -> Guide:
    """Return those directions and axes that normals (n, 3) at points (n, 3) of all surfaces allow."""
    cosines = np.abs(normals @ guide.directions.T)
    fits = ((cosines < SAME_DIRECTION) | (cosines > 1 - SAME_DIRECTION)).all(axis=0)
    axes = [axis for axis in guide.axes if _turns_about(*measure_swirl(points, normals, axis)[1:])]
    return Guide(guide.directions[fits], np.array(axes).reshape(-1, 6), known=True)


def _turns_about(swirl: Floats, reach: Floats) -> bool:
    return bool(((swirl < SAME_DIRECTION) | (swirl > 1 - SAME_DIRECTION) & (reach < SAME_LEVEL_MM)).all())


def _right_half(section: CrossSection) -> CrossSection:
    _, low, right, high = section.bounds()
    return CrossSection.square((max(right, 0.0) + 1.0, high - low + 2.0)).translate((0.0, low - 1.0))


def _fit_outline(section: CrossSection, budget: Budget, odd: bool = False) -> tuple[list[Floats], float]:
    """Return the outline with the longest chords that miss at most that share of the area, and the area missed."""
    rough, sagitta = read_outline(section), MOST_SAGITTA_MM
    fine = CrossSection(coarsen(rough, Chords(FINE_MM, FINE_MM)), FillRule.Positive)
    outline, missed = rough, 0.0
    for _ in range(MOST_TRIES):
        outline = coarsen(rough, Chords(sagitta, ROUND_SHARE * sagitta, budget.runway_rad, odd))
        missed = _find_difference(outline, fine)
        if missed <= budget.share * section.area():
            break
        sagitta *= 0.9 * budget.share * section.area() / missed
    return outline, missed


def _find_difference(outline: list[Floats], section: CrossSection) -> float:
    """Return the area of the symmetric difference."""
    other = CrossSection(outline, FillRule.Positive)
    return float((other - section).area() + (section - other).area())


def _sweep_profile(section: CrossSection, sweep: _Sweep, budget: float) -> Finished:
    whole = section + section.mirror((1.0, 0.0)) if sweep.whole else section
    outline, missed = _fit_outline(whole, Budget(budget / math.sqrt(2)), odd=sweep.whole)
    half = CrossSection(outline, FillRule.Positive)
    loops = read_outline(half ^ _right_half(half))
    ahead = [np.roll(loop, -1, axis=0) for loop in loops]
    starts, ends = np.vstack(loops), np.vstack(ahead)
    hollow = (starts[:, 1] - ends[:, 1] > AXIS_MM) & (starts[:, 0] + ends[:, 0] > AXIS_MM)
    walls = ((starts - ends)[hollow, 1] * (starts + ends)[hollow, 0]).sum() / 2 * sweep.turn_rad
    volume = _find_moment(loops) * sweep.turn_rad
    lost = missed / whole.area() * volume
    spare = math.sqrt(max((budget * volume) ** 2 - lost**2, 0.0))
    sagitta = float(np.clip(spare / max(MEAN_OF_SAGITTA * walls, 1e-12), FINE_MM, MOST_SAGITTA_MM))
    hollows = {tuple(point) for point in np.vstack([starts[hollow], ends[hollow]]).tolist()}
    hulls = [hull for polygon in split_convex(loops) for hull in _sweep_polygon(polygon, hollows, sweep, sagitta)]
    return Finished(tuple(hulls), math.hypot(lost, MEAN_OF_SAGITTA * sagitta * walls))


def _find_moment(loops: list[Floats]) -> float:
    """Return the first moment of an outline's area about x = 0 (mm³), 0 of none."""
    if not loops:
        return 0.0
    starts, ends = np.vstack(loops), np.vstack([np.roll(loop, -1, axis=0) for loop in loops])
    return float(((starts[:, 0] * ends[:, 1] - starts[:, 1] * ends[:, 0]) * (starts + ends)[:, 0]).sum()) / 6


def _sweep_polygon(polygon: Floats, hollows: set[tuple[float, ...]], sweep: _Sweep, sagitta_mm: float) -> list[Floats]:
    """Return the sectors of a turned convex polygon: hollow points at their ends, the others all along their arc."""
    hollow = np.array([tuple(point) in hollows for point in polygon.tolist()])
    radii, heights = polygon.T
    if sweep.whole and _is_convex_turned(polygon):
        hollow, sectors = np.zeros(len(polygon), dtype=bool), 1
    else:
        widest = float(radii[hollow].max() if hollow.any() else radii.max())
        bend = min(sagitta_mm / max(widest, AXIS_MM), OPENING_SAGITTA)
        sectors = math.ceil(sweep.turn_rad / (2 * math.acos(1 - bend)) - 1e-6)
    step = sweep.turn_rad / sectors
    fine = 2 * math.acos(1 - min(ROUND_SHARE * sagitta_mm / float(radii.max()), OPENING_SAGITTA))
    arc = np.linspace(0.0, step, max(1, math.ceil(step / fine)) + 1)
    push = 1 + LEVEL_SHARE * (1 - math.cos(step / 2))
    rings = [(radii[~hollow], heights[~hollow], arc), (push * radii[hollow], heights[hollow], arc[[0, -1]])]
    starts = sweep.start_rad + step * np.arange(sectors)
    return [np.vstack([_turn_points(r, z, start + angles) for r, z, angles in rings]) for start in starts]


def _turn_points(radii: Floats, heights: Floats, angles_rad: Floats) -> Floats:
    x, y = np.outer(np.cos(angles_rad), radii), np.outer(np.sin(angles_rad), radii)
    return np.column_stack([x.ravel(), y.ravel(), np.tile(heights, len(angles_rad))])


def _is_convex_turned(polygon: Floats) -> bool:
    """Say whether the polygon lies along the axis and stays convex together with its mirror image."""
    both = CrossSection.hull_points(np.vstack([polygon, polygon * [-1.0, 1.0]]))
    alone = abs(CrossSection([polygon], FillRule.NonZero).area())
    return bool((polygon[:, 0] < AXIS_MM).sum() >= 2 and both.area() < 2 * alone * (1 + 1e-9) + 1e-9)

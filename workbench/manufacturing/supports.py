"""Measure what hangs over in a direction of build: how much, over which height, and what bridges by itself."""

from dataclasses import dataclass

import numpy as np

from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.planar import fit_rectangle, span_plane

SAMPLES = 48
CEILING = 0.9999
ON_BED_MM = 1e-3
UNDER_MM = 0.02
PLASTIC_RATIO = (0.7548776662466927, 0.5698402909980532)


@dataclass(frozen=True)
class Overhang:
    """Supported area seen from above, volume below it, the worst angle from vertical (deg) and the longest bridge.

    `faces` are those that need support.
    """

    area_mm2: float
    support_mm3: float
    worst: Spot | None
    bridge: Spot | None
    faces: frozenset[int] = frozenset()


def list_hanging(view: SolidView, up: Floats, limit_deg: float) -> Ints:
    """Return the triangles that face down by more than the limit from vertical and do not lie on the bed."""
    slopes, heights = view.normals @ up, view.centroids @ up
    floor = float((view.vertices @ up).min())
    return np.flatnonzero((slopes < -np.sin(np.radians(limit_deg)) - 1e-6) & (heights - floor > ON_BED_MM))


def bound_support(view: SolidView, up: Floats, limit_deg: float) -> float:
    """Return an upper bound of the support volume: everything that hangs is held from the bed."""
    hanging = list_hanging(view, up, limit_deg)
    heights = view.centroids[hanging] @ up - float((view.vertices @ up).min())
    return float(-(view.areas[hanging] * (view.normals[hanging] @ up)) @ heights)


def measure_overhang(view: SolidView, up: Floats, limit_deg: float, bridge_mm: float) -> Overhang:
    """Return what needs support when `up` is the direction of build.

    Ceilings and lying holes that span at most `bridge_mm` print without support. The support's volume is the area
    seen from above times the drop to the next surface below or the bed, at 48 systematic points.
    """
    hanging = list_hanging(view, up, limit_deg)
    bridges = [spot for face in np.unique(view.owners[hanging]) if (spot := _span(view, int(face), up, bridge_mm))]
    hanging = hanging[~np.isin(view.owners[hanging], np.array([spot.face for spot in bridges]))]
    bridge = max(bridges, key=lambda spot: round(spot.measured, 6), default=None)
    if not len(hanging):
        return Overhang(0.0, 0.0, None, bridge)
    slopes = view.normals[hanging] @ up
    shares = np.cumsum(-slopes * view.areas[hanging])
    drops = _measure_drops(view, hanging, shares, up)
    steepest = hanging[int(np.argmin(slopes.round(6)))]
    angle = float(np.degrees(np.arcsin(min(1.0, -float(view.normals[steepest] @ up)))))
    worst = Spot(angle, int(view.owners[steepest]), view.centroids[steepest])
    held = frozenset(np.unique(view.owners[hanging]).tolist())
    return Overhang(float(shares[-1]), float(shares[-1] * drops.mean()), worst, bridge, held)


def _measure_drops(view: SolidView, hanging: Ints, shares: Floats, up: Floats) -> Floats:
    step = np.arange(SAMPLES) + 0.5
    rows = hanging[np.minimum(np.searchsorted(shares, step / SAMPLES * shares[-1]), len(hanging) - 1)]
    u, v = (step * PLASTIC_RATIO[0]) % 1, (step * PLASTIC_RATIO[1]) % 1
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    a, b, c = view.corners[rows].transpose(1, 0, 2)
    points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
    reach, _ = view.cast(points, np.broadcast_to(-up, points.shape))
    return np.asarray(np.minimum(reach, points @ up - float((view.vertices @ up).min())))


def _span(view: SolidView, index: int, up: Floats, bridge_mm: float) -> Spot | None:
    """Return the span of a ceiling or lying hole that prints as a bridge, None where it has to be supported."""
    face = view.faces[index]
    if face.is_hole and abs(face.direction @ up) < 1e-3:
        return Spot(2 * face.radius_mm, index, face.point) if 2 * face.radius_mm <= bridge_mm else None
    if face.kind != "plane" or face.direction @ up > -CEILING:
        return None
    rows = np.flatnonzero(view.owners == index)
    rows = rows[np.argsort(-view.areas[rows].round(9), kind="stable")][:3]
    points = view.centroids[rows] - UNDER_MM * up
    frame = span_plane(up)
    axis = fit_rectangle(view.corners[view.owners == index].reshape(-1, 3) @ frame.T)[2] @ frame
    spans = np.full(len(rows), np.inf)
    for angle in (0.0, 45.0, 90.0, 135.0):
        towards = np.cos(np.radians(angle)) * axis + np.sin(np.radians(angle)) * np.cross(up, axis)
        rays = np.broadcast_to(towards, points.shape)
        spans = np.minimum(spans, view.cast(points, rays)[0] + view.cast(points, -rays)[0])
    span = float(spans.max())
    return Spot(span, index, view.centroids[rows[0]]) if span <= bridge_mm else None

"""Plane geometry on point arrays: frames, hulls and the smallest rectangle."""

import numpy as np

from workbench.kernel.arrays import Floats
from workbench.kernel.frames import frame_across

INSIDE_MM = 1e-3
"""What lies so far within a polygon of some points is surely no corner of their hull."""


def span_plane(normal: Floats) -> Floats:
    """Return two unit vectors (2, 3) that span the plane across a unit normal, right-handed with it.

    Turned half around against `frame_across`: which of two like rectangles comes first depends on it.
    """
    return -frame_across(normal)[:2]


def fit_rectangle(points: Floats) -> tuple[float, float, Floats]:
    """Return the longer and shorter side of the smallest rectangle around plane points (n, 2) and its long axis.

    The smallest rectangle has a side along an edge of the convex hull (Freeman & Shapira 1975).
    """
    hull = _find_hull(points)
    edges = np.diff(hull, axis=0, append=hull[:1])
    lengths = np.linalg.norm(edges, axis=1)
    along = edges[lengths > 1e-9] / lengths[lengths > 1e-9, None]
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    width, depth = np.ptp(hull @ along.T, axis=0), np.ptp(hull @ across.T, axis=0)
    best = int(np.argmin((width * depth).round(6)))
    if width[best] >= depth[best]:
        return float(width[best]), float(depth[best]), along[best]
    return float(depth[best]), float(width[best]), across[best]


def _find_hull(points: Floats) -> Floats:
    """Return the convex hull counter-clockwise (Andrew's monotone chain)."""
    ordered = np.unique(_leave_out_middle(points).round(7), axis=0).tolist()

    def half(sequence: list[list[float]]) -> list[list[float]]:
        chain: list[list[float]] = []
        for x, y in sequence:
            while len(chain) > 1 and _turns_right(chain[-2], chain[-1], x, y):
                chain.pop()
            chain.append([x, y])
        return chain[:-1]

    return np.array(half(ordered) + half(ordered[::-1]))


def _leave_out_middle(points: Floats) -> Floats:
    """Return the points that are not well within the polygon of those farthest in 16 directions."""
    angles = np.arange(16) * np.pi / 8
    corners = points[np.argmax(points @ np.array([np.cos(angles), np.sin(angles)]), axis=0)]
    edges = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(edges, axis=1)
    inward = np.stack([-edges[:, 1], edges[:, 0]], axis=1)[lengths > 0] / lengths[lengths > 0, None]
    heights = points @ inward.T - np.einsum("ij,ij->i", corners[lengths > 0], inward)
    return points[(heights < INSIDE_MM).any(axis=1)] if len(inward) > 2 else points


def _turns_right(a: list[float], b: list[float], x: float, y: float) -> bool:
    return (b[0] - a[0]) * (y - a[1]) - (b[1] - a[1]) * (x - a[0]) <= 1e-12

"""Finds pieces that can never meet, by bounds of what their joints let them sweep; every bound errs to the safe side.

Hinges turn without end; slides go to the ends of their range and BEYOND_MM further, where a trial is unstable anyway.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from manifold3d import Manifold

from schemas.bundle import Joint
from schemas.units import M_PER_MM
from workbench.convert.conversion import Group, Hull
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.rounds import Line

BEYOND_MM = 5.0
MARGIN_MM = 0.2
_RING = 16
_DIRECTIONS = np.stack([np.cos(np.linspace(0, 2 * np.pi, 128)), np.sin(np.linspace(0, 2 * np.pi, 128))])


@dataclass(frozen=True)
class Piece:
    """A convex piece in the world at t = 0: the hull of points (n, 3; mm), blown up by a ball."""

    points: Floats
    swell: float


def read_piece(hull: Hull) -> Piece:
    """Return a hull as points with a ball: spheres by their centre, cylinders and capsules by both ends of the axis.

    An ellipsoid is the box around it: those of rims are flat.
    """
    if hull.frame is None:
        return Piece(hull.vertices_mm, 0.0)
    centre, sizes = hull.frame.origin_m / M_PER_MM, np.array(hull.size_mm)
    if hull.kind in ("box", "ellipsoid"):
        corners = np.array(list(product((-1.0, 1.0), repeat=3))) * sizes
        return Piece(centre + corners @ hull.frame.rotation.T, 0.0)
    along = hull.frame.rotation[:, 2] * (sizes[1] if hull.kind in ("cylinder", "capsule") else 0.0)
    return Piece(np.array([centre - along, centre + along]), float(sizes[0] if along.any() else sizes.max()))


def find_apart(one: Group, other: Group, pieces: tuple[list[Piece], list[Piece]]) -> Bools:
    """Say which pieces (n, m) of two groups can never meet."""
    apart = np.zeros((len(pieces[0]), len(pieces[1])), dtype=bool)
    joints = [_read_joint(group) for group in (one, other)]
    if any(not group.static and joint is None for group, joint in zip((one, other), joints, strict=True)):
        return apart
    boxes = [np.array([_sweep_box(p, joint) for p in own]) for own, joint in zip(pieces, joints, strict=True)]
    apart |= _are_disjoint(boxes[0], boxes[1])
    for line in (read_line(j) for j in joints if j is not None):
        bounds = [np.array([bound(p, joint, line) for p in own]) for own, joint in zip(pieces, joints, strict=True)]
        apart |= _are_disjoint(bounds[0], bounds[1])
    return apart


def _are_disjoint(one: Floats, other: Floats) -> Bools:
    """Say whether intervals (n, d, 2) and (m, d, 2) are disjoint in any dimension."""
    above = one[:, None, :, 0] > other[None, :, :, 1] + MARGIN_MM
    below = other[None, :, :, 0] > one[:, None, :, 1] + MARGIN_MM
    return np.asarray((above | below).any(axis=2))


def _read_joint(group: Group) -> Joint | None:
    """Return the only joint of a group that hangs on the world, a hinge or a slide."""
    single = len(group.joints) == 1 and group.parent is None and not group.static
    return group.joints[0] if single and group.joints[0].kind in ("hinge", "slide") else None


def _sweep(piece: Piece, joint: Joint | None) -> Floats:
    """Return points (n, 3) whose hull, blown up, holds everything that a piece sweeps; infinite without an end."""
    if joint is None:
        return piece.points
    axis, anchor = np.array(joint.axis), np.array(joint.anchor_mm)
    if joint.kind == "slide":
        return np.vstack([piece.points + way * axis for way in _read_ends(joint)])
    offset = piece.points - anchor
    along = offset @ axis
    reach = np.linalg.norm(offset - along[:, None] * axis, axis=1).max() / np.cos(np.pi / _RING)
    across = np.linalg.svd(axis[None])[2][1:]
    angles = np.arange(_RING) * 2 * np.pi / _RING
    ring = reach * (np.cos(angles)[:, None] * across[0] + np.sin(angles)[:, None] * across[1])
    swept: Floats = np.vstack([anchor + end * axis + ring for end in (along.min(), along.max())])
    return swept


def _read_ends(joint: Joint) -> tuple[float, float]:
    if joint.range is None:
        return -np.inf, np.inf
    return joint.range.min - BEYOND_MM, joint.range.max + BEYOND_MM


def _sweep_box(piece: Piece, joint: Joint | None) -> Floats:
    """Return the world box (3, 2) of what a piece sweeps."""
    if joint is not None and joint.kind == "slide" and joint.range is None:
        free = np.abs(np.array(joint.axis)) > 1e-12
        box = np.stack([piece.points.min(axis=0), piece.points.max(axis=0)], axis=1)
        box[free] = (-np.inf, np.inf)
    else:
        swept = _sweep(piece, joint)
        box = np.stack([swept.min(axis=0), swept.max(axis=0)], axis=1)
    return np.asarray(box + np.array([-piece.swell, piece.swell]))


def read_line(joint: Joint) -> Line:
    """Return a joint's axis."""
    return Line(np.array(joint.anchor_mm), np.array(joint.axis))


def bound(piece: Piece, joint: Joint | None, line: Line) -> Floats:
    """Return bounds (2, 2) of the distance from a line, and of the place along it, of what a piece sweeps."""
    ways = (0.0, 0.0)
    points = piece.points
    if joint is not None:
        parallel = abs(float(np.array(joint.axis) @ line.axis)) > 1.0 - 1e-12
        offset = np.array(joint.anchor_mm) - line.point_mm
        aside = float(np.linalg.norm(offset - (offset @ line.axis) * line.axis))
        if joint.kind == "slide" and parallel:
            sign = float(np.sign(np.array(joint.axis) @ line.axis))
            low, high = sorted(sign * end for end in _read_ends(joint))
            ways = (low, high)
        elif joint.kind == "slide" and joint.range is None:
            return np.array([[0.0, np.inf], [-np.inf, np.inf]])
        elif not (parallel and aside < 1e-9):
            points = _sweep(piece, joint)
    offset = points - line.point_mm
    along = offset @ line.axis
    flat = offset @ np.linalg.svd(line.axis[None])[2][1:].T
    nearest = float((flat @ _DIRECTIONS).min(axis=0).max())
    farthest = float(np.linalg.norm(flat, axis=1).max())
    spread = np.array([-piece.swell, piece.swell])
    found: Floats = np.array([[max(nearest, 0.0), farthest], [along.min() + ways[0], along.max() + ways[1]]]) + spread
    return found


def find_in_region(pieces: list[Piece], region: list[Piece], within_mm: float) -> Bools:
    """Say which pieces (n,) come so near the box of a body's pieces, by their own boxes."""
    boxes = np.array([_sweep_box(piece, None) for piece in pieces]).reshape(-1, 3, 2)
    whole = np.array([_sweep_box(piece, None) for piece in region])
    low, high = whole[:, :, 0].min(axis=0) - within_mm, whole[:, :, 1].max(axis=0) + within_mm
    return np.asarray(((boxes[:, :, 0] <= high) & (boxes[:, :, 1] >= low)).all(axis=1))


def find_gap(one: Piece, other: Piece, most_mm: float) -> float:
    """Return the distance of two pieces, `most_mm` where it is more."""
    swell = one.swell + other.swell
    solids = [Manifold.hull_points(_thicken(piece.points)) for piece in (one, other)]
    gap_mm = float(solids[0].min_gap(solids[1], most_mm + swell)) - swell
    return min(max(gap_mm, 0.0), most_mm)


def _thicken(points: Floats) -> Floats:
    """Return points around points, so that a line or a single one has a hull with a volume."""
    around = np.vstack([np.eye(3), -np.eye(3)]) * 1e-6
    return (points[:, None] + around).reshape(-1, 3) if len(points) < 4 else points

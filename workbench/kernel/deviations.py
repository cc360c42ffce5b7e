"""Measures how far points lie from a closed surface of triangles, outside it or inside."""

import math

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.meshes import tessellate

CHORD_MM, CHORD_RAD = 0.05, 1.0
BATCH_PAIRS = 100_000
MOST_CORNERS, SAMPLES = 300, 300


def mesh_corners(shape: TopoDS_Shape, chord_mm: float = CHORD_MM) -> Floats:
    """Return the corners (m, 3, 3) of a solid's triangles, outward."""
    vertices, triangles = tessellate(shape, chord_mm, CHORD_RAD)
    return vertices[triangles]


def sample_surface(corners_mm: Floats) -> Floats:
    """Return points (n, 3) on triangles (m, 3, 3): corners, and as many again drawn by area, the same every time."""
    corners = np.unique(np.round(corners_mm.reshape(-1, 3), 6), axis=0)
    corners = corners[:: math.ceil(len(corners) / MOST_CORNERS)]
    sides = corners_mm[:, 1:] - corners_mm[:, :1]
    areas = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(areas), SAMPLES, p=areas / areas.sum())
    u, v = rng.random((2, SAMPLES, 1))
    u, v = np.where(u + v > 1.0, 1.0 - u, u), np.where(u + v > 1.0, 1.0 - v, v)
    return np.vstack([corners, corners_mm[chosen, 0] + u * sides[chosen, 0] + v * sides[chosen, 1]])


def signed_distances(points_mm: Floats, corners_mm: Floats) -> Floats:
    """Return the distance (n,) of points from a closed surface, negative inside it."""
    batch = max(1, BATCH_PAIRS // len(corners_mm))
    parts = [points_mm[start : start + batch] for start in range(0, len(points_mm), batch)]
    return np.concatenate([_measure(part, corners_mm) for part in parts]) if parts else np.zeros(0)


def _dot(one: Floats, other: Floats) -> Floats:
    found: Floats = np.einsum("...i,...i->...", one, other)
    return found


def _measure(points: Floats, corners: Floats) -> Floats:
    away = corners[None] - points[:, None, None]
    edges = np.roll(corners, -1, axis=1) - corners
    share = np.clip(-_dot(away, edges[None]) / np.maximum(_dot(edges, edges), 1e-18), 0.0, 1.0)
    nearest = away + share[..., None] * edges
    square = _dot(nearest, nearest).min(axis=2)
    normals = np.cross(edges[:, 0], edges[:, 1])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-18)
    is_over = (_dot(away, np.cross(normals[:, None], edges)[None]) <= 0.0).all(axis=2)
    square = np.where(is_over, np.minimum(square, _dot(away[:, :, 0], normals[None]) ** 2), square)
    distances: Floats = np.sqrt(square.min(axis=1))
    return np.where(_is_inside(away), -distances, distances)


def _is_inside(away: Floats) -> Bools:
    """Say of every point whether the surface winds around it: the sum of solid angles (Van Oosterom, Strackee 1983)."""
    a, b, c = away[:, :, 0], away[:, :, 1], away[:, :, 2]
    la, lb, lc = (np.sqrt(_dot(side, side)) for side in (a, b, c))
    spread = la * lb * lc + _dot(a, b) * lc + _dot(b, c) * la + _dot(c, a) * lb
    return np.asarray(np.arctan2(_dot(a, np.cross(b, c)), spread).sum(axis=1) > np.pi)

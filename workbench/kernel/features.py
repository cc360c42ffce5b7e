"""Names what is unusual about a solid's shape, for messages that say what to change."""

import math
from collections import Counter

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.TopoDS import TopoDS_Shape

from workbench.kernel.arrays import Floats
from workbench.kernel.faces import is_free, read_faces, read_normal
from workbench.kernel.rounds import HALF_TURN_RAD, list_round_faces

WOUND_RAD = 0.9 * 2 * math.pi
"""A curve that turns so far and does not end where it began is a helix; threads have a face a turn."""
CLOSED_SHARE = 0.02
MANY_HOLES = 24
_STEPS = np.linspace(0.0, 1.0, 41)


def name_feature(shape: TopoDS_Shape) -> str:
    """Return what makes a solid hard to split into convex pieces: a thread, many holes, free faces; or nothing."""
    free = [surface for _, surface in read_faces(shape) if is_free(surface)]
    if any(_is_wound(curve) for surface in free for curve in _list_lines(surface)):
        return "a thread or another helix"
    rounds = [face for face in list_round_faces(shape) if face.is_hole and face.turn_rad >= HALF_TURN_RAD]
    holes = Counter(round(face.diameter_mm, 2) for face in rounds)
    if (alike := max(holes.values(), default=0)) >= MANY_HOLES:
        return f"{alike} round holes"
    return f"{len(free)} free-form or swept faces" if free else ""


def _list_lines(surface: BRepAdaptor_Surface) -> tuple[Floats, Floats]:
    """Return points (n, 3) along a face through its middle, both ways."""
    first_u, last_u = surface.FirstUParameter(), surface.LastUParameter()
    first_v, last_v = surface.FirstVParameter(), surface.LastVParameter()
    along = first_u + _STEPS * (last_u - first_u), first_v + _STEPS * (last_v - first_v)
    middle_u, middle_v = (first_u + last_u) / 2, (first_v + last_v) / 2
    return (
        np.array([read_normal(surface, u, middle_v)[0] for u in along[0].tolist()]),
        np.array([read_normal(surface, middle_u, v)[0] for v in along[1].tolist()]),
    )


def _is_wound(points: Floats) -> bool:
    steps = np.diff(points, axis=0)
    lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-12)
    cosines = np.einsum("ij,ij->i", steps[1:], steps[:-1]) / (lengths[1:] * lengths[:-1])
    open_mm = float(np.linalg.norm(points[-1] - points[0]))
    return float(np.arccos(np.clip(cosines, -1, 1)).sum()) > WOUND_RAD and open_mm > CLOSED_SHARE * float(lengths.sum())

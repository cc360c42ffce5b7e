"""Find the cavities of a solid that are open through holes alone: what powder has to run out of."""

from typing import NamedTuple

import numpy as np

from workbench.kernel.arrays import Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.access import list_ways, sample_skin, see

LOOKS, MOST_SHOWN = 48, 0.5
GOLDEN_RAD = np.pi * (3 - 5**0.5)


class Cavity(NamedTuple):
    """A cavity that can't be seen into: a place in it, and the diameter of the widest hole that leads out of it."""

    place: Spot
    widest_mm: float


def list_cavities(view: SolidView) -> list[Cavity]:
    """Return the groups of faces of which directions see less than half, with the round holes that they open into.

    Directions are the solid's own and 48 spread evenly over a ball (Fibonacci); a cavity without a round hole is a
    winding way out and none of these.
    """
    sample = sample_skin(view)
    seen = np.asarray(see(view, sample, list_ways(view)).any(axis=1))
    seen[~seen] = see(view, sample.only(~seen), _spread(LOOKS)).any(axis=1)
    shown = np.bincount(sample.owners[seen], minlength=len(view.faces))
    hidden = set(np.flatnonzero(shown < MOST_SHOWN * np.bincount(sample.owners)).tolist())
    holes = {index for index, face in enumerate(view.faces) if face.is_hole}
    found = []
    for group in _group(view, hidden - holes):
        leads = {
            f for edge in list_edges(view.shape) if group & set(edge.faces) for f in edge.faces if f in holes - group
        }
        if leads:
            first = min(group)
            point = sample.points[np.flatnonzero(sample.owners == first)[0]]
            found.append(Cavity(Spot(0.0, first, point), max(2 * view.faces[f].radius_mm for f in leads)))
    return found


def _spread(count: int) -> Floats:
    steps = np.arange(count) + 0.5
    z, turn = 1 - 2 * steps / count, steps * GOLDEN_RAD
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def _group(view: SolidView, faces: set[int]) -> list[set[int]]:
    """Return faces in groups that hang together by edges."""
    groups = [{face} for face in sorted(faces)]
    for edge in list_edges(view.shape):
        near = [group for group in groups if group & set(edge.faces)]
        if faces.issuperset(edge.faces) and len(near) == 2:
            groups.remove(near[1])
            near[0].update(near[1])
    return groups

"""Find the cavities of a solid that are open through narrow ways alone: what powder and support have to come out of."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from manifold3d import CrossSection, FillRule
from OCP.BRepAdaptor import BRepAdaptor_Curve
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS

from workbench.kernel.arrays import Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.faces import explore
from workbench.kernel.frames import frame_across
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.access import list_ways, sample_skin, see
from workbench.manufacturing.profile import discretise

LOOKS, MOST_SHOWN = 48, 0.5
GOLDEN_RAD = np.pi * (3 - 5**0.5)
MOST_OPEN = 0.1
"""Share of its skin that the openings of a cavity have at most; more is the side of an undercut."""
SAME_MM, HALVINGS = 1e-4, 24


class Cavity(NamedTuple):
    """A cavity that can't be seen into: a place in it, the diameter of the widest way out of it, and its faces."""

    place: Spot
    widest_mm: float
    faces: tuple[int, ...]


def list_cavities(view: SolidView) -> list[Cavity]:
    """Return the groups of faces of which directions see less than half, with the widest opening that leads out.

    Directions are the solid's own and 48 spread evenly over a ball (Fibonacci). An opening is as wide as the largest
    circle in it (curves to 0.04 mm). What has large openings beside its skin and no round hole is none of these.
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
        openings = [_measure_opening(loop) for loop in _list_rims(view, group)]
        skin = float(view.face_areas[sorted(group)].sum())
        if leads or (openings and sum(area for area, _ in openings) < MOST_OPEN * skin):
            first = min(group)
            point = sample.points[np.flatnonzero(sample.owners == first)[0]]
            widths = [*(2 * view.faces[f].radius_mm for f in leads), *(width for _, width in openings)]
            found.append(Cavity(Spot(0.0, first, point), max(widths), tuple(sorted(group))))
    return found


def _list_rims(view: SolidView, group: set[int]) -> Iterator[Floats]:
    """Yield the closed lines (n, 3) along which a group of faces meets others."""
    shapes = [edge for face in sorted(group) for edge in explore(view.surfaces[face], TopAbs_ShapeEnum.TopAbs_EDGE)]
    counts = Counter(hash(edge) for edge in shapes)
    left = [discretise(BRepAdaptor_Curve(TopoDS.Edge_s(edge))) for edge in shapes if counts[hash(edge)] == 1]
    while left:
        line = left.pop()
        while (step := _find_next(line[-1], left)) is not None:
            line = np.concatenate([line, step[1:]])
        yield line


def _find_next(end: Floats, left: list[Floats]) -> Floats | None:
    """Take the line that begins or ends at a point out of a list, turned to begin there."""
    for place, line in enumerate(left):
        for way in (line, line[::-1]):
            if np.abs(way[0] - end).max() < SAME_MM:
                left.pop(place)
                return way
    return None


def _measure_opening(rim: Floats) -> tuple[float, float]:
    """Return the area within a closed line (n, 3), seen squarely, and the diameter of the largest circle in it."""
    normal = np.cross(rim, np.roll(rim, -1, axis=0)).sum(axis=0) / 2
    area = float(np.linalg.norm(normal))
    if area < SAME_MM:
        return 0.0, 0.0
    within = CrossSection([rim @ frame_across(normal / area)[:2].T], FillRule.NonZero)
    within = within if within.area() > 0 else within.mirror((1.0, 0.0))
    low, high = 0.0, float(np.ptp(rim, axis=0).max())
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if within.offset(-middle / 2).is_empty() else (middle, high)
    return area, low


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

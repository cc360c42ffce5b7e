"""Measure what round tools leave in inside corners, and how deep and narrow the openings are that they enter."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.edges import Edge, list_edges
from workbench.kernel.rounds import HALF_TURN_RAD, Round, list_rounds
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.access import OFF_MM as SKIN_MM
from workbench.manufacturing.access import Sample

ALONG = 1 - 1e-6
OFF_MM = 0.25
"""More than the triangles of a fillet stand into its corner."""
GRAZING = 1e-6
FACING = np.cos(np.radians(20))


class Corner(NamedTuple):
    """An inside corner that a tool rounds: its radius (mm, 0 where sharp) and how deep the tool goes along it."""

    radius: Spot
    depth_mm: float


class Gap(NamedTuple):
    """An opening between two walls: its width and its depth along the tool."""

    width: Spot
    depth_mm: float


def list_holes(view: SolidView) -> tuple[Round, ...]:
    """Return the holes of a solid, each bore once."""
    return tuple(round_ for round_ in list_rounds(view.shape, HALF_TURN_RAD) if round_.is_hole)


def keep_blind(view: SolidView, holes: Sequence[Round]) -> list[Round]:
    """Return the holes that end in the material: within a radius of an end, which a drill's point has."""
    if not holes:
        return []
    middles = np.array([hole.middle_mm for hole in holes])
    axes = np.array([hole.line.axis for hole in holes])
    reach = np.minimum(view.cast(middles, axes)[0], view.cast(middles, -axes)[0])
    ends = np.array([(hole.high_mm - hole.low_mm + hole.diameter_mm) / 2 + SKIN_MM for hole in holes])
    return [hole for hole, met, end in zip(holes, reach, ends, strict=True) if met < end]


def list_corners(view: SolidView, ways: Floats, sample: Sample, seen: Bools) -> Iterator[Corner]:
    """Yield the inside corners along the tool: sharp ones that no tool makes, and fillets that only its side makes."""
    for edge in list_edges(view.shape):
        bored = any(view.faces[face].is_hole for face in edge.faces)
        if edge.is_inside and not bored and not _is_tooled_corner(view, edge, ways):
            yield Corner(Spot(0.0, edge.faces[0], edge.point), float(np.linalg.norm(edge.ends[1] - edge.ends[0])))
    for index, face in enumerate(view.faces):
        if face.kind == "cylinder" and face.concave and not face.is_hole:
            own = seen[sample.owners == index].any(axis=0)
            if own.any() and (np.abs(ways[own] @ face.direction) > ALONG).all():
                low, high = view.span_faces(face.direction)
                point = sample.points[np.flatnonzero(sample.owners == index)[0]]
                yield Corner(Spot(face.radius_mm, index, point), float(high[index] - low[index]))


def _is_tooled_corner(view: SolidView, edge: Edge, ways: Floats) -> bool:
    """Say whether the rim of a flat tool makes an inside corner.

    It does where its end makes one of the faces, or where its side makes one and the other falls away from there.
    """
    one, other = (ways @ normal for normal in edge.normals)
    open_ = float(edge.normals[0] @ edge.normals[1]) > -GRAZING
    walled = open_ & ((np.abs(one) < GRAZING) & (other > GRAZING) | (np.abs(other) < GRAZING) & (one > GRAZING))
    fits = ((one > ALONG) | (other > ALONG) | walled) & (one > -GRAZING) & (other > -GRAZING)
    if not fits.any():
        return False
    towards = edge.normals[0] + edge.normals[1]
    start = edge.point + OFF_MM * towards / max(float(np.linalg.norm(towards)), 1e-12)
    reach, _ = view.cast(np.repeat(start[None], int(fits.sum()), axis=0), ways[fits])
    return bool(np.isinf(reach).any())


def list_gaps(view: SolidView, ways: Floats, sample: Sample, seen: Bools) -> Iterator[Gap]:
    """Yield the openings between walls that look at each other, by the way in that is least deep; bores are none."""
    widths, hits = view.cast(sample.points, sample.normals)
    faced = hits >= 0
    faced[faced] = np.einsum("ij,ij->i", sample.normals[faced], view.normals[hits[faced]]) < -FACING
    spans = [view.span_faces(way) for way in ways]
    for row in np.flatnonzero(faced):
        one, other = int(sample.owners[row]), int(view.owners[hits[row]])
        beside = np.abs(ways @ sample.normals[row]) < 0.1
        columns = np.flatnonzero(seen[row] & beside)
        if not len(columns) or view.faces[one].is_hole or view.faces[other].is_hole:
            continue
        depth = min(min(spans[c][1][[one, other]]) - max(spans[c][0][[one, other]]) for c in columns)
        yield Gap(Spot(float(widths[row]) + SKIN_MM, one, sample.points[row]), float(depth))


def list_gap_widths(view: SolidView, sample: Sample) -> Iterator[Spot]:
    """Yield the distances through the air between sides that look at each other; bores are none."""
    widths, hits = view.cast(sample.points, sample.normals)
    for row in np.flatnonzero(hits >= 0):
        one, other = int(sample.owners[row]), int(view.owners[hits[row]])
        facing = float(sample.normals[row] @ view.normals[hits[row]]) < -FACING
        if facing and not (view.faces[one].is_hole and one == other):
            yield Spot(float(widths[row]) + SKIN_MM, one, sample.points[row])

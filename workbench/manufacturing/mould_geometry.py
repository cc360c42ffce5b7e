"""Read a solid as a mould's maker does: the parting direction, draft, undercuts, walls, ribs and bosses."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType

from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.faces import is_reversed
from workbench.kernel.rounds import WHOLE_TURN_RAD, Round, read_axis_line
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.access import Sample, measure_reach
from workbench.manufacturing.planar import span_plane
from workbench.manufacturing.thickness import Thickness

ALONG = 1 - 1e-9
FACING = np.cos(np.radians(20))
UPRIGHT, LEVEL = 0.3, 0.7
LEAST_SHARE = 0.05
MOST_SIDES = 8
CLEAR_MM = 0.5
TOUCHES = 0.9
HEIGHT_MM = 0.1


class Parting(NamedTuple):
    """The direction in which a mould opens, its column among the ways, and the sampled points that no half reaches."""

    way: Floats
    undercut: Bools


class SideCore(NamedTuple):
    """What a side pull has to form: across both directions, along the parting, and along the pull (mm)."""

    width: Spot
    height: Spot
    pull: Spot


class Undercuts(NamedTuple):
    """How many side pulls and lifters a mould needs, the pulls' cores, and a place that not even they reach."""

    side_pulls: int
    lifters: int
    cores: tuple[SideCore, ...]
    place: Spot | None
    lost: Spot | None


class Rib(NamedTuple):
    """A wall that stands on a floor on both sides: its thickness, its height along the parting, its two faces."""

    thickness: Spot
    height_mm: float
    faces: tuple[int, int]


def choose_parting(view: SolidView, ways: Floats, sample: Sample, seen: Bools, draft_deg: float) -> Parting:
    """Return the direction with the least area under cuts, then the least area without draft, then the least depth."""
    hidden = [~(seen[:, column] | seen[:, ways @ way < -ALONG].any(axis=1)) for column, way in enumerate(ways)]
    areas = [round(float(sample.areas[rows].sum()), 3) for rows in hidden]

    def rank(column: int) -> tuple[float, float]:
        way, faces = ways[column], range(len(view.faces))
        steep = np.array([measure_draft(view, index, way, sample) < draft_deg - 1e-6 for index in faces])
        return round(float(view.face_areas[steep].sum()), 3), round(float(np.ptp(view.vertices @ way)), 3)

    column = min((column for column, area in enumerate(areas) if area == min(areas)), key=rank)
    return Parting(ways[column], hidden[column])


def measure_draft(view: SolidView, index: int, way: Floats, sample: Sample) -> float:
    """Return the angle (deg) of a face to the parting direction: exact for planes and cones.

    For any other face it is the median of its samples.
    """
    face, surface = view.faces[index], BRepAdaptor_Surface(view.surfaces[index])
    if face.kind == "plane":
        return float(np.degrees(np.arcsin(min(1.0, abs(float(face.direction @ way))))))
    if face.kind == "cylinder" and abs(float(face.direction @ way)) > ALONG:
        return 0.0
    if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Cone:
        cone = surface.Cone()
        if abs(float(np.array(cone.Axis().Direction().Coord()) @ way)) > ALONG:
            return float(np.degrees(abs(cone.SemiAngle())))
    own = np.abs(sample.exact[sample.owners == index] @ way)
    return float(np.degrees(np.arcsin(min(1.0, float(np.median(own))))))


def count_undercuts(view: SolidView, sample: Sample, parting: Parting) -> Undercuts:
    """Return what draws the faces under cuts, those side by side together: a pull from one side, else a lifter."""
    faces = sorted(set(sample.owners[parting.undercut].tolist()))
    groups = _group(view, faces)
    cores: list[SideCore] = []
    lifters, lost = 0, None
    for group in groups:
        rows = parting.undercut & np.isin(sample.owners, group)
        pull, lifted = _draw_sideways(view, sample.only(rows), parting.way)
        first = int(np.flatnonzero(rows)[0])
        if pull is not None:
            axes = np.array([np.cross(parting.way, pull), parting.way, pull])
            sides = np.ptp(view.corners[np.isin(view.owners, group)].reshape(-1, 3) @ axes.T, axis=0)
            cores.append(SideCore(*(Spot(float(side), group[0], sample.points[first]) for side in sides)))
        elif lifted:
            lifters += 1
        else:
            lost = Spot(1 - 1e-4, int(sample.owners[first]), sample.points[first])
    first = int(np.flatnonzero(parting.undercut)[0]) if groups else 0
    place = Spot(float(len(groups)), int(sample.owners[first]), sample.points[first]) if groups else None
    return Undercuts(len(cores), lifters, tuple(cores), place, lost)


def _draw_sideways(view: SolidView, sample: Sample, way: Floats) -> tuple[Floats | None, bool]:
    """Return a direction across the parting that draws all of a sample out of the part, and whether one frees it.

    A lifter frees it by moving farther than it reaches in. The directions are the faces' own normals, and along them.
    """
    flat = sample.normals - (sample.normals @ way)[:, None] * way
    flat = flat[np.linalg.norm(flat, axis=1) > UPRIGHT]
    if not len(flat):
        return None, False
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    _, first = np.unique(flat.round(6) + 0.0, axis=0, return_index=True)
    flat = flat[np.sort(first)][:MOST_SIDES]
    across = np.cross(way, flat)
    sides = np.concatenate([flat, -flat, across, -across])
    reach, depth = measure_reach(view, sample, sides), np.ptp(sample.points @ sides.T, axis=0)
    free = np.flatnonzero(np.isinf(reach).all(axis=0))
    return sides[free[0]] if len(free) else None, bool((reach > depth + CLEAR_MM).all(axis=0).any())


def _group(view: SolidView, faces: list[int]) -> list[list[int]]:
    """Return faces in groups that hang together by edges."""
    names = {face: face for face in faces}
    for edge in list_edges(view.shape):
        one, other = edge.faces
        if one in names and other in names and names[one] != names[other]:
            low, high = sorted((names[one], names[other]))
            names = {face: low if name == high else name for face, name in names.items()}
    return [[face for face in faces if names[face] == name] for name in sorted(set(names.values()))]


def list_ribs(view: SolidView, found: Thickness, way: Floats) -> list[Rib]:
    """Return the walls along the parting direction whose two sides both meet a floor in an inside corner."""
    floored = _find_floored(view, way)
    low, high = view.span_faces(way)
    ribs: dict[tuple[int, int], Rib] = {}
    for row in np.flatnonzero((found.ends >= 0) & (found.balls_mm > TOUCHES * found.straight_mm)):
        one, other = int(found.sample.owners[row]), int(view.owners[found.ends[row]])
        faced = float(found.sample.normals[row] @ view.normals[found.ends[row]]) < -FACING
        if (
            faced
            and one != other
            and {one, other} <= floored
            and view.faces[one].kind == "plane" == view.faces[other].kind
        ):
            pair = (min(one, other), max(one, other))
            length = float(found.straight_mm[row])
            if pair not in ribs or length > ribs[pair].thickness.measured:
                spot = Spot(length, one, found.sample.points[row])
                ribs[pair] = Rib(spot, float(high[one] - low[one]), pair)
    return list(ribs.values())


def list_rib_faces(view: SolidView, ribs: list[Rib]) -> set[int]:
    """Return the two sides of each rib, and the ends and tops that both meet in an outside corner."""
    sides = {face for rib in ribs for face in rib.faces}
    outside = [edge.faces for edge in list_edges(view.shape) if not edge.is_inside and not edge.is_smooth]
    beside = {side: {other for pair in outside if side in pair for other in pair} for side in sides}
    return sides | {face for rib in ribs for face in beside[rib.faces[0]] & beside[rib.faces[1]]}


def _find_floored(view: SolidView, way: Floats) -> set[int]:
    """Return the upright faces with an inside corner, sharp or filleted, at a level face."""
    fillets = {
        index for index, face in enumerate(view.faces) if face.kind == "cylinder" and face.concave and not face.is_hole
    }
    level = {n for n, face in enumerate(view.faces) if face.kind == "plane" and abs(face.direction @ way) > LEVEL}
    upright = {n for n, face in enumerate(view.faces) if face.kind == "plane" and abs(face.direction @ way) < UPRIGHT}
    inside = [set(edge.faces) for edge in list_edges(view.shape) if edge.is_inside]
    beside = [set(edge.faces) for edge in list_edges(view.shape) if edge.is_smooth]
    found = {face for pair in inside if pair & level for face in pair & upright}
    rounded = {face for pair in beside if pair & level for face in pair & fillets}
    return found | {face for pair in beside if pair & rounded for face in pair & upright}


class Walls(NamedTuple):
    """The usual wall (the median by area), the thickest of a twentieth of the area, and how uneven the part is."""

    usual_mm: float
    thick: Spot
    uneven: Spot


def measure_evenness(found: Thickness, ribs: list[Rib]) -> Walls:
    """Return the walls of a part: where the ball touches the other side too, and which are no ribs.

    `uneven` is the thickest place of all over the thinnest wall; a wall has at least a twentieth of the walls' area.
    """
    ribbed = [face for rib in ribs for face in rib.faces]
    walls = (found.balls_mm > TOUCHES * found.straight_mm) & ~np.isin(found.sample.owners, ribbed)
    if not walls.any():
        walls = np.ones(len(found.balls_mm), dtype=np.bool_)
    order = np.flatnonzero(walls)[np.argsort(found.balls_mm[walls], kind="stable")]
    shares = np.cumsum(found.sample.areas[order]) / found.sample.areas[order].sum()
    thin, usual, thick = (order[int(np.searchsorted(shares, at))] for at in (LEAST_SHARE, 0.5, 1 - LEAST_SHARE))
    bulk, sample = found.bulk, found.sample
    return Walls(
        usual_mm=float(found.balls_mm[usual]),
        thick=Spot(float(found.balls_mm[thick]), int(sample.owners[thick]), sample.points[thick]),
        uneven=Spot(bulk.measured / float(found.balls_mm[thin]), bulk.face, bulk.point),
    )


def count_parting_heights(view: SolidView, way: Floats) -> int:
    """Return at how many heights the faces of the two halves meet: 1 or less is a flat parting."""
    return len({round(float(end @ way) / HEIGHT_MM) for end in _list_parting_ends(view, way)})


def _list_parting_ends(view: SolidView, way: Floats) -> Iterator[Floats]:
    for edge in list_edges(view.shape):
        leans = [float(normal @ way) for normal in edge.normals]
        if min(leans) < -1e-6 and max(leans) > 1e-6:
            yield from edge.ends


def measure_depth(view: SolidView, way: Floats) -> Spot:
    """Return how far a part goes from its parting line, where that is farthest out; half its depth without draft."""
    heights = view.vertices @ way
    low, high = float(heights.min()), float(heights.max())
    ends = np.array(list(_list_parting_ends(view, way)))
    if not len(ends):
        return Spot((high - low) / 2)
    plane = span_plane(way)
    centre = (view.vertices @ plane.T).min(axis=0) / 2 + (view.vertices @ plane.T).max(axis=0) / 2
    out = np.linalg.norm(ends @ plane.T - centre, axis=1)
    lines = ends[out > out.max() - HEIGHT_MM] @ way
    return Spot(float(np.maximum(high - lines, lines - low).min()))


def list_drafted_holes(view: SolidView) -> Iterator[Round]:
    """Yield the conical holes that go all the way around, with the diameter in the middle of their depth."""
    for face in view.surfaces:
        surface = BRepAdaptor_Surface(face)
        turn_rad = surface.LastUParameter() - surface.FirstUParameter()
        if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Cone and turn_rad > WHOLE_TURN_RAD:
            cone, ends = surface.Cone(), np.array([surface.FirstVParameter(), surface.LastVParameter()])
            radius = cone.RefRadius() + float(ends.mean()) * np.sin(cone.SemiAngle())
            low, high = (ends * np.cos(cone.SemiAngle())).tolist()
            if is_reversed(face) == cone.Direct():
                yield Round(read_axis_line(cone.Axis()), 2 * radius, True, low, high, turn_rad)

"""Read a solid as a mould's maker does: the parting direction, draft, undercuts, walls, ribs and bosses."""

from typing import NamedTuple

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType

from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.access import Sample, measure_reach
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


class Undercuts(NamedTuple):
    """How many side pulls and lifters a mould needs, and a place that not even they reach."""

    side_pulls: int
    lifters: int
    place: Spot | None
    lost: Spot | None


class Rib(NamedTuple):
    """A wall that stands on a floor on both sides: its thickness, its height along the parting, its two faces."""

    thickness: Spot
    height_mm: float
    faces: tuple[int, int]


def choose_parting(view: SolidView, ways: Floats, sample: Sample, seen: Bools, draft_deg: float) -> Parting:
    """Return the direction with the least area under cuts, then the least area without draft, then the least depth."""
    options = []
    for column, way in enumerate(ways):
        opposite = np.flatnonzero(ways @ way < -ALONG)
        reached = seen[:, column] | (seen[:, opposite].any(axis=1))
        steep = np.array(
            [measure_draft(view, index, way, sample) < draft_deg - 1e-6 for index in range(len(view.faces))]
        )
        keys = (
            float(sample.areas[~reached].sum()),
            float(view.face_areas[steep].sum()),
            float(np.ptp(view.vertices @ way)),
        )
        options.append((tuple(round(key, 3) for key in keys), column, ~reached))
    _, column, undercut = min(options, key=lambda option: option[:2])
    return Parting(ways[column], undercut)


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
    own = np.abs(sample.normals[sample.owners == index] @ way)
    return float(np.degrees(np.arcsin(min(1.0, float(np.median(own))))))


def count_undercuts(view: SolidView, sample: Sample, parting: Parting) -> Undercuts:
    """Return what draws the faces under cuts, those side by side together: a pull from one side, else a lifter."""
    faces = sorted(set(sample.owners[parting.undercut].tolist()))
    groups = _group(view, faces)
    pulls = lifters = 0
    lost = None
    for group in groups:
        rows = parting.undercut & np.isin(sample.owners, group)
        pulled, lifted = _draw_sideways(view, sample.only(rows), parting.way)
        if not lifted:
            first = int(np.flatnonzero(rows)[0])
            lost = Spot(1 - 1e-4, int(sample.owners[first]), sample.points[first])
        pulls, lifters = pulls + pulled, lifters + (lifted and not pulled)
    first = int(np.flatnonzero(parting.undercut)[0]) if groups else 0
    place = Spot(float(len(groups)), int(sample.owners[first]), sample.points[first]) if groups else None
    return Undercuts(pulls, lifters, place, lost)


def _draw_sideways(view: SolidView, sample: Sample, way: Floats) -> tuple[bool, bool]:
    """Say whether one direction across the parting draws all of a sample out of the part, and whether one frees it.

    A lifter frees it by moving farther than it reaches in. The directions are the faces' own normals, and along them.
    """
    flat = sample.normals - (sample.normals @ way)[:, None] * way
    flat = flat[np.linalg.norm(flat, axis=1) > UPRIGHT]
    if not len(flat):
        return False, False
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    _, first = np.unique(flat.round(6) + 0.0, axis=0, return_index=True)
    flat = flat[np.sort(first)][:MOST_SIDES]
    across = np.cross(way, flat)
    sides = np.concatenate([flat, -flat, across, -across])
    reach, depth = measure_reach(view, sample, sides), np.ptp(sample.points @ sides.T, axis=0)
    return bool(np.isinf(reach).all(axis=0).any()), bool((reach > depth + CLEAR_MM).all(axis=0).any())


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
    heights = {
        round(float(end @ way) / HEIGHT_MM)
        for edge in list_edges(view.shape)
        if min(normal @ way for normal in edge.normals) < -1e-6 and max(normal @ way for normal in edge.normals) > 1e-6
        for end in edge.ends
    }
    return len(heights)

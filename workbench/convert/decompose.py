"""Splits a concave solid into convex pieces within the bounds of mechanics §3.

Curved solids that are stacks of prisms or turned are finished in the plane (`prisms`). Others are cut by planes through
their reflex edges until every piece is convex, prismatic or turned, or its hull adds little. Cut pieces partition the
tessellated solid, so their hulls can only be too large: the excess is what is bounded; polyhedra come out exact.
"""

from typing import NamedTuple

from manifold3d import Manifold
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from workbench.convert.facets import EXACT_MM, as_manifold
from workbench.convert.pieces import (
    EDGEWISE,
    HALVING,
    MOST_HULLS,
    MOST_WORK,
    Limits,
    Manner,
    Piece,
    list_pieces,
    split_until,
)
from workbench.convert.planes import make_plane
from workbench.convert.prisms import Budget, Finished, Guide, ask_surfaces
from workbench.kernel.arrays import Floats
from workbench.kernel.faces import has_free_faces, list_seams, measure_curved_area, read_guide_lines, sample_normals
from workbench.kernel.frames import read_location
from workbench.kernel.measuring import SolidMeasure, measure
from workbench.kernel.meshes import tessellate
from workbench.kernel.rounds import find_opening

MOST_EXCESS = 0.02
"""Volume of the symmetric difference ÷ volume of the solid."""
THIN_WALL_MM, THIN_SAGITTA_MM = 3.0, 0.1
"""Walls thinner than this may miss half of this sagitta ÷ wall more (mechanics §3 allows half of any)."""
MOST_DEPTH_MM = 0.25
MOST_DEPTH_OF_OPENING = 0.04
"""Mean depth of what a hull fills ÷ radius of the narrowest opening: a sagitta of 6 %, so a ball of 90 % passes."""
LOST_SHARE = 0.4
"""Chord × curved area ÷ volume of the tessellation that is cut, as a share of what may be missed."""
CHORD_ANGLE_RAD = 0.4
RUNWAY_RAD = 0.022
"""A corner between chords takes (5/7) Δ² of a rolling ball's energy, a way of Θ so (5/7) Θ Δ: 2.1 % from 60° to 60°."""
CHORD_BUDGETS = (Budget(0.012, RUNWAY_RAD), Budget(0.012), Budget(0.0155))
"""What chords may make a whole solid miss; each where the one before takes too many hulls."""
CUT_CHORD_BUDGETS = (Budget(0.006, RUNWAY_RAD), Budget(0.006), Budget(0.012))
MOST_TRIANGLES, FEW_TRIANGLES = 60_000, 1_500
"""A mesh of more than the first is neither simplified nor cut; one of more than the second is simplified first."""
MOST_SEAMS = 8
SIMPLER_CHORDS = 2.0
"""Tolerance of simplifying ÷ chord."""
ROUGH_OF_WALL = 0.05
"""Tolerance within which cuts are compared ÷ mean wall."""
COARSE_CHORD_OF_WALL, COARSE_ANGLE_RAD, INNER_RATIO = 0.03, 0.22, 4.0


class Unresolved(NamedTuple):
    """Why a solid could not be split, in numbers that were measured and their limits, and the work that it took."""

    numbers: dict[str, float]
    work: int = 0


class _Mesh(NamedTuple):
    """A tessellated solid, and by how much it may miss the surfaces; nothing where they are plane."""

    solid: Manifold
    lost_mm3: float


def decompose(placed: TopoDS_Shape) -> tuple[Floats, ...] | Unresolved:
    """Return the vertices (n, 3) in mm of convex pieces whose union is the solid, or what it came to instead.

    The cuts are made in the solid's own frame, so that they don't depend on its pose.
    """
    shape = placed.Located(TopLoc_Location())
    size = measure(shape)
    found = _finish_whole(shape, size) or _cut_fully(shape, size)
    if isinstance(found, Unresolved):
        return found
    rotation, origin = read_location(placed.Location())
    return tuple(hull @ rotation.T + origin for hull in found.hulls)


def _finish_whole(shape: TopoDS_Shape, size: SolidMeasure) -> Finished | Unresolved | None:
    """Return the pieces of a curved solid that is a stack of prisms or turned as it stands, None if it is neither."""
    guide = ask_surfaces(*sample_normals(shape), Guide(*read_guide_lines(shape)))
    if not len(guide.directions) and not len(guide.axes):
        return None
    wall_mm = size.thickness_mm
    solid = as_manifold(*tessellate(shape, COARSE_CHORD_OF_WALL * wall_mm, COARSE_ANGLE_RAD, INNER_RATIO))
    if solid is None or (piece := Piece(solid, solid.hull(), guide)).plan is None:
        return None
    for budget in CHORD_BUDGETS:
        found = piece.finish(budget)
        if len(found.hulls) <= MOST_HULLS:
            break
    else:
        return _describe_failure(len(found.hulls), found.error_mm3, size)
    return found if found.error_mm3 <= MOST_EXCESS * size.volume_mm3 else None


def _cut_fully(shape: TopoDS_Shape, size: SolidMeasure) -> Finished | Unresolved:
    """Return the pieces of a solid that is cut along its edges, or by halves where faces are free or that fails."""
    mesh = _mesh_finely(shape, size)
    if isinstance(mesh, Unresolved):
        return mesh
    found = _cut_mesh(shape, size, mesh, HALVING if has_free_faces(shape) else EDGEWISE)
    if isinstance(found, Unresolved) and found.work < MOST_WORK and not has_free_faces(shape):
        return _cut_mesh(shape, size, mesh, HALVING)
    return found


def _mesh_finely(shape: TopoDS_Shape, size: SolidMeasure) -> _Mesh | Unresolved:
    """Return a solid's mesh, with few triangles for what may be lost."""
    curved_mm2 = measure_curved_area(shape)
    lost_mm3 = LOST_SHARE * _find_allowance(size) * size.volume_mm3 if curved_mm2 else 0.0
    chord_mm = lost_mm3 / curved_mm2 if curved_mm2 else size.thickness_mm
    inner = INNER_RATIO if has_free_faces(shape) else 1.0
    points, triangles = tessellate(shape, min(chord_mm, size.thickness_mm), CHORD_ANGLE_RAD, inner)
    if len(triangles) > MOST_TRIANGLES:
        return Unresolved({"triangles": len(triangles), "triangles_limit": MOST_TRIANGLES})
    solid = as_manifold(points, triangles)
    if solid is None:
        return Unresolved({"triangles": len(triangles)})
    return _Mesh(
        solid.simplify(SIMPLER_CHORDS * chord_mm) if curved_mm2 and len(triangles) > FEW_TRIANGLES else solid, lost_mm3
    )


def _cut_mesh(shape: TopoDS_Shape, size: SolidMeasure, mesh: _Mesh, manner: Manner) -> Finished | Unresolved:
    curved = mesh.lost_mm3 > 0
    budget_mm3 = _find_allowance(size) * size.volume_mm3 - mesh.lost_mm3 if curved else EXACT_MM * size.area_mm2
    depth_mm = min(MOST_DEPTH_MM, MOST_DEPTH_OF_OPENING * find_opening(shape)) if curved else EXACT_MM
    limits = Limits(budget_mm3, depth_mm, ROUGH_OF_WALL * size.thickness_mm if manner.halves else 0.0)
    seams = [make_plane(row[:3], row[3]) for row in list_seams(shape)[:MOST_SEAMS]]
    cut = split_until(list_pieces([mesh.solid], Guide(*read_guide_lines(shape))), limits, manner, seams)
    for budget in CUT_CHORD_BUDGETS:
        finished = [piece.finish(budget) for piece in cut.pieces]
        error_mm3 = sum(part.error_mm3 for part in finished)
        hulls = tuple(hull for part in finished for hull in part.hulls)
        if len(hulls) <= MOST_HULLS and error_mm3 <= budget_mm3:
            return Finished(hulls, error_mm3)
    failed = _describe_failure(len(hulls), error_mm3 + mesh.lost_mm3, size)
    given_up = {"cuts_tried": cut.work, "cuts_limit": MOST_WORK} if cut.work >= MOST_WORK else {}
    return Unresolved(failed.numbers | given_up, cut.work)


def _describe_failure(hulls: int, error_mm3: float, size: SolidMeasure) -> Unresolved:
    numbers = {"hulls": hulls, "hulls_limit": MOST_HULLS}
    return Unresolved({**numbers, "error_fraction": error_mm3 / size.volume_mm3, "error_limit": _find_allowance(size)})


def _find_allowance(size: SolidMeasure) -> float:
    """Return the share of its volume by which the pieces of a solid may miss it."""
    wall_mm = size.thickness_mm
    return MOST_EXCESS + (THIN_SAGITTA_MM / 2 / wall_mm if wall_mm < THIN_WALL_MM else 0.0)

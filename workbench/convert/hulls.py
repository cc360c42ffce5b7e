"""Gives every body its convex pieces: a primitive where the solid or a piece is one, hulls of vertices elsewhere."""

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from manifold3d import Manifold
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Attachment
from schemas.catalogue import Catalogue
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from workbench.convert.conversion import ROUND, Group, Hull
from workbench.convert.decompose import Unresolved, decompose
from workbench.convert.facets import find_facets, read_mesh
from workbench.convert.fastened import Shank, fill_fastened_holes, read_shanks
from workbench.convert.polygons import RUNWAY_MM
from workbench.convert.primitives import fit_box, recognise
from workbench.convert.rings import find_ring, find_turning_axis, is_turned_freely
from workbench.convert.screw_hulls import make_screws
from workbench.kernel.arrays import Floats
from workbench.kernel.features import name_feature
from workbench.kernel.frames import read_location
from workbench.kernel.loading import Solid
from workbench.kernel.measuring import KEPT_SOLIDS
from workbench.kernel.rounds import list_round_faces
from workbench.reasons import Refused, reason, reason_at

MOST_SCENE_HULLS = 1500
LEAST_FACET_MM2 = 1e-6
ON_RUNWAY_MM = 0.05
"""The corners of a runway's facets lie 0.75 of their sagitta in the material, those of coarser ones deeper."""


def resolve_hulls(
    groups: tuple[Group, ...], links: tuple[Attachment, ...], catalogue: Catalogue
) -> dict[str, tuple[Hull, ...]] | Refused:
    """Return the hulls of every bundle body (world frame), or COLLISION_UNRESOLVED for each that has none."""
    hulls: dict[str, tuple[Hull, ...]] = {}
    faults: list[Reason] = []
    turning = _find_turning(groups)
    for group, solid in ((owner, member) for owner in groups for member in owner.members):
        body_id = solid.body.id
        fasteners = [fastener for link in links if body_id in (link.a, link.b) for fastener in link.fasteners]
        found = _find_placed(solid, read_shanks(fasteners, catalogue), group.name in turning)
        if isinstance(found, Unresolved):
            faults.append(_refuse(solid, found))
        elif group.is_free and len(group.members) == 1 and _rolls_on_facets(solid.shape, found):
            message = "what rolls must be a true sphere, cylinder, capsule, torus or tube: draw it as one, not scaled"
            faults.append(reason_at(ReasonCode.COLLISION_UNRESOLVED, body_id, message))
        else:
            hulls[body_id] = found
    for body_id, screws in make_screws(hulls, groups, links, catalogue).items():
        hulls[body_id] += screws
    count = sum(len(found) for found in hulls.values())
    if count > MOST_SCENE_HULLS:
        message = f"the scene needs {count} convex pieces, at most {MOST_SCENE_HULLS}: simplify its bodies"
        faults.append(reason(ReasonCode.COLLISION_UNRESOLVED, "", message, hulls=count, limit=MOST_SCENE_HULLS))
    return Refused(tuple(faults)) if faults else hulls


def _find_turning(groups: tuple[Group, ...]) -> frozenset[str]:
    """Return the groups that can turn, by themselves or with what carries them, and so may roll."""
    found: set[str | None] = set()
    for group in groups:
        turns = any(joint.kind != "slide" for joint in group.joints) or group.is_free or group.parent in found
        found |= {group.name} if turns else set()
    return frozenset(name for name in found if name)


@dataclass(frozen=True)
class _Content:
    """What the pieces of a solid depend on, wherever it stands; shanks are in the solid's own frame."""

    geometry_sha256: str
    shanks: tuple[Shank, ...]
    turns: bool
    shape: TopoDS_Shape = field(compare=False)


def _find_placed(solid: Solid, shanks: tuple[Shank, ...], turns: bool) -> tuple[Hull, ...] | Unresolved:
    """Return the pieces of a solid where it stands; equal solids of a job are split once."""
    rotation, origin = read_location(solid.shape.Location())
    own = tuple(_bring_home(shank, rotation, origin) for shank in shanks)
    found = _find_filled(_Content(solid.body.geometry_sha256, own, turns, solid.shape))
    return found if isinstance(found, Unresolved) else tuple(hull.move(rotation, origin) for hull in found)


def _bring_home(shank: Shank, rotation: Floats, origin: Floats) -> Shank:
    place = np.round((np.array(shank.position_mm) - origin) @ rotation, 6) + 0.0
    axis = np.round(np.array(shank.axis) @ rotation, 9) + 0.0
    return replace(shank, position_mm=tuple(place.tolist()), axis=tuple(axis.tolist()))


@lru_cache(maxsize=KEPT_SOLIDS)
def _find_filled(content: _Content) -> tuple[Hull, ...] | Unresolved:
    """Return the pieces of a solid without its fastened holes, in its own frame."""
    own = content.shape.Located(TopLoc_Location())
    return find_hulls(fill_fastened_holes(own, content.shanks), content.turns)


def find_hulls(shape: TopoDS_Shape, turns: bool = False) -> tuple[Hull, ...] | Unresolved:
    """Return the convex pieces of one solid, or what its decomposition came to; rings that turn have round rims."""
    primitive = recognise(shape)
    if primitive is not None:
        return (primitive,)
    ring = find_ring(shape) if turns else None
    if ring is not None and ring.is_torus:
        return ring.build_rim()
    pieces = decompose(shape)
    if isinstance(pieces, Unresolved):
        return pieces
    if ring is None:
        return _mark_runways(tuple(_describe_piece(points) for points in pieces), shape)
    return (*(_describe_piece(ring.draw_in(points)) for points in pieces), *ring.build_rim())


def _mark_runways(hulls: tuple[Hull, ...], shape: TopoDS_Shape) -> tuple[Hull, ...]:
    """Return the pieces with those marked that have a facet of a wide hollow, four corners that lie on it."""
    for hollow in list_round_faces(shape):
        if hollow.is_hole and hollow.diameter_mm > 2 * RUNWAY_MM:
            radius, line = hollow.diameter_mm / 2, hollow.line
            arms = [np.cross(hull.vertices_mm - line.point_mm, line.axis) for hull in hulls]
            corners = [(abs(np.linalg.norm(arm, axis=1) - radius) < ON_RUNWAY_MM).sum() for arm in arms]
            hulls = tuple(replace(h, is_runway=h.is_runway or n >= 4) for h, n in zip(hulls, corners, strict=True))
    return hulls


def _rolls_on_facets(shape: TopoDS_Shape, hulls: tuple[Hull, ...]) -> bool:
    """Say whether a body of revolution has no round piece: facets would stop it on small slopes (mechanics §2)."""
    round_piece = any(hull.kind in ROUND for hull in hulls)
    return not round_piece and (find_turning_axis(shape) is not None or is_turned_freely(shape))


def _describe_piece(points: Floats) -> Hull:
    """Return a box where the piece is one to a tenth of a micrometre, else its hull; thickness by its own normals."""
    vertices, triangles = read_mesh(Manifold.hull_points(points))
    facets = find_facets(vertices, triangles)
    largest = np.argsort(-facets.areas, kind="stable")[: np.count_nonzero(2 * facets.areas > LEAST_FACET_MM2)]
    normals = facets.normals[largest]
    box = fit_box(list(normals), vertices)
    if box is not None:
        return box
    return Hull("mesh", vertices, float(np.ptp(normals @ vertices.T, axis=1).min()))


def _refuse(solid: Solid, found: Unresolved) -> Reason:
    feature = name_feature(solid.shape)
    cause = f" because of {feature}: leave that out or make it simpler" if feature else ": use fewer curved hollows"
    message = f"can't be split into convex pieces within the limits{cause}, or make its walls thicker"
    numbers = tuple(Measure(name=name, value=value) for name, value in found.numbers.items())
    return reason_at(ReasonCode.COLLISION_UNRESOLVED, solid.body.id, message).model_copy(update={"numbers": numbers})

"""Gives screws their collision geometry: a head each, and a shank where it is not within the bodies that it holds."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from manifold3d import Manifold, OpType

from schemas.bundle import Attachment, Fastener
from schemas.catalogue import Catalogue
from schemas.components import Screw
from schemas.units import M_PER_MM
from workbench.convert.contact_pairs import COMPONENT_MATERIAL
from workbench.convert.conversion import NO_POINTS, Group, Hull
from workbench.convert.reach import find_in_region, read_piece
from workbench.kernel.frames import Frame, frame_across

BARE_MM = 0.25
"""So much of a shank may be bare: clamped faces have a gap of up to 0.2 mm."""
SEGMENTS = 32


def make_screws(
    hulls: Mapping[str, tuple[Hull, ...]], groups: tuple[Group, ...], links: Iterable[Attachment], catalogue: Catalogue
) -> dict[str, tuple[Hull, ...]]:
    """Return the heads of screws by the body that they clamp, and bare shanks by the one that they move with."""
    made: dict[str, tuple[Hull, ...]] = {}
    for link in links:
        if link.a in hulls and link.b in hulls:
            around, owner = (*hulls[link.a], *hulls[link.b]), _find_owner(link, groups)
            for fastener in link.fasteners:
                head, shank = _make_pieces(fastener, catalogue)
                made[link.a] = (*made.get(link.a, ()), head)
                if _is_bare(shank, around):
                    made[owner] = (*made.get(owner, ()), shank)
    return made


def _find_owner(link: Attachment, groups: tuple[Group, ...]) -> str:
    """Return the body that a link's shanks move with: the clamped one; at a hinge's leaf, what it is fastened to."""
    one, other = (next(group for group in groups if name in group.body_ids) for name in (link.a, link.b))
    runs_through = {joint.through for group in (one, other) for joint in (*group.joints, *group.closures)}
    apart = one is not other and not (one.static and other.static)
    return link.b if apart and link.a in runs_through else link.a


def _make_pieces(fastener: Fastener, catalogue: Catalogue) -> tuple[Hull, Hull]:
    """Return a screw's head and shank: steel cylinders of its row."""
    row = catalogue.components[fastener.component_id]
    if not isinstance(row, Screw):
        raise ValueError(f"'{fastener.component_id}' is no screw")
    head = _make_round(fastener, -row.height_mm, row.height_mm, row.outer_diameter_mm)
    return head, _make_round(fastener, 0.0, row.length_mm, row.diameter_mm)


def _make_round(fastener: Fastener, start_mm: float, length_mm: float, diameter_mm: float) -> Hull:
    axis, radius, half = np.array(fastener.axis), diameter_mm / 2.0, length_mm / 2.0
    frame = Frame(frame_across(axis).T, (np.array(fastener.position_mm) + (start_mm + half) * axis) * M_PER_MM)
    return Hull("cylinder", NO_POINTS, 2 * min(radius, half), frame, (radius, half), COMPONENT_MATERIAL)


def _is_bare(shank: Hull, around: tuple[Hull, ...]) -> bool:
    """Say whether a shank is not wholly within other pieces."""
    section_mm2 = math.pi * shank.size_mm[0] ** 2
    near = find_in_region([read_piece(hull) for hull in around], [read_piece(shank)], 0.0)
    within = [_make_solid(hull) for hull, is_near in zip(around, near.tolist(), strict=True) if is_near]
    bare = _make_solid(shank) - Manifold.batch_boolean(within, OpType.Add) if within else _make_solid(shank)
    return float(bare.volume()) > BARE_MM * section_mm2


def _make_solid(hull: Hull) -> Manifold:
    """Return a piece as a solid, nothing for what is round and no cylinder: no screw is held by such a piece alone."""
    if hull.kind == "cylinder" and hull.frame is not None:
        radius, half = hull.size_mm
        place = np.column_stack([hull.frame.rotation, hull.frame.origin_m / M_PER_MM])
        return Manifold.cylinder(2 * half, radius, circular_segments=SEGMENTS, center=True).transform(place)
    return Manifold.hull_points(read_piece(hull).points) if hull.kind in ("mesh", "box") else Manifold()

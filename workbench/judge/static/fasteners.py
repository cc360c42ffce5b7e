"""Checks that fasteners hold (mechanics §8): they exist, pass holes that fit, engage, clamp, leave tool room."""

from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

import numpy as np

from schemas.bundle import Attachment, Mount, ProcessName
from schemas.components import Screw as ScrewRow
from schemas.reasons import Reason, ReasonCode
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.screws import Screw
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_rotation
from workbench.kernel.loading import Solid
from workbench.kernel.overlaps import Placed, find_overlap, make_cylinder
from workbench.kernel.rounds import COAXIAL_COSINE, SCREWED_TURN_RAD, Line, list_round_faces
from workbench.reasons import reason_at

CLEARANCE_MM = {"M3": 3.4, "M4": 4.5, "M5": 5.5, "M6": 6.6, "M8": 9.0}
"""ISO 273, medium series."""
TAP_MM = {"M3": 2.5, "M4": 3.3, "M5": 4.2, "M6": 5.0, "M8": 6.8}
"""Coarse threads: nominal diameter minus pitch."""
HOLE_TOLERANCE_MM, PRINTED_EXTRA_MM = 0.1, 0.3
"""Printed holes come out small, so they may be drawn larger by the extra."""
GAP_MM, TOOL_EXTRA_MM, TOOL_ROOM_MM = 0.2, 1.0, 15.0
LEAST_FASTENERS = 2
ENGAGEMENT_MM = 1e-3
"""Rounding noise of measured engagements."""
_fault = partial(reason_at, ReasonCode.ATTACHMENT_INVALID)


class _Hole(NamedTuple):
    """Where a hole begins and ends along a screw, and its true diameter."""

    low_mm: float
    high_mm: float
    diameter_mm: float


def find_attachment_faults(link: Attachment, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield every rule that an attachment breaks, with its numbers."""
    if len(link.fasteners) < LEAST_FASTENERS:
        message = "needs two fasteners at least (a locating feature instead of one is not supported yet)"
        yield _fault(link.id, message, fasteners=len(link.fasteners))
    for fastener in link.fasteners:
        row = placed.catalogue.components.get(fastener.component_id)
        if not isinstance(row, ScrewRow):
            yield _fault(link.id, f"'{fastener.component_id}' is no screw of the catalogue")
        else:
            screw = Screw(row, Line(np.array(fastener.position_mm), np.array(fastener.axis)))
            yield from _find_screw_faults(link, screw, placed)


def _find_screw_faults(link: Attachment, screw: Screw, placed: PlacedDesign) -> Iterator[Reason]:
    holes = _list_holes(placed.solid(link.a), screw, CLEARANCE_MM[screw.row.thread])
    if not holes:
        size = CLEARANCE_MM[screw.row.thread]
        message = f"'{link.a}' has no hole of {size} mm around the axis of its {screw.row.thread} screw"
        yield _fault(link.id, message, clearance_diameter_mm=size)
        return
    yield from _find_undrilled(link, link.a, screw, placed)
    seat_mm, ends = min((hole.low_mm for hole in holes), key=abs), [hole.high_mm for hole in holes]
    if abs(seat_mm) > GAP_MM:
        message = f"the head does not sit at the beginning of the hole in '{link.a}'"
        yield _fault(link.id, message, head_above_its_seat_mm=-seat_mm)
    if link.mount_id is not None:
        mount = next(mount for mount in placed.scene.mounts if mount.id == link.mount_id)
        yield from _find_mount_faults(link, screw, ends, mount, placed)
    else:
        yield from _find_thread_faults(link, screw, ends, placed)
    yield from _find_tool_faults(link, screw, placed)


def _list_holes(solid: Solid, screw: Screw, diameter_mm: float) -> list[_Hole]:
    """Return the holes of a diameter around a screw, in the order along it; two walls have one each."""
    extra = PRINTED_EXTRA_MM if solid.body.process is ProcessName.FDM_PRINTING else 0.0
    low, high = diameter_mm - HOLE_TOLERANCE_MM - 1e-6, diameter_mm + HOLE_TOLERANCE_MM + extra + 1e-6
    rounds = [face for face in list_round_faces(solid.shape) if face.is_hole and face.turn_rad >= SCREWED_TURN_RAD]
    fits = [face for face in rounds if low <= face.diameter_mm <= high and screw.line.is_same(face.line)]
    found: list[_Hole] = []
    for hole in sorted(_Hole(*face.span(screw.line), face.diameter_mm) for face in fits):
        if found and hole.low_mm <= found[-1].high_mm + GAP_MM:
            found[-1] = found[-1]._replace(high_mm=max(hole.high_mm, found[-1].high_mm))
        else:
            found.append(hole)
    return found


def _find_undrilled(link: Attachment, name: str, screw: Screw, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield that material stands in the core of a screw, which nobody drilled."""
    if found := screw.find_undrilled(placed.solid(name).shape, TAP_MM[screw.row.thread]):
        message = f"the hole in '{name}' does not go all along its screw: drill it as deep as that reaches"
        yield _fault(link.id, message, undrilled_mm3=float(np.nan_to_num(found.volume_mm3, nan=-1.0)))


def _find_mount_faults(
    link: Attachment, screw: Screw, ends_mm: list[float], mount: Mount, placed: PlacedDesign
) -> Iterator[Reason]:
    turn, origin = read_rotation(mount.frame), np.array(mount.frame.position_mm)
    if float(screw.line.axis @ turn[:, 2]) > -COAXIAL_COSINE:
        number = {"cosine to the mount's normal": float(screw.line.axis @ turn[:, 2])}
        yield _fault(link.id, f"its screw must go straight into mount '{mount.id}', against the normal", **number)
        return
    way_mm = float((origin - screw.line.point_mm) @ turn[:, 2] / (screw.line.axis @ turn[:, 2]))
    entry = (screw.line.point_mm + way_mm * screw.line.axis - origin) @ turn
    margin_mm = inside_polygon(entry[:2], np.array(mount.outline_mm))
    if margin_mm < screw.diameter_mm / 2.0 - 1e-6:
        message = f"its screw does not enter within the outline of mount '{mount.id}'"
        yield _fault(link.id, message, distance_inside_the_outline_mm=margin_mm)
    gap_mm = min((way_mm - end_mm for end_mm in ends_mm), key=abs)
    if abs(gap_mm) > GAP_MM:
        yield _fault(link.id, f"'{link.a}' does not lie on mount '{mount.id}'", gap_mm=gap_mm)
    depth_mm = screw.length_mm - way_mm
    if depth_mm > mount.depth_mm + 1e-6:
        message = f"its screw goes deeper than the {mount.depth_mm:g} mm of mount '{mount.id}'"
        yield _fault(link.id, message, depth_mm=depth_mm)
    material, body = placed.scene.body(mount.body).material_id, placed.environment.solids[mount.body].shape
    met_mm = screw.measure_engagement(body, way_mm, TAP_MM[screw.row.thread])
    yield from _find_engagement_faults(link, screw, met_mm, str(material), placed)


def _find_thread_faults(link: Attachment, screw: Screw, ends_mm: list[float], placed: PlacedDesign) -> Iterator[Reason]:
    solid = placed.solid(link.b)
    threads = _list_holes(solid, screw, TAP_MM[screw.row.thread])
    if not threads:
        size = TAP_MM[screw.row.thread]
        lack = f"has no hole of {size} mm for the thread of its screw (bolts with nuts: not supported yet)"
        yield _fault(link.id, f"'{link.b}' {lack}", tap_diameter_mm=size)
        return
    yield from _find_undrilled(link, link.b, screw, placed)
    end_mm, tapped = min(product(ends_mm, threads), key=lambda pair: abs(pair[1].low_mm - pair[0]))
    if abs(tapped.low_mm - end_mm) > GAP_MM:
        message = f"'{link.a}' does not lie on '{link.b}' where they are clamped"
        yield _fault(link.id, message, gap_mm=tapped.low_mm - end_mm)
    met_mm = screw.measure_engagement(solid.shape, tapped.low_mm, tapped.diameter_mm)
    yield from _find_engagement_faults(link, screw, met_mm, placed.material(link.b), placed)


def _find_engagement_faults(
    link: Attachment, screw: Screw, met_mm: float, material_id: str, placed: PlacedDesign
) -> Iterator[Reason]:
    """One diameter in metal, two in plastic and wood, of material that the thread meets."""
    material = placed.catalogue.materials.get(material_id)
    metal = material is not None and "metal" in material.material_class
    needed_mm = screw.diameter_mm * (1.0 if metal else 2.0)
    if met_mm < needed_mm - ENGAGEMENT_MM:
        message = f"its screw must engage {needed_mm:g} mm in {material_id}: take a longer one"
        yield _fault(link.id, message, engagement_mm=met_mm, needed_mm=needed_mm)


def _find_tool_faults(link: Attachment, screw: Screw, placed: PlacedDesign) -> Iterator[Reason]:
    radius = (screw.row.outer_diameter_mm + TOOL_EXTRA_MM) / 2.0
    base = screw.line.point_mm - screw.line.axis * screw.row.height_mm
    tool = Placed("tool", make_cylinder(base, -screw.line.axis, radius, TOOL_ROOM_MM))
    for obstacle in placed.obstacles:
        if overlap := find_overlap(tool, obstacle):
            message = f"'{obstacle.name}' leaves no room for the tool above a screw head"
            yield _fault(link.id, message, blocked_volume_mm3=overlap.volume_mm3)


def inside_polygon(point: Floats, outline: Floats) -> float:
    """Return how far inside a polygon (n, 2) a point lies, negative outside (even-odd rule)."""
    ahead = np.roll(outline, -1, axis=0)
    edge = ahead - outline
    share = np.clip(((point - outline) * edge).sum(axis=1) / np.maximum((edge**2).sum(axis=1), 1e-12), 0.0, 1.0)
    distance = float(np.linalg.norm(outline + share[:, None] * edge - point, axis=1).min())
    rises = (outline[:, 1] > point[1]) != (ahead[:, 1] > point[1])
    height = np.where(rises, edge[:, 1], 1.0)
    crossing = outline[:, 0] + (point[1] - outline[:, 1]) / height * edge[:, 0]
    return distance if int((rises & (crossing > point[0])).sum()) % 2 else -distance

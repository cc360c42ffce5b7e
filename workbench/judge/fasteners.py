"""Checks that fasteners hold (mechanics §8): they exist, pass holes that fit, engage, clamp, leave tool room."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from OCP.BRepPrimAPI import BRepPrimAPI_MakeCylinder
from OCP.gp import gp_Ax2, gp_Dir, gp_Pnt

from schemas.bundle import Attachment, Body, Fastener, Mount, ProcessName, SceneBundle
from schemas.catalogue import Catalogue, Component
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from workbench.geometry import LoadedBundle, Solid
from workbench.judge.holes import COAXIAL_COSINE, Hole, find_holes
from workbench.judge.overlaps import Placed, find_overlap

Floats = NDArray[np.float64]
CLEARANCE_MM = {"M3": 3.4, "M4": 4.5, "M5": 5.5, "M6": 6.6, "M8": 9.0}
"""ISO 273, medium series."""
TAP_MM = {"M3": 2.5, "M4": 3.3, "M5": 4.2, "M6": 5.0, "M8": 6.8}
"""Coarse threads: nominal diameter minus pitch."""
HOLE_TOLERANCE_MM, PRINTED_EXTRA_MM = 0.1, 0.3
"""Printed holes come out small, so they may be drawn larger by the extra."""
GAP_MM, TOOL_EXTRA_MM, TOOL_ROOM_MM = 0.2, 1.0, 15.0
LEAST_FASTENERS = 2


@dataclass(frozen=True)
class Site:
    """What the fasteners of a design are checked against."""

    scene: SceneBundle
    design: LoadedBundle
    catalogue: Catalogue
    obstacles: tuple[Placed, ...]


@dataclass(frozen=True)
class Screw:
    """A fastener with its catalogue row, its thread, and the holes of `a` around it."""

    fastener: Fastener
    row: Component
    point_mm: Floats
    axis: Floats

    @property
    def length_mm(self) -> float:
        """Return the length under the head."""
        return self.row.length_mm or 0.0

    @property
    def diameter_mm(self) -> float:
        """Return the nominal diameter."""
        return float(self.row.thread.removeprefix("M"))


def find_attachment_faults(link: Attachment, site: Site) -> Iterator[Reason]:
    """Yield every rule that an attachment breaks, with its numbers."""
    if len(link.fasteners) < LEAST_FASTENERS:
        number = Measure(name="fasteners", value=len(link.fasteners))
        message = "needs two fasteners at least (a locating feature instead of one is not supported yet)"
        yield _fault(link, message, number)
    for fastener in link.fasteners:
        row = site.catalogue.components.get(fastener.component_id)
        if row is None or row.category != "screw" or row.thread not in CLEARANCE_MM:
            known = ", ".join(CLEARANCE_MM)
            message = f"'{fastener.component_id}' is no screw of the catalogue with a thread of {known}"
            yield Reason(code=ReasonCode.ATTACHMENT_INVALID, message=f"{link.id}: {message}", where=link.id)
        else:
            screw = Screw(fastener, row, np.array(fastener.position_mm), np.array(fastener.axis))
            yield from _find_screw_faults(link, screw, site)


def find_crowded_screws(links: Sequence[Attachment], site: Site) -> Iterator[Reason]:
    """Yield the screws whose shank shares space with another screw, or with a body that it does not fasten."""
    shanks: list[Placed] = []
    mounts = {mount.id: mount.body for mount in site.scene.mounts}
    for link in links:
        fastened = {link.a, link.b, mounts.get(link.mount_id or "")}
        others = [obstacle for obstacle in site.obstacles if obstacle.name not in fastened]
        for fastener in link.fasteners:
            row = site.catalogue.components.get(fastener.component_id)
            if row is None or row.thread not in CLEARANCE_MM:
                continue
            screw = Screw(fastener, row, np.array(fastener.position_mm), np.array(fastener.axis))
            frame = gp_Ax2(gp_Pnt(*screw.point_mm), gp_Dir(*screw.axis))
            solid = BRepPrimAPI_MakeCylinder(frame, screw.diameter_mm / 2.0, screw.length_mm).Shape()
            shank = Placed(f"a screw of '{link.id}'", solid)
            for other in (*others, *shanks):
                overlap = find_overlap(shank, other)
                if overlap is not None:
                    number = Measure(name="shared volume", value=overlap.volume_mm3, unit="mm3")
                    yield _fault(link, f"its screw is where {other.name} already is", number)
            shanks.append(shank)


def _find_screw_faults(link: Attachment, screw: Screw, site: Site) -> Iterator[Reason]:
    solid = site.design.solids[link.a]
    hole = _match(find_holes(solid.shape, screw.point_mm, screw.axis), CLEARANCE_MM[screw.row.thread], solid.body)
    if hole is None:
        size = CLEARANCE_MM[screw.row.thread]
        number = Measure(name="clearance diameter", value=size, unit="mm")
        yield _fault(
            link, f"'{link.a}' has no hole of {size} mm around the axis of its {screw.row.thread} screw", number
        )
        return
    if abs(hole.start_mm) > GAP_MM:
        number = Measure(name="head above its seat", value=-hole.start_mm, unit="mm")
        yield _fault(link, f"the head does not sit at the beginning of the hole in '{link.a}'", number)
    if link.mount_id is not None:
        mount = next(mount for mount in site.scene.mounts if mount.id == link.mount_id)
        yield from _find_mount_faults(link, screw, hole, (mount, site))
    else:
        yield from _find_thread_faults(link, screw, hole, site)
    yield from _find_tool_faults(link, screw, site)


def _match(holes: tuple[Hole, ...], diameter_mm: float, body: Body) -> Hole | None:
    extra = PRINTED_EXTRA_MM if body.process is ProcessName.FDM_PRINTING else 0.0
    low, high = diameter_mm - HOLE_TOLERANCE_MM - 1e-6, diameter_mm + HOLE_TOLERANCE_MM + extra + 1e-6
    return next((hole for hole in holes if low <= hole.diameter_mm <= high), None)


def _find_mount_faults(link: Attachment, screw: Screw, hole: Hole, place: tuple[Mount, Site]) -> Iterator[Reason]:
    mount, site = place
    turn, origin = read_frame(mount)
    if float(screw.axis @ turn[:, 2]) > -COAXIAL_COSINE:
        number = Measure(name="cosine to the mount's normal", value=float(screw.axis @ turn[:, 2]))
        yield _fault(link, f"its screw must go straight into mount '{mount.id}', against the normal", number)
        return
    way_mm = float((origin - screw.point_mm) @ turn[:, 2] / (screw.axis @ turn[:, 2]))
    entry = (screw.point_mm + way_mm * screw.axis - origin) @ turn
    margin_mm = inside_polygon(entry[:2], np.array(mount.outline_mm))
    if margin_mm < screw.diameter_mm / 2.0 - 1e-6:
        number = Measure(name="distance inside the outline", value=margin_mm, unit="mm")
        yield _fault(link, f"its screw does not enter within the outline of mount '{mount.id}'", number)
    if abs(way_mm - hole.end_mm) > GAP_MM:
        number = Measure(name="gap", value=way_mm - hole.end_mm, unit="mm")
        yield _fault(link, f"'{link.a}' does not lie on mount '{mount.id}'", number)
    depth_mm = screw.length_mm - way_mm
    if depth_mm > mount.depth_mm + 1e-6:
        number = Measure(name="depth", value=depth_mm, unit="mm")
        yield _fault(link, f"its screw goes deeper than the {mount.depth_mm:g} mm of mount '{mount.id}'", number)
    material = site.scene.body(mount.body).material_id
    yield from _find_engagement_faults(link, screw, depth_mm, (str(material), site))


def _find_thread_faults(link: Attachment, screw: Screw, hole: Hole, site: Site) -> Iterator[Reason]:
    solid: Solid = site.design.solids[link.b]
    tapped = _match(find_holes(solid.shape, screw.point_mm, screw.axis), TAP_MM[screw.row.thread], solid.body)
    if tapped is None:
        size = TAP_MM[screw.row.thread]
        number = Measure(name="tap diameter", value=size, unit="mm")
        message = (
            f"'{link.b}' has no hole of {size} mm for the thread of its screw (bolts with nuts: not supported yet)"
        )
        yield _fault(link, message, number)
        return
    if abs(tapped.start_mm - hole.end_mm) > GAP_MM:
        number = Measure(name="gap", value=tapped.start_mm - hole.end_mm, unit="mm")
        yield _fault(link, f"'{link.a}' does not lie on '{link.b}' where they are clamped", number)
    depth_mm = min(screw.length_mm, tapped.end_mm) - tapped.start_mm
    yield from _find_engagement_faults(link, screw, depth_mm, (str(solid.body.material_id), site))


def _find_engagement_faults(
    link: Attachment, screw: Screw, depth_mm: float, place: tuple[str, Site]
) -> Iterator[Reason]:
    """One diameter in metal, two in plastic and wood."""
    material_id, site = place
    material = site.catalogue.materials.get(material_id)
    metal = material is not None and "metal" in material.material_class
    needed_mm = screw.diameter_mm * (1.0 if metal else 2.0)
    if depth_mm < needed_mm - 1e-6:
        number = Measure(name="engagement", value=depth_mm, unit="mm")
        yield _fault(link, f"its screw must engage {needed_mm:g} mm in {material_id}: take a longer one", number)


def _find_tool_faults(link: Attachment, screw: Screw, site: Site) -> Iterator[Reason]:
    head_mm = screw.row.height_mm or screw.diameter_mm
    radius = ((screw.row.outer_diameter_mm or 2.0 * screw.diameter_mm) + TOOL_EXTRA_MM) / 2.0
    base = gp_Pnt(*(screw.point_mm - screw.axis * head_mm))
    frame = gp_Ax2(base, gp_Dir(*(-screw.axis)))
    tool = Placed("tool", BRepPrimAPI_MakeCylinder(frame, radius, TOOL_ROOM_MM).Shape())
    for obstacle in site.obstacles:
        overlap = find_overlap(tool, obstacle)
        if overlap is not None:
            number = Measure(name="blocked volume", value=overlap.volume_mm3, unit="mm3")
            yield _fault(link, f"'{obstacle.name}' leaves no room for the tool above a screw head", number)


def read_frame(mount: Mount) -> tuple[Floats, Floats]:
    """Return a mount's rotation (3, 3; columns are its axes) and origin in mm."""
    w, x, y, z = mount.frame.quaternion_wxyz
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
    return turn, np.array(mount.frame.position_mm)


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


def _fault(link: Attachment, message: str, number: Measure) -> Reason:
    code = ReasonCode.ATTACHMENT_INVALID
    return Reason(code=code, message=f"{link.id}: {message}", where=link.id, numbers=(number,))

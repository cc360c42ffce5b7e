"""Finds solids that share volume, among them the space that a payload may start in: its body swept over its jitter."""

from collections.abc import Iterable, Iterator

import numpy as np

from schemas.bundle import Payload, Role, Zone
from schemas.reasons import Reason, ReasonCode
from workbench.convert.primitives import recognise
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import Overlap, Placed, find_overlap, make_box
from workbench.reasons import reason


def find_intersections(
    pairs: Iterable[tuple[Placed, Placed]], code: ReasonCode = ReasonCode.INTERSECTION
) -> Iterator[Reason]:
    """Yield a reason for every pair that shares volume, with how much and where."""
    for one, other in pairs:
        if overlap := find_overlap(one, other):
            yield _describe_overlap(one.name, other.name, overlap, code)


def _describe_overlap(one: str, other: str, overlap: Overlap, code: ReasonCode) -> Reason:
    """Return the reason for one overlap; a Boolean that the kernel can't do has no numbers."""
    if np.isnan(overlap.volume_mm3):
        return reason(code, one, f"'{one}' and '{other}' touch so that the kernel can't separate them")
    x_mm, y_mm, z_mm = overlap.centre_mm.tolist()
    numbers = {"shared_volume_mm3": overlap.volume_mm3, "x_mm": x_mm, "y_mm": y_mm, "z_mm": z_mm}
    message = f"'{one}' and '{other}' share {overlap.volume_mm3:.3g} mm³: move or cut one of them"
    return reason(code, f"{one} & {other}", message, **numbers)


def place_zone(zone: Zone, margin_mm: float = 0.0) -> Placed:
    """Return a zone as a solid, widened to all sides."""
    low, high = read_zone(zone)
    return Placed(zone.id, make_box(low - margin_mm, high + margin_mm))


def reach_out(box: Floats, around: Floats) -> float:
    """Return how far a box (2, 3) reaches out of another, at most 0 where it lies inside."""
    return float(np.maximum(around[0] - box[0], box[1] - around[1]).max())


def list_still(scene: LoadedBundle) -> list[Placed]:
    """Return the bodies of a scene but for payloads, at t = 0."""
    bodies = [body.id for body in scene.scene.bodies if body.role is not Role.PAYLOAD]
    return [Placed(name, scene.solids[name].shape) for name in bodies]


def list_spawns(scene: LoadedBundle) -> list[Placed]:
    """Return the space of every payload of a scene."""
    return [sweep_spawn(payload, scene.solids[payload.body]) for payload in scene.scene.payloads]


def sweep_spawn(payload: Payload, solid: Solid) -> Placed:
    """Return a box around every pose that a payload may start in; yaw turns it about its centre of mass.

    The box is exact in z; across, a payload that yaws is bounded by the circle around its bounding box's corners.
    """
    size = measure(solid.shape)
    low, high = size.box_mm[0] - size.centre_mm, size.box_mm[1] - size.centre_mm
    if payload.jitter.yaw_deg > 0.0 and not _is_round(solid):
        reach = float(np.hypot(*np.maximum(-low, high)[:2]))
        low, high = np.array([-reach, -reach, low[2]]), np.array([reach, reach, high[2]])
    jitter = np.array(payload.jitter.position_mm)
    return Placed(payload.body, make_box(size.centre_mm + low - jitter, size.centre_mm + high + jitter))


def _is_round(solid: Solid) -> bool:
    """Say whether turning the payload about the vertical changes nothing: a sphere, or an upright cylinder."""
    found = recognise(solid.shape)
    if found is None or found.frame is None or found.kind not in ("sphere", "cylinder"):
        return False
    return found.kind == "sphere" or abs(float(found.frame.rotation[2, 2])) > 1.0 - 1e-9

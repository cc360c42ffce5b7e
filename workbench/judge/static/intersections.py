"""Finds solids that share volume."""

from collections.abc import Iterable, Iterator
from itertools import product

import numpy as np

from schemas.bundle import Role, Zone
from schemas.reasons import Reason, ReasonCode
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.overlaps import Overlap, Placed, find_overlap, make_box
from workbench.reasons import reason


def find_intersections(
    pairs: Iterable[tuple[Placed, Placed]], code: ReasonCode = ReasonCode.INTERSECTION
) -> Iterator[Reason]:
    """Yield a reason for every pair that shares volume, with how much and where."""
    for one, other in pairs:
        if overlap := _find_worst(one, other):
            yield _describe_overlap(one.name, other.name, overlap, code)


def _find_worst(one: Placed, other: Placed) -> Overlap | None:
    """Return the greatest overlap of two bodies' pieces, which are looked at only where what bounds them overlaps."""
    whole = find_overlap(one, other)
    if whole is None or (one.pieces, other.pieces) == ((one.shape,), (other.shape,)):
        return whole
    pairs = product(one.pieces, other.pieces)
    shared = (find_overlap(Placed(one.name, a), Placed(other.name, b)) for a, b in pairs)
    return max(filter(None, shared), key=lambda found: float(np.nan_to_num(found.volume_mm3, nan=np.inf)), default=None)


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

"""Finds solids that share volume: boxes first, then distance, then the kernel's Boolean."""

from collections.abc import Iterable, Iterator

import numpy as np

from schemas.bundle import Zone
from schemas.reasons import Reason, ReasonCode
from workbench.kernel.frames import read_zone
from workbench.kernel.overlaps import Overlap, Placed, find_overlap, make_box
from workbench.reasons import reason


def find_intersections(
    pairs: Iterable[tuple[Placed, Placed]], code: ReasonCode = ReasonCode.INTERSECTION
) -> Iterator[Reason]:
    """Yield a reason for every pair that shares volume, with how much and where."""
    for one, other in pairs:
        overlap = find_overlap(one, other)
        if overlap is not None:
            yield _describe_overlap(one.name, other.name, overlap, code)


def _describe_overlap(one: str, other: str, overlap: Overlap, code: ReasonCode) -> Reason:
    """Return the reason for one overlap; a Boolean that the kernel can't do has no numbers."""
    if np.isnan(overlap.volume_mm3):
        return reason(code, one, f"'{one}' and '{other}' touch so that the kernel can't separate them")
    x_mm, y_mm, z_mm = overlap.centre_mm.tolist()
    numbers = {"shared_volume_mm3": overlap.volume_mm3, "x_mm": x_mm, "y_mm": y_mm, "z_mm": z_mm}
    message = f"'{one}' and '{other}' share {overlap.volume_mm3:.3g} mm³: move or cut one of them"
    return reason(code, f"{one} & {other}", message, **numbers)


def place_zone(zone: Zone) -> Placed:
    """Return a zone as a solid."""
    return Placed(zone.id, make_box(*read_zone(zone)))

"""Measures a design's bodies at t = 0: boxes, volumes, and how far they are from each other and from the scene."""

from itertools import combinations, product

from schemas.jobs import BodySize, Clearance, MeasureReply
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import Placed, find_distance

NEAR_MM = 50.0
"""Bodies whose boxes are farther apart are not worth a line."""


def measure_design(scene: LoadedBundle, design: LoadedBundle) -> MeasureReply:
    """Return every body of the design, and the distances of bodies that are near each other, nearest first."""
    own, foreign = ([Placed(name, solid.shape) for name, solid in sorted(b.solids.items())] for b in (design, scene))
    found = [
        Clearance(a=one.name, b=other.name, distance_mm=find_distance(one.shape, other.shape))
        for one, other in (*combinations(own, 2), *product(own, foreign))
        if (one.box_mm[0] - other.box_mm[1] < NEAR_MM).all() and (other.box_mm[0] - one.box_mm[1] < NEAR_MM).all()
    ]
    return MeasureReply(
        bodies=tuple(_size(body) for body in own), clearances=tuple(sorted(found, key=lambda c: c.distance_mm))
    )


def _size(body: Placed) -> BodySize:
    low, high = ((float(x), float(y), float(z)) for x, y, z in body.box_mm)
    return BodySize(body=body.name, min_mm=low, max_mm=high, volume_mm3=measure(body.shape).volume_mm3)

"""Measures a design's bodies at t = 0: boxes, volumes, and how far they are from each other and from the scene."""

from itertools import combinations, product

from schemas.jobs import BodySize, Clearance, MeasureReply
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import find_distance

NEAR_MM = 50.0
"""Bodies whose boxes are farther apart are not worth a line."""


def measure_design(scene: LoadedBundle, design: LoadedBundle) -> MeasureReply:
    """Return every body of the design, and the distances of bodies that are near each other, nearest first."""
    own = [(solid, _size(name, solid)) for name, solid in sorted(design.solids.items())]
    foreign = [(solid, _size(name, solid)) for name, solid in sorted(scene.solids.items())]
    found = [
        Clearance(a=one.body, b=other.body, distance_mm=find_distance(shape.shape, other_shape.shape))
        for (shape, one), (other_shape, other) in (*combinations(own, 2), *product(own, foreign))
        if _near(one, other)
    ]
    return MeasureReply(
        bodies=tuple(size for _, size in own), clearances=tuple(sorted(found, key=lambda c: c.distance_mm))
    )


def _size(name: str, solid: Solid) -> BodySize:
    found = measure(solid.shape)
    low, high = ((float(x), float(y), float(z)) for x, y, z in found.box_mm)
    return BodySize(body=name, min_mm=low, max_mm=high, volume_mm3=found.volume_mm3)


def _near(a: BodySize, b: BodySize) -> bool:
    """Say whether two boxes are within NEAR_MM on every axis."""
    sides = zip(a.min_mm, a.max_mm, b.min_mm, b.max_mm, strict=True)
    return all(low_a - high_b < NEAR_MM and low_b - high_a < NEAR_MM for low_a, high_a, low_b, high_b in sides)

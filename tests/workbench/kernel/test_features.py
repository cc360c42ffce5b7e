"""What messages call the feature that makes a solid hard."""

import pytest
from build123d import Align, Box, Cylinder, Helix, Plane, Pos, Rectangle, Rot, loft, sweep

from workbench.kernel.features import name_feature

UP = (Align.CENTER, Align.CENTER, Align.MIN)
HELIX = Helix(3, 21, 8)
THREADED = Cylinder(8, 30, align=UP) + Pos(0, 0, 4) * sweep(
    Plane(HELIX.location_at(0)) * Rectangle(2, 1.5), HELIX, is_frenet=True
)
SIEVE = Box(120, 120, 4) - [Pos(20 * i - 50, 20 * j - 50, 0) * Cylinder(4, 9) for i in range(6) for j in range(6)]
SPRAY = (
    Cylinder(40, 16)
    - Cylinder(37, 16)
    - [Rot(0, 0, 9 * i) * Pos(38, 0, 0) * Rot(0, 90, 0) * Cylinder(1.5, 8) for i in range(40)]
)
LOFTED = loft([Pos(0, 0, 10 * i) * Rectangle(30 - i * i, 10) for i in range(4)])


@pytest.mark.parametrize(
    ("solid", "name"),
    [
        (THREADED, "a thread or another helix"),
        (SIEVE, "36 round holes"),
        (SPRAY, "40 round holes"),
        (LOFTED, "4 free-form or swept faces"),
        (Box(10, 10, 10) - Cylinder(2, 10), ""),
    ],
)
def test_feature_is_named(solid: Box, name: str) -> None:
    assert name_feature(solid.solid().wrapped) == name

"""Volumes of spline faces are those of closed forms; those of other faces stay as the kernel has them."""

import math

import pytest
from build123d import Box, Cylinder, Pos, Rot, Solid, Sphere, scale

from performance.corpus import build_corpus
from workbench.kernel.measuring import measure

DISC = scale(Cylinder(0.5, 2), by=(20, 20, 10))
DISC_MM3 = math.pi * 10**2 * 20
EGG = scale(Sphere(1), by=(10, 20, 5))
EGG_MM3 = 4 / 3 * math.pi * 1000


@pytest.mark.parametrize(
    ("solid", "volume_mm3"),
    [
        (DISC, DISC_MM3),
        (EGG, EGG_MM3),
        (Pos(40, -7, 90) * Rot(20, 30, 40) * EGG, EGG_MM3),
        (DISC - Box(40, 40, 10), DISC_MM3 / 2),
        (EGG - Pos(0, 0, 20) * Box(80, 80, 40), EGG_MM3 / 2),
    ],
)
def test_spline_faces_are_measured_as_exactly_as_others(solid: Solid, volume_mm3: float) -> None:
    volumes = [measure(one.wrapped).volume_mm3 for one in solid.solids()]
    assert sum(volumes) == pytest.approx(volume_mm3, rel=1e-5)


def test_spline_disc_has_the_inertia_and_centre_of_a_cylinder() -> None:
    size = measure((Pos(3, 4, 5) * DISC).solid().wrapped)
    across = DISC_MM3 * (3 * 10**2 + 20**2) / 12
    assert size.centre_mm == pytest.approx((3, 4, 5), abs=1e-4)
    assert size.inertia_mm5.diagonal() == pytest.approx((across, across, DISC_MM3 * 10**2 / 2), rel=1e-5)


def test_plane_faces_within_spline_edges_keep_their_area() -> None:
    gear = next(build_corpus("gear_m2_z40")).solid
    assert measure(gear.wrapped).volume_mm3 == pytest.approx(49_827.55, rel=1e-6)

"""The thinnest wall of a solid is found where it is, whatever the angle between its faces."""

import math
from typing import Any

import numpy as np
import pytest
from build123d import Box, Cone, Cylinder, Polyline, Pos, Rot, Sphere, Torus, extrude, make_face

from workbench.kernel.solid_view import read_solid
from workbench.kernel.walls import measure_walls


def ridged(angle_deg: float, low: float = 0.12, high: float = 0.36) -> Any:
    """A floor, flat above, with eight ridges below: so thin in the notches and so thick over the ridges."""
    half = (high - low) / math.tan(math.radians(angle_deg))
    below = [(n * half, 0 if n % 2 == 0 else high - low) for n in range(16, -1, -1)]
    return extrude(make_face(Polyline((0, high), (16 * half, high), *below, close=True)), 20)


def grooved(top_turn_deg: float) -> Any:
    """A slab of 4 mm with a right-angled groove 1.8385 mm deep in each side: 0.3230 mm are left between them."""
    groove = Rot(0, 45, 0) * Box(2.6, 60, 2.6)
    return Box(30, 30, 4) - Pos(0, 0, 2) * Rot(0, 0, top_turn_deg) * groove - Pos(0, 0, -2) * groove


def thinnest(shape: Any, below_mm: float = 1.2) -> float | None:
    found = measure_walls(read_solid(shape.wrapped), below_mm).thinnest
    return None if found is None else found.measured


@pytest.mark.parametrize("angle_deg", [5, 19, 21, 25, 45, 70])
def test_floor_over_ridges_is_as_thin_as_over_its_notches(angle_deg: float) -> None:
    assert thinnest(ridged(angle_deg)) == pytest.approx(0.12, abs=1e-6)


@pytest.mark.parametrize("turn_deg", [0, 30, 90])
def test_grooves_from_both_sides_meet_in_a_thin_place(turn_deg: float) -> None:
    assert thinnest(grooved(turn_deg)) == pytest.approx(4 - 2 * 1.3 * math.sqrt(2), abs=1e-6)


@pytest.mark.parametrize(
    ("shape", "wall"),
    [
        (Box(20, 20, 5) - Pos(0, 0, -0.06) * Cone(9, 0, 4.88), 0.12),
        (Box(20, 20, 5) - Pos(0, 0, -2.5) * Sphere(4.7), 0.3),
        (Box(20, 20, 1e-4), 1e-4),
        (Box(20, 20, 1e-5), 1e-5),
        (Box(30, 30, 20) - Pos(10.5, 0, 0) * Cylinder(4, 20), 0.5),
    ],
    ids=["dimple to a point", "round dimple", "0.1 um", "0.01 um", "web of a hole"],
)  # fmt: skip
def test_thin_place_is_measured(shape: Any, wall: float) -> None:
    assert thinnest(shape) == pytest.approx(wall, rel=0.03)


@pytest.mark.parametrize(
    "shape",
    [
        Box(100, 30, 40) - Pos(0, 0, 22) * Rot(0, 21.8, 0) * Box(150, 40, 40),
        Cone(20, 0, 30),
        Torus(20, 5),
        Box(30, 30, 30) - Pos(0, 0, 15) * Box(20, 20, 20),
    ],
    ids=["ramp", "cone", "ring", "box with 5 mm walls"],
)
def test_edge_of_a_wedge_and_thick_walls_are_no_thin_place(shape: Any) -> None:
    assert thinnest(shape) is None


@pytest.mark.parametrize("turn", [(10, 20, 30), (-77, 140, 5), (90, 0, 45)])
def test_thinnest_place_moves_with_the_solid(turn: tuple[float, float, float]) -> None:
    for shape in (ridged(25), grooved(90)):
        moved = Pos(40, -7, 3) * Rot(*turn) * shape
        still, found = (measure_walls(read_solid(s.wrapped), 1.2).thinnest for s in (shape, moved))
        assert still is not None and found is not None
        assert found.measured == pytest.approx(still.measured, abs=1e-6)
        assert found.point is not None and np.isfinite(found.point).all()

"""Closed-form cases of what scenes can hold beyond blocks and balls: rings, free movers, springs, ball joints."""

import math

import pytest

from .conftest import Prepare
from .test_motion import acceleration, run

G = 9.81
METALS = {"SLOPE_MATERIAL": "al_6061_t6", "PAYLOAD_MATERIAL": "steel_1018"}


@pytest.mark.parametrize("angle", [5.0, 15.0])
@pytest.mark.parametrize("shape", ["tube", "torus"])
def test_ring_rolls_with_its_inertia(prepare: Prepare, angle: float, shape: str) -> None:
    states = run(prepare("slope", ANGLE_DEG=angle, SHAPE=shape, SIZE_MM=80.0, **METALS), 0.6)
    # I / (m R²): of a tube (1 + 0.8²) / 2, of a torus of 0.8 R and 0.2 R 0.8² + 0.75 · 0.2²
    inertia = (1 + 0.64) / 2 if shape == "tube" else 0.64 + 0.03
    expected = G * math.sin(math.radians(angle)) / (1 + inertia)
    assert acceleration(states, 100, 599) == pytest.approx(expected, rel=0.03)

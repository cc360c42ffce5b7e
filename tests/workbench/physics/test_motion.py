"""Closed-form cases of bodies that fall, slide, roll, bounce and swing (mechanics §2)."""

import math

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue

from .conftest import Case, Prepare

G = 9.81
SLIDES = [(20.0, 0.2, "pom", "steel_1018"), (30.0, 0.3, "plywood_birch", "steel_1018"), (25.0, 0.4, "pla", "pla")]


def run(case: Case, seconds: float) -> np.ndarray:
    """Return qpos and qvel of the payload after every step, (steps, 13)."""
    data = case.start()
    rows = []
    for _ in range(round(seconds / 0.001)):
        mujoco.mj_step(case.model, data)
        rows.append(np.concatenate([data.qpos[:7], data.qvel[:6]]))
    return np.array(rows)


def acceleration(states: np.ndarray, first: int, last: int) -> float:
    """Return the mean acceleration between two steps."""
    speeds = np.linalg.norm(states[[first, last], 7:10], axis=1)
    return float(speeds[1] - speeds[0]) / ((last - first) * 0.001)


def test_ball_falls_100_mm_in_time(prepare: Prepare) -> None:
    case = prepare("drop", HEIGHT_MM=100.0)
    data = case.start()
    while data.ncon == 0:
        mujoco.mj_step(case.model, data)
    touched = data.time - case.model.opt.timestep  # contacts are those of the state before the step
    assert abs(touched - math.sqrt(2 * 0.1 / G)) <= case.model.opt.timestep


@pytest.mark.parametrize(("angle", "mu", "slope", "block"), SLIDES)
@pytest.mark.parametrize(("shape", "strips"), [("box", 1), ("chamfered", 1), ("box", 25), ("chamfered", 25)])
def test_block_slides_as_coulomb_says(prepare: Prepare, catalogue: Catalogue, angle, mu, slope, block, shape, strips):
    assert catalogue.pair(slope, block).friction == mu
    constants = {"ANGLE_DEG": angle, "SLOPE_MATERIAL": slope, "PAYLOAD_MATERIAL": block}
    states = run(prepare("slope", SHAPE=shape, STRIPS=strips, **constants), 0.8)
    expected = G * (math.sin(math.radians(angle)) - mu * math.cos(math.radians(angle)))
    found = acceleration(states, 100, 799)
    assert found == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("shape", ["box", "chamfered"])
@pytest.mark.parametrize(("angle", "holds"), [(10.0, True), (0.98, True), (1.02, False)])
def test_block_sticks_below_the_friction_angle(prepare: Prepare, shape: str, angle: float, holds: bool) -> None:
    degrees = angle if angle > 5 else math.degrees(math.atan(0.3 * angle))
    constants = {"SLOPE_MATERIAL": "plywood_birch", "PAYLOAD_MATERIAL": "steel_1018", "STRIPS": 1}
    states = run(prepare("slope", ANGLE_DEG=degrees, SHAPE=shape, **constants), 5.0 if holds else 2.0)
    creep = float(np.linalg.norm(states[-1, :3] - states[0, :3])) * 1000
    assert creep < 1.0 if holds else creep > 50.0


@pytest.mark.parametrize("angle", [1.0, 5.0, 15.0])
@pytest.mark.parametrize(("shape", "share"), [("sphere", 5 / 7), ("cylinder", 2 / 3)])
def test_round_payload_rolls_with_its_inertia(prepare: Prepare, angle: float, shape: str, share: float) -> None:
    materials = {"SLOPE_MATERIAL": "al_6061_t6", "PAYLOAD_MATERIAL": "steel_1018"}
    states = run(prepare("slope", ANGLE_DEG=angle, SHAPE=shape, SIZE_MM=80.0, **materials), 0.6)
    expected = share * G * math.sin(math.radians(angle))
    found = acceleration(states, 100, 599)
    assert found == pytest.approx(expected, rel=0.02)


def test_pendulum_swings_at_its_period(prepare: Prepare) -> None:
    case = prepare("pendulum")
    data = case.start()
    angles = []
    for _ in range(5000):
        mujoco.mj_step(case.model, data)
        angles.append(float(data.joint("pivot").qpos[0]) + math.radians(2.0))
    signs = np.flatnonzero(np.diff(np.sign(angles)) > 0)
    crossings = [i + angles[i] / (angles[i] - angles[i + 1]) for i in signs]
    period = float(np.diff(crossings).mean()) * 0.001
    whole, window = (30, 10, 240, -100), (16, 10, 60, -140)
    masses = [a * b * c for a, b, c, _ in (whole, window)]
    inertias = [m * ((a * a + c * c) / 12 + z * z) for m, (a, _, c, z) in zip(masses, (whole, window), strict=True)]
    moment = masses[0] * 100 - masses[1] * 140
    expected = 2 * math.pi * math.sqrt((inertias[0] - inertias[1]) / moment / 1000 / G)
    assert period == pytest.approx(expected, rel=0.01)

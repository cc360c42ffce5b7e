"""Closed-form cases of rebound, tunnelling, conveyors and openings (mechanics §2)."""

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue

from .conftest import Prepare

G = 9.81
BOUNCES = [
    ("steel_1018", "plywood_birch", 0.5),
    ("steel_1018", "steel_1018", 0.6),
    ("silicone_60a", "silicone_60a", 0.8),
]
HEIGHTS = np.linspace(50, 500, 24)


def rebound(prepare: Prepare, ball: str, plate: str, height_mm: float) -> float:
    """Return height after the first bounce ÷ height before."""
    case = prepare("drop", BALL_MATERIAL=ball, PLATE_MATERIAL=plate, HEIGHT_MM=float(height_mm))
    data = case.start()
    while data.ncon == 0 or data.qvel[2] < 0 or data.qpos[2] < 0.01:
        mujoco.mj_step(case.model, data)
    return float(data.qpos[2] - 0.01 + data.qvel[2] ** 2 / (2 * G)) / (height_mm / 1000)


@pytest.mark.parametrize(("ball", "plate", "e"), BOUNCES)
@pytest.mark.parametrize("height", [50.0, 187.0, 500.0])
def test_ball_rebounds_by_its_restitution(prepare: Prepare, catalogue: Catalogue, ball, plate, e, height) -> None:
    assert catalogue.pair(ball, plate).restitution == e
    assert abs(rebound(prepare, ball, plate, height) - e * e) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("ball", "plate", "e"), BOUNCES)
def test_ball_rebounds_by_its_restitution_from_every_height(prepare: Prepare, ball, plate, e) -> None:
    errors = [rebound(prepare, ball, plate, height) - e * e for height in HEIGHTS]
    assert max(map(abs, errors)) <= 0.05


@pytest.mark.parametrize("offset", [0.0, 1.3, 2.7])
def test_fast_ball_does_not_tunnel_through_a_thin_plate(prepare: Prepare, offset: float) -> None:
    case = prepare("drop", RADIUS_MM=5.0, HEIGHT_MM=30.0 + offset, SPEED_MM_S=4000.0, PLATE_MM=1.0)
    data = case.start()
    lowest = 1.0
    for _ in range(200):
        mujoco.mj_step(case.model, data)
        lowest = min(lowest, float(data.qpos[2]))
    assert lowest > 0.0


def ride(prepare: Prepare, speed: float, yaw: float, friction: float, **materials: str) -> np.ndarray:
    """Return the error of a box's speed after every step, less what one step adds, as share of the belt's speed."""
    case = prepare("conveyor", SPEED_MM_S=speed, YAW_DEG=yaw, **materials)
    data = case.start()
    along = np.array([np.cos(np.radians(yaw)), np.sin(np.radians(yaw)), 0.0])
    gain = friction * G * 1000 * 0.001
    errors = []
    for step in range(1, 501):
        mujoco.mj_step(case.model, data)
        error = abs(float(data.qvel[:3] @ along) * 1000 - min(gain * step, speed))
        errors.append(max(error - gain, 0.0) if step < speed / gain + 10 else error)
    return np.array(errors) / speed


@pytest.mark.parametrize(("speed", "yaw"), [(50.0, 35.0), (100.0, 0.0), (200.0, 35.0), (300.0, 0.0)])
def test_conveyor_brings_a_box_to_its_speed_by_friction(prepare: Prepare, speed: float, yaw: float) -> None:
    errors = ride(prepare, speed, yaw, 0.3)
    assert np.abs(errors).max() <= 0.05
    assert np.abs(errors[-200:]).max() <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("belt", "load", "friction"), [("steel_1018", "pom", 0.2), ("abs", "abs", 0.4)])
@pytest.mark.parametrize("speed", [50.0, 75.0, 100.0, 150.0, 200.0, 300.0])
@pytest.mark.parametrize("yaw", [0.0, 35.0])
def test_conveyor_obeys_friction_of_many_pairs(
    prepare: Prepare, catalogue: Catalogue, belt: str, load: str, friction: float, speed: float, yaw: float
) -> None:
    assert catalogue.pair(belt, load).friction == pytest.approx(friction, abs=0.01)
    errors = ride(prepare, speed, yaw, friction, BELT_MATERIAL=belt, LOAD_MATERIAL=load)
    assert np.abs(errors).max() <= 0.05


@pytest.mark.parametrize("kind", ["tube", "fork", "u_channel", pytest.param("funnel", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("share", "passes"), [(0.9, True), (1.1, False)])
def test_ball_passes_an_opening_that_is_wider(prepare: Prepare, kind: str, share: float, passes: bool) -> None:
    ball = 40.0 * share
    case = prepare("opening", KIND=kind, OPENING_MM=40.0, BALL_MM=ball)
    data = case.start()
    mujoco.mj_step(case.model, data, 1500)
    limit = -16 + ball / 2 + 2 if kind == "u_channel" else -10 - ball / 2
    assert (data.qpos[2] * 1000 < limit) == passes

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


@pytest.mark.parametrize(("speed", "yaw"), [(200.0, 0.0), (300.0, 0.0), (300.0, 35.0)])
def test_conveyor_brings_a_box_to_its_speed_by_friction(prepare: Prepare, speed: float, yaw: float) -> None:
    case = prepare("conveyor", SPEED_MM_S=speed, YAW_DEG=yaw)
    data = case.start()
    along = np.array([np.cos(np.radians(yaw)), np.sin(np.radians(yaw)), 0.0])
    speeds = []
    for _ in range(1000):
        mujoco.mj_step(case.model, data)
        speeds.append(float(data.qvel[:3] @ along) * 1000)
    assert speeds[-1] == pytest.approx(speed, rel=0.05)
    assert speeds[int(0.5 * speed / 1000 / (0.3 * G) / 0.001)] == pytest.approx(0.5 * speed, rel=0.05)


@pytest.mark.parametrize("kind", ["tube", "fork", "u_channel", pytest.param("funnel", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("share", "passes"), [(0.9, True), (1.1, False)])
def test_ball_passes_an_opening_that_is_wider(prepare: Prepare, kind: str, share: float, passes: bool) -> None:
    ball = 40.0 * share
    case = prepare("opening", KIND=kind, OPENING_MM=40.0, BALL_MM=ball)
    data = case.start()
    mujoco.mj_step(case.model, data, 1500)
    limit = -16 + ball / 2 + 2 if kind == "u_channel" else -10 - ball / 2
    assert (data.qpos[2] * 1000 < limit) == passes

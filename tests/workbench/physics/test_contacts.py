"""Closed-form cases of rebound, tunnelling, conveyors and openings (mechanics §2)."""

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trial_model import TrialModel

from .conftest import Case, Prepare

G = 9.81
BOUNCES = [
    ("steel_1018", "plywood_birch", 0.5),
    ("steel_1018", "steel_1018", 0.6),
    ("silicone_60a", "silicone_60a", 0.8),
]
HEIGHTS, PLATES = np.linspace(50, 500, 24), (1.0, 2.0, 3.5, 6.0, 20.0)


def rebound(case: Case, height_mm: float, half_step: bool = False, radius_mm: float = 10.0) -> float:
    """Return height after the first bounce ÷ height before, as a trial simulates it from a state at some height."""
    subject = TrialModel(case.scene.scene, case.conversion, case.model)
    trials = TrialBatch(subject, (draw_nominal(subject.scene),), 1, 0.0005 if half_step else 0.001).simulations
    trials.bind("qpos")[0, 2] = (height_mm + radius_mm) / 1000
    seen = trials.rollout(1000, record=("qpos", "qvel"))
    height, speed = seen["qpos"][0, :, 2] - radius_mm / 1000, seen["qvel"][0, :, 2]
    up = int(np.argmax(speed > 0))
    return float(height[up] + speed[up] ** 2 / (2 * G)) / (height_mm / 1000)


@pytest.mark.parametrize(("ball", "plate", "e"), BOUNCES)
@pytest.mark.parametrize(("thickness", "height"), [(20.0, 50.0), (2.0, 187.0), (1.0, 500.0)])
def test_ball_rebounds_by_its_restitution(prepare: Prepare, catalogue: Catalogue, ball, plate, e, thickness, height):
    """h′ / h = e² (Newton's law of restitution), on any plate of 1 mm or more, at both steps."""
    assert catalogue.pair(ball, plate).restitution == e
    case = prepare("drop", BALL_MATERIAL=ball, PLATE_MATERIAL=plate, PLATE_MM=thickness)
    assert abs(rebound(case, height) - e * e) <= 0.05
    assert abs(rebound(case, height, half_step=True) - e * e) <= 0.05


@pytest.mark.parametrize("thickness", [1.0, 1.8, 2.5, 3.5, 5.0, 20.0])
def test_plastic_ball_rebounds_from_thin_sheets(prepare: Prepare, thickness: float) -> None:
    case = prepare("drop", RADIUS_MM=12.0, BALL_MATERIAL="pom", PLATE_MATERIAL="abs", PLATE_MM=thickness)
    assert abs(rebound(case, 200.0, radius_mm=12.0) - 0.25) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize(("ball", "plate", "e"), BOUNCES)
@pytest.mark.parametrize("thickness", PLATES)
def test_ball_rebounds_by_its_restitution_from_every_height(prepare: Prepare, ball, plate, e, thickness) -> None:
    case = prepare("drop", BALL_MATERIAL=ball, PLATE_MATERIAL=plate, PLATE_MM=thickness)
    errors = [rebound(case, height, half) - e * e for height in HEIGHTS for half in (False, True)]
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
    data, steps = case.start(), 0
    limit = -16 + ball / 2 + 2 if kind == "u_channel" else -10 - ball / 2
    while data.qpos[2] * 1000 >= limit and (steps := steps + 1) < 1500:
        mujoco.mj_step(case.model, data)
    between = bool(abs(data.qpos[1]) * 1000 < 20.0)  # one that is too large may bounce off, and fall beside it
    assert (data.qpos[2] * 1000 < limit and between) == passes


@pytest.mark.parametrize("ball", [44.0, 57.0, 80.0])
def test_bounce_between_two_edges_gains_no_energy(prepare: Prepare, ball: float) -> None:
    """Two contacts at once, friction in both: Coulomb's friction only takes energy."""
    case = prepare("opening", KIND="fork", OPENING_MM=40.0, BALL_MM=ball)
    case.model.opt.enableflags |= mujoco.mjtEnableBit.mjENBL_ENERGY
    data, most = case.start(), -np.inf
    start = float(data.energy.sum())
    for _ in range(1000):
        mujoco.mj_step(case.model, data)
        most = max(most, float(data.energy.sum()))
    assert most <= start + 1e-3 * abs(start)

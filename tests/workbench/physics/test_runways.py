"""Closed-form cases of balls that roll on curved and divided surfaces (mechanics §2)."""

import math

import mujoco
import numpy as np
import pytest

from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trial_model import TrialModel

from .conftest import Case, Prepare

G = 9.81
PIPES = [
    {"RADIUS_MM": 150.0},
    {"RADIUS_MM": 200.0, "PIPE_MATERIAL": "steel_1018"},
    {"RADIUS_MM": 200.0, "BALL_MM": 25.0, "ANGLE_DEG": 40.0, "WALL_MM": 3.0, "PIPE_MATERIAL": "tpu_95a"},
    {"RADIUS_MM": 300.0, "ANGLE_DEG": 50.0},
]


def simulate(case: Case, seconds: float, step_s: float = 0.001) -> np.ndarray:
    """Return qpos and qvel of the payload (steps, 13) as a trial simulates it, without rolling friction."""
    subject = TrialModel(case.scene.scene, case.conversion, case.model)
    trials = TrialBatch(subject, (draw_nominal(subject.scene),), 1, step_s).simulations
    trials.expand("pair_friction")[:, :, 3:] = 0.0
    seen = trials.rollout(round(seconds / step_s), record=("qpos", "qvel"))
    return np.column_stack([seen["qpos"][0, :, :7], seen["qvel"][0, :, :6]])


@pytest.mark.parametrize("pipe", PIPES)
def test_ball_returns_to_its_height_in_a_half_pipe(prepare: Prepare, pipe: dict[str, float]) -> None:
    """A ball that rolls without loss rises as high as it was released (μ ≥ 2/7 tan θ), whatever its bounce; 3 %."""
    case = prepare("half_pipe", **pipe)
    way = (pipe["RADIUS_MM"] - pipe.get("BALL_MM", 15.0)) / 1000
    height = way * (1 - math.cos(math.radians(pipe.get("ANGLE_DEG", 60.0))))
    for step_s in (0.001, 0.0005):
        places = simulate(case, 1.0, step_s)[:, [0, 2]]
        up = places[places[:, 0] > 0]
        turned = int(np.argmax(up[:, 0]))
        assert (up[: turned + 1, 1].max() + way) / height == pytest.approx(1.0, abs=0.03)


def test_ball_that_falls_into_a_half_pipe_rebounds(prepare: Prepare) -> None:
    """h′ / h = e² on a corner between facets too (Newton's law of restitution)."""
    case, floor = prepare("half_pipe", ANGLE_DEG=0.0), -0.135
    for height in (0.05, 0.125, 0.2, 0.35, 0.5):
        data, risen = case.start(), 0.0
        data.qpos[2] = floor + height
        while data.time < math.sqrt(2 * height / G) + 0.006:
            mujoco.mj_step(case.model, data)
            if data.qvel[2] > 0.0:
                risen = max(risen, float(data.qpos[2] - floor + data.qvel[2] ** 2 / (2 * G)))
        assert risen / height == pytest.approx(0.49, abs=0.05)


def test_only_wide_open_hollows_are_runways(prepare: Prepare) -> None:
    wide, narrow = (prepare("half_pipe", RADIUS_MM=radius).conversion.geoms for radius in (100.0, 60.0))
    assert sum(geom.is_runway for geom in wide) >= math.floor(math.pi / 0.022) - 1
    assert not any(geom.is_runway for geom in narrow) and len(narrow) < 40


@pytest.mark.parametrize("load", ["box", "chamfered", "sphere", "bracket"])
def test_mirrored_scene_moves_as_the_mirror_shows(prepare: Prepare, load: str) -> None:
    """Same mass, and places mirrored to 0.01 mm over 2 s of falling, sliding, tumbling and coming to rest."""
    cases = [prepare("mirrored", LOAD=load, MIRRORED=mirrored) for mirrored in (False, True)]
    one, other = (trace(case, 2000) * 1000 for case in cases)
    assert cases[0].model.body("load").mass[0] == cases[1].model.body("load").mass[0]
    assert np.abs(one - other * [-1.0, 1.0, 1.0]).max() < 0.01


def trace(case: Case, steps: int) -> np.ndarray:
    """Return where the payload's centre of mass is after every step (steps, 3)."""
    data, places = case.start(), []
    for _ in range(steps):
        mujoco.mj_step(case.model, data)
        places.append(data.body("load").xipos.copy())
    return np.array(places)


@pytest.mark.parametrize(("load", "speed"), [("ball", 400.0), ("block", 900.0)])
def test_seams_of_one_solid_kick_nothing(prepare: Prepare, load: str, speed: float) -> None:
    """Over seams a ball rolls and a block slides as on a whole plate: up and aside to 0.05 mm (a block turns: 0.1)."""
    whole = prepare("seams", LOAD=load, SPEED_MM_S=speed)
    for shape in ("cross", "ribbed", "holes"):
        cut = prepare("seams", LOAD=load, SPEED_MM_S=speed, SHAPE=shape)
        assert len(cut.conversion.geoms) > len(whole.conversion.geoms)
        strayed = np.abs(trace(cut, 250) - trace(whole, 250))[:, 1:] * 1000
        assert strayed[:, 1].max() < 0.05 and strayed[:, 0].max() < (0.05 if load == "ball" else 0.1)

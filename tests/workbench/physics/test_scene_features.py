"""Closed-form cases of what scenes can hold beyond blocks and balls: rings, free movers, springs, ball joints."""

import math

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue
from schemas.jobs import Draws
from schemas.reasons import ReasonCode
from workbench.convert import convert
from workbench.judge.verdict import Case, judge
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.reasons import Refused
from workbench.verify.shapes import sweep_joint

from .conftest import Build, Prepare
from .test_motion import acceleration, run

G = 9.81
METALS = {"SLOPE_MATERIAL": "al_6061_t6", "PAYLOAD_MATERIAL": "steel_1018"}


@pytest.mark.parametrize("angle", [1.0, 5.0, 15.0])
@pytest.mark.parametrize("shape", ["tube", "torus"])
def test_ring_rolls_with_its_inertia(prepare: Prepare, angle: float, shape: str) -> None:
    states = run(prepare("slope", ANGLE_DEG=angle, SHAPE=shape, SIZE_MM=80.0, **METALS), 0.6)
    # I / (m R²): of a tube (1 + 0.8²) / 2, of a torus of 0.8 R and 0.2 R 0.8² + 0.75 · 0.2²
    inertia = (1 + 0.64) / 2 if shape == "tube" else 0.64 + 0.03
    expected = G * math.sin(math.radians(angle)) / (1 + inertia)
    assert acceleration(states, 100, 599) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(("shape", "inertia"), [("tube", (1 + 0.64) / 2), ("cylinder", 0.5), ("sphere", 0.4)])
def test_hoop_disc_and_sphere_race_down_10_degrees(prepare: Prepare, shape: str, inertia: float) -> None:
    """a = g sin θ ÷ (1 + I / (m R²)): the sphere wins, the hoop loses (Galilei); 2 %."""
    states = run(prepare("slope", ANGLE_DEG=10.0, SHAPE=shape, SIZE_MM=80.0, **METALS), 0.6)
    expected = G * math.sin(math.radians(10.0)) / (1 + inertia)
    assert acceleration(states, 100, 599) == pytest.approx(expected, rel=0.02)


def test_movers_move_as_their_joints_say(prepare: Prepare, catalogue: Catalogue) -> None:
    case = prepare("movers")
    data, seen = case.start(), []
    for _ in range(1000):
        mujoco.mj_step(case.model, data)
        data.actuator("push").ctrl[0] = 0.02
        seen.append([data.joint(name).qpos[0] for name in ("spring", "stuck", "axle")])
    spring, stuck, axle = np.array(seen).T
    cart_kg = 0.04**3 * catalogue.materials["steel_1018"].density_kg_m3
    # let go slack, it swings between 0 and -2 m g / k, in T = 2 π √(m / k)
    assert spring.min() == pytest.approx(-2 * cart_kg * G / 200.0, rel=0.02)
    period_s = 2 * math.pi * math.sqrt(cart_kg / 200.0)
    assert np.argmin(spring[: round(period_s * 1000)]) / 1000 == pytest.approx(period_s / 2, rel=0.02)
    assert abs(stuck).max() < 1e-3  # 6.4 cm³ of pla weigh 1.6 N·mm about the hinge, the friction is 100 N·mm
    wheel = 0.06**5 / 6 * catalogue.materials["al_6061_t6"].density_kg_m3
    assert axle[499] == pytest.approx(0.02 / wheel * 0.5**2 / 2, rel=0.02)
    for name in ("stone", "free_stone"):
        assert data.body(name).xpos[2] == pytest.approx(-G / 2, rel=0.01)


def test_ball_joint_swings_as_a_spherical_pendulum(prepare: Prepare) -> None:
    case = prepare("movers")
    data, tilts = case.start(), []
    for _ in range(2000):
        mujoco.mj_step(case.model, data)
        tilts.append(data.body("bob").xpos[0])
    ups = np.flatnonzero(np.diff(np.sign(tilts)) > 0)
    length, radius = math.hypot(0.2, 0.01), 0.015
    expected = 2 * math.pi * math.sqrt((length + 0.4 * radius**2 / length) / G)
    assert np.diff(ups).mean() / 1000 == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("shapes", [("sphere", "cube", "rod", "ring"), ("cylinder", "box", "tube", "capsule")])
def test_four_payloads_each_meet_their_own_goal(build: Build, catalogue: Catalogue, shapes: tuple[str, ...]) -> None:
    scene = load_bundle(build("payloads", SHAPES=shapes))
    assert isinstance(scene, LoadedBundle), scene
    draws = Draws(key_hex="0" * 32, benchmark="ab" * 32, purpose="verdict", trials=2, must_pass=2)
    verdict, _ = judge(Case(scene, None, draws, None, catalogue))
    assert verdict.passed, verdict.reasons


def test_payload_that_would_roll_on_facets_is_refused(build: Build, catalogue: Catalogue) -> None:
    scene = load_bundle(build("payloads", SHAPES=("cone",)))
    assert isinstance(scene, LoadedBundle), scene
    found = convert(scene, None, catalogue)
    assert isinstance(found, Refused)
    assert [(reason.code, reason.where) for reason in found.reasons] == [(ReasonCode.COLLISION_UNRESOLVED, "cone")]


def test_ball_joint_is_swept_to_all_sides(prepare: Prepare) -> None:
    scene = prepare("movers").scene
    joint = next(joint for joint in scene.record.joints if joint.id == "ball")
    places = [placed.box_mm.mean(axis=0) for _, placed in sweep_joint(scene.record, joint, scene.solids["bob"].shape)]
    assert len(places) == 3 * 13
    assert np.ptp(places, axis=0)[:2] == pytest.approx([2 * 200 * math.sin(math.pi / 6)] * 2, abs=2.0)

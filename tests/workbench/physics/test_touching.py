"""Closed-form cases of bodies that touch, topple or are spun, and of a rod on two supports (mechanics §2)."""

import math

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue

from .conftest import Prepare
from .test_motion import acceleration, run

G = 9.81


@pytest.mark.parametrize("masses", [("steel_1018", "steel_1018"), ("steel_1018", "pom"), ("pom", "steel_1018")])
@pytest.mark.parametrize("speed", [300.0, 1000.0])
def test_balls_collide_as_newton_says(prepare: Prepare, catalogue: Catalogue, masses, speed) -> None:
    """v₁' = v₁ (m₁ − e m₂) / M, v₂' = v₁ m₁ (1 + e) / M (Newton); momentum is kept to 0.1 %, e to 0.05."""
    case = prepare("contact", KIND="collision", MASSES=masses, SPEED_MM_S=speed)
    data, one, other = case.start(), case.model.body("one").id, case.model.body("other").id
    m1, m2 = case.model.body_mass[[one, other]]
    mujoco.mj_step(case.model, data, round(0.12 / speed * 1e6))
    v1, v2 = (float(data.joint(name).qvel[0]) * 1000 for name in ("one_free", "other_free"))
    assert m1 * v1 + m2 * v2 == pytest.approx(m1 * speed, rel=1e-3)
    expected = catalogue.pair(*masses).restitution
    assert (v2 - v1) / speed == pytest.approx(expected if expected >= 0.3 else 0.0, abs=0.05)


PAIRS = [(12.0, "abs", "abs"), (30.0, "hdpe", "steel_1018"), (35.0, "al_6061_t6", "al_6061_t6"), (35.0, "mdf", "pla")]


@pytest.mark.parametrize(("angle", "slope", "block"), PAIRS)
def test_block_slides_by_the_friction_of_its_pair(prepare: Prepare, catalogue: Catalogue, angle, slope, block) -> None:
    """a = g (sin θ − μ cos θ), or rest below the friction angle (Coulomb), of pairs in data/pairs.csv; 2 %."""
    mu, slant = catalogue.pair(slope, block).friction, math.radians(angle)
    states = run(prepare("slope", ANGLE_DEG=angle, SLOPE_MATERIAL=slope, PAYLOAD_MATERIAL=block), 0.6)
    expected = max(G * (math.sin(slant) - mu * math.cos(slant)), 0.0)
    assert acceleration(states, 100, 599) == pytest.approx(expected, abs=0.02 * G * math.sin(slant))


@pytest.mark.parametrize("spin", [3.0, 6.0, 10.0])
def test_spun_weight_stretches_its_spring(prepare: Prepare, catalogue: Catalogue, spin: float) -> None:
    """k x = m ω² (r + x): the spring gives the centripetal force (Huygens); to 1 %."""
    case = prepare("contact", KIND="governor", SPIN_RAD_S=spin)
    data = case.start()
    data.joint("axle").qvel[0] = data.ctrl[0] = spin
    mujoco.mj_step(case.model, data, 4000)
    pull = float(case.model.body("weight").mass[0]) * spin**2
    assert data.joint("axle").qvel[0] == pytest.approx(spin, rel=1e-3)
    assert data.joint("arm").qpos[0] == pytest.approx(pull * 0.1 / (20.0 - pull), rel=0.01)


@pytest.mark.parametrize("height", [40.0, 60.0, 90.0])
@pytest.mark.parametrize(("share", "topples"), [(0.98, False), (1.02, True)])
def test_block_topples_when_its_weight_leaves_its_foot(prepare: Prepare, height: float, share, topples) -> None:
    """tan θ = b / h of a block that does not slide (Archimedes: the centre of gravity above the edge); 2 % of tan θ."""
    angle = math.degrees(math.atan(share * 20.0 / height))
    case = prepare("contact", KIND="toppling", ANGLE_DEG=angle, HEIGHT_MM=height)
    data = case.start()
    upright = data.body("load").xmat[8]
    mujoco.mj_step(case.model, data, 1500)
    assert (data.body("load").xmat[8] < upright - 0.2) == topples


@pytest.mark.parametrize("reach", [100.0, 40.0, 10.0])
def test_rod_on_two_supports_shares_its_weight(prepare: Prepare, reach: float) -> None:
    """R_right = m g a / (a + b) with the centre a from the left support, b from the right (Shigley, table A-9); 3 %."""
    case = prepare("contact", KIND="rod", REACH_MM=reach)
    data, shares = case.start(), {"left": 0.0, "right": 0.0}
    mujoco.mj_step(case.model, data, 1000)
    force = np.zeros(6)
    for number in range(data.ncon):
        mujoco.mj_contactForce(case.model, data, number, force)
        bodies = [case.model.geom(geom).name for geom in data.contact[number].geom]
        shares[next(name for name in shares if any(body.startswith(name) for body in bodies))] += force[0]
    weight = float(case.model.body("load").mass[0]) * G
    assert sum(shares.values()) == pytest.approx(weight, rel=0.01)
    assert shares["right"] == pytest.approx(weight * 100 / (100 + reach), rel=0.03)


def test_rod_tips_off_its_supports(prepare: Prepare) -> None:
    """With both supports on one side of its centre it falls."""
    case = prepare("contact", KIND="rod", REACH_MM=-3.0)
    data = case.start()
    mujoco.mj_step(case.model, data, 1000)
    assert abs(data.body("load").xmat[8]) < 0.9 or data.body("load").xpos[2] < -0.1

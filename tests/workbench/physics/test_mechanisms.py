"""Closed-form cases of designs that move: couplings, springs, levers, linkages (mechanics §§2, 8)."""

import math

import mujoco
import numpy as np
import pytest

from schemas.catalogue import Catalogue

from .conftest import Case, Prepare

G = 9.81
MOTOR = "gm37d_12v_50"
RACK_MM, LEAD_MM = 2 * math.pi * 10, 8.0
TRAINS = {
    "gears": (-1 / 3, ("gear_m1_20_st", "gear_m1_60_pom"), 0.985**2),
    "belt": (1 / 3, ("belt_gt2_6", "pulley_gt2_20_5", "pulley_gt2_60_8"), 0.97),
    "rack": (-RACK_MM, ("gear_m1_20_st", "rack_m1_st"), 0.985**2),
    "lead_screw": (-LEAD_MM, ("screw_t8x8", "nut_t8"), 0.45),
}


def run(case: Case, level: float, seconds: float) -> mujoco.MjData:
    data = case.start()
    data.ctrl[:] = level
    mujoco.mj_step(case.model, data, round(seconds * 1000))
    return data


def train(prepare: Prepare, kind: str) -> Case:
    ratio, components, _ = TRAINS[kind]
    return prepare("stand", "train", design={"KIND": kind, "RATIO": ratio, "COMPONENTS": components})


def unit(kind: str) -> float:
    """Return SI per unit of the ratio: metres per radian for mm per turn."""
    return 1.0 if kind in ("gears", "belt") else 1e-3 / (2 * math.pi)


@pytest.mark.parametrize("kind", TRAINS)
def test_coupling_keeps_its_ratio(prepare: Prepare, kind: str) -> None:
    """q_b = N_a / N_b q_a of gears and belt, π m N per turn of a rack, the lead per turn of a screw; to 0.1 %."""
    data = run(train(prepare, kind), 1.0, 0.15)
    turn, move = float(data.joint("part/turn").qpos[0]), float(data.joint("part/move").qpos[0])
    assert turn > 0.5 and move == pytest.approx(TRAINS[kind][0] * unit(kind) * turn, rel=1e-3)


@pytest.mark.parametrize("kind", TRAINS)
@pytest.mark.parametrize(("share", "lifts"), [(1.02, True), (0.98, False)])
def test_geared_motor_lifts_what_its_torque_can(prepare: Prepare, catalogue: Catalogue, kind: str, share, lifts):
    """The work principle with losses: η τ = load · dq_b / dq_a; Shigley, Mechanical Engineering Design, §8-2, §13-3."""
    ratio, _, efficiency = TRAINS[kind]
    density = {name: catalogue.materials[name].density_kg_m3 for name in ("al_6061_t6", "steel_1018")}
    load = (
        100 * 6 * 10e-9 * density["al_6061_t6"] * G * 0.05 if unit(kind) == 1.0 else 0.04**3 * density["steel_1018"] * G
    )
    stall = catalogue.components[MOTOR].stall_torque_nm
    level = share * load * abs(ratio) * unit(kind) / (efficiency * stall)
    data = run(train(prepare, kind), math.copysign(level, ratio), 1.0)
    assert (data.joint("part/move").qpos[0] > 0) == lifts


def test_block_swings_on_its_spring(prepare: Prepare, catalogue: Catalogue) -> None:
    """T = 2π √(m / k), half of the spring's mass with the block; the friction-free slide keeps it within 1 %."""
    case = prepare("stand", "spring")
    data, heights = case.start(), []
    for _ in range(2000):
        mujoco.mj_step(case.model, data)
        heights.append(float(data.joint("part/guide").qpos[0]))
    row = catalogue.components["spring_c_2_20_60"]
    mass = 60 * 60 * 40e-9 * catalogue.materials["steel_1018"].density_kg_m3 + row.mass_g / 2000
    rate = row.rate_n_mm * 1000
    swing = np.array(heights) + mass * G / rate
    rises = np.flatnonzero((swing[:-1] < 0) & (swing[1:] >= 0))
    period = float(np.diff(rises - swing[rises] / (swing[rises + 1] - swing[rises])).mean()) * 0.001
    assert period == pytest.approx(2 * math.pi * math.sqrt(mass / rate), rel=0.01)
    assert min(heights) == pytest.approx(-2 * mass * G / rate, rel=0.02)


def test_spring_launches_its_block(prepare: Prepare, catalogue: Catalogue) -> None:
    """½ k x² = m g (x + h): beyond its free length a compression spring does not pull, so the block flies on; 2 %."""
    case = prepare("stand", "spring")
    row, pressed = catalogue.components["spring_c_2_20_60"], 0.025
    mass = float(case.model.body("part/weight").mass[0])
    data, heights = case.start(), []
    data.joint("part/guide").qpos[0] = -pressed
    for _ in range(400):
        mujoco.mj_step(case.model, data)
        heights.append(float(data.joint("part/guide").qpos[0]))
    expected = (row.rate_n_mm or 0.0) * 1000 * pressed**2 / (2 * mass * G) - pressed
    assert expected > 0.005 and max(heights) == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize(("share", "way"), [(1.0, 0), (1.02, -1), (0.98, 1)])
def test_lever_tips_to_the_greater_moment(prepare: Prepare, share: float, way: int) -> None:
    """Archimedes: m₁ a₁ = m₂ a₂ stands; 2 % off tips, against the bearing's friction torque μ P d / 2."""
    data = run(prepare("stand", "lever", design={"SHARE": share}), 0.0, 1.0)
    degrees = math.degrees(data.joint("part/pivot").qpos[0])
    assert abs(degrees) < 0.5 if way == 0 else degrees * way > 1.0


@pytest.mark.parametrize("limits", [None, (-0.1, 0.1), (-90, 0)])
@pytest.mark.parametrize("stop", [286.0, 295.0])
def test_lever_rests_on_the_stop_of_its_own_bracket(prepare: Prepare, limits, stop: float) -> None:
    """Its lower edge, 5 mm below the pivot, meets the stop's corner at (90, h): h cos φ − 90 sin φ = 5 mm.

    What the program declares as the joint's limits neither holds it nor lets it through.
    """
    case = prepare("stand", "lever_on_stop", design={"LIMITS": limits, "STOP_MM": stop})
    data = run(case, 0.0, 1.5)
    height = 300.0 - stop
    expected = math.acos(5.0 / math.hypot(90.0, height)) - math.atan2(90.0, height)
    assert float(data.joint("part/pivot").qpos[0]) * 90.0 == pytest.approx(expected * 90.0, abs=0.2)
    assert max((-contact.dist for contact in data.contact), default=0.0) < 1e-4


@pytest.mark.parametrize("limits", [(0, 0.1), (-45, 0)])
def test_lever_in_a_free_bearing_falls_whatever_is_declared(prepare: Prepare, limits) -> None:
    data = run(prepare("stand", "lever_on_stop", design={"LIMITS": limits, "STOP_MM": 275.0}), 0.0, 0.5)
    assert math.degrees(data.joint("part/pivot").qpos[0]) > 10.0


def test_four_bar_linkage_stays_closed(prepare: Prepare) -> None:
    """The rocker's angle by the cosine rule in the two triangles of the quadrilateral; Freudenstein (1954)."""
    case = prepare("stand", "four_bar")
    data, worst_mm, worst_deg = case.start(), 0.0, 0.0
    start = rocker_angle(0.0)
    for _ in range(2000):
        data.ctrl[:] = 0.3
        mujoco.mj_step(case.model, data)
        mujoco.mj_kinematics(case.model, data)
        ends = [data.xpos[b] + data.xmat[b].reshape(3, 3) @ a for b, a in list_ends(case)]
        worst_mm = max(worst_mm, float(np.linalg.norm(ends[0] - ends[1])) * 1000)
        expected = rocker_angle(float(data.joint("part/drive").qpos[0])) - start
        found = float(data.joint("part/swing").qpos[0])
        worst_deg = max(worst_deg, abs(math.degrees(math.remainder(found - expected, 2 * math.pi))))
    assert data.joint("part/drive").qpos[0] > 2 * math.pi
    assert worst_mm < 0.1 and worst_deg < 0.2


def list_ends(case: Case) -> list[tuple[int, np.ndarray]]:
    """Return body and local anchor of both ends of the first connection."""
    bodies, anchors = (case.model.eq_obj1id[0], case.model.eq_obj2id[0]), case.model.eq_data[0]
    return [(bodies[0], anchors[:3]), (bodies[1], anchors[3:6])]


def rocker_angle(crank_rad: float) -> float:
    """Return the rocker's angle (rad) of the open four-bar with links 30, 90, 70, 100."""
    x, y = 30 * math.cos(crank_rad) - 100, 30 * math.sin(crank_rad)
    way = math.hypot(x, y)
    return math.atan2(y, x) - math.acos((70**2 + way**2 - 90**2) / (2 * 70 * way))

"""Designs that move: couplings in their place, strong teeth, motors that obey and tire, belts and springs that cost."""

import math
from functools import cache

import mujoco
import numpy as np
import pytest
from build123d import Box, Cylinder, Pos, Rot

from tests.workbench.judge.scenes import box, catalogue, codes, compiled, design, draws, load, scene
from workbench.authoring import Assembly, Constant, Hold, Oscillate, Sinusoidal, screw
from workbench.convert.actuators import read_motors
from workbench.judge.appraise import appraise
from workbench.judge.static.beams import read_beams
from workbench.judge.static.couplings import belt_length_mm, find_coupling_faults, lewis_force_n, stall_torque_nm
from workbench.judge.static.design import find_design_faults
from workbench.judge.static.joints import find_joint_faults
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.power import find_power_faults
from workbench.judge.trial.draws import draw_nominal, draw_trials
from workbench.judge.trial.motor_loads import command
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trials import RunOptions, run_trials

MOTOR = "gm37d_12v_50"
RACK_MM = 2 * math.pi * 10


def placed(add, outlet=None) -> PlacedDesign:
    made = Assembly()
    made.part("frame", box((-80, -60, 150), (40, 60, 160)), "pla", "fdm_printing", loose=True)
    add(made)
    loaded = load(made.save)
    return PlacedDesign(scene(extra=outlet), loaded, catalogue())


def ring(outer: float, bore: float, length: float):
    return Cylinder(outer / 2, length) - Cylinder(bore / 2, length)


@cache
def belt_centre_mm() -> float:
    """The centre distance at which 200 mm of belt go around 20 and 60 teeth, by bisection."""
    rows = [catalogue().components[name] for name in ("pulley_gt2_20_8", "pulley_gt2_60_8")]
    low, high = 20.0, 200.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if belt_length_mm(*rows, middle) < 200.0 else (low, middle)
    return low


def gears(made, centre=40.0, ratio=-1 / 3, second="gear_m1_60_pom", lift=0.0, axis=(0, 0, 1)):
    made.component("one", ring(22, 6, 20), "gear_m1_20_st")
    made.component("two", Pos(centre, 0, lift) * ring(42 if "40" in second else 62, 8, 15), second)
    made.joint("a", "hinge", "one", parent="frame")
    made.joint("b", "hinge", "two", parent="frame", anchor=(centre, 0, 0), axis=axis)
    made.couple("tie", "gears", "a", "b", ratio, ["gear_m1_20_st", second])


def belt(made, further=0.0, ratio=1 / 3, components=("belt_gt2_6", "pulley_gt2_20_8", "pulley_gt2_60_8"), lift=0.0):
    centre = belt_centre_mm() + further
    made.component("one", ring(16, 8, 16), "pulley_gt2_20_8")
    made.component("two", Pos(centre, 0, lift) * ring(38, 8, 16), "pulley_gt2_60_8")
    made.joint("a", "hinge", "one", parent="frame")
    made.joint("b", "hinge", "two", parent="frame", anchor=(centre, 0, 0))
    made.couple("tie", "belt", "a", "b", ratio, components)


def rack(made, tip=-9.0, ratio=-RACK_MM, limits=(-40, 40)):
    made.component("one", Rot(90, 0, 0) * ring(22, 6, 20), "gear_m1_20_st")
    made.component("two", box((-100, -5, tip - 15), (100, 5, tip)), "rack_m1_st")
    made.joint("a", "hinge", "one", parent="frame", axis=(0, 1, 0))
    made.joint("b", "slide", "two", parent="frame", axis=(1, 0, 0), limits=limits)
    made.couple("tie", "rack", "a", "b", ratio, ["gear_m1_20_st", "rack_m1_st"])


def lead_screw(made, aside=0.0, ratio=-8.0, limits=(-50, 50)):
    made.component("one", Cylinder(4, 200), "screw_t8x8")
    made.component("two", Pos(aside, 0, 0) * ring(22, 8, 15), "nut_t8")
    made.joint("a", "hinge", "one", parent="frame")
    made.joint("b", "slide", "two", parent="frame", limits=limits)
    made.couple("tie", "lead_screw", "a", "b", ratio, ["screw_t8x8", "nut_t8"])


@pytest.mark.parametrize("kind", [gears, belt, rack, lead_screw])
def test_sound_coupling_has_no_faults(kind):
    found = placed(kind)
    assert list(find_coupling_faults(found.assembly.couplings[0], found, ())) == []


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        (gears, {"centre": 40.11}, "centre distance"),
        (gears, {"centre": 39.89}, "centre distance"),
        (gears, {"ratio": 1 / 3}, "ratio must be -0.333333"),
        (gears, {"axis": (0, 0, -1)}, "ratio must be 0.333333"),
        (gears, {"second": "gear_m1_40_pom"}, "centre distance"),
        (gears, {"lift": 14.0}, "side by side"),
        (belt, {"further": 0.15}, "whole number of teeth"),
        (belt, {"ratio": -1 / 3}, "ratio must be 0.333333"),
        (belt, {"components": ("pulley_gt2_20_8", "pulley_gt2_60_8")}, "needs a timing_belt"),
        (belt, {"lift": 2.0}, "pulley beside pulley"),
        (rack, {"tip": -9.2}, "axis to the rack's tips"),
        (rack, {"ratio": RACK_MM}, "ratio must be -62.83"),
        (rack, {"limits": (-40, 101)}, "leaves the gear"),
        (lead_screw, {"aside": 0.3}, "screw's axis"),
        (lead_screw, {"ratio": 8.0}, "ratio must be -8"),
        (lead_screw, {"limits": (-50, 95)}, "runs off the screw"),
    ],
)
def test_coupling_out_of_place_is_refused_with_numbers(kind, changes, words):
    found = placed(lambda made: kind(made, **changes))
    faults = list(find_coupling_faults(found.assembly.couplings[0], found, ()))
    assert codes(faults) == {"COUPLING_INVALID"} and any(words in fault.message for fault in faults), faults


def test_teeth_bear_what_lewis_says():
    """σ b m Y: 370 MPa / 1.2 · 10 mm · 1 mm · 0.322 of a steel gear with 20 teeth (Shigley, table 14-2)."""
    row = catalogue().components["gear_m1_20_st"]
    assert lewis_force_n(row, 370.0) == pytest.approx(370e6 / 1.2 * 10e-6 * 0.322)


@pytest.mark.parametrize(("motor", "breaks"), [("gm37d_12v_131", True), ("gm37d_12v_18p75", False)])
def test_teeth_that_a_stalled_motor_breaks_are_refused(motor, breaks):
    def add(made):
        gears(made)
        made.motor("m", motor, "a", "socket", Constant(level=1.0))

    found = placed(add)
    lines = read_motors(found.assembly, catalogue())
    faults = list(find_coupling_faults(found.assembly.couplings[0], found, lines))
    assert stall_torque_nm("b", found.assembly, lines) == pytest.approx(3 * lines[0].stall_nm)
    assert [fault.numbers[0].name for fault in faults] == ["force"] * breaks


def bushing(made, bore=8.0, limits=(-30, 30), rods=2, turns=False, **claims):
    made.component("bush", ring(15, bore, 24), "lm8uu")
    beside = [Pos(20, 0, 0) * Cylinder(4, 120)] if rods == 2 else []
    made.part("rails", Pos(10, 0, -60) * Box(40, 10, 4) + [Cylinder(4, 120), *beside], "al_6061_t6", "cnc_milling")
    cart = Pos(10, 0, 0) * Box(50, 30, 24) - Cylinder(7.5, 24) - Pos(20, 0, 0) * Cylinder(4.05, 24)
    made.part("cart", cart, "pla", "fdm_printing")
    made.interface("press", "bush", "cart")
    made.joint("b", "slide", "cart", parent="rails", limits=limits, through="bush", **claims)
    if turns:
        made.joint("c", "hinge", "cart", parent="rails", through="bush")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"bore": 9.0}, "no round face"),
        ({"limits": (-30, 60)}, "runs off its shaft"),
        ({"limits": None}, "needs a range"),
        ({"friction_loss": 0.1}, "can't be claimed"),
        ({"rods": 1}, "lets its bushing turn"),
        ({"rods": 1, "turns": True}, ""),
    ],
)
def test_bushing_runs_on_its_rod(changes, words):
    found = placed(lambda made: bushing(made, **changes))
    faults = [fault for joint in found.assembly.joints for fault in find_joint_faults(joint, found)]
    assert codes(faults) == ({"JOINT_INVALID"} if words else set()) and all(words in f.message for f in faults), faults


def hung(made, leaves=2):
    made.component("butt", Box(50, 35, 2) + Rot(0, 90, 0) * Cylinder(3, 50), "hinge_50")
    made.part("flap", Pos(0, -20, 0) * Box(50, 30, 3), "pla", "fdm_printing")
    for name, other in (("one", "frame"), ("two", "flap"))[:leaves]:
        made.attach(name, other, "butt", [screw("shcs_m3x6", (x, 10, 3), (0, 0, -1)) for x in (-9, 9)])
    made.joint("j", "hinge", "flap", parent="frame", axis=(1, 0, 0), limits=(-90, 90), through="butt")


def railed(made, limits=(-70, 70), aside=0.0, rail="rail_mgn12"):
    made.component("way", Box(200, 12, 8), rail)
    made.component("carriage", Pos(0, aside, 4.5) * Box(45.4, 27, 9) - Box(300, 12, 8), "carriage_mgn12h")
    made.part("cart", Pos(0, 0, 18) * Box(45, 27, 6), "pla", "fdm_printing")
    for name, one, other in (("below", "way", "frame"), ("above", "cart", "carriage")):
        made.attach(name, one, other, [screw("shcs_m3x6", (x, 0, 21), (0, 0, -1)) for x in (-9, 9)])
    made.joint("j", "slide", "cart", parent="frame", axis=(1, 0, 0), limits=limits, through="carriage")


@pytest.mark.parametrize(
    ("add", "words"),
    [
        (hung, ""),
        (lambda made: hung(made, leaves=1), "no leaf"),
        (railed, ""),
        (lambda made: railed(made, limits=(-70, 90)), "runs off"),
        (lambda made: railed(made, aside=0.5), "does not sit on"),
        (lambda made: railed(made, rail="rail_mgn9"), "rail of its own size"),
    ],
)
def test_hinges_need_both_leaves_and_carriages_their_rail(add, words):
    found = placed(add)
    faults = list(find_joint_faults(found.assembly.joints[0], found))
    assert codes(faults) == ({"JOINT_INVALID"} if words else set()) and all(words in f.message for f in faults), faults


def test_joint_that_closes_a_loop_can_not_be_driven():
    def add(made):
        for number, (name, parent) in enumerate((("crank", "plate"), ("rocker", "plate"), ("rocker", "crank"))):
            if number < 2:
                made.part(name, Pos(0, 30 * number, 30) * Box(9, 9, 9), "pla", "fdm_printing")
            made.joint(f"j{number}", "hinge", name, parent=parent, anchor=(0, 10 * number, 30))
        made.motor("m", MOTOR, "j2", "socket", Constant(level=1.0))

    faults = find_design_faults(scene(), design(extra=add), catalogue())
    assert any(fault.where == "m" and "closes a loop" in fault.message for fault in faults)


def door(controller, motor=MOTOR):
    """A bar on a vertical hinge beside the plate, turned by a motor."""

    def add(made):
        made.part("door", Pos(0, 30, 60) * Box(60, 8, 10), "pla", "fdm_printing")
        made.joint("axle", "hinge", "door", parent="plate", anchor=(0, 30, 60))
        made.motor("m", motor, "axle", "socket", controller)

    return design(extra=add)


def test_blocked_motor_is_overloaded():
    """At stall the RMS over 2 s is τ_stall √(t / 2 s): it reaches a rating of a quarter at 0.125 s."""
    stop = lambda made: made.fixture("stop", box((15, 34.1, 50), (25, 45, 70)), "steel_1018")  # noqa: E731  one line
    subject = compiled(scene(extra=stop), door(Constant(level=1.0)))
    trial = run_trials(subject, (draw_nominal(subject.scene),), RunOptions()).trials[0]
    assert codes(trial.reasons) == {"MOTOR_OVERLOAD"} and trial.reasons[0].where == "m"
    assert trial.end_s == pytest.approx(0.125, abs=0.021)


@pytest.mark.parametrize(
    ("controller", "expected"),
    [
        (Hold(target=30.0, gain=0.1), lambda t: 30.0),
        (Oscillate(centre=0.0, amplitude=20.0, period_s=2.0, gain=0.2), lambda t: 20 * math.sin(math.pi * t)),
    ],
)
def test_position_loop_follows_its_target(controller, expected):
    """A proportional loop lags by its command ω / ω₀ over its gain: 62.8 / 462 deg/s over 0.2 per degree, 0.7°."""
    subject = compiled(scene(), door(controller, "dxl_xm430_w210"))
    line, data, errors = subject.conversion.motors[0], mujoco.MjData(subject.model), []
    for step in range(3000):
        data.ctrl[0] = command(line, subject, np.array([data.time]), data.qpos[None])[0, 0]
        mujoco.mj_step(subject.model, data)
        if step > 1000:
            errors.append(math.degrees(data.joint("part/axle").qpos[0]) - expected(data.time))
    assert max(map(abs, errors)) < 2.0


def test_trials_with_a_position_loop_do_not_depend_on_chunks():
    subject = compiled(scene(), door(Hold(target=30.0, gain=0.1), "dxl_xm430_w210"))
    nominal = (draw_nominal(subject.scene),)
    one, other = (run_trials(subject, nominal, RunOptions(chunk_samples=count)).trials[0] for count in (10, 20))
    assert one == other


def test_every_trial_draws_its_motor_torque():
    subject = compiled(scene(), door(Sinusoidal(amplitude=1.0, period_s=1.0)))
    batch = TrialBatch(subject, draw_trials(subject.scene, draws(), 4), 1, 0.001)
    shares = batch.simulations.expand("actuator_gainprm")[:, 0, 0] / subject.model.actuator_gainprm[0, 0]
    assert ((shares >= 0.9) & (shares <= 1.0)).all() and len(set(shares.tolist())) == 4
    assert batch.control(np.arange(4), np.array([0.25]))[:, 0, 0] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("supply", "driver", "words"),
    [
        ("psu_lrs75_12", "driver_vnh5019", ""),
        ("psu_lrs50_12", "driver_vnh5019", "stall current of all"),
        ("psu_lrs150_24", "driver_vnh5019", "voltage to 10 %"),
        ("psu_lrs75_12", "driver_tb6612", "no driver"),
        ("driver_pca9685", "driver_vnh5019", "voltage and current"),
    ],
)
def test_motor_needs_supply_and_driver(supply, driver, words):
    def add(made):
        made.component("gearmotor", Cylinder(18, 60), MOTOR)
        made.component("supply", Box(99, 97, 30), supply)
        made.component("driver", Box(38, 28, 10), driver)
        made.joint("axle", "hinge", "frame", parent="supply", through="gearmotor")
        made.motor("m", MOTOR, "axle", "supply", Constant(level=1.0))

    faults = list(find_power_faults(placed(add)))
    assert codes(faults) == ({"POWER_BUDGET"} if words else set()) and all(words in f.message for f in faults), faults


@pytest.mark.parametrize(
    ("voltage_v", "power_w", "words"),
    [(12.0, 100.0, ""), (12.0, 20.0, "stall current of all"), (24.0, 200.0, "voltage to 10 %")],
)
def test_outlet_feeds_motors_of_its_voltage_up_to_its_power(voltage_v, power_w, words):
    def add(made):
        made.component("gearmotor", Cylinder(18, 60), MOTOR)
        made.component("driver", Box(38, 28, 10), "driver_vnh5019")
        made.joint("axle", "hinge", "frame", parent="driver", through="gearmotor")
        made.motor("m", MOTOR, "axle", "socket", Constant(level=1.0))

    outlet = lambda made: made.outlet("socket", (-100, 0, 120), voltage_v=voltage_v, power_w=power_w)  # noqa: E731 - one line
    faults = list(find_power_faults(placed(add, outlet)))
    assert codes(faults) == ({"POWER_BUDGET"} if words else set()) and all(words in f.message for f in faults), faults


def test_thin_part_on_a_joint_bears_what_hangs_on_it():
    """m g at the end of a strip: 6 F a / (b h²) above strength ÷ 1.2 although no payload touches it."""

    def add(made):
        made.part("strip", Pos(0, 30, 100) * Box(10, 1, 60), "pla", "fdm_printing")
        made.part("weight", Pos(0, 30, 50) * Box(30, 30, 40), "steel_1018", "laser_cutting")
        made.attach("held", "weight", "strip", [screw("shcs_m3x6", (x, 30, 68), (0, 0, 1)) for x in (-3, 3)])
        made.joint("axle", "hinge", "strip", parent="plate", anchor=(0, 30, 128), axis=(0, 1, 0))

    hanging = design(extra=add)
    subject, beams = compiled(scene(), hanging), read_beams(hanging, catalogue())
    trial = run_trials(subject, (draw_nominal(subject.scene),), RunOptions(), beams).trials[0]
    assert codes(trial.reasons) == {"PART_OVERLOADED"} and trial.reasons[0].where == "strip"


def test_belts_and_springs_without_a_body_cost_and_weigh():
    def add(made):
        belt(made)
        made.part("lid", box((-40, -40, 220), (40, 40, 230)), "pla", "fdm_printing", loose=True)
        made.spring("coil", "spring_c_2_20_60", "frame", "lid", (0, 0, 160), (0, 0, 220))

    found = placed(add)
    appraisal, _ = appraise(found.scene, found.design, None, catalogue())
    masses = {mass.body: mass.mass_g for mass in appraisal.masses}
    assert masses["1 x belt_gt2_6"] == pytest.approx(0.2 * 8.4) and masses["1 x spring_c_2_20_60"] == 13.95
    assert {"belt_gt2_6", "spring_c_2_20_60"} <= {line.subject for line in appraisal.price.lines}

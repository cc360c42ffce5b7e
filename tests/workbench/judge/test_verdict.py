"""The stages of the judge in order, its verdicts, and what only shows in motion."""

from dataclasses import replace

import mujoco
import pytest
from build123d import Box, Pos, Rot

from schemas.controllers import Trapezoidal
from schemas.jobs import Budgets
from tests.workbench.judge.scenes import GOAL, OVER_GOAL, belt, box, catalogue, codes, compiled, design, draws, scene
from workbench.authoring import Constant, Jitter
from workbench.judge.static.beams import read_beams
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trial_model import compile_model
from workbench.judge.trial.trials import RunOptions, run_trials
from workbench.judge.verdict import Case, judge

PADDLE_DEG_S = 114.59


def verdict(environment, assembly, budgets=None, **changes):
    return judge(Case(environment, assembly, draws(**changes), budgets, catalogue()))[0]


def loose(solid):
    return lambda made: made.part("block", solid, "pla", "fdm_printing", loose=True)


def paddle(made, limit=0.02):
    """A bar that turns about the vertical, 20 mm above the floor."""
    made.driven("bar", box((-87, -4, 20), (87, 4, 30)), "pla")
    made.joint("axle", "hinge", "bar", anchor=(0, 0, 25))
    made.drive("motor", "axle", "velocity", Constant(level=2.0), limit)
    made.contract("turning", joint="axle", limits=(0, 720), max_speed=PADDLE_DEG_S, period_s=1.0)


def test_verdict_is_the_same_bytes_twice_and_complete():
    environment, assembly = scene(OVER_GOAL), design()
    one, *others = (verdict(environment, assembly, threads=threads) for threads in (1, 2, 4))
    assert {other.canonical_json() for other in others} == {one.canonical_json()} and one.margin_mm > 0.0
    assert one.passed and one.stage == "passed" and len(one.trials) == 16 and one.pass_fraction == 1.0
    assert one.hashes.scene == environment.bundle_hash and one.hashes.catalogue == catalogue().hash
    assert one.hashes.assembly == assembly.bundle_hash and one.wilson_low < 1.0 == one.wilson_high


@pytest.mark.parametrize(("off_mm", "passes"), [(0.0, 16), (-8.0, 0), (8.0, 0)])
def test_scheduled_conveyor_carries_as_far_as_its_schedule_says(off_mm, passes):
    ride = Trapezoidal(level=1.0, ramp_s=0.2, hold_s=0.5)  # level * (ramp + hold) = 70 mm
    environment = scene(
        (-40, 90, 30.2),
        extra=lambda made: belt(made, ride, max_speed=100.0),
        jitter=Jitter(),
        zone=((16 + off_mm, 76, 18), (44 + off_mm, 104, 45)),
    )
    assert sum(trial.passed for trial in verdict(environment, None).trials) == passes


def test_failing_trials_are_summed_up_by_code():
    found = verdict(scene(), design())
    assert not found.passed and found.stage == "simulation" and codes(found.reasons) == {"GOAL_MISSED"}
    assert found.reasons[0].numbers[0].value == 16 and found.pass_fraction == 0.0


def test_fewer_passes_than_asked_for_fail():
    environment = scene(OVER_GOAL, zone=(GOAL[0], (112, 40, 60)))
    found = verdict(environment, None)
    passes = sum(trial.passed for trial in found.trials)
    assert 0 < passes < 15 and not found.passed and found.pass_fraction == passes / 16
    assert verdict(environment, None, must_pass=passes).passed


def test_half_step_trials_bind_too():
    environment = scene(OVER_GOAL, zone=(GOAL[0], (112, 40, 60)))
    found = verdict(environment, None, must_pass=1, half_step_trials=8, half_step_must_pass=8)
    assert 0 < sum(trial.passed for trial in found.half_step_trials) < 8
    assert not found.passed and codes(found.reasons) == {"GOAL_MISSED"}


def test_early_stop_leaves_no_pass_fraction():
    found = verdict(scene(), design(), stop_early=True)
    assert len(found.trials) == 2 and found.pass_fraction is None and not found.passed


def test_certificate_adds_half_step_trials_and_a_margin():
    changes = {"purpose": "certify", "half_step_trials": 4, "half_step_must_pass": 4}
    found = verdict(scene(OVER_GOAL), design(), **changes)
    thin = verdict(
        scene(OVER_GOAL, zone=((85, -40, -2), (140, 40, 60)), jitter=Jitter(position_mm=(4, 0, 0))), None, **changes
    )
    assert found.passed and len(found.half_step_trials) == 4
    assert all(trial.steps == pytest.approx(trial.end_s / 0.0005) for trial in found.half_step_trials)
    assert not thin.passed and thin.reasons[0].where == "margin"


@pytest.mark.parametrize(("budgets", "code"), [((1e-3, 1e3), "OVER_COST"), ((1e6, 0.1), "OVER_MASS")])
def test_budgets_bind(budgets, code):
    found = verdict(scene(OVER_GOAL), design(), Budgets(max_cost_usd=budgets[0], max_mass_g=budgets[1]))
    assert codes(found.reasons) == {code} and found.stage == "manufacturing" and found.appraisal.price is not None


def test_process_and_material_must_be_allowed():
    found = verdict(scene(OVER_GOAL), design(material="petg"))
    assert codes(found.reasons) == {"PROCESS_MATERIAL_MISMATCH"} and found.stage == "manufacturing"


def test_part_in_mid_air_is_not_at_rest():
    found = verdict(scene(OVER_GOAL), design(extra=loose(Pos(0, 30, 50) * Box(15, 15, 15))))
    resting = verdict(scene(OVER_GOAL), design(extra=loose(Pos(0, 30, 7.5) * Box(15, 15, 15))))
    assert found.stage == "rest" and codes(found.reasons) == {"NOT_AT_REST"}
    assert resting.passed


def run_with(solid):
    """Run the nominal trial of a scene that solves itself with a loose block in it."""
    subject = compiled(scene(OVER_GOAL, jitter=Jitter()), design(extra=loose(solid)))
    return run_trials(subject, (draw_nominal(subject.scene),), RunOptions()).trials[0]


def test_part_may_not_leave_the_workspace():
    trial = run_with(Pos(0, 147, 5) * Box(10, 10, 10))
    assert codes(trial.reasons) == {"OUT_OF_BOUNDS"} and "part of the design" in trial.reasons[0].message


def test_payload_may_not_end_on_the_design():
    trial = run_with(Pos(100, 0, 2.5) * Box(60, 60, 5))
    assert codes(trial.reasons) == {"GOAL_MISSED"} and "ends on the design" in trial.reasons[0].message


def test_stop_in_the_way_of_a_drive_blocks_it():
    environment = scene(OVER_GOAL, extra=paddle, jitter=Jitter())
    stopper = design(box((-90, 20, 5), (-84, 24, 60)) + design_plate())
    free, blocked = compiled(environment), compiled(environment, stopper)
    runs = [run_trials(subject, (draw_nominal(subject.scene),), RunOptions()) for subject in (free, blocked)]
    assert "DRIVE_BLOCKED" not in codes(runs[0].trials[0].reasons)
    assert codes(runs[1].trials[0].reasons) == {"DRIVE_BLOCKED"}


def pendulum(made):
    """A bar on a hinge along y, let go 30° from hanging; its contract is that of a pendulum of length I / (m d)."""
    made.mover("bar", Pos(0, 0, 150) * Rot(0, 30, 0) * Pos(0, 0, -50) * Box(10, 10, 100), "steel_1018")
    made.joint("pin", "hinge", "bar", anchor=(0, 0, 150), axis=(0, 1, 0))
    made.contract("swing", joint="pin", limits=(-60, 0), max_speed=366, period_s=0.53, interaction="must_keep_contract")


def test_stop_that_shortens_a_swing_blocks_it():
    environment = scene((-80, 0, 180), extra=pendulum, jitter=Jitter())
    stopper = design(design_plate() + box((-90, 15, 60), (24, 25, 80)) + box((14, -20, 30), (24, 25, 100)))
    free, blocked = compiled(environment), compiled(environment, stopper)
    runs = [
        run_trials(subject, (draw_nominal(subject.scene),), RunOptions(run_all_s=3.0)) for subject in (free, blocked)
    ]
    assert max(runs[0].breaches["swing"]) <= 1.0 < max(runs[1].breaches["swing"])


@pytest.mark.parametrize("half_step", [False, True])
def test_strong_drive_of_a_light_paddle_keeps_its_speed_from_standstill(half_step):
    subject = compiled(scene(OVER_GOAL, extra=lambda made: paddle(made, limit=5.0), jitter=Jitter()))
    data, axle = mujoco.MjData(subject.model), subject.model.joint("axle").dofadr[0]
    subject.model.opt.timestep = 0.0005 if half_step else 0.001
    data.ctrl[:] = 2.0
    speeds = []
    for _ in range(600):
        mujoco.mj_step(subject.model, data)
        speeds.append(data.qvel[axle])
    assert max(speeds) < 2.0 * 1.001 and min(speeds[200:]) > 2.0 * 0.999


def design_plate():
    from tests.workbench.judge.scenes import plate

    return plate()


def test_thin_part_under_a_heavy_blow_is_overloaded():
    environment = scene((-40, 0, 180), solid=Box(28, 28, 28), velocity=(0, 0, -4000))
    shelf = design_plate() + box((-84, -20, 60), (-10, 20, 61))
    assembly = design(shelf - box((-84, -20, 61), (-80, 20, 62)))
    subject, beams = compiled(environment, assembly), read_beams(assembly, catalogue())
    trial = run_trials(subject, (draw_nominal(subject.scene),), RunOptions(), beams).trials[0]
    assert codes(trial.reasons) == {"PART_OVERLOADED"} and trial.reasons[0].where == "plate"


def test_start_inside_a_fixture_is_unstable():
    subject = compiled(scene((0, 0, 0.5), jitter=Jitter()))
    trial = run_trials(subject, (draw_nominal(subject.scene),), RunOptions()).trials[0]
    assert codes(trial.reasons) == {"UNSTABLE"}


def test_model_is_validated_before_it_is_compiled():
    environment = scene()
    sound = compiled(environment).conversion
    spoilt = replace(sound, xml=sound.xml.replace(b"<option ", b'<option colour="red" '))
    (reason,) = compile_model(environment.record, spoilt).reasons
    assert codes([reason]) == {"SCHEMA_INVALID"} and reason.where.endswith("colour")

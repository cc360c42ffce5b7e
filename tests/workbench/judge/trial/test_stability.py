"""Stability at every step (mechanics §6.6): depth beyond what the contact model intends, energy from nowhere."""

from dataclasses import replace

import numpy as np
import pytest
from build123d import Box, Pos, Rot, Sphere

from tests.workbench.judge.scenes import box, codes, compiled, scene
from workbench.authoring import Constant, Jitter
from workbench.judge.trial.draws import TrialDraw, draw_nominal
from workbench.judge.trial.trial_model import TrialModel
from workbench.judge.trial.trials import RunOptions, TrialRun, _TrialLoop, run_trials

STILL = {"jitter": Jitter()}


def raised(subject: TrialModel, heights_mm) -> tuple[TrialDraw, ...]:
    """Return trials that start higher."""
    nominal, up = draw_nominal(subject.scene), np.array([[0.0, 0.0, 1.0]])
    return tuple(replace(nominal, index=n, shift_mm=height * up) for n, height in enumerate(heights_mm))


def drop(solid, heights_mm, thickness_mm=5.0, half_step=False, clear=0.0) -> TrialRun:
    """Drop a payload on a plate that lies high over the floor; heights are from its lowest point."""
    plate = lambda made: made.fixture("plate", box((0, -40, 20 - thickness_mm), (50, 40, 20)), "abs")  # noqa: E731
    start = (25, 0, 20 + clear + (12 if isinstance(solid, Sphere) else 10))
    subject = compiled(scene(start, solid=solid, extra=plate, **STILL))
    return run_trials(subject, raised(subject, heights_mm), RunOptions(half_step=half_step, run_all_s=0.6))


@pytest.mark.parametrize("half_step", [False, True])
@pytest.mark.parametrize(("solid", "thickness"), [(Sphere(12), 5.0), (Box(20, 20, 20), 5.0), (Box(20, 20, 20), 1.0)])
def test_no_height_of_a_drop_is_unstable(solid, thickness, half_step):
    """Neighbouring heights have the same outcome, on whatever step the deepest contact falls."""
    run = drop(solid, np.arange(60, 380, 10), thickness, half_step)
    assert not run.unstable and 0.0 < run.deepest_mm < 6.0


def soften(subject: TrialModel, time_s: float) -> TrialModel:
    """Make every contact a softer spring than the file has it."""
    subject.model.pair_solref[:] = (time_s, 1.0)
    return subject


@pytest.mark.parametrize(("time_s", "unstable"), [(0.004, False), (0.02, True)])
def test_contact_deeper_than_its_model_intends_is_unstable(time_s, unstable):
    subject = soften(compiled(scene((100, 0, 90), **STILL)), time_s)
    trial = run_trials(subject, (draw_nominal(subject.scene),), RunOptions()).trials[0]
    assert ("UNSTABLE" in codes(trial.reasons)) == unstable
    assert (trial.end_s < 0.16) == unstable  # at the impact, after 0.128 s
    words = ("'floor' (fixed) and 'cube' (0.01128 kg) at (", ") mm")
    assert not unstable or all(word in trial.reasons[0].message for word in words), trial.reasons


@pytest.mark.parametrize(("size", "cube"), [(127, 10), (100, 8), (60, 8)])
def test_unstable_stack_names_its_masses_and_the_place(size, cube):
    """Steel on a small cube, 1 : 11,000 and 1 : 2,400 of the cube's mass: MuJoCo lets the cube sink into the floor."""
    heavy = lambda made: made.mover("block", Pos(100, 0, cube + size / 2) * Box(size, size, size), "steel_1018")  # noqa: E731
    subject = compiled(scene((100, 0, cube / 2), solid=Box(cube, cube, cube), extra=heavy, **STILL))
    trial = run_trials(subject, (draw_nominal(subject.scene),), RunOptions()).trials[0]
    masses = [f"{density * edge**3 * 1e-9:.4g} kg" for density, edge in ((1410, cube), (7870, size))]
    assert codes(trial.reasons) == {"UNSTABLE"}
    assert all(word in trial.reasons[0].where for word in (*masses, "'cube'", "'block'", ") mm")), trial.reasons


@pytest.mark.parametrize(("depth", "unstable"), [(1.9, False), (2.6, True)])
def test_contact_that_stays_deep_is_unstable(depth, unstable):
    """A quarter of the floor is 2.5 mm; contacts that hardly push leave it there for more than 50 ms."""
    subject = compiled(scene((100, 0, 10.0 - depth), **STILL))
    subject.model.pair_solref[:] = (-1e-6, -1e-6)
    subject.model.opt.gravity[2] = -0.01
    run = run_trials(subject, (draw_nominal(subject.scene),), RunOptions(run_all_s=0.2))
    assert run.unstable == unstable and run.deepest_mm == pytest.approx(depth, abs=0.3)


def rocking(made, stiffness=0.0):
    made.mover("bar", box((-80, -100, 100), (80, -90, 110)), "pla")
    made.joint("pin", "hinge", "bar", anchor=(0, -95, 105), axis=(0, 1, 0), stiffness=stiffness)


def driven(made):
    rocking(made)
    made.driven("wheel", box((-60, 90, 100), (60, 100, 110)), "pla")
    made.joint("axle", "hinge", "wheel", anchor=(0, 95, 105), axis=(0, 1, 0))
    made.drive("motor", "axle", "velocity", Constant(level=6.0), 0.05)


@pytest.mark.parametrize("extra", [rocking, driven], ids=["passive", "beside a drive"])
@pytest.mark.parametrize(("share", "unstable"), [(0.004, False), (0.05, True)])
def test_energy_from_nowhere_is_unstable(extra, share, unstable):
    """A hinge with a negative damper feeds its bar: E grows by exp(2 c t / I), of which 1 % in all is allowed."""
    subject = compiled(scene((100, 0, 10), extra=extra, **STILL))
    joint = subject.model.joint("pin")
    body = subject.model.body("bar")
    inertia = float(body.inertia.max())
    speed = np.sqrt(2 * 0.2 / inertia)
    subject.model.dof_damping[joint.dofadr[0]] = -share * inertia / 2 / 2.0
    run = run_spun(subject, float(speed), int(joint.dofadr[0]))
    assert run.unstable == unstable, run.worst_rise


def run_spun(subject: TrialModel, speed: float, dof: int) -> TrialRun:
    """Run a trial of 2 s in which one joint turns from the start."""
    loop = _TrialLoop(subject, (draw_nominal(subject.scene),), RunOptions(run_all_s=2.0), {})
    loop._batch.simulations.bind("qvel")[0, dof] = speed
    loop.run()
    return loop.record


def swinging(made):
    """A bar let go 60° off hanging down; its period is T = 2π √(I / (m g d)) / agm(1, cos 30°) = 0.498 s."""
    bar = Pos(0, -95, 160) * Rot(0, 60, 0) * Pos(0, 0, -40) * Box(10, 10, 80)
    made.mover("bar", bar, "steel_1018")
    made.joint("pin", "hinge", "bar", anchor=(0, -95, 160), axis=(0, 1, 0))
    made.contract("swing", joint="pin", limits=(-120, 0), max_speed=900, period_s=0.498, phase="uniform")


@pytest.mark.parametrize("half_step", [False, True])
def test_swing_is_stable_from_any_phase(half_step):
    """The integrator's energy wavers by half a step's gain of height, which is no gain."""
    subject = compiled(scene((100, 0, 10), extra=swinging, **STILL))
    starts = tuple(replace(draw_nominal(subject.scene), index=n, phase=np.array([n / 16])) for n in range(16))
    run = run_trials(subject, starts, RunOptions(run_all_s=1.0, half_step=half_step))
    assert not run.unstable and run.worst_rise < 0.3, run.worst_rise

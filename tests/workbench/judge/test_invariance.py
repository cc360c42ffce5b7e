"""What a verdict must not depend on: where a scene stands, which way it faces, its size, and half the time step."""

from functools import cache

import numpy as np
import pytest
from build123d import Box, Cylinder, Pos, Rot, Sphere

from tests.workbench.judge.cheats.test_machines import ground, sweeper
from tests.workbench.judge.moving import Motion, move
from tests.workbench.judge.scenes import OVER_GOAL, box, catalogue, codes, compiled, design, draws, plate, scene
from tests.workbench.judge.test_verdict import paddle
from workbench.authoring import Goal, Jitter
from workbench.judge.appraise import appraise
from workbench.judge.trial.draws import draw_trials
from workbench.judge.trial.trials import RunOptions, run_trials
from workbench.judge.verdict import Case, judge
from workbench.kernel.loading import load_bundle

TURNING = Jitter(yaw_deg=20)
TRIALS = 4


def chute():
    """A plate on the post with a slope that brings the payload down beside the goal or into it."""
    slope = Pos(-40, 0, 47) * Rot(0, 20, 0) * Box(100, 36, 6)
    return plate() + (slope - box((-200, -50, 0), (-90, 50, 200)))


CASES = {
    "into the goal": lambda: (scene(OVER_GOAL, jitter=TURNING), design()),
    "down a slope": lambda: (scene((-60, 0, 85), jitter=TURNING, goal=Goal(zone="goal")), design(chute())),
    "through a face": lambda: (scene((100, 0, 150), jitter=TURNING, goal=CROSS, zone=HIGH, solid=Sphere(9)), design()),
    "into a forbid zone": lambda: (scene(OVER_GOAL, jitter=TURNING, forbidden={"no": LOW}), design()),
    "beside a paddle": lambda: (scene(OVER_GOAL, jitter=TURNING, extra=paddle), design()),
    "jammed": lambda: (
        scene(OVER_GOAL, jitter=TURNING, extra=paddle),
        design(plate() + box((-90, 20, 5), (-84, 24, 60))),
    ),
    "out of the workspace": lambda: (scene((0, 0, 40), jitter=TURNING, velocity=(0, 3000, 800)), design()),
    "rolling": lambda: (
        scene((100, 0, 30), jitter=TURNING, velocity=(0, 60, 0), solid=Rot(0, 90, 0) * Cylinder(10, 24)),
        design(),
    ),
    "in mid-air": lambda: (
        scene(OVER_GOAL, jitter=TURNING),
        design(extra=lambda made: made.part("lump", Pos(0, 30, 50) * Box(9, 9, 9), "pla", "fdm_printing", loose=True)),
    ),
    "out of the build zone": lambda: (
        scene(OVER_GOAL, jitter=TURNING),
        design(plate() + box((-90, -70, 50), (-84, 0, 60))),
    ),
}
MACHINE = "swept by a machine"
CASES[MACHINE] = lambda: (ground(), load_bundle(sweeper()))
CROSS = Goal(zone="goal", mode="pass_through", face="+z", max_exit_speed_m_s=1.2)
HIGH = ((60, -40, 60), (140, 40, 100))
LOW = ((112, -60, 0), (140, 60, 40))
QUICK = ("into the goal", "through a face", "jammed")
MOTIONS = (Motion(1, (40.0, -25.0, 15.0)), Motion(2, (-310.0, 12.5, -70.0)), Motion(3, (0.0, 0.0, 400.0)))


@cache
def case(name):
    return CASES[name]()


@cache
def verdict(name, motion=None):
    bundles = case(name) if motion is None else tuple(move(bundle, motion) for bundle in case(name))
    return judge(Case(*bundles, draws(trials=TRIALS, must_pass=TRIALS), None, catalogue()))[0]


def assert_alike(one, other, scale=1.0, stray_mm=0.5):
    """Compare outcomes, times and margins; what a machine pushes slides on and comes to rest up to 10 mm elsewhere."""
    assert (one.passed, one.stage, codes(one.reasons)) == (other.passed, other.stage, codes(other.reasons))
    assert [trial.passed for trial in one.trials] == [trial.passed for trial in other.trials]
    for mine, theirs in zip(one.trials, other.trials, strict=True):
        assert codes(mine.reasons) == codes(theirs.reasons)
        assert (theirs.entered_s is None) == (mine.entered_s is None)
        if mine.entered_s is not None:
            assert theirs.entered_s == pytest.approx(mine.entered_s * scale**0.5, rel=0.03, abs=0.021)
        if mine.margin_mm is not None and mine.margin_mm < 1e3:
            assert theirs.margin_mm == pytest.approx(mine.margin_mm * scale, abs=stray_mm * scale)


@pytest.mark.parametrize(
    ("name", "motion"),
    [
        pytest.param(name, motion, marks=() if name in QUICK and motion is MOTIONS[0] else pytest.mark.slow)
        for name in CASES
        for motion in MOTIONS
    ],
)
def test_verdict_does_not_depend_on_where_a_scene_stands(name, motion):
    assert_alike(verdict(name), verdict(name, motion), stray_mm=10.0 if name == MACHINE else 0.5)


@pytest.mark.parametrize("face", ["+x", "-x", "+y", "-y"])
def test_faces_turn_with_the_scene(face):
    """A payload that slides along an axis passes the face that lies ahead, whichever way the scene is turned."""
    way = {"+x": (1, 0), "-x": (-1, 0), "+y": (0, 1), "-y": (0, -1)}[face]
    quarters = ["+x", "+y", "-x", "-y"].index(face)
    goal = Goal(zone="goal", mode="pass_through", face="-x", max_exit_speed_m_s=5.0)
    sliding = scene((-40, 0, 10), goal=goal, velocity=(1500, 0, 0), jitter=Jitter(), zone=((20, -30, 0), (60, 30, 40)))
    turned = move(sliding, Motion(quarters))
    velocity = turned.record.payloads[0].velocity_mm_s
    assert np.allclose(np.array(velocity[:2]), 1500 * np.array(way))
    found = judge(Case(turned, None, draws(trials=1, must_pass=1), None, catalogue()))[0]
    assert found.trials[0].entered_s is not None


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("into the goal", 1.5),
        ("through a face", 2.0),
        pytest.param("into a forbid zone", 2.0, marks=pytest.mark.slow),
        pytest.param("out of the workspace", 2.0, marks=pytest.mark.slow),
        pytest.param("into the goal", 0.7, marks=pytest.mark.slow),
    ],
)
def test_lengths_scale_and_times_by_their_root(name, scale):
    """Under gravity a scene of twice the size runs slower by the root of two (Froude); screws would not scale."""
    small, large = case(name)[0], move(case(name)[0], Motion(scale=scale))
    given = draws(trials=TRIALS, must_pass=TRIALS)
    verdicts = [judge(Case(bundle, None, given, None, catalogue()))[0] for bundle in (small, large)]
    assert_alike(*verdicts, scale)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_mass_scales_with_the_cube_of_the_length(scale):
    environment, assembly = case("into the goal")
    masses = []
    for bundle in (assembly, move(assembly, Motion(scale=scale))):
        appraisal, _ = appraise(environment.record, bundle, None, catalogue())
        masses.append({item.body: item.mass_g for item in appraisal.masses}["plate"])
    assert masses[1] == pytest.approx(masses[0] * scale**3, rel=1e-6)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in (*list(CASES)[:8], MACHINE)],
)
def test_half_the_step_does_not_change_an_outcome_beyond_its_margin(name):
    """Trials that pass with more than a millimetre of clearance, or miss by as much, do so at half the step too."""
    subject = compiled(*case(name))
    drawn = draw_trials(subject.scene, draws(), TRIALS)
    full, half = (run_trials(subject, drawn, RunOptions(half_step=flag)).trials for flag in (False, True))
    for index in full:
        one, other = full[index], half[index]
        if min(one.margin_mm or one.closest_mm, other.margin_mm or other.closest_mm) > 1.0 or one.reasons:
            assert (one.passed, codes(one.reasons)) == (other.passed, codes(other.reasons))

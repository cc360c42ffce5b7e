"""Trials end where nothing will happen any more, and nowhere else."""

import numpy as np
import pytest
from build123d import Box

from tests.workbench.judge.scenes import box, codes, compiled, scene
from tests.workbench.judge.test_verdict import paddle
from workbench.authoring import Jitter
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.standstill import read_reaches
from workbench.judge.trial.trials import RunOptions, run_trials


def run_nominal(spawn, solid, extra):
    subject = compiled(scene(spawn, solid=solid, extra=extra, jitter=Jitter(), zone=((-80, -100, 0), (-60, -80, 20))))
    return run_trials(subject, (draw_nominal(subject.scene),), RunOptions()).trials[0]


def belt_with_stop(made):
    made.driven("belt", box((0, -40, 1), (120, 40, 11)), "pa66")
    made.conveyor("belt", (200.0, 0.0, 0.0))
    made.contract("running", body="belt", max_speed=200.0)
    made.fixture("stop", box((125, -40, 0), (130, 40, 60)), "pla")


def swing(made):
    made.mover("flap", box((-2, 20, 60), (2, 30, 100)), "pla")
    made.joint("pin", "hinge", "flap", anchor=(0, 25, 100), axis=(0, 1, 0))


@pytest.mark.parametrize(
    ("spawn", "size", "extra", "ends_early"),
    [
        ((120, 100, 10.1), 20, paddle, True),
        ((50, 0, 6.1), 12, paddle, False),
        ((100, 0, 21.1), 20, belt_with_stop, True),
        ((20, 25, 10.1), 20, swing, True),
    ],
    ids=["out of reach", "under the bar", "jammed on a belt", "below a swing"],
)
def test_trial_ends_early_only_where_nothing_moving_reaches(spawn, size, extra, ends_early):
    trial = run_nominal(spawn, Box(size, size, size), extra)
    assert codes(trial.reasons) == {"GOAL_MISSED"}
    assert (trial.end_s < 2.5) == ends_early and (ends_early or trial.end_s == 3.0)


def test_reach_is_the_cylinder_that_a_hinged_body_sweeps():
    (reach,) = read_reaches(compiled(scene(extra=swing)).model)
    assert np.allclose(reach[2:], (-0.005, 0.005, np.hypot(0.040, 0.002)), atol=1e-9)
    gaps = reach.gap(np.array([[0.0, 0.025, 0.05], [0.0, 0.045, 0.1], [0.1, 0.025, 0.1]]))
    assert np.allclose(gaps, (0.05 - 0.04005, 0.015, 0.1 - 0.04005), atol=1e-6)

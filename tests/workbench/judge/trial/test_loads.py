"""Parts bear every contact: movers, drives, payloads and other parts press on them (mechanics §8)."""

import pytest

from tests.workbench.judge.scenes import OVER_GOAL, box, catalogue, codes, compiled, design, plate, scene
from workbench.authoring import Jitter, Point, Schedule
from workbench.judge.static.beams import read_beams
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trials import RunOptions, TrialRun, run_trials

STILL = Jitter()
ARRIVES = Schedule(points=(Point(time_s=0, level=0), Point(time_s=0.5, level=25), Point(time_s=3, level=25)))


def wall():
    """A printed wall of 3 mm that stands up from the plate on the post."""
    return plate() + box((-90, -25, 80), (-87, 25, 150))


def pressing(limit_n: float):
    """A ram that comes from the +x side and presses on the wall's top with its limit."""

    def add(made):
        made.driven("ram", box((-70, -10, 130), (-40, 10, 150)), "steel_1018")
        made.joint("way", "slide", "ram", axis=(-1, 0, 0), limits=(0, 40))
        made.drive("push", "way", "position", ARRIVES, limit_n)
        made.contract("pushes", joint="way", limits=(0, 40), max_speed=60, interaction="may_block")

    return add


def press(share: float) -> TrialRun:
    """Press with a share of what the wall bears."""
    made = design(wall())
    beam = read_beams(made, catalogue())["plate"]
    limit_n = share * beam.allowed_pa / beam.stress_pa_n
    subject = compiled(scene(OVER_GOAL, extra=pressing(limit_n), jitter=STILL), made)
    return run_trials(subject, (draw_nominal(subject.scene),), RunOptions(), {"plate": beam})


@pytest.mark.parametrize(("share", "fails", "warns"), [(10.0, True, True), (0.9, False, True), (0.5, False, False)])
def test_wall_bears_what_a_ram_presses_with(share, fails, warns):
    """A drive that may be blocked presses with its limit: to 80 % nothing is said, to 100 % it is a warning."""
    run = press(share)
    assert codes(run.trials[0].reasons) == ({"PART_OVERLOADED"} if fails else set()), run.trials[0]
    assert bool(run.warnings) == warns

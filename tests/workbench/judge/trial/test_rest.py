"""Before the trials a design must stay where it is, whatever the scene's movers will do (NOT_AT_REST)."""

import pytest

from tests.workbench.judge.machines import flap
from tests.workbench.judge.scenes import OVER_GOAL, box, codes, compiled, design, load, scene
from workbench.authoring import Jitter
from workbench.judge.trial.rest import find_unrest

STILL = Jitter()
ROOM = {"build": ((-90, -60, 0), (60, 60, 200)), "jitter": STILL}


def pendulum(made):
    """A bob that falls from the side, and strikes what hangs at x = 22 to 30 within the first second."""
    made.mover("bob", box((90, -10, 140), (110, 10, 160)) + box((30, -2, 148), (92, 2, 152)), "steel_1018")
    made.joint("pin", "hinge", "bob", anchor=(30, 0, 150), axis=(0, 1, 0))
    made.contract("swing", joint="pin", limits=(-200, 200), max_speed=2000)


def shelf_mover(made):
    """A slide in mid-air without a drive, which would fall."""
    made.mover("lift", box((-60, -140, 100), (0, -80, 104)), "pla")
    made.joint("rail", "slide", "lift", axis=(0, 0, 1), limits=(-90, 0))


def test_catch_that_a_pendulum_will_strike_is_at_rest():
    subject = compiled(scene(OVER_GOAL, extra=pendulum, **ROOM), load(flap().save))
    assert find_unrest(subject) == ()


def lying(height):
    """A block some millimetres above the slide."""

    def add(made):
        low = 104 + height
        made.part("load", box((-40, -120, low), (-20, -100, low + 10)), "pla", "fdm_printing", loose=True)

    return compiled(scene(OVER_GOAL, extra=shelf_mover, jitter=STILL), design(extra=add))


def test_part_that_lies_on_a_mover_is_at_rest():
    assert find_unrest(lying(0.0)) == ()


@pytest.mark.parametrize("height", [1.5, 30.0])
def test_part_in_mid_air_is_not_at_rest(height):
    assert codes(find_unrest(lying(height))) == {"NOT_AT_REST"}

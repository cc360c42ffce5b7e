"""Cheats in motion: goals that are not reached but crossed, grazed, held or met once; drives that are jammed."""

import pytest
from build123d import Box, Cylinder, Pos, Rot, Sphere

from tests.workbench.judge.cheats.machine import is_sound, judge_files, pack
from tests.workbench.judge.scenes import OVER_GOAL, box, codes, compiled, plate, scene
from tests.workbench.judge.test_verdict import paddle
from workbench.authoring import Goal, Jitter, Schedule, screw
from workbench.authoring import Point as Level
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.trials import RunOptions, run_trials

STILL = Jitter()
HIGH = ((60, -40, 60), (140, 40, 100))


def run(environment, half_step=False):
    subject = compiled(environment)
    return run_trials(subject, (draw_nominal(subject.scene),), RunOptions(half_step=half_step)).trials[0]


def through(face, direction="in", limit=5.0):
    return Goal(zone="goal", mode="pass_through", face=face, direction=direction, max_exit_speed_m_s=limit)


DROP_M_S = 0.99
"""A fall of 50 mm, from z = 150 to the goal's upper face."""
CROSSINGS = {
    "downwards through the top": (through("+z"), set()),
    "out of the bottom": (through("-z", "out"), set()),
    "backwards through the bottom": (through("-z"), {"GOAL_MISSED"}),
    "backwards out of the top": (through("+z", "out"), {"GOAL_MISSED"}),
    "through another face": (through("+x"), {"GOAL_MISSED"}),
    "just under the limit": (through("+z", limit=DROP_M_S * 1.02), set()),
    "just over the limit": (through("+z", limit=DROP_M_S * 0.98), {"GOAL_MISSED"}),
}


@pytest.mark.parametrize(("goal", "expected"), CROSSINGS.values(), ids=CROSSINGS)
def test_goal_is_passed_by_its_face_its_way_and_its_speed(goal, expected):
    """A ball falls through a goal that hangs in the air."""
    trial = run(scene((100, 0, 150), goal=goal, zone=HIGH, jitter=STILL, solid=Sphere(8)))
    assert codes(trial.reasons) == expected


def test_goal_flung_through_backwards_counts_only_on_its_way_back():
    """Thrown up out of the top it does not count; it does when it comes down into it, not when it lands elsewhere."""
    flung = {"goal": through("+z"), "jitter": STILL, "solid": Sphere(8), "zone": HIGH}
    straight = run(scene((100, 0, 10), velocity=(0, 0, 1700), **flung))
    aside = run(scene((100, 0, 10), velocity=(0, 300, 1700), **flung))
    assert straight.passed and straight.entered_s > 0.2
    assert aside.reasons and aside.entered_s is None


def test_goal_beside_its_outline_is_not_passed():
    for y, missed in ((45, True), (35, False)):
        trial = run(scene((100, y, 150), goal=through("+z"), zone=HIGH, jitter=STILL, solid=Sphere(8)))
        assert (codes(trial.reasons) == {"GOAL_MISSED"}) == missed


def test_payload_that_leaves_the_workspace_after_its_goal_fails():
    thrown = {"velocity": (500, 0, 0), "solid": Sphere(8), "jitter": STILL, "zone": ((60, -40, 0), (100, 40, 60))}
    flying = run(scene((40, 0, 30), goal=through("-x"), **thrown))
    assert codes(flying.reasons) == {"OUT_OF_BOUNDS"} and flying.entered_s < flying.end_s < flying.entered_s + 2.0


def conveyor(speed_mm_s):
    def add(made):
        made.driven("belt", box((-80, -30, 0), (145, 30, 10)), "pla")
        made.conveyor("belt", (speed_mm_s, 0, 0))

    return add


def creep(speed_mm_s, length_mm):
    """A cube creeps along a goal that is longer than itself by some millimetres."""
    zone = ((60, -40, 5), (80 + length_mm, 40, 60))
    riding = {"extra": conveyor(speed_mm_s), "zone": zone, "jitter": STILL, "horizon_s": 6.0}
    return run(scene((68, 0, 20), **riding))


def test_payload_that_creeps_through_its_goal_has_not_settled():
    """At 9 mm/s it counts as slow, but has left before two seconds are over; at 12 mm/s it never does."""
    assert codes(creep(9.0, 12.0).reasons) == {"GOAL_MISSED"}
    assert codes(creep(12.0, 60.0).reasons) == {"GOAL_MISSED"}
    assert creep(0.0, 12.0).reasons and creep(9.0, 60.0).passed


THIN = {
    "sheet of 0.2 mm": (((60, -40, 80), (140, 40, 80.2)), True),
    "wire below an edge between two corners": (((89.9, -3, 80), (90.1, 3, 80.2)), True),
    "needle at the side": (((110.02, -0.1, 60), (130, 0.1, 60.2)), False),
}


@pytest.mark.parametrize("half_step", [False, True])
@pytest.mark.parametrize(("zone", "hit"), THIN.values(), ids=THIN)
def test_thin_forbid_zones_are_not_jumped_over(zone, hit, half_step):
    """At 4 m/s the cube covers 4 mm in a step."""
    fast = {"velocity": (0, 0, -4000), "jitter": STILL, "forbidden": {"hazard": zone}}
    trial = run(scene((100, 0, 200), **fast), half_step)
    assert ("FORBIDDEN_ZONE" in codes(trial.reasons)) == hit


@pytest.mark.parametrize("solid", [Sphere(10), Box(20, 20, 3)], ids=["ball", "tile that jumps over it"])
def test_zone_that_a_corner_sweeps_between_two_steps_is_touched(solid):
    """It passes within reach of a needle for less than a step."""
    for reach, hit in ((9.9, True), (10.1, False)):
        needle = ((100 + reach, -0.05, 100.0), (120, 0.05, 100.1))
        fast = {"velocity": (0, 0, -6000), "jitter": STILL, "forbidden": {"hazard": needle}, "solid": solid}
        assert ("FORBIDDEN_ZONE" in codes(run(scene((100, 0, 200), **fast)).reasons)) == hit


def shelf_on(y, *, goes=0.0):
    """A slide that carries a mount, and drives along y by some millimetres in the first second."""

    def add(made):
        made.driven("lift", box((52, y - 12, 12), (148, y, 120)), "pla")
        made.joint("rail", "slide", "lift", axis=(0, 1, 0), limits=(-1, 120))
        made.drive(
            "motor", "rail", "position", Schedule(points=(Level(time_s=0, level=0), Level(time_s=1, level=goes))), 50
        )
        outline = [(-46, -20), (46, -20), (46, 20), (-46, 20)]
        made.mount("arm", "lift", origin=(100, y, 100), normal=(0, 1, 0), x_axis=(1, 0, 0), outline=outline, depth=10)
        made.contract("riding", joint="rail", limits=(-1, 121), max_speed=200, interaction="may_block")

    return add


def hang_shelf(y, height=30.0, depth=40.0):
    """A shelf that hangs on the slide."""

    def add(made):
        solid = box((60, y, height), (140, y + 6, 120)) + box((60, y, height), (140, y + depth, height + 4))
        solid -= [Pos(x, y, 100) * Rot(90, 0, 0) * Cylinder(2.25, 40) for x in (80, 120)]
        made.part("shelf", solid, "pla", "fdm_printing")
        made.attach(
            "hang", "shelf", "lift", [screw("shcs_m4x16", (x, y + 6, 100), (0, -1, 0)) for x in (80, 120)], mount="arm"
        )

    return add


def ride(goes, support, forbidden=None):
    """A cube on a shelf that a slide brings into the goal; returns the verdict."""
    goal = Goal(zone="goal", goal_support=support)
    space = {"zone": ((55, 0, 20), (145, 70, 140)), "build": ((-90, -145, 0), (145, 60, 200)), "jitter": STILL}
    environment = scene((100, -60, 44.1), goal=goal, extra=shelf_on(-90, goes=goes), forbidden=forbidden, **space)
    quick = {"purpose": "preview", "trials": 2, "must_pass": 2}
    return judge_files(pack(hang_shelf(-90)), environment, **quick)


def test_payload_may_not_end_on_a_part_that_a_mover_carries():
    verdict = ride(100, "environment")
    assert codes(verdict.reasons) == {"GOAL_MISSED"} and "ends on the design" in verdict.reasons[0].message
    assert ride(100, "any").passed and codes(ride(20, "any").reasons) == {"GOAL_MISSED"}


def test_part_that_a_mover_carries_may_not_touch_a_forbid_zone():
    """The zone is lower than the payload rides, and only the shelf reaches it."""
    low = {"hazard": ((60, 0, 31), (140, 20, 33))}
    verdict = ride(100, "any", low)
    assert codes(verdict.reasons) == {"FORBIDDEN_ZONE"}


def test_drive_that_must_keep_its_contract_may_not_be_jammed():
    environment = scene(OVER_GOAL, extra=paddle, jitter=STILL)
    stopper = plate() + box((-90, 20, 5), (-84, 24, 60))
    assert codes(judge_files(pack(solid=stopper), environment).reasons) == {"DRIVE_BLOCKED"}
    assert is_sound(pack(), environment)


def test_design_that_passes_once_has_not_passed():
    """The draw without jitter lands in a goal that is hardly wider than the payload."""
    environment = scene(OVER_GOAL, zone=((85, -15, -2), (115, 15, 60)), jitter=Jitter(position_mm=(8, 8, 1)))
    assert run(environment).passed
    verdict = judge_files(pack(), environment)
    assert not verdict.passed and 0.0 < verdict.pass_fraction < 15 / 16 and codes(verdict.reasons) == {"GOAL_MISSED"}


def test_wedge_under_the_payload_does_not_kick_it():
    """A cube rests on the floor; a needle of less than 0.1 mm³ reaches 2 mm into it."""
    environment = scene((0, 0, 10), jitter=STILL)
    needle = Pos(-10.5, 0, 10) * Rot(0, 90, 0) * Cylinder(0.11, 5)
    with_foot = needle + box((-16, -3, 0), (-12.9, 3, 14))
    kick = lambda made: made.part("wedge", with_foot, "pla", "fdm_printing", loose=True)  # noqa: E731  a table row
    verdict = judge_files(pack(kick), environment)
    assert not verdict.passed and codes(verdict.reasons) <= {"UNSTABLE", "INTERSECTION", "NOT_MANUFACTURABLE"}

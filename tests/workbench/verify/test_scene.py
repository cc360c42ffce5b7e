"""Each check of mechanics §6 passes on a sound scene and refuses what it is there for."""

import pytest
from build123d import Box, Cylinder, Pos, Rot

from schemas.controllers import Square
from tests.workbench.judge.scenes import OVER_GOAL, belt, box, codes, draws, scene, verify_scene
from workbench.authoring import Constant, Jitter, Oscillate
from workbench.kernel.loading import load_bundle
from workbench.verify.scene import find_span_s
from workbench.verify.shapes import check_intersections

CUSPS = Box(20, 20, 30) - Cylinder(10.0000001, 30)
"""Its mean thickness is 1.3 mm, its walls end in nothing."""
FIN = Box(20, 20, 10) + Pos(0, 0, 10) * Box(20, 0.3, 20)


def verify(environment):
    return verify_scene(environment, draws())


def turntable(made, *, promised=360.0, level=2.0, limit=0.02):
    made.driven("disc", box((-60, -6, 150), (60, 6, 160)), "pla")
    made.joint("axle", "hinge", "disc", anchor=(0, 0, 155))
    made.drive("motor", "axle", "velocity", Constant(level=level), limit)
    made.contract("turning", joint="axle", limits=(0, promised), max_speed=114.6, period_s=1.0, phase="uniform")


def flap(made, reach=60.0):
    """A bar on a vertical hinge whose declared range may sweep through the post."""
    made.mover("bar", box((-reach, -60, 100), (0, -50, 110)), "pla")
    made.joint("pin", "hinge", "bar", anchor=(0, -55, 105))
    made.contract("swing", joint="pin", limits=(-45, 45), max_speed=720)


def test_sound_scene_passes_all_checks_with_numbers():
    report = verify(scene())
    assert report.passed and [check.number for check in report.checks] == list(range(2, 10))
    assert codes(report.nothing_reasons) == {"GOAL_MISSED"} and report.mjcf_sha256
    assert all(check.numbers for check in report.checks if check.number != 7)


def test_report_is_the_same_bytes_twice():
    environment = scene()
    assert verify(environment).canonical_json() == verify(environment).canonical_json()


def test_doing_nothing_must_fail():
    report = verify(scene(OVER_GOAL))
    assert not report.passed and codes(report.reasons) == {"TRIVIAL"}
    assert report.reasons[0].numbers[0].value == 16


def test_canned_designs_that_solve_a_scene_are_recorded():
    high = scene(
        (-40, 0, 180), build=((-90, -60, 0), (140, 60, 200)), jitter=Jitter(), zone=((-10, -149, -2), (149, 149, 60))
    )
    assert "large_funnel" in verify(high).canned_passed


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"extra": lambda made: made.fixture("clash", Pos(0, 60, 0) * Box(10, 10, 10), "pla")}, "INTERSECTION"),
        ({"extra": lambda made: flap(made, 105.0)}, "INTERSECTION"),
        ({"extra": lambda made: made.fixture("near", Pos(13, 0, 50) * Box(5, 5, 5), "pla")}, "SPAWN_BLOCKED"),
        ({"spawn": (70.0, 0.0, 40.0)}, "SPAWN_BLOCKED"),
        ({"build": ((-90, -60, 0), (50, 60, 400))}, "ZONE_CONFLICT"),
        ({"build": ((-90, -60, 0), (50, 60, 5))}, "ZONE_CONFLICT"),
        ({"forbidden": {"hazard": ((130, 30, 50), (140, 40, 90))}}, "ZONE_CONFLICT"),
        ({"extra": lambda made: made.fixture("foil", Pos(0, 60, 50) * Box(10, 10, 0.1), "pla")}, "GEOMETRY_INVALID"),
        ({"extra": lambda made: made.fixture("cusps", Pos(0, 60, 50) * CUSPS, "pla")}, "GEOMETRY_INVALID"),
        ({"extra": lambda made: made.fixture("foil", Pos(0, 60, 50) * FIN, "pla")}, "GEOMETRY_INVALID"),
    ],
)
def test_geometry_and_zones_are_checked(options, expected):
    report = verify(scene(**options))
    assert not report.passed and codes(report.reasons) == {expected}


def test_motion_contracts_are_checked_in_motion():
    kept = verify(scene(extra=turntable))
    fast = verify(scene(extra=lambda made: turntable(made, level=2.5)))
    narrow = verify(scene(extra=lambda made: turntable(made, promised=90.0)))
    strong = verify(scene(extra=lambda made: turntable(made, limit=1.0)))
    assert kept.passed and strong.passed
    assert codes(fast.reasons) == codes(narrow.reasons) == {"MOTION_CONTRACT_BROKEN"}


def rail(made):
    """A block on a rail whose declared range of 500 mm leads past a thin pin at x = 97 to 99."""
    made.fixture("thin", box((97, -90, 90), (99, -80, 130)), "pla")
    made.mover("block", box((-130, -92, 100), (-126, -78, 110)), "pla")
    made.joint("rail", "slide", "block", anchor=(-128, -85, 105), axis=(1, 0, 0))
    made.contract("way", joint="rail", limits=(0, 500), max_speed=500)


def test_sweep_meets_what_stands_within_the_range_and_says_where():
    (reason,) = verify(scene(extra=rail)).reasons
    assert codes([reason]) == {"INTERSECTION"} and reason.numbers[-1].unit == "mm"
    assert reason.numbers[-1].value == pytest.approx(225, abs=3) and "narrow the range of 'rail'" in reason.message


def test_unreadable_scene_is_refused_with_its_reasons():
    missing = load_bundle({})
    report = verify_scene(missing, draws())
    assert not report.passed and report.scene_hash is None and codes(report.reasons) == {"BUNDLE_INVALID"}


WAVE = Square(low=-0.5, high=1.0, period_s=0.4)


@pytest.mark.parametrize(("schedule", "phase"), [(None, "fixed"), (WAVE, "fixed"), (WAVE, "uniform")])
@pytest.mark.parametrize(("promised", "holds"), [(100.0, True), (90.0, False), (120.0, False)])
def test_conveyors_must_have_the_speed_that_they_promise(schedule, phase, promised, holds):
    report = verify(scene(extra=lambda made: belt(made, schedule, max_speed=promised, period_s=0.4, phase=phase)))
    check = report.checks[5]
    assert (check.number, check.passed) == (7, holds)
    assert check.numbers[0].value == pytest.approx(100.0)
    assert holds or check.reasons[0].code == "MOTION_CONTRACT_BROKEN"


def swing(made, **options):
    """A bar on a horizontal hinge, let go at rest away from hanging straight down, that promises a period."""
    made.mover("arm", box((-130, -60, 150), (-60, -50, 160)), "pla")
    made.joint("pin", "hinge", "arm", anchor=(-130, -55, 155), axis=(0, 1, 0), **options)
    made.contract("fro", joint="pin", limits=(0, 180), max_speed=900, period_s=0.5)


def falling(made):
    made.mover("stone", Pos(0, 70, 60) * Box(10, 10, 10), "pla")
    made.joint("loose", "free", "stone")


def belt_and_stone(made):
    belt(made, max_speed=100.0)
    made.mover("stone", Pos(0, 90, 60) * Box(10, 10, 10), "pla")
    made.joint("loose", "free", "stone")


@pytest.mark.parametrize(
    ("extra", "span_s"),
    [
        (None, 0.0),
        (turntable, 4.0),
        (lambda made: belt(made, max_speed=100.0), 2.0),
        (lambda made: belt(made, WAVE, max_speed=100.0, period_s=0.4), 2.8),
        (flap, 10.0),
        (swing, 3.0),
        (lambda made: swing(made, damping=1e-4), 10.0),
        (lambda made: swing(made, friction_loss=1e-4), 10.0),
        (falling, 10.0),
        (belt_and_stone, 10.0),
    ],
)
def test_motion_is_watched_for_two_periods_or_the_whole_horizon(extra, span_s):
    assert find_span_s(scene(extra=extra, horizon_s=10.0).record) == pytest.approx(span_s)


def test_swing_that_dies_away_late_is_refused():
    """Two periods and 2 s see nothing wrong yet: the arm goes through most of its range at first."""
    (check,) = [
        c for c in verify(scene(extra=lambda made: swing(made, damping=2e-6), horizon_s=10.0)).checks if c.number == 7
    ]
    assert codes(check.reasons) == {"MOTION_CONTRACT_BROKEN"}


TILT = Rot(0, 20, 0)
RAMP = Pos(0, 0, 60) * TILT * Pos(0, 0, -5) * Box(120, 60, 10)


def on_ramp(gap_mm, turn=TILT, **jitter):
    """A cube that lies over a ramp of 20 degrees, turned with it or not."""
    ramp = lambda made: made.fixture("ramp", RAMP, "pla")  # noqa: E731  one line
    lying = Pos(0, 0, 60) * TILT * Pos(0, 0, 10 + gap_mm)
    return scene((0, 0, 0), solid=Pos(*lying.position) * turn * Box(20, 20, 20), extra=ramp, jitter=Jitter(**jitter))


@pytest.mark.parametrize(
    ("environment", "blocked"),
    [
        (lambda: on_ramp(0.5), False),
        (lambda: on_ramp(-0.1), True),
        (lambda: on_ramp(0.5, Rot(0, 0, 0)), True),
        (lambda: on_ramp(3.2, position_mm=(3, 3, 2)), False),
        (lambda: on_ramp(2.7, position_mm=(3, 3, 2)), True),
        (lambda: on_ramp(6.0, yaw_deg=15), False),
        (lambda: on_ramp(0.5, yaw_deg=15), True),
    ],
    ids=["lies", "sinks in", "upright", "moves clear", "moves in", "turns clear", "turns in"],
)
def test_start_is_the_body_itself_swept_over_its_jitter(environment, blocked):
    """Shifted by (3, 3, 2) a cube comes 3 sin 20° + 2 cos 20° = 2.91 mm nearer to the ramp."""
    reasons = check_intersections(environment()).reasons
    assert codes(reasons) == ({"SPAWN_BLOCKED"} if blocked else set()), reasons


def hook(made, *, phase="uniform", reach=60.0):
    """A bar on a vertical hinge that sweeps through the payload's start."""
    made.driven("bar", box((-reach, -60, 35), (0, -50, 45)), "pla")
    made.joint("pin", "hinge", "bar", anchor=(-55, -55, 40))
    made.drive("motor", "pin", "position", Oscillate(centre=45, amplitude=45, period_s=2.0, gain=1.0), 1.0)
    made.contract("swing", joint="pin", limits=(0, 90), max_speed=150, period_s=2.0, phase=phase)


@pytest.mark.parametrize(("phase", "blocked"), [("uniform", True), ("fixed", False)])
def test_start_within_a_swing_is_blocked_where_the_phase_is_drawn(phase, blocked):
    spawn = (-55.0, -5.0, 40.0)
    reasons = check_intersections(scene(spawn, extra=lambda made: hook(made, phase=phase))).reasons
    assert codes(reasons) == ({"SPAWN_BLOCKED"} if blocked else set())
    assert not blocked or (reasons[0].numbers[-1].unit == "deg" and 50 < reasons[0].numbers[-1].value <= 90)


def gate(made, joint=None):
    """A gate in the way of a pendulum's bob; free, or on a hinge of its own."""
    made.mover("bob", box((-130, 60, 100), (-120, 80, 110)) + box((-126, 69, 110), (-124, 71, 160)), "steel_1018")
    made.joint("pin", "hinge", "bob", anchor=(-100, 70, 160), axis=(0, 1, 0), damping=1e-4)
    made.contract("swing", joint="pin", limits=(-180, 180), max_speed=1500)
    made.mover("gate", box((-75, 60, 70), (-70, 80, 110)), "pla")
    if joint:
        made.joint("hang", joint, "gate", anchor=(-72, 70, 118), axis=(0, 1, 0))
        made.contract("hangs", joint="hang", limits=(-360, 360), max_speed=5000)


@pytest.mark.parametrize("joint", [None, "hinge"])
def test_gate_may_stand_in_a_swing(joint):
    """What a mover strikes among movers is motion; what it strikes among fixtures is not."""
    report = verify(scene(extra=lambda made: gate(made, joint)))
    assert report.passed, report.reasons
    wall = lambda made: (gate(made, joint), made.fixture("wall", box((-60, 60, 100), (-55, 80, 120)), "pla"))  # noqa: E731
    assert codes(verify(scene(extra=wall)).reasons) == {"INTERSECTION"}

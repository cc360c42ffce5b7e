"""Machines of every kind, from the authoring library to the verdict: sound ones pass, and truly move."""

import pytest

from tests.workbench.judge.machines import belt_drive, bench, flap, rack_drive, rotor, screw_drive
from tests.workbench.judge.scenes import catalogue, codes, draws, load, scene
from workbench.authoring import Constant, Hold, Oscillate, Point, Schedule, Sinusoidal, Square, Trapezoidal
from workbench.judge.verdict import Case, judge

SIDE = ((-55, 25, 99), (-45, 35, 109))
"""Where the rotor's arm points after a quarter turn."""
CONTROLLERS = {
    "constant": Constant(level=0.3),
    "sinusoidal": Sinusoidal(amplitude=0.3, period_s=1.0),
    "square": Square(low=-0.1, high=0.3, period_s=1.0),
    "trapezoidal": Trapezoidal(level=0.2, ramp_s=0.3, hold_s=0.5),
    "schedule": Schedule(points=[Point(time_s=0, level=0), Point(time_s=0.5, level=0.2), Point(time_s=1, level=0)]),
    "hold": Hold(target=120.0, gain=0.01),
    "oscillate": Oscillate(centre=0.0, amplitude=120.0, period_s=2.0, gain=0.05),
}
MACHINES = {
    "belt": (belt_drive, ((3, 25, 126), (13, 35, 136))),
    "rack, rail and carriage": (rack_drive, ((-20, 27, 115), (0, 32, 121))),
    "lead screw, rods and bushings": (screw_drive, ((-66, -30, 158), (-64, 30, 160))),
} | {f"motor, {name}": (lambda c=control: rotor(c), SIDE) for name, control in CONTROLLERS.items()}
FULL = {f"motor, {name}" for name in ("constant", "square", "trapezoidal", "oscillate")}


def judged(design, forbidden=None, made=None):
    given = draws(purpose="preview", trials=1, must_pass=1)
    return judge(Case(made or bench(forbidden), load(design.save), given, None, catalogue()))[0]


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in FULL else n for n in MACHINES])
def test_sound_machine_passes_and_moves(name):
    """It passes beside a payload that needs no help, and where it moves to it meets a forbid zone."""
    make, reached = MACHINES[name]
    verdict = judged(make())
    assert verdict.passed, verdict.reasons
    assert codes(judged(make(), reached).reasons) == {"FORBIDDEN_ZONE"}


def test_machine_that_is_not_powered_stays():
    assert judged(rotor(Constant(level=0.0)), SIDE).passed


@pytest.mark.parametrize(
    ("hinged", "forbidden", "reasons"),
    [(True, None, set()), (False, None, {"JOINT_INVALID"}), (True, ((35, -10, 45), (45, 10, 55)), {"FORBIDDEN_ZONE"})],
)
def test_flap_on_a_hinge_gives_way_to_the_payload(hinged, forbidden, reasons):
    """A cube that flies at it gets through; not when both leaves are fastened but nothing says that they turn."""
    room = {"build": ((-90, -60, 0), (60, 60, 200)), "zone": ((40, -60, -2), (145, 60, 60))}
    made = scene(velocity=(500, 0, 0), forbidden={"no": forbidden} if forbidden else None, **room)
    assert codes(judged(flap(hinged=hinged), made=made).reasons) == reasons

"""What a scene may let move, from the authoring library through verification to the verdict."""

import math

import pytest
from build123d import Box, Pos, Sphere

from tests.workbench.judge.scenes import (
    OVER_GOAL,
    belt,
    box,
    catalogue,
    codes,
    design,
    draws,
    plate,
    scene,
    verify_scene,
)
from workbench.authoring import Constant, Jitter, Oscillate, Point, Schedule, Square
from workbench.judge.verdict import Case, judge

FAR = (0, 100, 100)


def free_mover(made):
    made.mover("stone", Pos(0, 100, 10) * Box(20, 20, 20), "pla")


def swing(made, **options):
    """A bar on a horizontal hinge that hangs at rest."""
    made.mover("bar", Pos(0, 100, 80) * Box(10, 6, 60), "pla")
    made.joint("pin", "hinge", "bar", anchor=(0, 100, 108), axis=(0, 1, 0), limits=(-60, 60), **options)
    made.contract("hangs", joint="pin", limits=(-1, 1), max_speed=5, **{"interaction": "may_block"})


def sprung(made):
    """A cart let go on its slack spring: it swings between 0 and -2 m g / k, 0.1 s to and fro."""
    made.mover("cart", Pos(*FAR) * Box(20, 20, 20), "steel_1018")
    mass, rate = 8e-6 * catalogue().materials["steel_1018"].density_kg_m3, 200.0
    depth = 2e3 * mass * 9.81 / rate
    made.joint("spring", "slide", "cart", axis=(0, 0, 1), limits=(-20, 5), stiffness=rate)
    omega = math.sqrt(rate / mass)
    made.contract("bobs", joint="spring", limits=(-depth, 0), max_speed=depth / 2 * omega, period_s=2 * math.pi / omega)


def ball(made):
    made.mover("bob", Pos(0, 100, 60) * Sphere(10), "steel_1018")
    made.joint("socket", "ball", "bob", anchor=(0, 100, 110), limits=(0, 60), damping=1e-4)
    made.contract("hangs", joint="socket", limits=(0, 1), max_speed=5)


def driven(mode, controller, limit, kind="hinge", *, damping=0.0, **promise):
    def add(made):
        made.driven("arm", Pos(*FAR) * Box(60, 8, 8), "pla")
        limits = (-45, 45) if kind == "slide" else None
        made.joint(
            "axle",
            kind,
            "arm",
            anchor=FAR,
            axis=(1, 0, 0) if kind == "slide" else (0, 0, 1),
            limits=limits,
            damping=damping,
        )
        made.drive("motor", "axle", mode, controller, limit)
        made.contract("moves", joint="axle", **promise)

    return add


TO_AND_FRO = Oscillate(centre=0, amplitude=40, period_s=2.0, gain=1.0)
STEPS = Schedule(points=[Point(time_s=0, level=0), Point(time_s=1, level=40), Point(time_s=2, level=0)])
MOVING = {
    "free mover": free_mover,
    "hinge": swing,
    "hinge with a spring, damping and friction": lambda made: swing(
        made, stiffness=0.1, damping=1e-3, friction_loss=1e-3
    ),
    "slide on a spring": sprung,
    "ball": ball,
    "velocity drive": driven("velocity", Constant(level=2.0), 0.1, limits=(0, 360), max_speed=114.6),
    "position drive": driven("position", TO_AND_FRO, 20, "slide", limits=(-40, 40), max_speed=126, period_s=2.0),
    "position drive by a schedule": driven("position", STEPS, 20, "slide", limits=(0, 40), max_speed=40),
    "torque drive": driven("torque", Constant(level=0.002), 0.01, limits=(0, 360), max_speed=114.6, damping=0.001),
    "conveyor": lambda made: belt(made, max_speed=100.0),
    "conveyor by a schedule": lambda made: belt(made, Square(low=0, high=1, period_s=1.0), max_speed=100.0),
}


@pytest.mark.parametrize("add", MOVING.values(), ids=MOVING)
def test_scene_with_motion_is_verified_and_judged(add):
    """It keeps its contract alone, and beside a plate that does not touch it the payload still falls into its goal."""
    still = {"extra": add, "jitter": Jitter(), "horizon_s": 4.0}
    report = verify_scene(scene(**still), draws())
    assert report.passed and any(check.number == 7 for check in report.checks), report.reasons
    given = draws(purpose="preview", trials=2, must_pass=2)
    verdict, _ = judge(Case(scene(OVER_GOAL, **still), design(), given, None, catalogue()))
    assert verdict.passed, verdict.reasons


@pytest.mark.parametrize(("interaction", "expected"), [("must_keep_contract", {"DRIVE_BLOCKED"}), ("may_block", set())])
def test_contract_says_whether_its_drive_may_be_stopped(interaction, expected):
    """A bar that a weak drive turns at 2 rad/s meets the plate on the post."""

    def add(made):
        made.driven("bar", Pos(-60, 0, 90) * Box(8, 60, 8), "pla")
        made.joint("axle", "hinge", "bar", anchor=(-60, 0, 90))
        made.drive("motor", "axle", "velocity", Constant(level=2.0), 0.02)
        made.contract("turns", joint="axle", limits=(0, 360), max_speed=114.6, interaction=interaction)

    blocked = design(plate() + box((-90, 15, 70), (-72, 25, 100)))
    given = draws(purpose="preview", trials=2, must_pass=2)
    verdict, _ = judge(Case(scene(OVER_GOAL, extra=add), blocked, given, None, catalogue()))
    assert codes(verdict.reasons) == expected


def shutter(at_s: float):
    """A slide on a position drive that jumps to and fro by 40 mm, first at `at_s`."""

    def add(made):
        made.driven("gate", box((-60, 30, 100), (-50, 60, 120)), "pla")
        made.joint("way", "slide", "gate", axis=(0, -1, 0), limits=(-1, 41))
        wave = Square(low=0.0, high=40.0, period_s=2 * at_s)
        made.drive("motor", "way", "position", wave, 5.0)
        made.contract("opens", joint="way", limits=(-2, 42), max_speed=20000, period_s=2 * at_s)

    return add


@pytest.mark.parametrize("at_s", [0.4, 0.41, 0.6])
def test_jump_that_is_blocked_is_seen_wherever_it_falls(at_s):
    """Trials are recorded in chunks of 0.2 s: a jump at their edge is one like any other."""
    environment = scene(OVER_GOAL, extra=shutter(at_s), jitter=Jitter(), horizon_s=4.0)
    stop = plate() + box((-90, 24, 78), (-46, 29, 125))
    given = draws(purpose="preview", trials=1, must_pass=1)
    blocked, _ = judge(Case(environment, design(stop), given, None, catalogue()))
    free, _ = judge(Case(environment, design(), given, None, catalogue()))
    assert codes(blocked.reasons) >= {"DRIVE_BLOCKED"} and free.passed, (blocked.reasons, free.reasons)

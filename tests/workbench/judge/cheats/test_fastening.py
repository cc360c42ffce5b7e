"""Cheats by what holds the parts: screws that hold nothing, parts that hang on nothing, springs and joints for free."""

import pytest
from build123d import Box, Cylinder, Pos, Rot

from tests.workbench.judge.cheats.machine import is_sound, judge_files, pack
from tests.workbench.judge.scenes import OVER_GOAL, box, codes, plate, scene, screws
from workbench.authoring import screw

NOTCHED = box((-90, -25, 40), (-84, 25, 58)) - [Pos(-87, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 12) for y in (-15, 15)]
FASTENINGS = {
    "screws in mid-air": (plate(), screws(head_x=-60.0)),
    "screws beside their holes": (plate(), screws((-10.0, 10.0))),
    "holes that are too wide": (plate(holes=6.0), screws()),
    "holes that are too tight": (plate(holes=3.3), screws()),
    "one screw": (plate(), screws((15.0,))),
    "two screws in one hole": (plate(spots=(15.0,)), screws((15.0, 15.0))),
    "two screws almost in one hole": (plate(spots=(15.0,)), screws((15.0, 15.08))),
    "notches instead of holes": (NOTCHED, screws()),
    "no holes": (box((-90, -25, 40), (-84, 25, 80)), screws()),
    "plate that hovers before its mount": (plate(x=-89.7), screws(head_x=-83.7)),
    "screw that is too short": (plate(), screws(component="shcs_m4x8")),
    "washer for a screw": (plate(), screws(component="washer_m4")),
}


@pytest.mark.parametrize(("solid", "fasteners"), FASTENINGS.values(), ids=FASTENINGS)
def test_fastening_that_holds_nothing_is_refused(solid, fasteners):
    verdict = judge_files(pack(solid=solid, fasteners=fasteners))
    assert not verdict.passed and codes(verdict.reasons) == {"ATTACHMENT_INVALID"}


def lid(gap=0.0, across=0.0, height=4.0):
    """A base that merely rests, and a lid on it with two screws; `across` moves the lid and its screws aside."""

    def add(made):
        spots = [(-20, 32), (-20, 48)]
        tapped = [Pos(x, y, 10) * Cylinder(1.65, 40) for x, y in spots]
        wide = [Pos(x + across, y, 10) * Cylinder(2.25, 60) for x, y in spots]
        base = Pos(-20, 40, 10) * Box(30, 30, 20) - tapped
        top = Pos(-20 + across, 40, 20 + gap + height / 2) * Box(30, 30, height) - wide
        made.part("base", base, "pla", "fdm_printing", loose=True)
        made.part("lid", top, "pla", "fdm_printing")
        heads = [screw("shcs_m4x16", (x + across, y, 20 + gap + height), (0, 0, -1)) for x, y in spots]
        made.attach("seam", "lid", "base", heads)

    return add


@pytest.mark.parametrize("cheat", [lid(gap=0.3), lid(gap=60.0), lid(across=40.0)], ids=["gap", "far above", "beside"])
def test_parts_that_do_not_meet_are_not_fastened(cheat):
    environment = scene(OVER_GOAL, build=((-90, -60, 0), (60, 60, 200)))
    assert codes(judge_files(pack(cheat), environment).reasons) == {"ATTACHMENT_INVALID"}
    assert is_sound(pack(lid()), environment)


def saddle(gap=0.0):
    """A channel astride an arm of the plate: on either side a screw, each with the other wall's hole on its line."""
    arm = (
        plate()
        + box((-84, -10, 50), (-30, 10, 70))
        - [Pos(x, 0, 60) * Rot(90, 0, 0) * Cylinder(1.65, 30) for x in (-60, -40)]
    )
    astride = box((-65, -15, 50), (-35, 15 + gap, 76)) - box((-65, -10, 50), (-35, 10 + gap, 70))
    astride -= [Pos(x, 0, 60) * Rot(90, 0, 0) * Cylinder(2.25, 60) for x in (-60, -40)]

    def add(made):
        made.part("saddle", astride, "pla", "fdm_printing")
        heads = [screw("shcs_m4x16", (-60, 15 + gap, 60), (0, -1, 0)), screw("shcs_m4x16", (-40, -15, 60), (0, 1, 0))]
        made.attach("sides", "saddle", "plate", heads)

    return pack(add, solid=arm)


def test_screws_from_both_sides_clamp_each_their_own_wall():
    assert is_sound(saddle())
    assert codes(judge_files(saddle(0.5)).reasons) == {"ATTACHMENT_INVALID"}


def plug(made):
    """A pin stands in the hole where the screw of the lid ends."""
    lid()(made)
    made.part("pin", Pos(-20, 32, 5) * Cylinder(1.6, 10), "pla", "fdm_printing", loose=True)


def chain(made):
    """Two parts that hold only each other."""
    lid()(made)
    made.loose.remove("base")


def lonely(made):
    made.part("shelf", box((-40, 20, 50), (-10, 50, 54)), "pla", "fdm_printing")


def bolt_cube(made):
    made.attachments[0] = made.attachments[0].model_copy(update={"b": "cube"})


def bolt_floor(made):
    """Tie the floor and the post: no part may hold two bodies of the environment."""
    made.attach("second", "plate", "floor", screws(), mount="top")


def bearingless(made):
    made.part("wheel", Pos(-30, 30, 30) * Cylinder(10, 5), "pla", "fdm_printing")
    made.joint("axle", "hinge", "wheel", anchor=(-30, 30, 30))


HOLDS = {
    "parts that hold each other": (chain, "ATTACHMENT_INVALID"),
    "part that nothing holds": (lonely, "ATTACHMENT_INVALID"),
    "screw through a part that it does not fasten": (plug, "ATTACHMENT_INVALID"),
    "bolted to the payload": (bolt_cube, "ATTACHMENT_INVALID"),
    "mount that does not exist": (bolt_floor, "ATTACHMENT_INVALID"),
    "joint without a bearing": (bearingless, "JOINT_INVALID"),
}


@pytest.mark.parametrize(("cheat", "code"), HOLDS.values(), ids=HOLDS)
def test_nothing_is_held_by_nothing(cheat, code):
    verdict = judge_files(pack(cheat))
    assert not verdict.passed and code in codes(verdict.reasons), verdict.reasons


def test_screw_outside_the_mount_is_refused():
    """The outline ends at y = ±38; two screws further in are sound."""
    long = box((-90, -25, 40), (-84, 50, 80)) - [
        Pos(-87, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 12) for y in (-15, 15, 44)
    ]
    beside = {"ATTACHMENT_INVALID", "OUTSIDE_BUILD_ZONE"}  # it stands in the open beside the post
    assert codes(judge_files(pack(solid=long, fasteners=screws((15.0, 44.0)))).reasons) == beside
    assert is_sound(pack(solid=long))


def test_screw_through_the_mount_comes_out_of_the_build_zone():
    """It goes 24 mm into a post of 20 mm, whose mount is 15 mm deep."""
    verdict = judge_files(pack(fasteners=screws(component="shcs_m4x30")))
    assert codes(verdict.reasons) == {"ATTACHMENT_INVALID", "OUTSIDE_BUILD_ZONE"}


def hang(at, size=(20, 20, 20), material="pla"):
    return lambda made: made.part("weight", Pos(*at) * Box(*size), material, "fdm_printing", loose=True)


MID_AIR = {
    "high above the payload": hang((20, 0, 150)),
    "a hair above the floor": hang((-30, 35, 11.2)),
    "on its edge": lambda made: made.part(
        "weight", Pos(-30, 35, 17.3) * Rot(10, 0, 0) * Box(20, 4, 34), "pla", "fdm_printing", loose=True
    ),
    "half over an edge": lambda made: (
        hang((-30, 35, 5), (20, 20, 10))(made),
        made.part("beam", Pos(-10, 35, 12) * Box(50, 10, 4), "pla", "fdm_printing", loose=True),
    ),
}


@pytest.mark.parametrize("cheat", MID_AIR.values(), ids=MID_AIR)
def test_loose_part_in_mid_air_is_not_at_rest(cheat):
    verdict = judge_files(pack(cheat))
    assert verdict.stage == "rest" and codes(verdict.reasons) == {"NOT_AT_REST"}
    assert is_sound(pack(hang((-30, 35, 10))))


def test_part_that_leans_on_the_payload_is_not_at_rest():
    """A lid on the cube, which starts on the floor: without the cube it falls."""
    environment = scene((0, 0, 10.0), build=((-90, -60, 0), (50, 60, 200)))
    lean = hang((0, 0, 34), (12, 12, 8))
    assert codes(judge_files(pack(lean), environment).reasons) & {"NOT_AT_REST", "INTERSECTION"}

"""Cheats by what lets move: components that weld, that are shared by two joints, or that stop where one likes."""

from types import SimpleNamespace

import numpy as np
import pytest
from build123d import Align, Box, Cylinder, Pos, Rot

from schemas.bundle import Range
from tests.workbench.judge.cheats.machine import forge, judge_files, pack, save
from tests.workbench.judge.machines import AXIS, TOP, bench, powered, rack_drive, rotor, screw_drive, spin
from tests.workbench.judge.scenes import box, catalogue, codes, plate, scene, screws
from workbench.authoring import Sinusoidal, bought_solid, screw
from workbench.convert.stops import RAIL_MM, find_leaf_travel, measure_sideways
from workbench.judge.static.design import find_design_faults
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.welds import find_weld_faults
from workbench.kernel.loading import load_bundle
from workbench.kernel.rounds import Line

LYING, SWING, SPOTS = Rot(0, 90, 0), Sinusoidal(amplitude=0.05, period_s=1), (-34.0, 34.0)


def lying(x, radius, length):
    """A rod along x whose middle is at x."""
    return Pos(x, 0, 60) * LYING * Cylinder(radius, length)


def board(*further):
    """A plate on the post, wide enough for its screws to stand beside what it carries."""
    solid = box((-90, -40, 40), (-84, 40, 80)) + list(further)
    return solid - [Pos(-87, y, 60) * LYING * Cylinder(2.25, 6) for y in SPOTS]


def pack_bearing(*held, stub=False, joint=False, twin=False):
    """A lever whose pin is in the bore of a bearing, which sits in the plate, or on a stub of it; a twin shares it."""
    seat = board(lying(-80, 16, 20)) - lying(-73.5, 11, 7) - lying(-80, 6, 30)
    stubbed = board() + lying(-80.5, 6, 7) + lying(-75.25, 4, 3.5)

    def add(made):
        made.component("bearing", Pos(-77, 0, 60) * LYING * bought_solid("brg_608"), "brg_608")
        pin = lying(-70, 4, 7) if stub or twin else lying(-72, 4, 10)
        made.part("arm", pin + lying(-66, 8, 6) + box((-69, -6, 65), (-61, 55, 77)), "pla", "fdm_printing")
        for body in held:
            made.interface("press", "bearing", body)
        if twin:
            made.part("twin", lying(-75.75, 4, 4.5) + lying(-80, 5, 5), "pla", "fdm_printing")
        for child in ("arm", "twin")[: joint + twin]:
            turn = {"anchor": (-73.5, 0, 60), "axis": (1, 0, 0), "through": "bearing"}
            made.joint(f"turn_{child}", "hinge", child, parent="plate", **turn)

    return pack(add, stubbed if stub else seat, screws(SPOTS))


def pack_bushing():
    """A cart in mid-air on an upright rod, which a bushing holds."""

    def add(made):
        made.component("rod", Pos(-65, 0, 40) * bought_solid("shaft_8", length=150), "shaft_8")
        made.component("bush", Pos(-65, 0, 150) * bought_solid("lm8uu"), "lm8uu")
        made.part("cart", Pos(-65, 0, 162) * (Box(40, 100, 24) - Cylinder(7.5, 24)), "pla", "fdm_printing")
        for component, body in (("rod", "plate"), ("bush", "cart"), ("bush", "rod")):
            made.interface("press", component, body)

    return pack(add, board(box((-90, -15, 40), (-50, 15, 50))) - Pos(-65, 0, 45) * Cylinder(4, 12), screws(SPOTS))


def pack_hinge(limits=None, pinned=False):
    """A flap that stands out level from a butt hinge that is drawn flat, with nothing below it."""
    shelf = box((-90, -25, 72), (16, 25, 80)) + box((-90, -25, 40), (-84, 25, 80))
    shelf += box((16, -25, 72), (24, 25, 78)) if pinned else []
    shelf -= [Pos(-87, y, 60) * LYING * Cylinder(2.25, 12) for y in (-15, 15)]
    spots = {"plate": [(8, y, 82) for y in (-15, 15)], "flap": [(33, y, 82) for y in (-15, 15)]}
    spots["plate"][1:] = [(20.5, 0, 84)] if pinned else spots["plate"][1:]
    threads = [Pos(x, y, 76) * Cylinder(1.25, 8) for own in spots.values() for x, y, _ in own]

    def add(made):
        made.part("flap", box((25, -25, 72), (48, 25, 80)) - threads, "pla", "fdm_printing")
        butt = Pos(20.5, 25, 81) * Rot(90, 0, 0) * bought_solid("hinge_50")
        butt -= [Pos(x, y, 81) * Cylinder(1.7, 10) for own in spots.values() for x, y, _ in own]
        made.component("butt", butt, "hinge_50")
        for body, own in spots.items():
            heads = [screw("shcs_m3x8" if at[2] == 82 else "shcs_m3x12", at, (0, 0, -1)) for at in own]
            made.attach(f"{body}_leaf", "butt", body, heads)
        if limits is not None:
            turn = {"anchor": (20.5, 0, 81), "axis": (0, 1, 0), "through": "butt"}
            made.joint("swing", "hinge", "flap", parent="plate", limits=limits, **turn)

    return pack(add, shelf - threads)


def pack_motor():
    """An arm on the shaft of a motor that no joint runs through."""
    return forge(lambda r: (r["joints"].clear(), r["motors"].clear()), save(rotor(SWING)))


def press_guide(made, component, body):
    """A machine whose second joint is replaced by a press fit of what carries it."""

    def edit(record):
        record["joints"].pop(1)
        record["couplings"].clear()
        record["interfaces"] = [f for f in record["interfaces"] if {f["component"], f["body"]} != {component, body}]
        record["interfaces"] = [f for f in record["interfaces"] if f["kind"] != "mesh"]
        record["interfaces"].append({"kind": "press", "component": component, "body": body})

    return forge(edit, save(made))


WELDS = {
    "carriage pressed on its rail": (lambda: press_guide(rack_drive(), "carriage", "rail"), "JOINT_INVALID"),
    "nut pressed on its lead screw": (lambda: press_guide(screw_drive(), "nut", "screw"), "JOINT_INVALID"),
    "bearing pressed in on both sides": (lambda: pack_bearing("plate", "arm"), "JOINT_INVALID"),
    "bushing pressed on its rod": (pack_bushing, "JOINT_INVALID"),
    "both leaves of a hinge screwed on": (pack_hinge, "JOINT_INVALID"),
    "arm pressed on a motor without a joint": (pack_motor, "JOINT_INVALID"),
}


@pytest.mark.parametrize(("files", "code"), WELDS.values(), ids=WELDS)
def test_component_that_lets_move_holds_nothing_still(files, code):
    found = find_design_faults(bench(), load_bundle(files()), catalogue())
    assert code in codes(found) and any("let a joint run through it" in fault.message for fault in found), found


def test_honest_pivot_and_hinge_let_fall():
    for files in (pack_bearing("plate", joint=True), pack_hinge((-180, 90)), pack_hinge((-180, 0))):
        assert codes(judge_files(files).reasons) == {"NOT_AT_REST"}


@pytest.mark.parametrize("files", [pack_bearing("plate", "arm", stub=True), pack_bearing("plate", "arm", joint=True)])
def test_what_is_pressed_into_one_race_or_beside_a_joint_is_no_weld(files):
    assert list(find_weld_faults(PlacedDesign(scene(), load_bundle(files), catalogue()))) == []


def share_motor():
    """Two arms on one shaft, each on a joint of its own."""
    made = powered(SWING)
    for name, low in (("arm", 98.5), ("again", 102.5)):
        solid = Cylinder(9, 3.5) + Pos(20, 0, 0) * Box(36, 6, 3.5) - Cylinder(3, 3.5)
        made.part(name, Pos(*AXIS, low + 1.75) * solid, "pla", "fdm_printing")
    spin(made, "arm")
    made.interface("press", "motor", "again")
    made.joint("two", "hinge", "again", parent="bracket", anchor=(*AXIS, TOP), axis=(0, 0, 1), through="motor")
    return save(made)


def pack_box(*parts, solid, component="driver_vnh5019", thread=1.25, **given):
    """What is bought and no part of a frame, screwed on a stub of the plate, and a beam that hangs on it."""
    spots = {"plate": (-68, -56), "beam": (-48, -40)}

    def add(made):
        ways = [Pos(x, 0, 103) * Cylinder(1.7, 40) for x in spots["plate"]]
        made.component("box", solid - ways - [Pos(x, 0, 103) * Cylinder(thread, 60) for x in spots["beam"]], component)
        top, heads = 98 + solid.bounding_box().size.Z, given.get("heads", "shcs_m3x16")
        made.attach("foot", "box", "plate", [screw(heads, (x, 0, top), (0, 0, -1)) for x in spots["plate"]])
        if "beam" in parts:
            beam = box((-52, -10, top), (-10, 10, top + 4)) - [
                Pos(x, 0, 103) * Cylinder(1.7, 60) for x in spots["beam"]
            ]
            made.part("beam", beam, "pla", "fdm_printing")
            made.attach("top", "beam", "box", [screw("shcs_m3x8", (x, 0, top + 4), (0, 0, -1)) for x in spots["beam"]])

    stub = plate() + box((-90, -14, 78), (-50, 14, 98)) - [Pos(x, 0, 90) * Cylinder(1.25, 18) for x in spots["plate"]]
    return pack(add, stub)


BOARD = box((-72, -14, 98), (-34, 14, 108))
BELT = box((-80, -3, 98), (40, 3, 99.38))
COIL = Pos(-80, 0, 108) * LYING * Cylinder(10, 60, align=(Align.CENTER, Align.CENTER, Align.MIN))
MISUSED = {
    "belt as a strip": (lambda: pack_box(solid=BELT, component="belt_gt2_6", heads="shcs_m3x8"), "JOINT_INVALID"),
    "spring as a strut": (
        lambda: pack_box(solid=COIL, component="spring_c_2_20_60", heads="shcs_m3x30"),
        "JOINT_INVALID",
    ),
    "beam on the board of a driver": (lambda: pack_box("beam", solid=BOARD), "JOINT_INVALID"),
    "hinge locked by a screw through its pin": (lambda: pack_hinge((-180, 90), pinned=True), "JOINT_INVALID"),
}


@pytest.mark.parametrize(("files", "code"), MISUSED.values(), ids=MISUSED)
def test_component_holds_what_it_is_made_for(files, code):
    found = find_design_faults(bench(), load_bundle(files()), catalogue())
    words = ("keeps its shape", "bears no load", "through its pin")
    assert codes(found) == {code} and all(any(w in fault.message for w in words) for fault in found), found


def test_driver_may_be_screwed_on():
    assert find_design_faults(bench(), load_bundle(pack_box(solid=BOARD)), catalogue()) == ()


SHARED = {
    "carriage on past its rail beside a longer one": (lambda: save(rack_drive(50, spare=True)), "JOINT_INVALID"),
    "two joints through one motor": (share_motor, "JOINT_INVALID"),
    "two levers in one bore": (lambda: pack_bearing("plate", joint=True, twin=True), "JOINT_INVALID"),
    "flap that stops where it is declared": (lambda: pack_hinge((-270, 0)), "JOINT_INVALID"),
}


@pytest.mark.parametrize(("files", "code"), SHARED.values(), ids=SHARED)
def test_component_carries_one_joint_by_its_own_travel(files, code):
    found = find_design_faults(bench(), load_bundle(files()), catalogue())
    words = ("carries one joint", "drawn flat", "runs off")
    assert codes(found) == {code} and all(any(w in fault.message for w in words) for fault in found), found


@pytest.mark.parametrize("turn", [Rot(0, 0, 0), Rot(0, 25, 0), Rot(20, 40, 70)])
@pytest.mark.parametrize(("aside", "along", "on"), [(0.0, 0, True), (0.5, 0, False), (0.0, 150, False), (50, 0, False)])
def test_carriage_sits_on_a_rail_however_both_are_turned(turn, aside, along, on):
    rail = turn * (Box(200, 12, 8) - Pos(30, 0, 0) * Cylinder(1.7, 8))
    carriage = turn * Pos(along, aside, 4.5) * (Box(45.4, 27, 9) - Pos(0, 0, -4.5) * Box(300, 12, 8))
    line = Line(np.zeros(3), np.array(tuple((turn * Pos(1, 0, 0)).position)))
    one, other = (SimpleNamespace(shape=solid.wrapped) for solid in (carriage, rail))
    assert (measure_sideways(one, other, line) <= RAIL_MM) is on


def test_carriages_run_on_two_rails_side_by_side():
    assert find_design_faults(bench(), load_bundle(save(rack_drive(spare=True))), catalogue()) == ()


@pytest.mark.parametrize(
    ("name", "declared", "ends"),
    [
        ("hinge_50", (-180, 90), (-180, 90)),
        ("hinge_50", (0, 95), (-90, 180)),
        ("hinge_50", (-10, 10), (-180, 180)),
        ("hinge_50", (-95, 95), None),
        ("hinge_50", (-270, 0), None),
        ("hinge_2020", (0, 10), (0, 180)),
        ("hinge_2020", (-10, 10), None),
    ],
)
def test_leaf_hinge_turns_from_flat(name, declared, ends):
    found = find_leaf_travel(catalogue().components[name], Range(min=declared[0], max=declared[1]))
    assert found == (ends and Range(min=ends[0], max=ends[1]))

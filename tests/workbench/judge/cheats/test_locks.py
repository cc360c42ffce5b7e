"""Cheats by what lets move: components that weld, that are shared by two joints, or that stop where one likes."""

import pytest
from build123d import Box, Cylinder, Pos, Rot

from schemas.bundle import Range
from tests.workbench.judge.cheats.machine import forge, judge_files, pack, save
from tests.workbench.judge.machines import AXIS, TOP, bench, powered, rack_drive, rotor, screw_drive, spin
from tests.workbench.judge.scenes import box, catalogue, codes, scene, screws
from workbench.authoring import Sinusoidal, bought_solid, screw
from workbench.convert.stops import find_leaf_travel
from workbench.judge.static.design import find_design_faults
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.welds import find_weld_faults
from workbench.kernel.loading import load_bundle

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


def pack_hinge(limits=None):
    """A flap that stands out level from a butt hinge that is drawn flat, with nothing below it."""
    shelf = box((-90, -25, 72), (16, 25, 80)) + box((-90, -25, 40), (-84, 25, 80))
    shelf -= [Pos(-87, y, 60) * LYING * Cylinder(2.25, 12) for y in (-15, 15)]
    spots = {"plate": [(8, y, 82) for y in (-15, 15)], "flap": [(33, y, 82) for y in (-15, 15)]}
    threads = [Pos(x, y, 76) * Cylinder(1.25, 8) for own in spots.values() for x, y, _ in own]

    def add(made):
        made.part("flap", box((25, -25, 72), (48, 25, 80)) - threads, "pla", "fdm_printing")
        butt = Pos(20.5, 25, 81) * Rot(90, 0, 0) * bought_solid("hinge_50")
        butt -= [Pos(x, y, 81) * Cylinder(1.7, 10) for own in spots.values() for x, y, _ in own]
        made.component("butt", butt, "hinge_50")
        for body, own in spots.items():
            made.attach(f"{body}_leaf", "butt", body, [screw("shcs_m3x8", at, (0, 0, -1)) for at in own])
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


SHARED = {
    "two joints through one motor": (share_motor, "JOINT_INVALID"),
    "two levers in one bore": (lambda: pack_bearing("plate", joint=True, twin=True), "JOINT_INVALID"),
    "flap that stops where it is declared": (lambda: pack_hinge((-270, 0)), "JOINT_INVALID"),
}


@pytest.mark.parametrize(("files", "code"), SHARED.values(), ids=SHARED)
def test_component_carries_one_joint_by_its_own_travel(files, code):
    found = find_design_faults(bench(), load_bundle(files()), catalogue())
    words = ("carries one joint", "drawn flat")
    assert codes(found) == {code} and all(any(w in fault.message for w in words) for fault in found), found


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

"""Cheats with declared fits and with what a joint runs through: overlaps and contacts that none excuses."""

import mujoco
import pytest
from build123d import Box, Cylinder, Plane, Pos, Rot

from tests.workbench.judge.scenes import box, catalogue, codes, compiled, design, load, scene
from workbench.authoring import Assembly, bought_solid, screw
from workbench.judge.static.joints import find_interface_faults
from workbench.judge.static.placed_design import PlacedDesign

ALONG = Rot(0, 90, 0)


def fit(kind, component, body, solid):
    """A bought solid that stands on the origin, and a part around it that declares a fit with it."""

    def add(made):
        made.component("bought", solid, component)
        made.part("body", body, "pla", "fdm_printing", loose=True)
        made.interface(kind, "bought", "body")

    made = design(extra=add)
    return codes(find_interface_faults(made.assembly.interfaces[0], PlacedDesign(scene(), made, catalogue())))


SHAFT = bought_solid("shaft_8", length=30)
SCREW = bought_solid("screw_t8x8", length=30)
RING = bought_solid("brg_608")
BLOCK = Pos(0, 0, 15) * Box(30, 30, 30)
OPEN = BLOCK - Pos(0, 0, 15) * Cylinder(4, 30)
SKIN = Pos(0, 0, 15) * Cylinder(6, 1.5)
SHORT = BLOCK - Pos(0, 0, 26) * Cylinder(4, 8)
PIN = Pos(0, 0, 3.5) * Cylinder(4, 30)
SHOULDER = PIN + Pos(0, 0, 8) * Cylinder(6, 4)
FITS = {
    "bore closed in its middle": ("press", "shaft_8", OPEN + SKIN, SHAFT, {"INTERSECTION"}),
    "bore closed in its middle, to slide in": ("slide", "shaft_8", OPEN + SKIN, SHAFT, {"INTERSECTION"}),
    "shoulder within the ring": ("slide", "brg_608", SHOULDER, RING, {"INTERSECTION"}),
    "thread longer than its hole": ("thread", "screw_t8x8", SHORT, SCREW, {"INTERSECTION"}),
    "open bore": ("press", "shaft_8", OPEN, SHAFT, set()),
    "open bore for a thread": ("thread", "screw_t8x8", OPEN, SCREW, set()),
    "pin": ("slide", "brg_608", PIN, RING, set()),
}


@pytest.mark.parametrize(("kind", "component", "body", "solid", "expected"), FITS.values(), ids=FITS)
def test_fit_excuses_what_its_faces_share_and_nothing_else(kind, component, body, solid, expected):
    assert fit(kind, component, body, solid) == expected


def test_thread_is_a_threads():
    assert fit("thread", "shaft_8", SHORT, SHAFT) == {"ATTACHMENT_INVALID", "INTERSECTION"}
    assert fit("thread", "shaft_8", OPEN, SHAFT) == {"ATTACHMENT_INVALID"}


def pinned(kind=None, pin=True):
    """A lever on a bearing, and a steel pin 60 mm from its axis, pressed into the block, that passes the lever."""
    made = Assembly()
    block = (
        box((-90, -40, 40), (-84, 40, 80))
        + Pos(-80, 0, 60) * ALONG * Cylinder(16, 20)
        + box((-90, 30, 55), (-70, 80, 85))
    )
    block -= [Pos(-73.5, 0, 60) * ALONG * Cylinder(11, 7), Pos(-80, 0, 60) * ALONG * Cylinder(6, 30)]
    block -= [
        Pos(-77, 60, 70) * ALONG * Cylinder(4, 14),
        *(Pos(-87, y, 50) * ALONG * Cylinder(2.25, 6) for y in (-34, 34)),
    ]
    made.part("block", block, "pla", "fdm_printing")
    made.component("bearing", Pos(-77, 0, 60) * ALONG * bought_solid("brg_608"), "brg_608")
    arm = Pos(-72, 0, 60) * ALONG * Cylinder(4, 10) + Pos(-67, 0, 60) * ALONG * Cylinder(6, 4)
    arm += box((-69, -6, 62), (-50, 100, 78))
    made.part("arm", arm - Pos(-60, 60, 70) * ALONG * Cylinder(4.05, 40), "pla", "fdm_printing")
    heads = [screw("shcs_m4x16", (-84, y, 50), (-1, 0, 0)) for y in (-34, 34)]
    made.attach("on_post", "block", "post", heads, mount="face")
    made.interface("press", "bearing", "block")
    if pin:
        made.component("pin", Pos(-84, 60, 70) * ALONG * bought_solid("shaft_8", length=36), "shaft_8")
        made.interface("press", "pin", "block")
    if kind:
        made.interface(kind, "pin", "arm")
    turns = {"anchor": (-73.5, 0, 60), "axis": (1, 0, 0), "through": "bearing"}
    made.joint("turn", "hinge", "arm", parent="block", **turns)
    return made


def pillow(leg=True):
    """A lever in a pillow block, with a leg that lies 0.05 mm above the block's top."""
    made = Assembly()
    base = box((-90, -40, 30), (-84, 40, 66)) + box((-84, -40, 60), (-50, 40, 66))
    base -= [Pos(-87, y, 40) * ALONG * Cylinder(2.25, 6) for y in (-34, 34)]
    base -= [Pos(-68.5, y, 63) * Cylinder(2.25, 6) for y in (-20, 20)]
    made.part("base", base, "pla", "fdm_printing")
    block = Plane((-75, 0, 80.5), x_dir=(0, 1, 0), z_dir=(1, 0, 0)).location * bought_solid("kp08")
    made.component("pillow", block - [Pos(-68.5, y, 71) * Cylinder(1.65, 10) for y in (-20, 20)], "kp08")
    arm = Pos(-66, 0, 80.5) * ALONG * Cylinder(4, 18) + box((-61.5, -5, 76), (-53, 90, 86))
    arm += box((-61.5, 8, 86), (-53, 24, 100))
    arm += [box((-75, 8, 95.05), (-53, 24, 100))] * leg
    made.part("arm", arm, "pla", "fdm_printing")
    heads = [screw("shcs_m4x16", (-84, y, 40), (-1, 0, 0)) for y in (-34, 34)]
    made.attach("on_post", "base", "post", heads, mount="face")
    below = [screw("shcs_m4x12", (-68.5, y, 60), (0, 0, 1)) for y in (-20, 20)]
    made.attach("pillow_on", "base", "pillow", below)
    turns = {"anchor": (-68.5, 0, 80.5), "axis": (1, 0, 0), "through": "pillow"}
    made.joint("turn", "hinge", "arm", parent="base", **turns)
    return made


def turn(made) -> float:
    """Return by how many degrees a lever turns in 0.3 s."""
    build = ((-90, -140, 0), (55, 140, 240))
    model = compiled(scene((100.0, 0.0, 75.0), build=build), load(made.save)).model
    data = mujoco.MjData(model)
    for _ in range(300):
        mujoco.mj_step(model, data)
    return abs(float(data.joint("part/turn").qpos[0])) * 57.2958


@pytest.mark.parametrize("kind", [None, "slide"])
def test_pin_beside_the_axis_locks_a_lever_whatever_is_declared(kind):
    assert turn(pinned(kind)) < 2.0


def test_lever_without_its_pin_falls():
    assert turn(pinned(pin=False)) > 20.0


def test_lever_lies_on_the_block_that_it_runs_in():
    assert turn(pillow()) < 1.0
    assert turn(pillow(leg=False)) > 5.0

"""Cheats with screws: threads that meet air, directions that are none, heads that nobody hits, fits that are loose."""

import math
from itertools import pairwise

import mujoco
import numpy as np
import pytest
from build123d import Box, Cylinder, Pos

from tests.workbench.judge.cheats.machine import forge, is_sound, judge_files, pack
from tests.workbench.judge.scenes import OVER_GOAL, box, catalogue, codes, compiled, design, plate, scene, screws
from workbench.authoring import bought_solid, screw
from workbench.authoring.solids import extract_solid
from workbench.judge.static.joints import find_interface_faults
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.screws import Screw, list_screws
from workbench.kernel.rounds import Line

SPOTS = [(-60.0, y) for y in (15.0, 45.0)]


def sandwich(component, walls, lid_mm=6.0):
    """A lid screwed onto a block of walls (from, to; mm below the lid) with tap holes through all of them."""

    def add(made):
        holes = [Pos(x, y, 0) * Cylinder(1.65, 200) for x, y in SPOTS]
        block = box((-70, 5, 60 - walls[-1][1]), (-50, 55, 60))
        for (_, low), (high, _) in pairwise(walls):
            block -= box((-68, 7, 60 - high), (-52, 53, 60 - low))
        made.part("block", block - holes, "pla", "fdm_printing", loose=True)
        lid = box((-70, 5, 60), (-50, 55, 60 + lid_mm)) - [Pos(x, y, 60) * Cylinder(2.25, 30) for x, y in SPOTS]
        made.part("lid", lid, "pla", "fdm_printing")
        heads = [screw(component, (x, y, 60 + lid_mm), (0, 0, -1)) for x, y in SPOTS]
        made.attach("seam", "lid", "block", heads)

    return add


def engagement(add) -> list[float]:
    verdict = judge_files(pack(add), purpose="preview", trials=1, must_pass=1)
    faults = [fault for fault in verdict.reasons if fault.where == "seam" and "must engage" in fault.message]
    assert all(fault.code.value == "ATTACHMENT_INVALID" for fault in faults)
    return [measure.value for fault in faults for measure in fault.numbers if measure.name == "engagement"]


AIR = {
    "one millimetre, then air": ("shcs_m4x16", [(0, 1), (15, 20)], 1.0),
    "one millimetre, a cavity, and most of the second wall": ("shcs_m4x25", [(0, 1), (15, 20)], 5.0),
    "three thin walls": ("shcs_m4x25", [(0, 1), (5, 6), (10, 11), (22, 30)], 3.0),
    "a block that ends early": ("shcs_m4x25", [(0, 7)], 7.0),
}


@pytest.mark.parametrize(("component", "walls", "met_mm"), AIR.values(), ids=AIR)
def test_thread_engages_the_material_that_it_meets(component, walls, met_mm):
    """M4 needs 8 mm in PLA; the lid is 6 mm thick (R4)."""
    assert engagement(sandwich(component, walls)) == pytest.approx([met_mm, met_mm], abs=1e-3)


def test_thread_that_meets_enough_behind_a_cavity_holds():
    assert engagement(sandwich("shcs_m4x30", [(0, 3), (15, 24)])) == []


def test_mount_of_a_hollow_body_counts_its_wall():
    """A post of 3 mm of plywood around air: the mount promises 15 mm."""
    line = Line(np.array([0.0, 0.0, 6.0]), np.array([0.0, 0.0, -1.0]))
    post = box((-20, -20, -40), (20, 20, 0)) - box((-17, -17, -37), (17, 17, -3))
    bolt = Screw(catalogue().components["shcs_m4x16"], line)
    assert bolt.measure_engagement(extract_solid(post, "post"), 6.0, 3.3) == pytest.approx(3.0, abs=1e-4)
    assert bolt.measure_engagement(extract_solid(Box(40, 40, 40), "block"), 6.0, 3.3) == pytest.approx(10.0, abs=1e-4)
    half = Pos(-20, 0, -20) * Box(40, 40, 40)
    assert bolt.measure_engagement(extract_solid(half, "half"), 6.0, 3.3) == pytest.approx(5.0, abs=1e-3)


@pytest.mark.parametrize(
    "axis", [[-4.0, 0, 0], [-0.01, 0, 0], [0, 0, 0], [-1, 0.5, 0], [math.inf, 0, 0], [-1, math.nan, 0]]
)
def test_direction_of_a_screw_is_a_unit_vector(axis):
    """A direction of length 4 made a thread of 16 mm reach 64 (R5)."""
    edit = lambda r: r["attachments"][0]["fasteners"][0].update(axis=axis)  # noqa: E731
    verdict = judge_files(forge(edit))
    assert verdict.stage == "bundle" and codes(verdict.reasons) == {"BUNDLE_INVALID"}
    assert is_sound(pack())


def test_authoring_gives_directions_unit_length():
    found = screw("shcs_m4x16", (0, 0, 0), (0, 0, -4))
    assert found.axis == (0.0, 0.0, -1.0)


def heads_in(spots=(-15.0, 15.0)):
    """Heads of 4 mm on the plate's face at x = -84, 7 mm wide."""
    return design(plate(spots=spots), screws(spots))


def fall_along(assembly) -> float:
    """Return by how much a cube falls in 0.1 s along the plate, 1 mm off its face."""
    environment = scene((-71.9, 15.0, 95.0), build=((-90, -60, 0), (50, 60, 70)), solid=Box(22, 20, 20))
    model = compiled(environment, assembly).model
    data = mujoco.MjData(model)
    for _ in range(100):
        mujoco.mj_step(model, data)
    return 0.095 - float(data.body("cube").xpos[2])


def test_heads_of_screws_are_hit():
    """Heads at y = 15 are in the cube's way, 21 mm below it; those at y = -15 are not: it falls by ½ g t² (R8)."""
    beside = design(plate(spots=(-15.0, -5.0)), screws((-15.0, -5.0)))
    assert fall_along(beside) == pytest.approx(0.049, abs=0.001)
    assert 0.021 < fall_along(heads_in()) < 0.040


def test_head_is_a_cylinder_of_its_row_in_the_collision_model():
    model = compiled(scene(), heads_in()).model
    sizes = [
        model.geom(n).size[:2] for n in range(model.ngeom) if model.geom(n).type[0] == mujoco.mjtGeom.mjGEOM_CYLINDER
    ]
    assert len(sizes) == 2 and np.allclose(sizes, [0.0035, 0.002])
    pairs = [model.pair(n).name for n in range(model.npair)]
    assert sum("cube" in name and "plate" in name for name in pairs) == 3
    frictions = {model.pair(n).friction[0] for n in range(model.npair) if "plate" in model.pair(n).name}
    assert sorted(frictions) == pytest.approx(
        [catalogue().pair(name, "pom").friction for name in ("steel_1018", "pla")]
    )


def test_head_takes_room():
    """A second plate over the heads, one through which they would have to reach, and a payload that starts there."""
    cover = lambda made: made.part("cover", box((-83, 10, 50), (-80, 20, 70)), "pla", "fdm_printing", loose=True)  # noqa: E731
    faults = judge_files(pack(cover)).reasons
    assert any(fault.code.value == "INTERSECTION" and "head of a screw" in fault.message for fault in faults)
    spawn = scene((-70.0, 15.0, 60.0), build=((-90, -60, 0), (50, 60, 70)))
    assert "INTERSECTION" in codes(judge_files(pack(), spawn).reasons)
    tight = scene(OVER_GOAL, build=((-90, -60, 0), (-82, 60, 200)))
    assert codes(judge_files(pack(), tight).reasons) == {"OUTSIDE_BUILD_ZONE"}


def pressed(play_mm, process="fdm_printing", other="block"):
    hole = Cylinder((22 + play_mm) / 2, 7)

    def add(made):
        made.component("ring", bought_solid("brg_608"), "brg_608")
        made.part("block", Pos(0, 0, 3.5) * (Box(40, 40, 7) - hole), "pla", process, loose=True)
        made.interface("press", "ring", other)

    return add


@pytest.mark.parametrize(
    ("play_mm", "holds"), [(0.0, True), (0.09, True), (-0.09, True), (0.15, False), (0.38, False), (-0.3, False)]
)
def test_press_fit_with_play_holds_nothing(play_mm, holds):
    """0.38 mm of play in a printed block was taken for a press fit (C10)."""
    made = design(extra=pressed(play_mm))
    faults = list(find_interface_faults(made.assembly.interfaces[0], PlacedDesign(scene(), made, catalogue())))
    loose = [fault for fault in faults if fault.code.value == "ATTACHMENT_INVALID"]
    assert bool(loose) is not holds
    for fault in loose:
        numbers = {measure.name: measure.value for measure in fault.numbers}
        assert numbers["gap"] == pytest.approx(play_mm, abs=1e-6)
        assert (numbers["narrowest gap"], numbers["widest gap"]) == pytest.approx((-0.1, 0.1), abs=1e-5)


def test_every_screw_of_a_design_is_listed():
    made = PlacedDesign(scene(), heads_in((-15.0, 0.0, 15.0)), catalogue())
    assert [(link.id, bolt.diameter_mm, bolt.length_mm) for link, bolt in list_screws(made)] == [
        ("link", 4.0, 16.0)
    ] * 3


@pytest.mark.parametrize(("room_mm", "fits"), [(14.0, False), (4.0, False), (16.0, True)])
def test_tool_needs_fifteen_millimetres_behind_a_head(room_mm, fits):
    """Heads end at x = -80; a wall stands before one of them."""
    wall = box((-80 + room_mm, 10, 0), (-77 + room_mm, 20, 70))
    add = lambda made: made.part("wall", wall, "pla", "fdm_printing", loose=True)  # noqa: E731
    faults = judge_files(pack(add), trials=1, must_pass=1, purpose="preview").reasons
    assert any("no room for the tool" in fault.message for fault in faults) is not fits

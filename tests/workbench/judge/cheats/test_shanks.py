"""Cheats with the shanks of screws: steel that nobody hits, and holes that nobody drilled."""

import mujoco
import numpy as np
import pytest
from build123d import Cylinder, Pos, Rot, Sphere

from tests.workbench.judge.cheats.machine import judge_files, pack
from tests.workbench.judge.machines import bench, flap
from tests.workbench.judge.scenes import box, catalogue, codes, compiled, design, load, plate, scene, screws
from workbench.authoring import screw
from workbench.judge.static.screws import Screw
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import Placed, make_box
from workbench.kernel.rounds import Line


def channel(spots=(-15.0, 15.0)):
    """A part with a channel of 10 mm between two walls of 3 mm, which its own screws cross at z = 60."""
    solid = plate(16.0, spots=spots) - box((-87, -30, 30), (-77, 30, 90)) + box((-90, -25, 36), (-74, 25, 40))
    return design(solid, screws(spots, head_x=-74.0, component="shcs_m4x25"))


def pokes(spots=(-15.0, 15.0)):
    """A cover before a plate whose screws stick out of it, 10 mm into the open."""
    wall = box((-68, -40, 0), (-62, 40, 90)) - [Pos(-65, y, 60) * Rot(0, 90, 0) * Cylinder(1.65, 12) for y in spots]
    cover = box((-62, -25, 50), (-58, 25, 70)) - [Pos(-60, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 12) for y in spots]
    heads = [screw("shcs_m4x20", (-58, y, 60), (-1, 0, 0)) for y in spots]

    def add(made):
        made.part("wall", wall, "pla", "fdm_printing", loose=True)
        made.part("cover", cover, "pla", "fdm_printing")
        made.attach("seam", "cover", "wall", heads)

    return design(extra=add)


def fall(assembly, x: float) -> float:
    """Return by how much a ball falls in 0.1 s beside the post, from 12 mm above the screws at y = 15."""
    environment = scene((x, 15.0, 72.0), build=((-90, -60, 0), (50, 60, 70)), solid=Sphere(4))
    model = compiled(environment, assembly).model
    data = mujoco.MjData(model)
    for _ in range(100):
        mujoco.mj_step(model, data)
    return 0.072 - float(data.body("cube").xpos[2])


@pytest.mark.parametrize(("made", "x"), [(channel, -82.0), (pokes, -73.0)], ids=["crosses a channel", "sticks out"])
def test_bare_shanks_are_hit(made, x):
    """Without a screw below it the ball falls, to the floor of the channel; on a shank it stays 6 mm above its line."""
    assert fall(made((-15.0, 0.0)), x) > 0.018
    assert fall(made(), x) < 0.012


def count_cylinders(assembly) -> int:
    subject = compiled(scene(), assembly)
    return int((subject.model.geom_type == mujoco.mjtGeom.mjGEOM_CYLINDER).sum())


def test_shank_within_its_own_bodies_is_no_piece_of_its_own():
    assert (count_cylinders(design()), count_cylinders(channel()), count_cylinders(pokes())) == (2, 4, 6)


def test_shanks_at_a_hinges_leaf_move_with_what_it_is_fastened_to():
    """Screws of 12 mm go through a leaf of 2 mm and 8 mm of flap or bracket."""
    made = flap()
    for n, link in enumerate(made.attachments[1:], 1):
        long = tuple(fastener.model_copy(update={"component_id": "shcs_m3x12"}) for fastener in link.fasteners)
        made.attachments[n] = link.model_copy(update={"fasteners": long})
    model = compiled(bench(), load(made.save)).model
    rounds = [model.geom(n).name for n in range(model.ngeom) if model.geom(n).type[0] == mujoco.mjtGeom.mjGEOM_CYLINDER]
    assert [sum(f"/{body}/" in name for name in rounds) for body in ("flap", "butt", "bracket")] == [2, 6, 2]


def test_shank_takes_room_outside_the_body_that_it_is_driven_into():
    """25 mm long from x = 0, and 15 mm of wall in its way; a payload that starts on it is refused."""
    bolt = Screw(catalogue().components["shcs_m4x25"], Line(np.zeros(3), np.array([-1.0, 0.0, 0.0])))
    wall = Placed("wall", make_box(np.array([-21.0, -9.0, -9.0]), np.array([-6.0, 9.0, 9.0])))
    lengths = [np.ptp(measure(piece.shape).box_mm, axis=0)[0] for piece in bolt.list_free([wall])]
    assert sorted(lengths) == pytest.approx([4.0, 4.0, 6.0])
    start = scene((-82.0, 15.0, 60.0), build=((-90, -60, 0), (50, 60, 90)), solid=Sphere(4))
    faults = judge_files(pack(solid=channel().solids["plate"].shape, fasteners=CROSSING), start).reasons
    assert any(fault.code.value == "INTERSECTION" and "a screw of" in fault.message for fault in faults)


CROSSING = screws(head_x=-74.0, component="shcs_m4x25")


def dimpled(depths):
    """A block of 10 mm whose holes of 4.5 mm go from either face so deep and no further."""
    solid = box((-90, -40, 40), (-80, 40, 80))
    for y in (-34, 34):
        for x, depth in zip((-80, -90), depths, strict=True):
            solid -= Pos(x, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 2 * depth)
    return solid


UNDRILLED = {
    "two dimples": ((0.6, 0.6), {"ATTACHMENT_INVALID"}),
    "one long hole and a dimple": ((6.0, 0.6), {"ATTACHMENT_INVALID"}),
    "a skin of half a millimetre": ((4.75, 4.75), {"ATTACHMENT_INVALID"}),
    "holes that meet": ((5.0, 5.0), set()),
}


@pytest.mark.parametrize(("depths", "expected"), UNDRILLED.values(), ids=UNDRILLED)
def test_clamped_part_is_drilled_all_along_its_screws(depths, expected):
    heads = screws((-34, 34), head_x=-80.0, component="shcs_m4x20")
    verdict = judge_files(pack(solid=dimpled(depths), fasteners=heads), purpose="preview", trials=1, must_pass=1)
    assert codes(verdict.reasons) == expected and verdict.passed is not bool(expected)
    assert all("all along its screw" in fault.message for fault in verdict.reasons)


@pytest.mark.parametrize(("deep_mm", "holds"), [(0.5, False), (9.5, False), (10.0, True), (14.0, True)])
def test_tap_hole_is_as_deep_as_its_screw(deep_mm, holds):
    """Screws of 16 mm through a lid of 6 mm."""
    spots = [(-60.0, y) for y in (-8.0, 8.0)]

    def add(made):
        taps = [Pos(x, y, 60) * Cylinder(1.65, 2 * deep_mm) for x, y in spots]
        made.part("block", box((-84, -15, 40), (-50, 15, 60)) - taps, "pla", "fdm_printing", loose=True)
        lid = box((-75, -15, 60), (-50, 15, 66)) - [Pos(x, y, 63) * Cylinder(2.25, 12) for x, y in spots]
        made.part("lid", lid, "pla", "fdm_printing")
        made.attach("seam", "lid", "block", [screw("shcs_m4x16", (x, y, 66), (0, 0, -1)) for x, y in spots])

    faults = judge_files(pack(add), purpose="preview", trials=1, must_pass=1).reasons
    assert any("all along its screw" in fault.message for fault in faults) is not holds

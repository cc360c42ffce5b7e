"""Every static rule refuses what breaks it, with its code and numbers."""

import numpy as np
import pytest
from build123d import Box, Cylinder, Pos, Rot

from tests.workbench.judge.scenes import GOAL, box, catalogue, codes, design, plate, scene, screws
from workbench.authoring import screw
from workbench.components.standing import stand_components
from workbench.judge.static.design import find_design_faults
from workbench.kernel.overlaps import Placed, find_overlap, make_box


def faults(assembly, environment=None):
    bought = stand_components(assembly, catalogue())
    return (*bought.faults, *find_design_faults(environment or scene(), bought.design, catalogue()))


def test_sound_design_has_no_faults():
    assert faults(design()) == ()


@pytest.mark.parametrize(
    ("solid", "fasteners", "words"),
    [
        (plate(), screws(spots=(15.0,)), "two fasteners"),
        (plate(holes=4.0), screws(), "no hole of 4.5 mm"),
        (plate(holes=5.0), screws(), "no hole of 4.5 mm"),
        (plate(spots=(15.0,)), screws(), "no hole of 4.5 mm"),
        (plate(), screws(component="shcs_m4x12"), "must engage 8 mm"),
        (plate(), screws(component="shcs_m4x25"), "deeper than the 15 mm"),
        (plate(), screws(component="nut_m4"), "no screw of the catalogue"),
        (plate(), screws(head_x=-82.0, component="shcs_m4x20"), "head does not sit"),
        (plate(x=-89.5), screws(head_x=-83.5), "does not lie on mount"),
        (plate() + box((-80, -25, 40), (-77, 25, 80)) + box((-90, -25, 30), (-77, 25, 40)), screws(), "tool"),
    ],
)
def test_attachment_rules_refuse(solid, fasteners, words):
    found = faults(design(solid, fasteners))
    assert codes(found) == {"ATTACHMENT_INVALID"} and any(words in reason.message for reason in found)


def test_screw_outside_the_mount_is_refused():
    """The outline ends at y = 38, so an M4 screw at y = 37 stands half out of it, in a hole that fits."""
    spots = (15.0, 37.0)
    wide = box((-90, -25, 40), (-84, 45, 80)) - [Pos(-87, y, 60) * Rot(0, 90, 0) * Cylinder(2.25, 12) for y in spots]
    (reason,) = faults(design(wide, screws(spots)))
    assert codes([reason]) == {"ATTACHMENT_INVALID"} and "within the outline" in reason.message
    assert reason.numbers[0].value == pytest.approx(1.0)


@pytest.mark.parametrize(("gap", "count"), [(0.0, 0), (0.5, 2)])
def test_clamped_faces_must_touch(gap, count):
    """A lid of 4 mm with clearance holes on a base with holes for the threads."""

    def add(made):
        holes = [Pos(-20, y, 10) * Cylinder(1.65, 40) for y in (32.0, 48.0)]
        wide = [Pos(-20, y, 10) * Cylinder(2.25, 60) for y in (32.0, 48.0)]
        made.part("base", Pos(-20, 40, 10) * Box(30, 30, 20) - holes, "pla", "fdm_printing", loose=True)
        made.part("lid", Pos(-20, 40, 22 + gap) * Box(30, 30, 4) - wide, "pla", "fdm_printing")
        heads = [screw("shcs_m4x16", (-20, y, 24 + gap), (0, 0, -1)) for y in (32.0, 48.0)]
        made.attach("seam", "lid", "base", heads)

    found = faults(design(extra=add))
    assert len(found) == count and all("'lid' does not lie on 'base'" in reason.message for reason in found)


def test_unfastened_part_needs_to_be_declared_loose():
    lone = box((-20, 20, 0), (0, 40, 10))
    fixed = design(extra=lambda made: made.part("lone", lone, "pla", "fdm_printing"))
    loose = design(extra=lambda made: made.part("lone", lone, "pla", "fdm_printing", loose=True))
    assert codes(faults(fixed)) == {"ATTACHMENT_INVALID"} and faults(loose) == ()


def test_parts_stay_in_the_build_zone_and_off_the_goal():
    beyond = design(plate() + box((-90, -65, 40), (-84, 25, 50)))
    near_goal = scene(build=((-90, -60, 0), (140, 60, 200)))
    toucher = box((30, -5, 10), (GOAL[0][0] - 4, 5, 20))
    close = design(extra=lambda made: made.part("arm", toucher, "pla", "fdm_printing", loose=True))
    assert codes(faults(beyond)) == {"OUTSIDE_BUILD_ZONE"}
    assert codes(faults(close, near_goal)) == {"OUTSIDE_BUILD_ZONE"}


@pytest.mark.parametrize(
    "low", [(-40.0, 0.0, -5.0), (-12.0, -12.0, 26.0), (-90.0, 0.0, 70.0)], ids=["floor", "spawn", "plate"]
)
def test_overlaps_are_found_with_volume_and_place(low):
    solid = Pos(*low) * Pos(5, 5, 5) * Box(10, 10, 10)
    found = faults(design(extra=lambda made: made.part("extra", solid, "pla", "fdm_printing", loose=True)))
    reasons = [reason for reason in found if reason.code.value == "INTERSECTION"]
    assert reasons and {m.name for m in reasons[0].numbers} == {"shared volume", "x", "y", "z"}


@pytest.mark.parametrize(("depth", "shared"), [(0.0005, None), (0.002, 0.2)])
def test_overlaps_count_from_a_tenth_of_a_cubic_millimetre(depth, shared):
    one, other = make_box(np.zeros(3), np.full(3, 10.0)), make_box(np.array([0, 0, 10 - depth]), np.array([10, 10, 20]))
    found = find_overlap(Placed("one", one), Placed("other", other))
    assert (found and found.volume_mm3) == (shared and pytest.approx(shared))


def test_forbid_zones_part_counts_and_names_are_kept():
    hazard = scene(forbidden={"hazard": ((-95, -25, 50), (-85, 25, 60))})
    shadow = design(extra=lambda made: made.part("floor", Pos(0, 30, 5) * Box(9, 9, 9), "pla", "fdm_printing"))
    assert codes(faults(design(), hazard)) == {"FORBIDDEN_ZONE"}
    assert codes(faults(shadow)) == {"ENVIRONMENT_TAMPERED"}
    many = design(extra=lambda made: made.part("two", Pos(0, 30, 5) * Box(9, 9, 9), "pla", "fdm_printing", loose=True))
    assert codes(faults(many, scene(max_parts=1))) == {"TOO_MANY_PARTS"}


def test_component_can_not_be_larger_than_what_is_bought():
    solid = Pos(0, 38, 60) * Box(40, 40, 40)
    swollen = design(extra=lambda made: (made.component("big", solid, "nut_m4"), made.loose.append("big")))
    assert codes(faults(swollen)) == {"GEOMETRY_INVALID"}

"""Parts that a user had checked, worked by hand: prices of thin walls, places of holes, drills, ribs, flat sheets."""

import math
from typing import Any

import pytest
from build123d import Box, Cone, Cylinder, Pos, RectangleRounded, Rot, extrude

from schemas.bundle import ProcessName
from schemas.verdict import PartFinding
from tests.workbench.manufacturing.shapes import ribbed
from tests.workbench.manufacturing.test_process_prices import plan
from tests.workbench.manufacturing.test_reference_parts import BEND, FDM, LASER, MILL, MOULD, SLS, TURN, assess
from workbench.kernel.solid_view import read_solid
from workbench.manufacturing.access import list_ways, sample_skin, see
from workbench.manufacturing.mould_geometry import choose_parting, count_undercuts
from workbench.manufacturing.parts import FdmPlan, MillingPlan, SlsPlan


def find(shape: Any, material: str, process: ProcessName, rule: str) -> PartFinding:
    return next(finding for finding in assess(shape, material, process).findings if finding.rule_id == rule)


@pytest.mark.parametrize(("sides", "boxes"), [((200, 200, 100), 3), ((190, 142, 190), 8), ((190.1, 142, 190), 4)])
def test_no_more_open_bins_than_boxes_fit_a_chamber(sides: tuple[float, float, float], boxes: int) -> None:
    """A chamber of 380 x 284 x 380 mm takes 3 boxes of 200 x 200 x 100 (1 x 1 x 3), 2 x 2 x 2 of its halves."""
    x, y, z = sides
    found = plan(Box(x, y, z) - Pos(0, 0, 1.5) * Box(x - 3, y - 3, z), "pa12", SLS).plan
    assert isinstance(found, SlsPlan) and found.boxes == boxes


def test_hole_is_found_where_it_is_in_the_part() -> None:
    drilled = Pos(0, 0, 2) * Box(60, 40, 4) - Pos(-20, 5, 0) * Cylinder(0.5, 200)
    assert find(drilled, "pa12", SLS, "SLS-HOLE").point_mm == pytest.approx((-20, 5, 2))


def test_web_is_found_between_its_holes() -> None:
    sheet = Pos(0, 0, 1.5) * Box(120, 80, 3) - [Pos(x, 20, 0) * Cylinder(4, 20) for x in (0, 9)]
    point = find(sheet, "steel_1018", LASER, "LAS-BRIDGE-ERR").point_mm
    assert point is not None and point[:2] == pytest.approx((4.5, 20))


def test_standard_drill_offered_keeps_the_other_rules() -> None:
    found = find(Box(20, 20, 5) - Cylinder(0.4, 5), "steel_1018", MILL, "MILL-HOLE-STD")
    assert found.limit == 2.0 and "take 2 mm" in found.advice


@pytest.mark.parametrize(("diameter", "walls"), [(16, 0), (16.2, 16.2 * 10 * 3.14159265)])
def test_drilled_walls_are_not_finished_again(diameter: float, walls: float) -> None:
    """Areas are those of the triangles that stand for the hole."""
    found = plan(Box(60, 40, 10) - Cylinder(diameter / 2, 10), "pom", MILL).plan
    flats = 2 * (60 * 40 - 3.14159265 * diameter**2 / 4) + 200 * 10
    assert isinstance(found, MillingPlan) and found.finished_mm2 == pytest.approx(flats + walls, rel=5e-4)


def test_textbook_rib_is_no_thin_wall() -> None:
    """A rib of 1.1 mm on 2 mm of ABS, whose walls are 1.143 mm or more, with the 0.5 degrees that ribs need."""
    rules = {finding.rule_id for finding in assess(ribbed(1.1, wall=2.0), "abs", MOULD).findings}
    assert not rules & {"IM-WALL-MIN-ABS", "IM-DRAFT-STD", "IM-RIB-DRAFT", "IM-RIB-T", "IM-RIB-MIN"}


def test_bore_that_a_cross_hole_meets_is_no_groove() -> None:
    """A pulley's bore of 10 mm with a set screw's hole: its triangles beside the hole stand out of one another."""
    pulley = Cylinder(30, 20) + Pos(0, 0, 15) * Cylinder(12, 10) - Cylinder(5, 60)
    drilled = pulley - Pos(8, 0, 15) * Rot(0, 90, 0) * Cylinder(1.65, 20)
    assert "TURN-GROOVE" not in {finding.rule_id for finding in assess(drilled, "al_6061_t6", TURN).findings}
    assert find(drilled - Cylinder(8, 6), "al_6061_t6", TURN, "TURN-GROOVE").severity == "error"


@pytest.mark.parametrize(("radius", "draft"), [(3, 1.0), (2, 0.5), (6, 2.0)])
def test_rounded_corners_with_draft_are_no_undercuts(radius: float, draft: float) -> None:
    """The triangles of a lid's corners lean up to 1.3 degrees the other way; a window in its skirt is one."""
    skirt = extrude(RectangleRounded(60, 40, radius + 2), 12, taper=draft)
    lid = skirt - extrude(RectangleRounded(56, 36, radius), 10, taper=draft)
    window = Pos(0, -20, 5) * Rot(90, 0, 0) * Cylinder(2, 10)
    for shape, pulls in ((lid, 0), (lid - window, 1)):
        view = read_solid(shape.solids()[0].wrapped)
        ways, sample = list_ways(view), sample_skin(view)
        parting = choose_parting(view, ways, sample, see(view, sample, ways), 0.5)
        assert count_undercuts(view, sample, parting).side_pulls == pulls


@pytest.mark.parametrize(("height", "draft", "free"), [(4, 0.8, True), (4, -0.8, False), (12, -0.8, False)])
def test_boss_that_flares_is_under_a_cut(height: float, draft: float, free: bool) -> None:
    """A boss on a plate leans in or out by 0.06 mm in 4 mm: less than its triangles stand over its own foot."""
    top = 4 - height * math.tan(math.radians(draft))
    shape = extrude(RectangleRounded(60, 40, 5), 2.2, taper=1) + Pos(0, 0, 2 + height / 2) * Cone(4, top, height)
    rules = {finding.rule_id for finding in assess(shape, "abs", MOULD).findings}
    assert rules.isdisjoint({"IM-UNDERCUT", "IM-REACH"}) is free


def test_print_says_which_way_is_up_and_silicone_is_not_cut() -> None:
    found = plan(Box(60, 40, 3), "pla", FDM).plan
    assert isinstance(found, FdmPlan) and abs(found.up[2]) == 1
    assert assess(Box(60, 40, 3), "silicone_60a", LASER).reasons[0].code == "PROCESS_MATERIAL_MISMATCH"
    assert find(Box(60, 50, 2), "steel_1018", BEND, "BEND-COUNT").severity == "error"

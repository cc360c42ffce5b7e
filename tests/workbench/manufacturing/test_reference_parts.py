"""Reference parts with known answers: which errors each process finds on parts as shops see them."""

import math
from typing import Any

import pytest
from bd_warehouse.fastener import ChamferedWasher, HexHeadScrew, HexNut, PlainWasher
from bd_warehouse.gear import SpurGear
from build123d import Box, Cone, Cylinder, Pos, Rot, Sphere, Torus

from schemas.bundle import ProcessName
from schemas.catalogue_files import read_catalogue
from tests.workbench.kernel.test_walls import ridged
from tests.workbench.manufacturing.shapes import FOOT, plate, pocket, tray
from tests.workbench.manufacturing.test_bending import angle
from workbench.manufacturing import assess_part
from workbench.manufacturing.parts import MillingPlan, MouldPlan, PartAssessment, TurningPlan
from workbench.manufacturing.pricing import price_plan

MILL, TURN, SLS, MOULD, BEND, FDM, LASER = (
    ProcessName.CNC_MILLING,
    ProcessName.CNC_TURNING,
    ProcessName.SLS_PRINTING,
    ProcessName.INJECTION_MOLDING,
    ProcessName.SHEET_METAL_BENDING,
    ProcessName.FDM_PRINTING,
    ProcessName.LASER_CUTTING,
)


def assess(shape: Any, material: str, process: ProcessName) -> PartAssessment:
    return assess_part("p", shape.wrapped, material, process, read_catalogue())


def errors(shape: Any, material: str, process: ProcessName) -> set[str]:
    return {finding.rule_id for finding in assess(shape, material, process).findings if finding.severity == "error"}


def hollow_cube() -> Any:
    return Box(40, 40, 40) - Box(20, 20, 20)


def cup(draft_deg: float = 2.0) -> Any:
    """A round cup of 40 mm with walls of 2 mm that lean outwards."""
    rise = 30 * math.tan(math.radians(draft_deg))
    return Cone(20, 20 + rise, 30, align=FOOT) - Pos(0, 0, 2) * Cone(18, 18 + rise, 30, align=FOOT)


def flange() -> Any:
    """A disc with four bolt holes around its axis."""
    return Cylinder(30, 8) - [Rot(0, 0, way) * Pos(20, 0, 0) * Cylinder(3, 8) for way in range(0, 360, 90)]


def gear(module: float, teeth: int) -> Any:
    return SpurGear(module=module, tooth_count=teeth, pressure_angle=20, thickness=8)


ANSWERS: list[tuple[str, Any, str, ProcessName, set[str]]] = [
    ("cube with a closed cavity", hollow_cube(), "al_6061_t6", MILL, {"MILL-VOID"}),
    ("the same moulded", hollow_cube(), "abs", MOULD, {"IM-VOID"}),
    ("the same turned", hollow_cube(), "pom", TURN, {"TURN-VOID"}),
    ("the same in powder", hollow_cube(), "pa12", SLS, {"SLS-ESCAPE-N"}),
    ("the same bent", hollow_cube(), "steel_1018", BEND, {"BEND-VOID"}),
    ("the same cut", hollow_cube(), "steel_1018", LASER, {"LAS-VOID"}),
    ("plate of 2 mm with edges of 1 degree", plate(1), "abs", MOULD, set()),
    ("plate without draft", plate(0), "abs", MOULD, {"IM-DRAFT-ERR"}),
    ("round cup with draft", cup(), "pp", MOULD, set()),
    ("round cup of 0.4 degrees", cup(0.4), "pp", MOULD, {"IM-DRAFT-ERR"}),
    ("pocket with sharp corners", Box(60, 60, 20) - Pos(0, 0, 5) * Box(40, 40, 10), "pom", MILL, {"MILL-CORNER-MIN"}),
    ("pocket with round corners", pocket(5), "pom", MILL, set()),
    ("step and chamfer", Box(60, 40, 20) - Pos(20, 0, 8) * Box(40, 50, 8), "steel_1018", MILL, set()),
    ("neck under a flare", Cylinder(10, 20) + Pos(0, 0, 25) * Cone(10, 25, 30), "pom", MILL, set()),
    ("hourglass", Cone(25, 10, 30) + Pos(0, 0, 30) * Cone(10, 25, 30), "pom", MILL, {"MILL-ACCESS", "MILL-CORNER-MIN"}),
    ("hourglass on the lathe", Cone(25, 10, 30) + Pos(0, 0, 30) * Cone(10, 25, 30), "pom", TURN, set()),
    ("dome", Sphere(20) - Pos(0, 0, -20) * Box(60, 60, 40), "al_6061_t6", MILL, set()),
    ("ball", Sphere(15), "pom", MILL, set()),
    ("ring", Torus(20, 5), "pom", MILL, set()),
    ("ring on the lathe", Torus(20, 5), "pom", TURN, set()),
    ("cone on the lathe", Cone(20, 8, 40), "al_6061_t6", TURN, set()),
    ("box on the lathe", Box(20, 20, 40), "al_6061_t6", TURN, {"TURN-ROUND"}),
    ("flange with bolt circle", flange(), "steel_1018", TURN, set()),
    ("floor of foil over ridges of 25 degrees", ridged(25), "pla", FDM, {"FDM-WALL-ERR"}),
    ("the same in powder", ridged(25), "pa12", SLS, {"SLS-WALL-ERR"}),
    ("floor over ridges that is thick", ridged(25, 1.3, 1.6), "pla", FDM, set()),
    ("angle bracket bent", angle(), "steel_1018", BEND, set()),
    ("angle bracket milled from the solid", angle(), "al_6061_t6", MILL, set()),
    ("bent part as a flat one", angle(), "steel_1018", LASER, {"LAS-STOCK"}),
    ("block as a sheet", Box(60, 60, 30), "steel_1018", BEND, {"BEND-COUNT", "BEND-TMAX", "LAS-STOCK"}),
    ("washer", PlainWasher("M8", "iso7089"), "steel_1018", TURN, set()),
    ("washer of 1.6 mm as a sheet", PlainWasher("M8", "iso7089"), "steel_1018", LASER, {"LAS-STOCK"}),
    ("gear", gear(1.5, 24), "pom", MILL, {"MILL-CORNER-MIN"}),
    ("gear printed", gear(2, 20), "pla", FDM, set()),
    ("gear on the lathe", gear(1.5, 24), "pom", TURN, {"TURN-ROUND"}),
    ("tray in powder", tray(), "pa12", SLS, set()),
    ("nut blank", HexNut("M10-1.5", "iso4032"), "steel_1018", TURN, {"TURN-ROUND"}),
]  # fmt: skip


REAL_PARTS: list[tuple[str, Any, str, ProcessName]] = [
    ("washer", PlainWasher("M8", "iso7089"), "steel_1018", TURN),
    ("wide washer milled", PlainWasher("M12", "iso7093"), "al_6061_t6", MILL),
    ("gear in filament", gear(2, 20), "pla", FDM),
    ("gear in powder", gear(1.5, 24), "pa12", SLS),
    ("nut in filament", HexNut("M20-2.5", "iso4032", simple=True), "abs", FDM),
    ("nut in powder", HexNut("M12-1.75", "iso4032", simple=True), "pa12", SLS),
    ("nut blank milled", HexNut("M12-1.75", "iso4032", simple=True), "steel_1018", MILL),
    ("chamfered washer", ChamferedWasher("M12", "iso7090"), "steel_1018", TURN),
    ("screw blank milled", HexHeadScrew("M8-1.25", 30, "iso4014", simple=True), "steel_1018", MILL),
]
"""Parts that a library draws after their standards, and a process that makes them."""


@pytest.mark.parametrize(("name", "shape", "material", "process"), REAL_PARTS, ids=[row[0] for row in REAL_PARTS])
def test_real_part_passes_its_natural_process(name: str, shape: Any, material: str, process: ProcessName) -> None:
    found = assess(shape, material, process)
    assert found.reasons == () and found.priced is not None, name


@pytest.mark.parametrize(("name", "shape", "material", "process", "expected"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_reference_part_has_its_known_answer(
    name: str, shape: Any, material: str, process: ProcessName, expected: set[str]
) -> None:
    assert errors(shape, material, process) == expected, name


@pytest.mark.parametrize("turn", [(25, -60, 110), (180, 0, 0)])
@pytest.mark.parametrize(
    "name", ["round cup with draft", "pocket with sharp corners", "gear", "flange with bolt circle"]
)
def test_answer_moves_with_the_part(name: str, turn: tuple[float, float, float]) -> None:
    shape, material, process, expected = next(row[1:] for row in ANSWERS if row[0] == name)
    assert errors(Pos(7, -30, 2) * Rot(*turn) * shape, material, process) == expected


def test_window_in_a_tray_needs_one_side_pull_and_a_hook_a_lifter() -> None:
    window = assess(tray() - Pos(40, 0, 12) * Box(20, 10, 8), "abs", MOULD)
    hook = assess(tray(3.0) - Pos(38.2, 0, 12) * Box(2, 10, 4), "abs", MOULD)
    assert window.priced is not None and isinstance(window.priced.plan, MouldPlan)
    assert (window.priced.plan.side_pulls, window.priced.plan.lifters) == (1, 0)
    assert hook.priced is not None and isinstance(hook.priced.plan, MouldPlan)
    assert (hook.priced.plan.side_pulls, hook.priced.plan.lifters) == (0, 1)


def test_mould_is_made_anew_after_its_life() -> None:
    made = assess(plate(1), "abs", MOULD).priced
    assert made is not None
    one, two = (price_plan(made, pieces, read_catalogue())[0] for pieces in (95_000, 900_000))
    assert one.rate.startswith("1 x ") and int(two.rate.split()[0]) > 1


def test_fewest_set_ups_are_chosen() -> None:
    plain = assess(Box(60, 40, 20), "pom", MILL).priced
    around = assess(
        Box(30, 30, 30)
        - [Rot(*turn) * Pos(0, 0, 12) * Cylinder(3, 10) for turn in ((0, 0, 0), (0, 90, 0), (90, 0, 0), (180, 0, 0))],
        "pom",
        MILL,
    ).priced
    assert plain is not None and isinstance(plain.plan, MillingPlan) and plain.plan.setups == 2
    assert (
        around is not None
        and isinstance(around.plan, MillingPlan)
        and (around.plan.setups, around.plan.holes) == (4, 3)
    )


def test_cross_hole_is_a_milling_step() -> None:
    made = assess(Cylinder(10, 40) - Rot(90, 0, 0) * Cylinder(2, 50), "steel_1018", TURN).priced
    assert made is not None and isinstance(made.plan, TurningPlan)
    labels = {line.label: line.source_row for line in price_plan(made, 1, read_catalogue())}
    assert "cnc_milling/fixture_setup_time" in labels["set-up of cross holes"]


def test_finding_says_where_how_much_and_what_to_change() -> None:
    (found,) = (f for f in assess(Box(60, 60, 20) - Pos(0, 0, 5) * Box(40, 40, 10), "pom", MILL).findings)
    assert (found.rule_id, found.measured, found.limit, found.severity) == ("MILL-CORNER-MIN", 0.0, 0.25, "error")
    assert found.face is not None and found.point_mm is not None
    assert tuple(map(abs, found.point_mm)) == pytest.approx((20, 20, 5))
    assert "radius of at least 0.25 mm" in found.advice

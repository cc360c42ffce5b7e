"""Every implemented rule: a part just inside keeps it, a part just outside breaks it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from build123d import Axis, Box, Cylinder, Part, Pos, Rot, Sphere, fillet

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, Use
from schemas.errors import InputError
from schemas.reasons import ReasonCode
from workbench.kernel.solid_view import read_solid
from workbench.manufacturing import assess_part
from workbench.manufacturing.supports import measure_overhang

FDM, LASER = ProcessName.FDM_PRINTING, ProcessName.LASER_CUTTING
Build = Callable[[float], Any]


def on_base(upper: Part) -> Part:
    return Box(40, 40, 5) + Pos(0, 0, 12.5) * upper


def footed(thick: float, radius: float) -> Part:
    """A fin on a base with fillets at its foot; without, a block of one thickness with the base."""
    if not radius:
        return on_base(Box(40, 40, 20))
    fin = on_base(Box(40, thick, 20))
    return fillet(fin.edges().filter_by(Axis.X).filter_by_position(Axis.Z, 2.4, 2.6).sort_by(Axis.Y)[1:3], radius)


def crossed_holes(diameter: float) -> Part:
    bore = Cylinder(diameter / 2, 40)
    return (
        Box(40, 40, 40)
        - Pos(8, 0, 0) * bore
        - Pos(0, 0, -8) * Rot(90, 0, 0) * bore
        - Pos(0, 8, 8) * Rot(0, 90, 0) * bore
    )


def windows(web: float, length: float) -> Part:
    """A sheet with two square windows, a web apart."""
    sides = [Pos(side * (8 + web / 2), 0, 0) * Box(16, 16, 3) for side in (1, -1)]
    return Box(length, 40, 3) - sides


def holes(radius: float, pitch: float, thickness: float) -> Part:
    bores = [Pos(side * pitch / 2, 0, 0) * Cylinder(radius, thickness) for side in (1, -1)]
    return Box(40, 40, thickness) - bores


def inside_corner(radius: float) -> Part:
    bent = Box(40, 40, 3) - Pos(20, 20, 0) * Box(20, 20, 3)
    return fillet(bent.edges().filter_by(Axis.Z).sort_by_distance((10, 10, 0))[:1], radius)


FDM_EDGES: list[tuple[str, Build, float, float]] = [
    ("FDM-WALL-ERR", lambda t: on_base(Box(30, t, 20)), 0.81, 0.79),
    ("FDM-WALL-WARN", lambda t: on_base(Box(30, t, 20)), 1.21, 1.19),
    ("FDM-WALL-WARN", lambda t: Cylinder(20, 30) - Cylinder(20 - t, 30), 1.21, 1.19),
    ("FDM-WALL-WARN", lambda t: Sphere(20) - Sphere(20 - t), 1.22, 1.18),
    ("FDM-WALL-ERR", lambda t: Box(30, 30, 20) - Pos(15 - 4 - t, 0, 0) * Cylinder(4, 20), 0.81, 0.79),
    (
        "FDM-WALL-ERR",
        lambda t: Box(30, 30, 20) - [Pos(s * (4 + t / 2), 0, 0) * Cylinder(4, 20) for s in (1, -1)],
        0.81,
        0.79,
    ),
    ("FDM-FEAT", lambda t: on_base(Box(t, t, 20)), 2.01, 1.99),
    ("FDM-FEAT-E", lambda t: on_base(Box(t, t, 20)), 1.01, 0.99),
    ("FDM-PIN", lambda d: on_base(Cylinder(d / 2, 20)), 3.02, 2.98),
    ("FDM-HOLE", lambda d: Box(30, 30, 5) - Cylinder(d / 2, 5), 2.01, 1.99),
    ("FDM-WALL-FREE", lambda t: on_base(Box(30, t, 20)), 1.01, 0.99),
    ("FDM-WALL-FREE", lambda y: on_base(Box(30, 0.9, 20) + Pos(0, y, 0) * Box(5, 10, 20)), 5, 8),
    ("FDM-WALL-FREE", lambda r: footed(0.9, r), 0, 2),
    ("FDM-BRIDGE-W", crossed_holes, 4.99, 5.01),
    ("FDM-OVERHANG", crossed_holes, 9.99, 10.01),
    ("FDM-VOID", lambda h: Box(80, 80, 60) - Box(50, 50, h), 60, 30),
    ("FDM-ENV-IND-X", lambda x: Box(x, 20, 20), 913.9, 914.1),
    ("FDM-ENV-IND-Y", lambda y: Box(900, y, 610), 608.9, 609.1),
]

LASER_EDGES: list[tuple[str, str, Build, float, float]] = [
    ("LAS-VOID", "pmma", lambda t: Box(60, 60, 3) - Box(20, 20, t), 3, 1),
    ("LAS-STOCK", "pmma", lambda t: Box(40, 40, t), 3.009, 3.011),
    ("LAS-FLAT", "pmma", lambda d: Box(40, 40, 3) - Pos(0, 0, 1.5) * Box(9, 9, 2 * d) if d else Box(40, 40, 3), 0, 0.1),
    ("LAS-HOLE-ERR", "pmma", lambda d: Box(40, 40, 3) - Cylinder(d / 2, 3), 1.51, 1.49),
    ("LAS-HOLE-WARN", "ss_304", lambda d: Box(40, 40, 3) - Cylinder(d / 2, 3), 3.01, 2.99),
    ("LAS-HOLE-ABS", "ss_304", lambda d: Box(40, 40, 1) - Cylinder(d / 2, 1), 0.81, 0.79),
    ("LAS-BRIDGE-ERR", "pmma", lambda w: Box(40, 40, 3) - Pos(20 - 5 - w, 0, 0) * Cylinder(5, 3), 1.51, 1.49),
    ("LAS-BRIDGE-ERR", "mdf", lambda w: windows(w, 40), 1.51, 1.49),
    ("LAS-BRIDGE-WARN", "pmma", lambda w: holes(5, 10 + w, 3), 3.01, 2.99),
    ("LAS-BRIDGE-ABS", "pmma", lambda w: windows(w, 60), 1.01, 0.99),
    ("LAS-EDGE", "ss_304", lambda w: Box(40, 40, 3) - Pos(20 - 5 - w, 0, 0) * Cylinder(5, 3), 4.51, 4.49),
    ("LAS-HOLEHOLE", "ss_304", lambda p: holes(3.2, p, 6), 12.01, 11.99),
    ("LAS-SLOT", "ss_304", lambda w: Box(40, 40, 3) - Pos(20, 0, 0) * Box(20, w, 3), 3.01, 2.99),
    ("LAS-SLOT-E", "ss_304", lambda w: Box(40, 40, 3) - Box(20, w, 3), 2.11, 2.09),
    ("LAS-CORNER", "ss_304", inside_corner, 0.21, 0.19),
    ("LAS-TMAX-AL", "al_5052_h32", lambda t: Box(40, 40, t), 4, 5),
    ("LAS-TMAX-SVC", "steel_1018", lambda t: Box(40, 40, t), 8, 10),
    ("LAS-MINPART", "ss_304", lambda w: Box(40, w, 3), 15.01, 14.99),
    ("LAS-MINPART-THICK", "steel_1018", lambda w: Box(40, w, 10), 25.01, 24.99),
    ("LAS-ENV-M-X", "ss_304", lambda x: Box(x, 50, 3), 2979, 2981),
    ("LAS-ENV-M-Y", "ss_304", lambda y: Box(2000, y, 3), 1479, 1481),
    ("LAS-ENV-N-X", "mdf", lambda x: Box(x, 50, 3), 1579, 1581),
    ("LAS-ENV-N-Y", "mdf", lambda y: Box(1000, y, 3), 979, 981),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "build", "inside", "outside"), FDM_EDGES)
def test_fdm_rule_separates_inside_from_outside(
    catalogue: Catalogue, rule: str, build: Build, inside: float, outside: float
) -> None:
    kept, broken = (assess_part("p", build(x).wrapped, "pla", FDM, catalogue).findings for x in (inside, outside))
    assert rule not in {finding.rule_id for finding in kept}
    assert rule in {finding.rule_id for finding in broken}


@pytest.mark.parametrize(("rule", "material", "build", "inside", "outside"), LASER_EDGES)
def test_laser_rule_separates_inside_from_outside(
    catalogue: Catalogue, rule: str, material: str, build: Build, inside: float, outside: float
) -> None:
    kept, broken = (assess_part("p", build(x).wrapped, material, LASER, catalogue).findings for x in (inside, outside))
    assert rule not in {finding.rule_id for finding in kept}
    assert rule in {finding.rule_id for finding in broken}


@pytest.mark.parametrize(("lean_deg", "area_mm2"), [(44, 4 * 20 * 0.7193), (46, 30 * 20 * 0.7193)])
def test_overhang_counts_only_faces_beyond_45_degrees(lean_deg: float, area_mm2: float) -> None:
    """A leaning 4 x 20 x 30 mm slab: beyond 45 deg its 30 mm side hangs over (sin 46 = cos 44 = 0.7193 from above).

    Below 45 deg the side holds itself and the end face, 90 - 44 = 46 deg from vertical, hangs instead.
    """
    view = read_solid((Rot(0, lean_deg, 0) * Box(4, 20, 30)).wrapped)
    found = measure_overhang(view, np.array([0.0, 0.0, 1.0]), 45, 10)
    assert found.area_mm2 == pytest.approx(area_mm2, rel=1e-3)


@pytest.mark.parametrize(("side", "machine"), [(256, "desktop"), (261, "large_desktop"), (361, "industrial")])
def test_part_is_planned_on_a_machine_that_takes_it(catalogue: Catalogue, side: float, machine: str) -> None:
    priced = assess_part("p", Box(side, 100, 20).wrapped, "pla", FDM, catalogue).priced
    assert priced is not None
    assert priced.plan.machine == machine


def test_wedge_edge_is_no_thin_wall(catalogue: Catalogue) -> None:
    wedge = Box(100, 30, 40) - Pos(0, 0, 22) * Rot(0, 21.8, 0) * Box(150, 40, 40)
    assert assess_part("p", wedge.wrapped, "pla", FDM, catalogue).findings == ()


def test_best_direction_avoids_support(catalogue: Catalogue) -> None:
    """A T of 10 mm bars needs support standing up and none lying down."""
    tee = Box(10, 10, 60) + Pos(0, 0, 35) * Box(60, 10, 10)
    priced = assess_part("p", (Rot(20, 30, 40) * tee).wrapped, "pla", FDM, catalogue).priced
    assert priced is not None
    assert (priced.plan.support_mm3, round(priced.plan.height_mm, 6)) == (0.0, 10.0)


def test_error_finding_becomes_a_reason_with_its_numbers(catalogue: Catalogue) -> None:
    found = assess_part("rib", on_base(Box(30, 0.5, 20)).wrapped, "pla", FDM, catalogue)
    assert found.priced is None
    assert [reason.code for reason in found.reasons] == [ReasonCode.NOT_MANUFACTURABLE]
    assert found.reasons[0].where.startswith("rib: FDM-WALL-ERR, face ")
    assert [number.value for number in found.reasons[0].numbers] == [0.5, 0.8]


@pytest.mark.parametrize(
    ("material", "process", "code", "words"),
    [
        ("steel_1018", FDM, ReasonCode.PROCESS_MATERIAL_MISMATCH, "it takes cnc_milling"),
        ("pc", LASER, ReasonCode.PROCESS_MATERIAL_MISMATCH, "can't be made by laser_cutting"),
        ("cheese", FDM, ReasonCode.PROCESS_MATERIAL_MISMATCH, "not in the catalogue"),
        ("pom", ProcessName.SHEET_METAL_BENDING, ReasonCode.PROCESS_MATERIAL_MISMATCH, "it takes injection"),
    ],
)
def test_impossible_pair_of_material_and_process_is_refused(
    catalogue: Catalogue, material: str, process: ProcessName, code: ReasonCode, words: str
) -> None:
    found = assess_part("p", Box(40, 40, 3).wrapped, material, process, catalogue)
    assert (found.reasons[0].code, found.priced) == (code, None)
    assert words in found.reasons[0].message


def test_material_barred_by_rule_is_refused_even_where_its_row_allows_it(catalogue: Catalogue) -> None:
    (rule,) = catalogue.find_rules(Use(LASER, catalogue.materials["pc"]), "material")
    assert "pc" in rule.value.split("|")


def test_shape_without_volume_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="encloses no volume"):
        assess_part("p", Box(10, 10, 10).faces()[0].wrapped, "pla", FDM, catalogue)

"""Every rule of milling, turning, powder and moulding: a part just inside keeps it, one just outside breaks it."""

from collections.abc import Callable
from typing import Any

import pytest
from build123d import Axis, Box, Cylinder, Pos, Sphere, fillet

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from tests.workbench.manufacturing.shapes import (
    boss,
    cored,
    cross_hole,
    drawn_both_ways,
    drilled_from,
    hollow,
    plate,
    pocket,
    pointed,
    ribbed,
    shaft,
    side_pocket,
    slotted,
    stepped,
    tray,
    undercut,
)
from workbench.manufacturing import assess_part

MILL, TURN, SLS, MOULD = (
    ProcessName.CNC_MILLING,
    ProcessName.CNC_TURNING,
    ProcessName.SLS_PRINTING,
    ProcessName.INJECTION_MOLDING,
)
Case = tuple[str, ProcessName, str, Callable[[float], Any], float, float]

CASES: list[Case] = [
    ("MILL-WALL-M-ERR", MILL, "al_6061_t6", lambda t: Box(40, 40, 5) + Pos(0, 0, 6) * Box(40, t, 8), 0.51, 0.49),
    ("MILL-WALL-M-WARN", MILL, "steel_1018", lambda t: Box(40, 40, 5) + Pos(0, 0, 6) * Box(40, t, 8), 0.81, 0.79),
    ("MILL-WALL-P-ERR", MILL, "pom", lambda t: Box(40, 40, 5) + Pos(0, 0, 6) * Box(40, t, 8), 1.01, 0.99),
    ("MILL-WALL-W-ERR", MILL, "hardwood_oak", lambda t: Box(40, 40, 5) + Pos(0, 0, 6) * Box(40, t, 8), 1.01, 0.99),
    ("MILL-WALL-NOM", MILL, "al_6061_t6", lambda t: Box(200, 200, t), 1.02, 0.98),
    ("MILL-CORNER-MIN", MILL, "al_6061_t6", lambda r: pocket(r, 2), 0.26, 0.24),
    ("MILL-CORNER-DEPTH", MILL, "al_6061_t6", pocket, 3.4, 3.3),
    ("MILL-CORNER-DEPTH-ERR", MILL, "pom", lambda d: pocket(1.0, d), 19.9, 20.1),
    ("MILL-POCKET-WIDTH", MILL, "pom", lambda w: pocket(4.9, 40, 60, w), 10.1, 9.9),
    ("MILL-POCKET-TOOL-W", MILL, "pom", lambda w: pocket(3.9, 40, 60, w), 8.1, 7.9),
    ("MILL-POCKET-TOOL", MILL, "pom", lambda w: pocket(1.9, 40, 60, w), 4.1, 3.9),
    ("MILL-HOLE-SOFT", MILL, "al_6061_t6", lambda d: Box(20, 20, 2) - Cylinder(d / 2, 2), 0.51, 0.49),
    ("MILL-HOLE-HARD", MILL, "steel_1018", lambda d: Box(20, 20, 2) - Cylinder(d / 2, 2), 1.21, 1.19),
    ("MILL-HOLE-PLAS", MILL, "pom", lambda d: Box(20, 20, 2) - Cylinder(d / 2, 2), 0.61, 0.59),
    ("MILL-HOLE-REC", MILL, "al_6061_t6", lambda d: Box(20, 20, 2) - Cylinder(d / 2, 2), 1.6, 1.58),
    ("MILL-HOLE-DEPTH-W", MILL, "al_6061_t6", lambda h: Box(30, 30, h) - Cylinder(2.5, h), 19.9, 20.1),
    ("MILL-HOLE-DEPTH-E", MILL, "al_6061_t6", lambda h: Box(30, 30, h) - Cylinder(2.5, h), 49.9, 50.1),
    ("MILL-HOLE-STD", MILL, "al_6061_t6", lambda d: Box(20, 20, 5) - Cylinder(d / 2, 5), 4.2, 4.1),
    ("MILL-SETUPS", MILL, "al_6061_t6", drilled_from, 2, 3),
    ("MILL-ACCESS", MILL, "al_6061_t6", undercut, 5, 8),
    ("MILL-ENV-VMC-X", MILL, "al_6061_t6", lambda x: Box(x, 50, 50), 761.9, 762.1),
    ("MILL-ENV-VMC-Y", MILL, "pom", lambda y: Box(700, y, 50), 405.9, 406.1),
    ("MILL-MINSIZE", MILL, "steel_1018", lambda w: Box(40, w, 5), 6.36, 6.34),
    ("MILL-VOID", MILL, "steel_1018", lambda r: Box(40, 40, 40) - Sphere(r), 29, 10),
    ("MILL-FEAT-ERR", MILL, "steel_1018", lambda t: Box(40, 40, 5) + Pos(0, 0, 6) * Box(t, t, 8), 0.51, 0.49),
    ("MILL-DEPTH-SIDE", MILL, "pom", lambda d: pocket(8, d, 60, 60), 49.9, 50.1),
    ("MILL-DEPTH-SIDE", MILL, "pom", lambda h: Box(300, 200, h), 98, 102),
    ("TURN-CONE", TURN, "steel_1018", pointed, 30.1, 29.9),
    ("TURN-MAXD", TURN, "steel_1018", lambda d: shaft(d, 40), 74.9, 75.1),
    ("TURN-MIND", TURN, "brass_360", lambda d: shaft(d, 12), 4.01, 3.99),
    ("TURN-MAXL", TURN, "pom", lambda x: shaft(40, x), 227.9, 228.1),
    ("TURN-MINL", TURN, "pom", lambda x: shaft(40, x), 1.28, 1.26),
    ("TURN-SLENDER-W", TURN, "steel_1018", lambda x: shaft(10, x), 39.9, 40.1),
    ("TURN-SLENDER-E", TURN, "steel_1018", lambda x: shaft(10, x), 99.9, 100.1),
    ("TURN-MINREG", TURN, "steel_1018", stepped, 0.77, 0.75),
    ("TURN-WALL-ERR", TURN, "pom", lambda t: Cylinder(10, 20) - Cylinder(10 - t, 20), 0.51, 0.49),
    ("TURN-WALL-M", TURN, "ss_304", lambda t: Cylinder(10, 20) - Cylinder(10 - t, 20), 0.81, 0.79),
    ("TURN-HOLEDIR", TURN, "steel_1018", cross_hole, 90, 60),
    ("TURN-HOLE-DEPTH", TURN, "steel_1018", lambda x: Cylinder(10, x) - Cylinder(2, x), 39.9, 40.1),
    ("TURN-RADIUS", TURN, "steel_1018", lambda d: stepped(d) if d < 20 else Cylinder(10, 20), 20, 12),
    ("TURN-ROUND", TURN, "steel_1018", lambda x: Cylinder(10, 40) - Pos(x, 0, 0) * Box(12, 40, 60), 17, 15),
    ("TURN-GROOVE", TURN, "steel_1018", lambda r: Cylinder(15, 40) - Cylinder(6, 40) - Cylinder(r, 8), 6, 10),
    ("TURN-VOID", TURN, "steel_1018", lambda x: Cylinder(10, 40) - Cylinder(5, x), 40, 10),
    ("SLS-WALL-ERR", SLS, "pa12", lambda t: Box(40, 40, t), 0.71, 0.69),
    ("SLS-WALL-WARN", SLS, "pa12", lambda t: Box(40, 40, t), 1.01, 0.99),
    ("SLS-WALL-TPU", SLS, "tpu_95a", lambda t: Box(40, 40, t), 1.01, 0.99),
    ("SLS-WALL-MAX", SLS, "pa12", lambda t: Box(40, 40, t), 19.9, 20.1),
    ("SLS-HOLE", SLS, "pa12", lambda d: Box(20, 20, 5) - Cylinder(d / 2, 5), 1.51, 1.49),
    ("SLS-HOLE-REC", SLS, "pa12", lambda d: Box(20, 20, 5) - Cylinder(d / 2, 5), 2.01, 1.99),
    ("SLS-PIN", SLS, "pa12", lambda d: Box(20, 20, 5) + Pos(0, 0, 5) * Cylinder(d / 2, 6), 1.01, 0.99),
    ("SLS-CLEAR", SLS, "pa12", slotted, 0.51, 0.49),
    ("SLS-ESCAPE-N", SLS, "pa12", lambda h: Box(30, 30, 18) - Cylinder(5, h), 18, 10),
    ("SLS-ESCAPE-D", SLS, "pa12", hollow, 3.51, 3.49),
    ("SLS-CHANNEL", SLS, "pa12", lambda d: Box(30, 30, 20) - Pos(0, 0, 5) * Cylinder(d / 2, 10), 4.01, 3.99),
    ("SLS-CHANNEL", SLS, "pa12", lambda h: Box(30, 30, 20) - Pos(0, 0, 5) * Cylinder(1.5, h), 30, 10),
    ("SLS-FLAT", SLS, "pa12", lambda x: Box(x, 210, 5), 296.9, 297.1),
    ("SLS-FLAT", SLS, "pa12", lambda t: Box(400, 100, t), 10.1, 9.9),
    ("SLS-ENV-SLS-X", SLS, "pa12", lambda x: Box(x, 40, 10), 481.9, 482.1),
    ("SLS-ENV-SLS-Z", SLS, "pa12", lambda z: Box(440, 440, z), 430.9, 431.1),
    ("IM-DRAFT-ERR", MOULD, "abs", plate, 0.51, 0.49),
    ("IM-DRAFT-STD", MOULD, "pp", plate, 1.0, 0.99),
    ("IM-DRAFT-DEPTH", MOULD, "abs", lambda h: plate(1, h), 25.3, 25.5),
    ("IM-ENV-DEPTH", MOULD, "abs", lambda h: plate(1, h), 100.9, 101.1),
    ("IM-ENV-DEPTH", MOULD, "abs", drawn_both_ways, 100.9, 101.1),
    ("IM-CORE-BLIND", MOULD, "abs", cored, 9.9, 10.1),
    ("IM-CORE-BLIND", MOULD, "abs", lambda h: Box(40, 30, 16) - Pos(0, 0, 8 - h / 2) * Cylinder(2, h), 9.9, 10.1),
    ("IM-SIDECORE-P", MOULD, "abs", side_pocket, 72.9, 73.1),
    ("IM-SIDECORE-W", MOULD, "abs", lambda w: side_pocket(10, w), 213.7, 213.9),
    ("IM-SIDECORE-H", MOULD, "abs", lambda h: side_pocket(10, 20, h), 60.3, 60.5),
    ("IM-WALL-MIN-ABS", MOULD, "abs", lambda t: plate(1, t), 1.15, 1.13),
    ("IM-WALL-MAX-ABS", MOULD, "abs", lambda t: plate(1, t), 3.54, 3.57),
    ("IM-WALL-MIN-PC", MOULD, "pc", lambda t: plate(1, t), 1.02, 1.01),
    ("IM-WALL-MAX-PMMA", MOULD, "pmma", lambda t: plate(1, t), 12.6, 12.8),
    ("IM-UNIFORM-W", MOULD, "pp", lambda t: plate(1) + Pos(0, 0, t / 2) * Box(30, 36, t), 2.9, 3.1),
    ("IM-RIB-T", MOULD, "pp", ribbed, 1.45, 1.75),
    ("IM-RIB-MIN", MOULD, "pp", ribbed, 0.75, 0.6),
    ("IM-RIB-MIN", MOULD, "pp", lambda d: boss(d, 3), 4.1, 3.9),
    ("IM-RIB-DRAFT", MOULD, "pp", lambda a: ribbed(1.4, draft_deg=a), 0.51, 0.49),
    ("IM-RIB-H", MOULD, "pp", lambda h: ribbed(1.4, h), 7.4, 8.2),
    ("IM-BOSS-OD", MOULD, "pp", lambda d: boss(d, 3), 6.1, 5.9),
    ("IM-BOSS-T", MOULD, "pp", lambda d: boss(d, 3), 5.3, 5.5),
    ("IM-ENV-Y", MOULD, "pp", lambda y: fillet(Box(600, y, 2).edges().filter_by(Axis.Z), 5), 479, 481),
    ("IM-ENV-Z", MOULD, "pp", drawn_both_ways, 101.5, 101.7),
    ("IM-ENV-AREA", MOULD, "pp", lambda w: Box(400, w, 2), 282, 283),
    ("IM-ENV-VOL", MOULD, "pp", lambda t: Box(300, 300, t), 10.74, 10.75),
    ("IM-SHOT", MOULD, "pp", lambda s: Box(s, s, s), 148.9, 149.1),
    ("IM-REACH", MOULD, "abs", undercut, 5, 8),
    ("IM-UNDERCUT", MOULD, "abs", lambda x: tray() - Pos(x, 0, 12) * Box(20, 10, 8), 80, 40),
    ("IM-RADIUS-IN", MOULD, "abs", lambda _: plate(1) if _ else tray(), 1, 0),
    ("IM-ENV-X", MOULD, "pp", lambda x: fillet(Box(x, 30, 2).edges().filter_by(Axis.Z), 5), 750, 752),
    ("IM-VOID", MOULD, "abs", lambda h: plate(1, 3) - Pos(0, 0, 1.5) * Cylinder(8, h), 4, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "process", "material", "build", "inside", "outside"), CASES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_rule_separates_inside_from_outside(
    catalogue: Catalogue,
    rule: str,
    process: ProcessName,
    material: str,
    build: Callable[[float], Any],
    inside: float,
    outside: float,
) -> None:
    kept, broken = (
        assess_part("p", build(x).wrapped, material, process, catalogue).findings for x in (inside, outside)
    )
    assert rule not in {finding.rule_id for finding in kept}
    assert rule in {finding.rule_id for finding in broken}
    assert all(finding.advice and finding.limit is not None for finding in broken)

"""Bent sheets unfold to the K-factor's length, and every rule of bending separates inside from outside."""

import math
from collections.abc import Callable
from typing import Any

import pytest
from build123d import (
    Axis,
    Box,
    Cylinder,
    Polyline,
    Pos,
    RectangleRounded,
    Rot,
    extrude,
    fillet,
    make_face,
)

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from workbench.kernel.solid_view import read_solid
from workbench.manufacturing import assess_part
from workbench.manufacturing.parts import BendingPlan
from workbench.manufacturing.pricing import price_plan
from workbench.manufacturing.unfolding import unfold

BEND = ProcessName.SHEET_METAL_BENDING


def angle(long: float = 40, short: float = 30, thick: float = 2, radius: float = 2, width: float = 50) -> Any:
    """An angle bracket: legs to the outside, sheet, inner radius and width in mm."""
    corners = [(0, 0), (long, 0), (long, thick), (thick, thick), (thick, short), (0, short)]
    raw = extrude(make_face(Polyline(*corners, close=True)), width)
    inner = fillet(raw.edges().filter_by(Axis.Z).sort_by_distance((thick, thick, width / 2))[:1], radius)
    return fillet(inner.edges().filter_by(Axis.Z).sort_by_distance((0, 0, width / 2))[:1], radius + thick)


def hat() -> Any:
    """A sheet of 2 mm with two bends one way and two the other: legs 26, sides 26, top 32 between them (r 2)."""
    top = [(0, 0), (22, 0), (22, 30), (62, 30), (62, 0), (84, 0)]
    path = [(x, y + 2) for x, y in top[:1]] + [(20, 2), (20, 32), (64, 32), (64, 2), (84, 2)]
    raw = extrude(make_face(Polyline(*top, *path[::-1], close=True)), 50)
    shape = raw
    for x, y, radius in (
        (20, 2, 2),
        (22, 0, 4),
        (22, 30, 2),
        (20, 32, 4),
        (62, 30, 2),
        (64, 32, 4),
        (62, 0, 4),
        (64, 2, 2),
    ):
        shape = fillet(shape.edges().filter_by(Axis.Z).sort_by_distance((x, y, 25))[:1], radius)
    return shape


def drilled(distance: float, diameter: float = 6) -> Any:
    """An angle with a hole so far from the bend's beginning (at 4 mm), edge to line."""
    return angle() - Pos(4 + distance + diameter / 2, 1, 25) * Rot(90, 0, 0) * Cylinder(diameter / 2, 10)


def inset(relief: float) -> Any:
    """An angle whose base is wider than its flange, with a notch beside the bend or none."""
    beside = Pos(4 + 18, 1, 50 + 15) * Box(36, 2, 30)
    return angle() + beside - (Pos(4, 1, 50 + relief / 2) * Box(8, 4, relief) if relief else [])


def folded(angle_deg: float) -> Any:
    """A sheet of 2 mm with one bend (r 2) and two legs of 40 mm."""
    ends = [math.radians(270 - share * angle_deg) for share in (0, 0.5, 1)]
    wedge = make_face(Polyline((0, 0), *((20 * math.cos(way), 20 * math.sin(way)) for way in ends), close=True))
    bend = (Cylinder(4, 50) - Cylinder(2, 50)) & Pos(0, 0, -25) * extrude(wedge, 50)
    return Pos(20, -3, 0) * Box(40, 2, 50) + bend + Rot(0, 0, -angle_deg) * Pos(-20, -3, 0) * Box(40, 2, 50)


def hemmed(length: float) -> Any:
    """A sheet of 2 mm folded back on itself around 4 mm of air, so far from the fold's outside."""
    fold = Cylinder(4, 50) - Cylinder(2, 50) - Pos(25, 0, 0) * Box(50, 50, 60)
    back = length - 4
    return Pos(20, -3, 0) * Box(40, 2, 50) + fold + Pos(back / 2, 3, 0) * Box(back, 2, 50)


def drilled_bend(diameter: float) -> Any:
    """An angle with a hole straight through the middle of its bend."""
    return angle() - Pos(2, 2, 25) * Rot(0, 0, 45) * Rot(0, 90, 0) * Cylinder(diameter / 2, 20)


def tube(gap: float) -> Any:
    """A square tube, closed or with a slit along it."""
    ring = extrude(RectangleRounded(40, 30, 4) - RectangleRounded(36, 26, 2), 50)
    return ring - Pos(0, -15, 25) * Box(gap, 10, 60) if gap else ring


def findings(shape: Any, material: str, catalogue: Catalogue) -> dict[str, float]:
    return {f.rule_id: f.measured for f in assess_part("p", shape.wrapped, material, BEND, catalogue).findings}


@pytest.mark.parametrize(("k_factor", "radius"), [(0.37, 2.0), (0.42, 3.0), (0.5, 1.0)])
def test_bracket_unfolds_to_the_length_of_the_k_factor(k_factor: float, radius: float) -> None:
    """Legs of 40 and 30 mm less radius and sheet each, and a quarter turn at r + K t."""
    flat = unfold(read_solid((Rot(12, 34, 56) * angle(radius=radius)).wrapped), k_factor)
    assert flat is not None
    straight = 40 + 30 - 2 * (radius + 2)
    assert flat.profile.sides_mm == pytest.approx((straight + math.pi / 2 * (radius + k_factor * 2), 50), abs=1e-5)
    assert [bend.angle_deg for bend in flat.bends] == pytest.approx([90])


def test_bends_both_ways_unfold_flat(catalogue: Catalogue) -> None:
    """Flat 16 + 22 + 36... each leg 20 - 4 + 2, each side 30 - 6, top 44 - 8; four quarter turns at 2 + 0.37 x 2."""
    flat = unfold(read_solid(hat().wrapped), 0.37)
    assert flat is not None and (flat.gap_mm, flat.uneven_mm) == (pytest.approx(0, abs=1e-9), 0)
    straight = 2 * (22 - 4) + 2 * (32 - 8) + (44 - 8)
    assert flat.profile.sides_mm[0] == pytest.approx(straight + 4 * math.pi / 2 * 2.74, abs=1e-5)
    assert findings(hat(), "al_5052_h32", catalogue) == {}


def test_hole_stays_a_circle_in_the_flat_pattern() -> None:
    flat = unfold(read_solid(drilled(10).wrapped), 0.37)
    assert flat is not None
    (hole,) = flat.profile.loops[1:]
    assert (hole.radius_mm, hole.length_mm) == (pytest.approx(3), pytest.approx(6 * math.pi))


BENDING_EDGES: list[tuple[str, str, Callable[[float], Any], float, float]] = [
    ("BEND-R-ERR-AL_5052_H32", "al_5052_h32", lambda r: angle(radius=r), 1.01, 0.99),
    ("BEND-R-WARN-SS_304", "ss_304", lambda r: angle(radius=r), 4.01, 3.99),
    ("BEND-FLANGE-5052-2.0", "al_5052_h32", lambda s: angle(short=s), 9.51, 9.49),
    ("BEND-FLANGE-E", "ss_304", lambda s: angle(short=s), 6.01, 5.99),
    ("BEND-FLANGE-W", "ss_304", lambda s: angle(short=s), 8.01, 7.99),
    ("BEND-HOLE-E", "ss_304", drilled, 4.01, 3.99),
    ("BEND-HOLE-W", "ss_304", drilled, 5.01, 4.99),
    ("BEND-LEN", "steel_1018", lambda w: angle(width=w), 1117, 1118),
    ("BEND-FLAT-Y", "steel_1018", lambda w: angle(long=600 + w, short=120, width=1000), 0, 60),
    ("BEND-FLAT-X", "steel_1018", lambda w: angle(width=w), 1117.5, 1117.7),
    ("BEND-LEN-THICK", "steel_1018", lambda w: angle(80, 80, 6.35, 6.35, w), 406.3, 406.5),
    ("BEND-TMIN", "steel_1018", lambda t: angle(thick=t), 0.77, 0.75),
    ("BEND-ANGLE", "steel_1018", folded, 129.9, 130.1),
    ("BEND-MINFLAT", "steel_1018", lambda w: angle(width=w), 38.2, 38.0),
    ("BEND-TMAX", "steel_1018", lambda t: angle(60, 60, t, t), 6, 8),
    ("BEND-UNIFORM", "steel_1018", lambda d: angle() - Pos(25, 2.5, 25) * Box(10, d, 10), 1, 3),
    ("BEND-UNFOLD", "steel_1018", tube, 6, 0),
    ("BEND-RELIEF-W", "steel_1018", inset, 2, 0),
    ("BEND-RELIEF-W", "steel_1018", inset, 2.01, 1.99),
    ("BEND-RELIEF-ABS", "steel_1018", inset, 0.77, 0.75),
    ("BEND-HEM", "steel_1018", hemmed, 10.01, 9.99),
    ("BEND-FEAT-4T", "ss_304", drilled, 5.71, 5.67),
    ("LAS-STOCK", "steel_1018", lambda t: angle(thick=t), 2, 1.7),
    ("LAS-HOLE-ERR", "steel_1018", lambda d: drilled(10, d), 1.01, 0.99),
    ("BEND-COUNT", "steel_1018", lambda n: angle() if n else Box(60, 50, 2), 1, 0),
    ("BEND-VOID", "steel_1018", lambda d: angle() - Pos(25, 1, 25) * Box(10, d, 10), 2, 1),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "material", "build", "inside", "outside"),
    BENDING_EDGES,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bending_rule_separates_inside_from_outside(
    catalogue: Catalogue, rule: str, material: str, build: Callable[[float], Any], inside: float, outside: float
) -> None:
    assert rule not in findings(build(inside), material, catalogue)
    assert rule in findings(build(outside), material, catalogue)


@pytest.mark.parametrize(
    "shape",
    [drilled_bend(3), drilled_bend(1.2), angle() - Pos(5, 1, 25) * Rot(90, 0, 0) * Cylinder(2, 10)],
    ids=["through the middle", "small", "over its beginning"],
)
def test_hole_through_a_bend_is_refused_for_being_there(catalogue: Catalogue, shape: Any) -> None:
    found = assess_part("p", shape.wrapped, "steel_1018", BEND, catalogue)
    assert [f.rule_id for f in found.findings if f.severity == "error" and f.rule_id.startswith("BEND")] == [
        "BEND-HOLE-E"
    ]
    (near,) = (f for f in found.findings if f.rule_id == "BEND-HOLE-E")
    assert (near.measured, near.limit) == (0, 2) and "a hole is 0 x the thickness from a bend" in near.advice


def test_hole_through_a_bend_hides_no_pocket(catalogue: Catalogue) -> None:
    shape = drilled_bend(3) - Pos(25, 2, 25) * Box(20, 1, 20)
    assert "BEND-UNIFORM" in findings(shape, "steel_1018", catalogue)


def test_bracket_costs_what_the_paper_says(catalogue: Catalogue) -> None:
    """An angle of 5052 sheet, 2 mm, legs 40 and 30, inner radius 2, 50 wide, ten pieces.

    Flat 66.303982 x 50 = 3,315.19910 mm2 / 0.75 = 4,420.26546 mm2 of sheet of 2,680 x 0.002 x 5.5 = 29.48 USD/m2:
    0.13031 x 10 = 1.3031. Laser set-up 10 min at 120 = 20. Cut 232.607964 mm at 3.6 m/min... = the table's speed.
    Brake: set-up 20 + 5 min at 75 = 31.25; (8 + 1 x (6 + 5)) s x 10 at 75 = 3.9583.
    """
    priced = assess_part("p", angle().wrapped, "al_5052_h32", BEND, catalogue).priced
    assert priced is not None and isinstance(priced.plan, BendingPlan)
    lines = {line.label: str(line.amount_usd) for line in price_plan(priced, 10, catalogue)}
    assert lines["sheet with waste"] == "1.30"
    assert (lines["set-up of the press brake"], lines["bending"]) == ("31.25", "3.96")


FIN = Pos(15, 12, 25) * Box(5, 20, 10)
SHIFTED = {
    "boss and pocket of a flat sheet": Box(80, 60, 2)
    + Pos(-20, 0, 2) * Box(20, 20, 2)
    - Pos(20, 0, 0.5) * Box(40, 20, 1),
    "both on the other side": Box(80, 60, 2) + Pos(-20, 0, -2) * Box(20, 20, 2) - Pos(20, 0, -0.5) * Box(40, 20, 1),
    "fin in an angle, thinned inside": angle() + FIN - Pos(29, 1.5, 25) * Box(20, 1, 100),
    "fin in an angle, thinned outside": angle() + FIN - Pos(24, 0.5, 25) * Box(20, 1, 100),
    "ribs and grooves": angle(width=60) + Pos(20, 2.5, 30) * Box(4, 1, 40) - Pos(30, 1.5, 30) * Box(4, 1, 40),
    "ridges and grooves": Box(80, 60, 4)
    + Pos(-20, 0, 2) * Rot(0, 45, 0) * Box(2, 40, 2)
    - Pos(20, 0, 2) * Rot(0, 45, 0) * Box(2, 40, 2),
}


@pytest.mark.parametrize("shape", SHIFTED.values(), ids=SHIFTED)
def test_sheet_whose_material_is_only_shifted_is_uneven(catalogue: Catalogue, shape: Any) -> None:
    found = assess_part("p", shape.wrapped, "al_5052_h32", BEND, catalogue)
    assert "BEND-UNIFORM" in {f.rule_id for f in found.findings} and found.priced is None

"""The judge's own solids: every category is drawn from its row and found again however it stands."""

import numpy as np
import pytest
from bd_warehouse.bearing import SingleRowDeepGrooveBallBearing
from bd_warehouse.fastener import HexNut, PlainWasher
from bd_warehouse.gear import SpurGear
from build123d import Box, Cylinder, Pos, Rot, Solid, Sphere, Torus, scale

from schemas.components import Carriage, Stock
from tests.workbench.judge.scenes import box, catalogue, codes, design, scene
from workbench.authoring import bought_solid, screw, tube_around
from workbench.authoring.solids import extract_solid
from workbench.components.agreement import Standing, WrongSize, find_standing
from workbench.components.envelopes import draw, usual_given
from workbench.components.standing import stand_components
from workbench.judge.appraise import appraise
from workbench.kernel.measuring import measure

ROWS = catalogue().components
EXAMPLES = {row.category: row for row in ROWS.values()}
AWAY = Pos(10, 20, 30) * Rot(33, 21, 77)


def compare(component_id: str, drawn, holes=()) -> Standing | WrongSize:
    return find_standing(ROWS[component_id], extract_solid(drawn, "drawn"), holes, None)


@pytest.mark.parametrize("row", EXAMPLES.values(), ids=EXAMPLES)
def test_every_category_is_drawn_and_found_however_it_is_turned(row):
    rail = ROWS[row.rail_id] if isinstance(row, Carriage) else None
    given = usual_given(row, 137.0 if isinstance(row, Stock) else None, rail)
    drawn = (AWAY * Solid(draw(row, given))).wrapped
    found = find_standing(row, drawn, (), rail)
    assert isinstance(found, Standing) and found.agrees and found.deviation_mm < 0.05
    assert found.given.length_mm == pytest.approx(given.length_mm, abs=1e-3)
    again = draw(row, found.given)
    assert measure(again).volume_mm3 == pytest.approx(measure(drawn).volume_mm3, rel=1e-6)
    centre = found.rotation @ measure(again).centre_mm + found.origin_mm
    assert np.abs(centre - measure(drawn).centre_mm).max() < 1e-4


WAREHOUSE = {
    "bearing": ("brg_608", lambda: Solid(tube_around(SingleRowDeepGrooveBallBearing("M8-22-7")))),
    "nut": ("nut_m3", lambda: HexNut("M3-0.5", "iso4032", simple=True)),
    "washer": ("washer_m4", lambda: PlainWasher("M4", "iso7089")),
    "gear": ("gear_m1_20_pom", lambda: SpurGear(1, 20, 20, 15) - Cylinder(2.5, 40)),
}


@pytest.mark.parametrize(("component_id", "make"), WAREHOUSE.values(), ids=WAREHOUSE)
def test_drawings_of_bd_warehouse_agree_with_their_rows(component_id, make):
    found = compare(component_id, AWAY * make())
    assert isinstance(found, Standing) and found.agrees, found


@pytest.mark.parametrize(("grown", "agrees"), [(0.0, True), (0.25, True), (0.45, False), (-0.25, True), (-0.45, False)])
def test_drawing_may_deviate_by_three_tenths_of_a_millimetre(grown, agrees):
    case = Pos(0, 0, 5) * Box(38 + grown, 28, 10) if grown else Pos(0, 0, 5) * Box(38, 28, 10)
    lid = case + Pos(0, 0, 10 + grown / 2) * Box(20, 20, max(grown, 0.01))
    found = compare("driver_vnh5019", AWAY * (lid if grown > 0 else case))
    assert isinstance(found, Standing) and (found.agrees or grown < -0.3 or grown > 0.3)
    sunk = case - Pos(10, 5, 10) * Box(8, 8, 2 * abs(grown)) if grown else case
    assert compare("driver_vnh5019", AWAY * sunk).agrees is agrees


@pytest.mark.parametrize(
    ("turn", "name", "mass_g"),
    [
        (Rot(0, 0, 0), "ext_2020", 147.0),
        (Rot(0, 0, 45), "ext_2020", 147.0),
        (Rot(0, 54.7356, 45), "ext_2020", 147.0),
        (Rot(20, 30, 10), "shaft_8", 118.5),
        (Rot(0, 54.7356, 45), "rail_mgn12", 195.0),
        (Rot(45, 45, 0), "rack_m1_st", 326.7),
    ],
)
def test_goods_by_the_metre_are_measured_along_their_own_axis(turn, name, mass_g):
    """300 mm of 490, 395, 650 and 1089 g/m, lying along any direction."""
    stock = Pos(0, 0, 100) * turn * bought_solid(name, length=300)
    bought = stand_components(design(extra=lambda made: made.component("bar", stock, name)), catalogue())
    assert not bought.faults and bought.design.solids["bar"].length_mm == pytest.approx(300.0, abs=1e-4)
    appraisal, _ = appraise(scene().scene, bought.design, None, catalogue())
    masses = {found.body: found.mass_g for found in appraisal.masses}
    lines = {line.subject: line.rate for line in appraisal.price.lines}
    assert masses[f"1 x {name}"] == pytest.approx(mass_g, rel=1e-5)
    metre = float(ROWS[name].unit_price_usd) * 0.3
    assert float(lines[name].split(" x ")[1].removesuffix(" USD")) == pytest.approx(metre, rel=1e-5)


def test_judge_takes_the_catalogues_solid_with_the_holes_of_its_screws():
    holes = [Pos(0, y, 0) * Cylinder(1.25, 60) for y in (-6, 6)]
    bar = box((-10, -10, 90), (10.2, 10, 130)) - [Pos(0, 0, 90) * hole for hole in holes]

    def add(made):
        made.component("bar", bar, "ext_2020")
        made.part(
            "lid",
            Pos(0, 0, 132) * Box(20, 20, 4) - [Pos(0, y, 132) * Cylinder(1.7, 9) for y in (-6, 6)],
            "pla",
            "fdm_printing",
        )
        made.attach("on", "lid", "bar", [screw("shcs_m3x10", (0, y, 134), (0, 0, -1)) for y in (-6, 6)])

    bought = stand_components(design(extra=add), catalogue())
    assert not bought.faults
    size = measure(bought.design.solids["bar"].shape)
    depth_mm = 30.0
    assert size.volume_mm3 == pytest.approx(400 * 40 - 2 * np.pi * 1.25**2 * depth_mm, rel=1e-6)
    assert size.extents_mm == pytest.approx([20, 20, 40], abs=1e-5)
    assert size.box_mm.mean(axis=0) == pytest.approx([0.1, 0, 110], abs=1e-5)


def test_motor_may_have_a_shaft_of_any_sane_length():
    case = Pos(0, 0, 26) * Cylinder(18.5, 52)
    for length_mm, agrees in ((10.0, True), (18.0, True), (2.0, False)):
        motor = Pos(0, 0, (68 - length_mm) / 2) * Cylinder(18.5, 68 - length_mm)
        motor += Pos(0, 0, 68 - length_mm / 2) * Cylinder(3, length_mm)
        found = compare("gm37d_12v_18p75", AWAY * motor)
        assert isinstance(found, Standing) and found.agrees is agrees
    wrong = compare("gm37d_12v_18p75", AWAY * (case + Pos(0, 0, 60) * Cylinder(5, 16)))
    assert isinstance(wrong, Standing) and not wrong.agrees


STRANGE = {
    "ball": Sphere(11),
    "ring": Torus(10, 3),
    "squashed ball": scale(Sphere(11), by=(1, 0.5, 0.3)),
    "speck": Box(0.5, 0.5, 0.5),
    "hall": Box(900, 900, 900),
    "sieve": Box(62, 62, 15) - [Pos(12 * i - 24, 12 * j - 24, 0) * Cylinder(3, 20) for i in range(5) for j in range(5)],
}


@pytest.mark.parametrize("drawn", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("component_id", ["brg_608", "ext_2020", "gear_m1_60_pom", "gm37d_12v_50"])
def test_strange_solids_are_compared_too(drawn, component_id):
    found = compare(component_id, AWAY * drawn)
    assert isinstance(found, WrongSize) or not found.agrees


def test_refusal_names_size_or_place():
    def add(made):
        made.component("short", Pos(-30, 35, 2) * (Cylinder(11, 4) - Cylinder(4, 4)), "brg_608")
        dish = Pos(-30, 35, 40) * (bought_solid("gear_m1_60_pom") - Pos(0, 0, 9) * (Cylinder(28, 14) - Cylinder(6, 14)))
        made.component("dish", dish, "gear_m1_60_pom")

    short, dish = stand_components(design(extra=add), catalogue()).faults
    assert codes([short, dish]) == {"GEOMETRY_INVALID"}
    assert "22 x 22 x 7 mm" in short.message or "7 mm" in short.message
    assert {measure.name: measure.value for measure in short.numbers}["drawn"] == pytest.approx(4.0)
    numbers = {measure.name: measure.value for measure in dish.numbers}
    assert numbers["deviation"] > 3.0 and 40 < numbers["z"] < 56 and numbers["limit"] == 0.3

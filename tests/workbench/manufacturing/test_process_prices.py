"""Prices of every process worked by hand to the cent, and what must hold for all of them."""

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from build123d import Box, Cylinder, Plane, Pos, Rectangle, Rot, extrude, mirror
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.bundle import ProcessName
from schemas.catalogue import CHEAPER_WHEN_LARGER, Catalogue, ProcessCost, Use
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from tests.workbench.manufacturing.shapes import plate, tray
from tests.workbench.manufacturing.test_bending import angle
from tests.workbench.manufacturing.test_reference_parts import BEND, FDM, LASER, MILL, MOULD, SLS, TURN
from workbench.manufacturing import assess_part
from workbench.manufacturing.comparing import compare_ways, list_pairs
from workbench.manufacturing.mould_cost import time_cooling
from workbench.manufacturing.parts import BillOfMaterials, PricedPart
from workbench.manufacturing.pricing import price_assembly, price_plan
from workbench.manufacturing.processes import PROCESSES


def plan(shape: Any, material: str, process: ProcessName) -> PricedPart:
    priced = assess_part("p", shape.wrapped, material, process, read_catalogue()).priced
    assert priced is not None
    return priced


def amounts(shape: Any, material: str, process: ProcessName, pieces: int) -> list[str]:
    return [str(line.amount_usd) for line in price_plan(plan(shape, material, process), pieces, read_catalogue())]


def sheet(scale: float = 1.0) -> Any:
    """A sheet of 3 mm that grows in its plane."""
    return Box(100 * scale, 60 * scale, 3)


NATURAL: dict[ProcessName, tuple[str, Callable[[float], Any]]] = {
    MILL: ("al_6061_t6", lambda s: Box(40 * s, 30 * s, 20 * s)),
    TURN: ("brass_360", lambda s: Cylinder(10 * s, 60 * s)),
    SLS: ("pa12", lambda s: Box(40 * s, 30 * s, 15 * s)),
    MOULD: ("abs", lambda s: extrude(Rectangle(60 * s, 40 * s), amount=2, taper=1)),
    BEND: ("al_5052_h32", lambda s: angle(40 * s, 30 * s, width=50 * s)),
    FDM: ("pla", lambda s: Box(40 * s, 30 * s, 20 * s)),
    LASER: ("mdf", sheet),
}
"""A part for every process, with a size that may grow."""


def test_milled_block_costs_what_the_paper_says() -> None:
    """An aluminium block of 40 x 30 x 20 mm, ten pieces, two set-ups.

    Block 46 x 36 x 26 = 43,056 mm3: 0.1162512 kg x 1.15 x 5.5 x 10 = 7.3529. Programming 0.5 h x 75 = 37.50.
    Set-up (15 + 20 + 2 x 30) min at 65 = 102.9167. Machine (43.056 - 24) / 60 + 52 / 40 + 2 x 1.5 = 4.6176 min, and two
    changes of 5 s: 287.056 s x 65 / 3,600 x 10 = 51.8295. Deburring 4 min x 35 / 60 x 10 = 23.3333. Wear 10.
    Margin 0.2 x 232.93 = 46.586.
    """
    assert amounts(Box(40, 30, 20), "al_6061_t6", MILL, 10) == [
        "7.35", "37.50", "102.92", "51.83", "23.33", "10.00", "46.59",
    ]  # fmt: skip


def test_turned_rod_costs_what_the_paper_says() -> None:
    """A brass rod of 20 mm and 60 mm, 100 pieces.

    Bar pi / 4 x 22^2 x 64 = 24,328.4935 mm3: 0.22747141 kg with waste x 9.5 x 100 = 216.0978. Programming 37.50; set-up
    45 min x 75 = 56.25. Machine 5.4789376 / 60 + 43.982297 / 60 min + 20 s = 69.461235 s x 75 / 3,600 x 100 = 144.7109.
    Deburring 1 min x 35 / 60 x 100 = 58.3333. Margin 0.2 x 512.89 = 102.578.
    """
    assert amounts(Cylinder(10, 60), "brass_360", TURN, 100) == [
        "216.10",
        "37.50",
        "56.25",
        "144.71",
        "58.33",
        "102.58",
    ]


def test_powder_block_costs_what_the_paper_says() -> None:
    """A PA12 block of 40 x 30 x 20 mm, ten pieces.

    24 cm3 take 240 cm3 of a chamber of 380 x 284 x 380 mm: share 0.005852288. Powder: fused 24.24 g, more than
    the fresh 0.2 x 425 kg/m3 x 240 cm3 = 20.4 g: 0.02424 x 60 x 10 = 14.544. Agents 24 x 0.05 x 10 = 12; set-up 87;
    machine share x 10 h x 45 x 10 = 26.3353; cleaning share x 1.5 h x 35 x 10 = 3.0725. Margin 0.2 x 142.95 = 28.59.
    """
    assert amounts(Box(40, 30, 20), "pa12", SLS, 10) == ["14.54", "12.00", "87.00", "26.34", "3.07", "28.59"]


def test_moulded_plate_costs_what_the_paper_says() -> None:
    """An ABS plate of 60 x 40 x 2 mm with edges of 1 degree, 10,000 pieces, one cavity, press of 300 kN.

    Base 2 x (1,000 + 0.45 x (6 + 15) x (4 + 15) x 15.2^0.4) = 3,066.4803. Hours 5 + 0.085 x 24^1.2 + 2.5 x 24^0.5
    + 45 x 0.06^1.27 = 22.362504 at 65 = 1,453.5628. 10,204.08 shots: 4.793021 cm3 x 1.04 x 1.1 g x 2.3 = 128.6877.
    Set-up 2 h x 45 = 90. Cooling 4 / (pi^2 0.13) ln(4 x 206 / (pi x 28)) = 6.974751 s: 889.6366. Filling 1.5 s and
    opening 1 + 1.75 x 1.7 x (5.4 / 20)^0.5 = 2.545855 s: 516.0530. Margin 0.2 x 6,144.42 = 1,228.884.
    """
    assert amounts(plate(1), "abs", MOULD, 10_000) == [
        "3066.48", "1453.56", "128.69", "90.00", "889.64", "516.05", "1228.88",
    ]  # fmt: skip


def test_bent_angle_costs_what_the_paper_says() -> None:
    """An angle of 5052 sheet, 2 mm, legs 40 and 30, inner radius 2, 50 wide, ten pieces.

    Flat 66.303982 x 50 = 3,315.1991 mm2 / 0.75 at 2,680 x 0.002 x 5.5 = 29.48 USD/m2: 0.130311 x 10 = 1.3031. Laser
    set-up 10 min at 120 = 20; 232.607964 mm at 14 m/min and a pierce of 0.2 s: 1.196891 s x 120 / 3,600 x 10 = 0.3990;
    one sheet 3 min = 6; deburring 0.5 min x 35 / 60 x 10 = 2.9167. Brake 25 min at 75 = 31.25; (8 + 6 + 5) s x 75
    / 3,600 x 10 = 3.9583. Margin 0.2 x 65.83 = 13.166.
    """
    assert amounts(angle(), "al_5052_h32", BEND, 10) == [
        "1.30", "20.00", "0.40", "6.00", "2.92", "31.25", "3.96", "13.17",
    ]  # fmt: skip


@pytest.mark.parametrize(("material", "wall", "seconds"), [("abs", 2.0, 7.0), ("pc", 3.0, 14.0)])
def test_cooling_takes_as_long_as_the_source_says(material: str, wall: float, seconds: float) -> None:
    catalogue = read_catalogue()
    found, _ = time_cooling(wall, Use(MOULD, catalogue.materials[material]), catalogue)
    assert float(found) == pytest.approx(seconds, rel=0.02)


def test_more_cavities_pay_at_large_quantities() -> None:
    """A tray at 100 and at 100,000 pieces: the rates name the number of cavities."""
    few, many = (price_plan(plan(tray(), "abs", MOULD), pieces, read_catalogue()) for pieces in (100, 100_000))
    assert "1 cavities" in few[0].rate
    assert "4 cavities" in many[0].rate or "2 cavities" in many[0].rate


@cache
def bill(process: ProcessName) -> BillOfMaterials:
    material, build = NATURAL[process]
    return BillOfMaterials(parts=(plan(build(1.0), material, process),))


@pytest.mark.parametrize("process", ProcessName)
@settings(max_examples=12, deadline=None)
@given(quantity=st.integers(1, 20_000), more=st.integers(1, 400))
def test_total_never_falls_and_every_line_is_explained(process: ProcessName, quantity: int, more: int) -> None:
    less, greater = (price_assembly(bill(process), count, read_catalogue()) for count in (quantity, quantity + more))
    assert greater.total_usd >= less.total_usd
    assert sum(line.amount_usd for line in less.lines) == less.total_usd
    assert all(line.rate and line.source_row for line in less.lines)
    assert less.low_usd is not None and less.high_usd is not None
    assert less.low_usd < less.total_usd < less.high_usd or less.total_usd in (less.low_usd, less.high_usd)
    assert less.low_usd < less.high_usd or quantity < 3


@pytest.mark.parametrize("process", ProcessName)
def test_unit_cost_never_rises_within_a_tool_life(process: ProcessName) -> None:
    units = [
        price_assembly(bill(process), count, read_catalogue()).unit_cost_usd
        for count in (1, 2, 5, 10, 100, 1000, 10_000, 80_000)
    ]
    assert all(one >= two for one, two in pairwise(units))


@pytest.mark.parametrize("process", ProcessName)
def test_larger_part_never_needs_cheaper_material(process: ProcessName) -> None:
    material, build = NATURAL[process]
    costs = []
    for scale in (1.0, 1.01, 1.2, 1.3):
        lines = price_plan(plan(build(scale), material, process), 100, read_catalogue())
        costs.append(next(line.amount_usd for line in lines if line.label.startswith(("material", "sheet"))))
    assert costs == sorted(costs) and costs[0] > 0


@pytest.mark.parametrize("process", ProcessName)
@pytest.mark.parametrize("turn", [(17, 71, -40), (90, 0, 45)])
def test_turned_part_costs_the_same(process: ProcessName, turn: tuple[float, float, float]) -> None:
    material, build = NATURAL[process]
    still, turned = (
        price_plan(plan(shape, material, process), 10, read_catalogue())
        for shape in (build(1.0), Rot(*turn) * build(1.0))
    )
    assert [line.amount_usd for line in still] == [line.amount_usd for line in turned]


def marked(process: ProcessName) -> Any:
    """A part of each process that is not its own mirror image, but for the flat one."""
    block = NATURAL[MILL][1](1.0) - Pos(10, 5, 7) * Cylinder(3, 6) - Pos(-8, -9, 8) * Cylinder(2.5, 4)
    rod = Cylinder(10, 60) - Pos(0, 0, 25) * Cylinder(4, 10)
    bosses = [Pos(x, y, 1.9) * extrude(Rectangle(1.2, w), 3, taper=1) for x, y, w in ((15, 8, 12), (-12, -5, 16))]
    return {
        TURN: rod - Pos(0, 0, 10) * Rot(90, 0, 0) * Cylinder(2, 30) - Pos(0, 0, -15) * Rot(90, 0, 50) * Cylinder(2, 30),
        MOULD: plate(1) + bosses,
        BEND: angle() - Pos(28, 1, 15) * Rot(90, 0, 0) * Cylinder(3, 10),
        LASER: sheet() - Pos(30, 10, 0) * Cylinder(5, 3) - Pos(-20, -15, 0) * Cylinder(8, 3),
    }.get(process, block)


@pytest.mark.parametrize("process", ProcessName)
def test_mirror_image_weighs_costs_and_fails_alike(process: ProcessName) -> None:
    one, other = (
        assess_part("p", shape.wrapped, NATURAL[process][0], process, read_catalogue())
        for shape in (marked(process), mirror(marked(process), Plane.YZ))
    )
    assert one.priced is not None and other.priced is not None and one.mass_g == pytest.approx(other.mass_g, rel=1e-9)
    assert {(f.rule_id, f.severity) for f in one.findings} == {(f.rule_id, f.severity) for f in other.findings}
    prices = [price_plan(found.priced, 10, read_catalogue()) for found in (one, other) if found.priced]
    assert [line.amount_usd for line in prices[0]] == [line.amount_usd for line in prices[1]]


@pytest.mark.parametrize("process", ProcessName)
def test_every_material_of_a_process_is_checked_and_priced(process: ProcessName) -> None:
    """No question lacks a row: a material that a process takes is priced on a part that suits it."""
    catalogue = read_catalogue()
    _, build = NATURAL[process]
    taken = [row.material_id for row in catalogue.materials.values() if process in row.processes]
    for material in taken:
        shape = build(1.0) if material != "tpu_95a" or process is not MOULD else plate(1, 3)
        assert price_plan(plan(shape, material, process), 10, catalogue), material


def test_missing_row_is_named_instead_of_passing() -> None:
    whole = read_catalogue()
    rules = {place: rows for place, rows in whole.rules.items() if place != (MILL, "internal_corner_radius")}
    costs = {place: rows for place, rows in whole.costs.items() if place != (TURN, "bar_allowance")}
    poor = Catalogue(whole.materials, whole.components, whole.unusable, whole.pairs, rules, costs, whole.hash)
    with pytest.raises(InputError, match=r"process_rules.csv: no row 'internal_corner_radius' of cnc_milling"):
        assess_part("p", Box(40, 30, 20).wrapped, "pom", MILL, poor)
    rod = assess_part("p", Cylinder(10, 40).wrapped, "pom", TURN, poor).priced
    assert rod is not None
    with pytest.raises(InputError, match=r"process_costs.csv: no row 'bar_allowance' of cnc_turning"):
        price_plan(rod, 1, poor)


def test_every_band_moves_the_price_the_way_that_it_says() -> None:
    """Each row alone at its cheap end never makes any of the seven parts dearer, and at its dear end never cheaper."""
    catalogue = read_catalogue()
    bands = [row for rows in catalogue.costs.values() for row in rows if row.low is not None or row.high is not None]
    assert len(bands) > 40 and {row.key for row in bands} > CHEAPER_WHEN_LARGER - {
        "mould_life", "volumetric_rate_infill", "volumetric_rate_wall",
    }  # fmt: skip
    for process in ProcessName:
        exact = price_assembly(bill(process), 300, catalogue).total_usd
        for row in (row for row in bands if row.process in (process, "general", LASER)):
            low, high = (
                price_assembly(bill(process), 300, swap(catalogue, row, cheap)).total_usd for cheap in (True, False)
            )
            assert low <= exact <= high, row.name


def swap(catalogue: Catalogue, row: ProcessCost, cheap: bool) -> Catalogue:
    place = (row.process, row.key)
    rows = tuple(known.at_end(cheap) if known is row else known for known in catalogue.costs[place])
    costs = {**catalogue.costs, place: rows}
    return Catalogue(
        catalogue.materials,
        catalogue.components,
        catalogue.unusable,
        catalogue.pairs,
        catalogue.rules,
        costs,
        catalogue.hash,
    )


def test_process_flips_with_quantity() -> None:
    """A tray: one is printed in filament, some in powder, many are moulded."""
    pairs = list_pairs(("abs", "pa12"), ProcessName, read_catalogue())
    winners = [compare_ways("tray", tray().wrapped, pairs, count, read_catalogue())[0] for count in (1, 100, 10_000)]
    assert [winner.process for winner in winners] == [FDM, SLS, MOULD]
    prices = [winner.price for winner in winners]
    assert all(Decimal(0) < price.low_usd <= price.total_usd <= price.high_usd for price in prices)


def test_every_process_is_offered() -> None:
    assert set(PROCESSES) == set(ProcessName)

"""Prices worked by hand to the cent, and what must hold for every price."""

from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from build123d import Box, Cylinder, Pos, Rot
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from schemas.catalogue_files import load_catalogue
from schemas.errors import InputError
from schemas.reasons import ReasonCode
from schemas.verdict import CostLine
from workbench.manufacturing import assess_part, find_bought_faults
from workbench.manufacturing.parts import BillOfMaterials, BoughtItem, PricedPart
from workbench.manufacturing.pricing import price_assembly, price_plan, weigh_bought

FDM, LASER = ProcessName.FDM_PRINTING, ProcessName.LASER_CUTTING


def plan(shape: Any, material: str, process: ProcessName, catalogue: Catalogue) -> PricedPart:
    priced = assess_part("p", shape.wrapped, material, process, catalogue).priced
    assert priced is not None
    return priced


def block(scale: float = 1.0) -> Any:
    return Box(40 * scale, 30 * scale, 20 * scale)


def plate(scale: float = 1.0) -> Any:
    return Box(100 * scale, 60 * scale, 3) - [Pos(x * scale, 0, 0) * Cylinder(5 * scale, 3) for x in (-30, 30)]


def amounts(lines: tuple[CostLine, ...]) -> list[str]:
    return [str(line.amount_usd) for line in lines]


def test_printed_block_costs_what_the_paper_says(catalogue: Catalogue) -> None:
    """A PLA block of 40 x 30 x 20 mm, 100 pieces, no support.

    V = 24,000 mm3, A = 2 (1,200 + 800 + 600) = 5,200 mm2, shell = 5,200 x 3 x 0.4 = 6,240 mm3, rest 17,760 mm3.
    Hours = 1.3 (6.24 / 8.6 + 17.76 / 17.3) = 1.3 (0.7255814 + 1.0265896) = 2.2778223.
    Material 0.02976 kg x 1.08 x 20 x 100 = 64.2816; set-up 0.2 x 30 = 6; machine 2.2778223 x 8.7 x 100 = 1,981.7054;
    labour 0.08 x 30 x 100 = 240; failed (64.28 + 1,981.71) x 0.05 / 0.95 = 107.6837; margin 0.2 x 2,399.67 = 479.934.
    """
    lines = price_plan(plan(block(), "pla", FDM, catalogue), 100, catalogue)
    assert amounts(lines) == ["64.28", "6.00", "1981.71", "240.00", "107.68", "479.93"]
    assert sum(line.amount_usd for line in lines) == Decimal("2879.60")


def test_cut_plate_costs_what_the_paper_says(catalogue: Catalogue) -> None:
    """A birch plate of 100 x 60 x 3 mm with two 10 mm holes, 50 pieces.

    Stock 6,000 / 0.75 = 8,000 mm2 at 32.3 USD/m2: 0.2584 x 50 = 12.92. Set-up 10 min at 60 USD/h = 10.
    Cut 320 + 2 pi 10 = 382.83185 mm at 0.9 m/min = 25.522124 s, 3 pierces of 0.3 s: 26.422124 s x 50 = 22.0184 USD.
    50 x 8,000 mm2 fit one sheet of 1,580 x 980 mm: 3 min = 3. Sum 47.94, margin 9.588; no deburring of wood.
    """
    lines = price_plan(plan(plate(), "plywood_birch", LASER, catalogue), 50, catalogue)
    assert amounts(lines) == ["12.92", "10.00", "22.02", "3.00", "9.59"]
    assert sum(line.amount_usd for line in lines) == Decimal("57.53")


def test_assembly_costs_what_the_paper_says(catalogue: Catalogue) -> None:
    """Ten assemblies of the block, the plate, 4 screws M4x16 and 2 bearings 608; 4 fasteners, 1 joint.

    Block: 6.42816, 6, 198.17054, 24, failed 204.60 / 19 = 10.7684, margin 0.2 x 245.37 = 49.074.
    Plate: 2.584, 10, 4.40369, 3, margin 0.2 x 19.98 = 3.996; 23.98 is 1.02 short of the minimum order of 25.
    Screws: 40 x 0.089 x 0.9^log10(40) = 3.56 x 0.844683 = 3.0071; bearings: 20 x 0.8 x 0.9^log10(20) = 16 x 0.871903.
    Labour at 35 USD/h: 40 fasteners x 8 s = 3.1111; 10 x (2 parts + 1 joint) x 5 s = 1.4583.
    """
    parts = (plan(block(), "pla", FDM, catalogue), plan(plate(), "plywood_birch", LASER, catalogue))
    bought = (BoughtItem(component_id="shcs_m4x16", count=4), BoughtItem(component_id="brg_608", count=2))
    bill = BillOfMaterials(parts=parts, bought=bought, fastener_count=4, joint_count=1)
    price = price_assembly(bill, 10, catalogue)
    printed, cut = ["6.43", "6.00", "198.17", "24.00", "10.77", "49.07"], ["2.58", "10.00", "4.40", "3.00", "4.00"]
    assert amounts(price.lines) == [*printed, *cut, "1.02", "3.01", "13.95", "3.11", "1.46"]
    assert (price.total_usd, price.unit_cost_usd) == (Decimal("340.97"), Decimal("34.0970"))


def test_minimum_order_is_shared_by_the_parts_of_a_process(catalogue: Catalogue) -> None:
    """Two cut parts of one material share 25 USD; of two materials 25 + 15."""
    birch, acrylic = plan(plate(), "plywood_birch", LASER, catalogue), plan(plate(0.5), "pmma", LASER, catalogue)
    lone, both = (price_assembly(BillOfMaterials(parts=parts), 1, catalogue) for parts in ((birch,), (birch, acrylic)))
    for price, least in ((lone, 25), (both, 40)):
        made = sum(line.amount_usd for line in price.lines if line.process is LASER)
        assert made == least


def test_support_is_priced(catalogue: Catalogue) -> None:
    """Two flanges on a web stand over support in every direction; labour doubles with it."""
    spool = Cylinder(30, 5) + Pos(0, 0, 20) * Cylinder(8, 40) + Pos(0, 0, 40) * Cylinder(30, 5)
    lines = price_plan(plan(spool, "pla", FDM, catalogue), 1, catalogue)
    assert {line.label: str(line.amount_usd) for line in lines}["removal and clean-up labour"] == "4.80"


def test_bought_part_by_the_metre_needs_a_length(catalogue: Catalogue) -> None:
    rail = BoughtItem(component_id="rail_mgn9", count=2, length_mm=300)
    price = price_assembly(BillOfMaterials(bought=(rail,)), 1, catalogue)
    assert str(price.total_usd) == "20.34"  # 2 x 0.3 x 35 x 0.9^log10(2) = 21 x 0.968780
    assert weigh_bought(rail, catalogue) == pytest.approx(114.0)
    assert [r.code for r in find_bought_faults([rail.model_copy(update={"length_mm": None})], catalogue)] == [
        ReasonCode.UNKNOWN_COMPONENT
    ]


@pytest.mark.parametrize("component", ["warp_drive", "caster_swivel_75"])
def test_unknown_or_weightless_component_is_refused(catalogue: Catalogue, component: str) -> None:
    (reason,) = find_bought_faults([BoughtItem(component_id=component, count=1)], catalogue)
    assert (reason.code, reason.where) == (ReasonCode.UNKNOWN_COMPONENT, component)


def test_order_of_nothing_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(InputError, match="order at least 1"):
        price_assembly(BillOfMaterials(), 0, catalogue)


@cache
def load() -> Catalogue:
    return load_catalogue(Path(__file__).parents[3] / "data")


@cache
def make_bill() -> BillOfMaterials:
    parts = (plan(block(), "pla", FDM, load()), plan(plate(), "al_5052_h32", LASER, load()))
    return BillOfMaterials(parts=parts, bought=(BoughtItem(component_id="brg_608", count=3),), fastener_count=8)


@settings(max_examples=40, deadline=None)
@given(quantity=st.integers(1, 20_000), more=st.integers(1, 50))
def test_total_never_falls_as_quantity_grows(quantity: int, more: int) -> None:
    less, greater = (price_assembly(make_bill(), count, load()) for count in (quantity, quantity + more))
    assert greater.total_usd >= less.total_usd
    assert sum(line.amount_usd for line in less.lines) == less.total_usd
    assert all(line.rate and line.source_row and line.amount_usd > 0 for line in less.lines)


def test_curve_falls_with_quantity_and_holds_five_points() -> None:
    curve = price_assembly(make_bill(), 7, load()).curve
    assert [point.quantity for point in curve] == [1, 10, 100, 1000, 10_000]
    assert all(one.unit_cost_usd > two.unit_cost_usd for one, two in pairwise(curve))


@pytest.mark.parametrize(("build", "material", "process"), [(block, "petg", FDM), (plate, "mdf", LASER)])
def test_scaling_up_never_lowers_material_cost(
    catalogue: Catalogue, build: Any, material: str, process: ProcessName
) -> None:
    costs = []
    for scale in (0.6, 0.9, 1.0, 1.01, 1.5, 2.0):
        lines = price_plan(plan(build(scale), material, process, catalogue), 100, catalogue)
        costs.append(lines[0].amount_usd)
    assert costs == sorted(costs)


@settings(max_examples=12, deadline=None)
@given(turn=st.tuples(*[st.floats(-180, 180)] * 3))
def test_rotation_changes_neither_findings_nor_price(turn: tuple[float, float, float]) -> None:
    catalogue = load()
    bracket = Box(60, 40, 4) + Pos(-28, 0, 28) * Box(4, 40, 60) - [Pos(x, 0, 0) * Cylinder(2.2, 10) for x in (0, 20)]
    for shape, material, process in ((bracket, "pla", FDM), (plate(), "ss_304", LASER)):
        still, turned = (
            assess_part("p", solid.wrapped, material, process, catalogue) for solid in (shape, Rot(*turn) * shape)
        )
        assert still.priced is not None
        assert turned.priced is not None
        assert price_plan(still.priced, 10, catalogue) == price_plan(turned.priced, 10, catalogue)
        assert [(f.rule_id, f.measured) for f in still.findings] == [(f.rule_id, f.measured) for f in turned.findings]
        assert turned.mass_g == pytest.approx(still.mass_g)


def test_mass_is_density_times_the_kernels_volume(catalogue: Catalogue) -> None:
    """PLA 1,240 kg/m3 x 24 cm3 = 29.76 g; a steel plate of 6,000 mm2 less two holes of 10 mm: 7,870 x 17.52876 cm3."""
    assert assess_part("p", block().wrapped, "pla", FDM, catalogue).mass_g == pytest.approx(29.76)
    steel = assess_part("p", plate().wrapped, "steel_1018", LASER, catalogue).mass_g
    assert steel == pytest.approx((6000 - 2 * np.pi * 25) * 3 * 7870e-6)

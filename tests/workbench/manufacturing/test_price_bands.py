"""Published price bands of the tables, and what shops publish for whole orders, against what is charged here."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from build123d import Box, Pos

from schemas.bundle import ProcessName
from schemas.catalogue import ProcessCost, Use
from schemas.catalogue_files import read_catalogue
from tests.workbench.manufacturing.shapes import plate, tray
from tests.workbench.manufacturing.test_bending import angle
from tests.workbench.manufacturing.test_process_prices import plan
from tests.workbench.manufacturing.test_reference_parts import BEND, LASER, MOULD, SLS
from workbench.manufacturing.mould_cost import count_hours, price_base
from workbench.manufacturing.parts import BillOfMaterials, MouldPlan
from workbench.manufacturing.pricing import price_assembly, price_plan


def find_row(process: ProcessName, row_id: str) -> ProcessCost:
    rows = [row for found in read_catalogue().costs.values() for row in found]
    return next(row for row in rows if row.name.startswith(f"{process}/{row_id} ["))


def lines(shape: Any, material: str, process: ProcessName, pieces: int) -> dict[str, float]:
    found = price_plan(plan(shape, material, process), pieces, read_catalogue())
    return {line.label: float(line.amount_usd) for line in found}


def price_mould(shape: Any) -> float:
    found = lines(shape, "abs", MOULD, 1000)
    return found["mould base"] + found["mould making"]


def price_textbook_mould() -> float:
    """Price the worked mould of cost_models.md: 100 cm2, complexity 0.5, plates of 30 x 30 cm and 20 cm; 9,200 USD."""
    use = Use(MOULD, read_catalogue().materials["abs"])
    sizes = {"volume_mm3": 50_000, "projected_mm2": 10_000, "plate_mm": (150, 150), "depth_mm": 50, "wall_mm": 2}
    mould = MouldPlan(**sizes, patches=50, holes=0, parting_heights=1, side_pulls=0, lifters=0)
    hours, base = count_hours(mould, use, read_catalogue())[0], price_base(mould, 1, use, read_catalogue())[0]
    assert (float(hours), float(base)) == (pytest.approx(70, abs=0.1), pytest.approx(4680, rel=0.002))
    return float(base + hours * 65)


def fill_a_chamber() -> float:
    """Price a full chamber at 10 % packing: a hundred blocks of a hundredth of it, without set-up and margin."""
    found = lines(Box(40, 30, 34.176), "pa12", SLS, 100)
    return sum(found.values()) - found["set-up"] - found["margin"]


def share_of_cooling() -> float:
    found = lines(plate(1), "abs", MOULD, 10_000)
    cooling = found["machine time, cooling"]
    return cooling / (cooling + found["machine time, filling and opening"])


BANDS: list[tuple[str, ProcessName, str, Callable[[], float]]] = [
    ("simple prototype tool", MOULD, "mould_cost_prototype", lambda: price_mould(plate(1))),
    ("cheapest aluminium tool", MOULD, "mould_cost_minimum", lambda: price_mould(plate(1))),
    ("tray in aluminium", MOULD, "mould_cost_aluminium", lambda: price_mould(tray())),
    ("worked mould in aluminium", MOULD, "mould_cost_aluminium", price_textbook_mould),
    ("side pull", MOULD, "mould_cost_hybrid", lambda: price_mould(tray() - Pos(40, 0, 12) * Box(20, 10, 8))),
    ("cooling of a cycle", MOULD, "cooling_share_of_cycle", share_of_cooling),
    ("full chamber", SLS, "batch_cost_full_build", fill_a_chamber),
]


@pytest.mark.parametrize(("name", "process", "row_id", "price"), BANDS, ids=[row[0] for row in BANDS])
def test_published_band_is_reproduced(name: str, process: ProcessName, row_id: str, price: Callable[[], float]) -> None:
    row = find_row(process, row_id)
    assert row.low is not None and row.high is not None
    assert float(row.low) <= price() <= float(row.high), (name, price(), row.source)


@pytest.mark.parametrize("pieces", [1, 5, 10, 20, 50])
def test_cut_order_costs_what_a_shop_publishes(pieces: int) -> None:
    """A sheet of acrylic 200 x 100 x 3 mm by the shop's rows: the sheet, 5.9 USD a metre of cut, at least 25 USD.

    The shop's price has no quantity in it; ours passes below it as the set-up spreads, and stays in its own band.
    """
    catalogue = read_catalogue()
    sheet = Use(LASER, catalogue.materials["pmma"], thickness_mm=3)
    cut, square, least = (
        catalogue.cost(sheet, key).number for key in ("price_per_cut_length", "sheet_price", "minimum_order")
    )
    published = max(least, pieces * (Decimal("0.6") * cut + Decimal("0.02") * square))
    part = plan(Box(200, 100, 3), "pmma", LASER)
    price = price_assembly(BillOfMaterials(parts=(part,)), pieces, read_catalogue())
    assert price.low_usd is not None and price.high_usd is not None
    assert price.low_usd <= published + Decimal("0.1") <= price.high_usd


@pytest.mark.parametrize(("pieces", "discount"), [(100, "quantity_discount_from_50"), (1000, "max_quantity_discount")])
def test_bend_in_a_large_order_costs_no_more_than_a_shop_publishes(pieces: int, discount: str) -> None:
    """A bend at 2 USD less 50 % from 50 pieces, 70 % or more in large orders; ours has its margin.

    Below 50 pieces ours is dearer (1.22 USD at 50, 4.23 at 10): it bears the set-up of its own order, where the shop
    asks for 9 to 29 USD an order at least and joins the orders of many.
    """
    found = lines(angle(), "al_5052_h32", BEND, pieces)
    ours = 1.2 * (found["set-up of the press brake"] + found["bending"]) / pieces
    one, less = find_row(BEND, "price_per_bend"), find_row(BEND, discount)
    assert 0.5 < ours <= float(one.number * (1 - less.number))

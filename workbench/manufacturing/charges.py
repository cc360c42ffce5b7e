"""What a plan costs before rounding: each charge with its rate in words and the catalogue rows it comes from."""

from decimal import Decimal
from math import ceil
from typing import NamedTuple

from schemas.catalogue import Catalogue, ProcessCost, Use
from schemas.errors import InputError
from workbench.manufacturing.parts import FdmPlan, LaserPlan

MM3_PER_CM3 = Decimal(1000)
KG_M3_TO_KG_MM3 = Decimal("1e-9")
MM2_PER_M2 = Decimal(1_000_000)
MM_PER_M = Decimal(1000)
SECONDS_PER_HOUR = Decimal(3600)
MINUTES_PER_HOUR = Decimal(60)


class Charge(NamedTuple):
    """An exact amount in USD for all pieces of an order."""

    label: str
    amount_usd: Decimal
    rate: str
    rows: tuple[str, ...]


def exact(value: float) -> Decimal:
    """Return a measured float as a decimal of nine digits after the point, the same on every machine."""
    return Decimal(repr(round(value, 9)))


def charge_print(plan: FdmPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return material, set-up, machine time and labour of a print.

    Solid parts: a shell of wall_count x line_width over the surface at the wall rate, the rest and the support at the
    infill rate, times the overhead for travel (Phasio form, data/cost_models.md section 5).
    """

    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    support = exact(plan.support_mm3) * row("support_density").number
    volume = exact(plan.volume_mm3)
    wall = row("wall_count").number * row("line_width").number
    shell = min(volume, exact(plan.surface_mm2) * wall)
    slow, fast = row("volumetric_rate_wall"), row("volumetric_rate_infill")
    hours = shell / slow.number + (volume - shell + support) / fast.number
    hours = hours / MM3_PER_CM3 * row("time_overhead_factor").number
    mass_kg = (volume + support) * exact(use.material.density_kg_m3) * KG_M3_TO_KG_MM3
    waste, price, machine, labour = (
        row(key) for key in ("material_waste_factor", "filament_price", "machine_rate", "labour_rate")
    )
    handling = row("post_process_labour_time").number * (2 if plan.support_mm3 > 0 else 1)
    setup = row("setup_labour_time")
    return (
        Charge(
            "material with support and waste",
            mass_kg * waste.number * price.number * pieces,
            f"{pieces} x {mass_kg * 1000:.3f} g x {waste.number} x {price.number} {price.unit}",
            (price.name, waste.name),
        ),
        Charge(
            "slicing and set-up",
            setup.number * labour.number,
            f"{setup.number} {setup.unit} x {labour.number} {labour.unit}",
            (setup.name, labour.name),
        ),
        Charge(
            "machine time",
            hours * machine.number * pieces,
            f"{pieces} x {hours:.4f} h x {machine.number} {machine.unit}",
            (machine.name, slow.name, fast.name),
        ),
        Charge(
            "removal and clean-up labour",
            handling * labour.number * pieces,
            f"{pieces} x {handling} h x {labour.number} {labour.unit}",
            (row("post_process_labour_time").name, labour.name),
        ),
    )


def charge_cut(plan: LaserPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return sheet, set-up, cutting, sheet handling and deburring of a laser-cut part (data/cost_models.md section 7).

    The stock is the outline (holes are scrap) over the nesting utilisation; whole sheets are loaded.
    """

    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    speed, pierce, machine, use_of_sheet = (
        row(key) for key in ("cutting_speed", "pierce_time", "machine_rate", "nesting_utilisation")
    )
    stock_mm2 = exact(plan.outline_mm2) / use_of_sheet.number
    price, price_row = price_sheet(use, catalogue)
    seconds = exact(plan.cut_mm) / MM_PER_M / speed.number * 60 + plan.pierces * pierce.number
    sheet_mm2 = _sheet_area(use, catalogue)
    sheets = ceil(stock_mm2 * pieces / sheet_mm2)
    load, setup = row("sheet_load_unload_time"), row("setup_time")
    charges = (
        Charge(
            "sheet with waste",
            stock_mm2 / MM2_PER_M2 * price * pieces,
            f"{pieces} x {stock_mm2:.2f} mm2 x {price:.4f} USD/m2",
            (price_row, use_of_sheet.name),
        ),
        Charge(
            "programming and set-up",
            setup.number / MINUTES_PER_HOUR * machine.number,
            f"{setup.number} {setup.unit} x {machine.number} {machine.unit}",
            (setup.name, machine.name),
        ),
        Charge(
            "cutting and piercing",
            seconds / SECONDS_PER_HOUR * machine.number * pieces,
            f"{pieces} x {seconds:.3f} s x {machine.number} {machine.unit}",
            (machine.name, speed.name, pierce.name),
        ),
        Charge(
            "sheet handling",
            sheets * load.number / MINUTES_PER_HOUR * machine.number,
            f"{sheets} sheets x {load.number} {load.unit} x {machine.number} {machine.unit}",
            (load.name, machine.name),
        ),
    )
    deburr, labour = catalogue.find_cost(use, "deburr_time"), row("labour_rate")
    if deburr is None:
        return charges
    amount = deburr.number / MINUTES_PER_HOUR * labour.number * pieces
    words = f"{pieces} x {deburr.number} {deburr.unit} x {labour.number} {labour.unit}"
    return (*charges, Charge("deburring labour", amount, words, (deburr.name, labour.name)))


def price_sheet(use: Use, catalogue: Catalogue) -> tuple[Decimal, str]:
    """Return USD per m2 of a stock sheet and its row: the sheet's own price, else the sheet or plate price by mass."""
    row = catalogue.find_cost(use, "sheet_price")
    if row is not None:
        return row.number, row.name
    per_kg = use.material.find_form_price("sheet", "plate")
    if per_kg is None or use.thickness_mm is None:
        raise InputError(f"materials.csv: {use.material.material_id} needs a sheet or plate price in price_by_form")
    kg_per_m2 = exact(use.material.density_kg_m3) * exact(use.thickness_mm) / MM_PER_M
    return kg_per_m2 * per_kg, f"materials.csv {use.material.material_id} price_by_form"


def _sheet_area(use: Use, catalogue: Catalogue) -> Decimal:
    sides = [catalogue.find_rules(use, key)[0].number for key in ("flat_x", "flat_y")]
    return sides[0] * sides[1]

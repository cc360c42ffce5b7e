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
    cleaning, setup = row("post_process_labour_time"), row("setup_labour_time")
    handling = cleaning.number * (2 if plan.support_mm3 > 0 else 1)
    filament = mass_kg * waste.number * price.number * pieces
    used = f"{pieces} x {mass_kg * 1000:.3f} g x {waste.number} x {price.rate}"
    ran, cleaned = f"{pieces} x {hours:.4f} h x {machine.rate}", f"{pieces} x {handling} h x {labour.rate}"
    return (
        _charge("material with support and waste", filament, used, price, waste),
        _charge("slicing and set-up", setup.number * labour.number, f"{setup.rate} x {labour.rate}", setup, labour),
        _charge("machine time", hours * machine.number * pieces, ran, machine, slow, fast),
        _charge("removal and clean-up labour", handling * labour.number * pieces, cleaned, cleaning, labour),
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
    used, ran = f"{pieces} x {stock_mm2:.2f} mm2 x {price:.4f} USD/m2", f"{pieces} x {seconds:.3f} s x {machine.rate}"
    setting_up = setup.number / MINUTES_PER_HOUR * machine.number
    cutting = seconds / SECONDS_PER_HOUR * machine.number * pieces
    handling = sheets * load.number / MINUTES_PER_HOUR * machine.number
    charges = (
        Charge("sheet with waste", stock_mm2 / MM2_PER_M2 * price * pieces, used, (price_row, use_of_sheet.name)),
        _charge("programming and set-up", setting_up, f"{setup.rate} x {machine.rate}", setup, machine),
        _charge("cutting and piercing", cutting, ran, machine, speed, pierce),
        _charge("sheet handling", handling, f"{sheets} sheets x {load.rate} x {machine.rate}", load, machine),
    )
    deburr, labour = catalogue.find_cost(use, "deburr_time"), row("labour_rate")
    if deburr is None:
        return charges
    amount = deburr.number / MINUTES_PER_HOUR * labour.number * pieces
    words = f"{pieces} x {deburr.rate} x {labour.rate}"
    return (*charges, _charge("deburring labour", amount, words, deburr, labour))


def _charge(label: str, amount_usd: Decimal, rate: str, *rows: ProcessCost) -> Charge:
    return Charge(label, amount_usd, rate, tuple(row.name for row in rows))


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

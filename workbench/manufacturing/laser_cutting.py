"""Check a solid for laser cutting: one profile through one stock thickness, with cuttable holes, webs and size."""

from decimal import Decimal
from math import ceil

import numpy as np

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, Material, ProcessCost, Use
from schemas.errors import InputError
from schemas.verdict import PartFinding
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing.charges import (
    MINUTES_PER_HOUR,
    MM2_PER_M2,
    MM_PER_M,
    SECONDS_PER_HOUR,
    Charge,
    charge_of,
    exact,
)
from workbench.manufacturing.gaps import measure_gaps
from workbench.manufacturing.part_rules import PartRules, find_voids
from workbench.manufacturing.parts import LaserPlan
from workbench.manufacturing.profile import Profile, recognise_sheets


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], LaserPlan | None]:
    """Return the findings of a solid and how it is cut; no plan when it is no sheet of a stock thickness.

    A solid may be a sheet in several ways (a box).
    """
    profiles = recognise_sheets(view)
    if view.voids:
        return find_voids(view.voids, rules, "closed cavity: a sheet has none; fill it"), None
    if not profiles:
        (rule,) = rules.catalogue.find_rules(rules.use, "thickness_variation")
        advice = "the part is not one profile through one sheet: remove blind pockets, bevels and steps"
        return [rules.report(rule, Spot(_estimate_steps(view)), advice)], None
    return plan_profile(profiles, rules)


def plan_profile(profiles: list[Profile], rules: PartRules) -> tuple[list[PartFinding], LaserPlan | None]:
    """Return the findings of the profile of stock thickness with the largest outline, and how it is cut."""
    stocks = [_find_stock(profile, rules) for profile in profiles]
    ranked = sorted(
        zip(profiles, stocks, strict=True),
        key=lambda pair: (round(_deviation(*pair), 6), -round(pair[0].loops[0].area_mm2, 6)),
    )
    profile, stock = ranked[0]
    allowed = rules.limit("stock_thickness_deviation")
    if _deviation(profile, stock) > allowed + 1e-9:
        return [_report_stock(profile, rules)], None
    use = rules.use._replace(machine=stock.machine, thickness_mm=stock.thickness_max_mm)
    sheet = PartRules(rules.part, use, rules.catalogue)
    return _check_sheet(profile, sheet), _plan(profile, stock)


def _find_stock(profile: Profile, rules: PartRules) -> ProcessCost:
    """Return the cutting-speed row whose thickness is nearest."""
    stocks = list_stocks(rules.use.material, rules.catalogue)
    return min(stocks, key=lambda row: abs(row.thickness_max_mm - profile.thickness_mm))


def list_stocks(material: Material, catalogue: Catalogue) -> list[ProcessCost]:
    """Return the cutting-speed rows of a material: each is a stock thickness."""
    rows = catalogue.costs.get((ProcessName.LASER_CUTTING, "cutting_speed"), ())
    return [row for row in rows if material.answers_to(row.materials)]


def _deviation(profile: Profile, stock: ProcessCost) -> float:
    return abs(stock.thickness_max_mm - profile.thickness_mm)


def _report_stock(profile: Profile, rules: PartRules) -> PartFinding:
    (rule,) = rules.catalogue.find_rules(rules.use, "stock_thickness_deviation")
    listed = sorted(row.thickness_max_mm for row in list_stocks(rules.use.material, rules.catalogue))
    choice = ", ".join(f"{thickness:g}" for thickness in listed)
    nearest = min(abs(thickness - profile.thickness_mm) for thickness in listed)
    advice = f"a thickness of {profile.thickness_mm:.4g} mm is no stock of this material: use one of {choice} mm"
    return rules.report(rule, Spot(nearest, profile.face, profile.base), advice)


def _estimate_steps(view: SolidView) -> float:
    """Return by how much the solid departs from the slab of its largest plane: 1 - filled share, in mm of thickness."""
    flat = [index for index, face in enumerate(view.faces) if face.kind == "plane"]
    if not flat:
        return float(np.ptp(view.vertices, axis=0).min())
    areas = np.bincount(view.owners, weights=view.areas, minlength=len(view.faces))
    cap = max(flat, key=lambda index: round(float(areas[index]), 6))
    depth = float(np.ptp(view.vertices @ view.faces[cap].direction))
    return abs(depth - view.volume_mm3 / float(areas[cap]))


def _plan(profile: Profile, stock: ProcessCost) -> LaserPlan:
    return LaserPlan(
        machine=stock.machine,
        thickness_mm=stock.thickness_max_mm,
        outline_mm2=profile.loops[0].area_mm2,
        cut_mm=sum(loop.length_mm for loop in profile.loops),
        pierces=len(profile.loops),
    )


def _check_sheet(profile: Profile, rules: PartRules) -> list[PartFinding]:
    gaps, thickness = measure_gaps(profile), profile.thickness_mm

    def ratio(spot: Spot | None) -> Spot | None:
        return None if spot is None else Spot(spot.measured / thickness, spot.face, spot.point)

    narrow = "the narrowest hole is {measured} mm: widen it to at least {limit} mm"
    hole = "the narrowest hole or cut is {measured} x the thickness: widen it to at least {limit} x"
    web = "the narrowest web between cuts is {measured} x the thickness: leave at least {limit} x"
    edge = "a hole is {measured} x the thickness from the outline: leave at least {limit} x"
    pitch = "two holes are {measured} x the thickness apart, centre to centre: leave at least {limit} x"
    slot = "the narrowest slot is {measured} x the thickness: widen it to at least {limit} x"
    corner = "an inside corner has a radius of {measured} mm: round it to at least {limit} mm"
    return [
        *rules.check("hole_diameter_per_thickness", ratio(gaps.hole), hole),
        *rules.check_some("hole_diameter", gaps.hole, narrow),
        *rules.check("bridge_width_per_thickness", ratio(gaps.web), web),
        *rules.check_some("bridge_width", gaps.web, "the narrowest web is {measured} mm: leave at least {limit} mm"),
        *rules.check_some("hole_to_edge_per_thickness", ratio(gaps.edge), edge),
        *rules.check_some("hole_pitch_per_thickness", ratio(gaps.pitch), pitch),
        *rules.check_some("slot_width_per_thickness", ratio(gaps.slot), slot),
        *rules.check_some("internal_corner_radius", gaps.corner, corner),
        *_check_size(profile, rules),
    ]


def _check_size(profile: Profile, rules: PartRules) -> list[PartFinding]:
    (length, width), thickness = profile.sides_mm, Spot(profile.thickness_mm, profile.face, profile.base)
    too_long = "the part's side of {measured} mm exceeds the machine's {limit} mm: split it or make it smaller"
    too_thick = "the sheet of {measured} mm is beyond {limit} mm: take a thinner stock"
    x, y = sorted(("flat_x", "flat_y"), key=rules.limit, reverse=True)
    return [
        *rules.check_some("thickness_max", thickness, too_thick),
        *rules.check_some("thickness_service_max", thickness, too_thick),
        *rules.check_some(
            "thickness_min", thickness, "the sheet of {measured} mm is too thin: take at least {limit} mm"
        ),
        *rules.check("bbox_min_xy", Spot(width), "the part is {measured} mm wide: make it at least {limit} mm"),
        *rules.check(x, Spot(length), too_long),
        *rules.check(y, Spot(width), too_long),
    ]


def charge(plan: LaserPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return sheet, set-up, cutting, sheet handling and deburring of a laser-cut part (data/cost_models.md section 7).

    The stock is the outline (holes are scrap) over the nesting utilisation; whole sheets are loaded.
    """
    use = use._replace(thickness_mm=plan.thickness_mm)

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
        charge_of("programming and set-up", setting_up, f"{setup.rate} x {machine.rate}", setup, machine),
        charge_of("cutting and piercing", cutting, ran, machine, speed, pierce),
        charge_of("sheet handling", handling, f"{sheets} sheets x {load.rate} x {machine.rate}", load, machine),
    )
    deburr, labour = catalogue.find_cost(use, "deburr_time"), row("labour_rate")
    if deburr is None:
        return charges
    amount = deburr.number / MINUTES_PER_HOUR * labour.number * pieces
    words = f"{pieces} x {deburr.rate} x {labour.rate}"
    return (*charges, charge_of("deburring labour", amount, words, deburr, labour))


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

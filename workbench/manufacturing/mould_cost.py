"""Price a moulding after Boothroyd, Dewhurst and Knight: mould, cycle and press (data/cost_models.md section 3)."""

from decimal import Decimal
from math import ceil
from typing import NamedTuple

from schemas.catalogue import Catalogue, ProcessCost, Use
from workbench.manufacturing.charges import (
    KG_M3_TO_KG_MM3,
    MM2_PER_CM2,
    MM3_PER_CM3,
    MM_PER_CM,
    PI,
    SECONDS_PER_HOUR,
    Charge,
    charge_of,
    exact,
    price_stock,
)
from workbench.manufacturing.parts import MouldPlan

LAYOUTS = {1: (1, 1), 2: (2, 1), 4: (2, 2), 8: (4, 2)}
CLASSES = ((1000, "press_to_100_t"), (5000, "press_to_500_t"))
LARGEST_CLASS = "press_over_500_t"
MOST_STEPS = 5
N_PER_KN = Decimal(1000)


class _Press(NamedTuple):
    """A press by its rows: dry cycle, stroke, and the hourly rate of its class."""

    name: str
    dry_cycle: ProcessCost
    stroke: ProcessCost
    rate: ProcessCost


def find_press(plan: MouldPlan, cavities: int, use: Use, catalogue: Catalogue) -> _Press | None:
    """Return the smallest press that closes and fills a mould of so many cavities, None where none does."""
    pressure, safety, runner = (
        catalogue.cost(use, key).number for key in ("clamp_pressure", "clamp_safety_factor", "runner_waste_factor")
    )
    clamp_kn = safety * pressure * exact(plan.projected_mm2) * cavities / N_PER_KN
    shot_cm3 = runner * exact(plan.volume_mm3) * cavities / MM3_PER_CM3
    presses = catalogue.costs[use.process, "machine_clamp_force"]
    for row in sorted(presses, key=lambda row: row.number):
        at = use._replace(machine=row.machine)
        if row.number >= clamp_kn and catalogue.cost(at, "machine_shot_size").number >= shot_cm3:
            size = next((name for most, name in CLASSES if row.number <= most), LARGEST_CLASS)
            rate = catalogue.cost(use._replace(machine=size), "machine_rate_2024")
            return _Press(
                row.machine, catalogue.cost(at, "machine_dry_cycle"), catalogue.cost(at, "machine_max_stroke"), rate
            )
    return None


def charge_moulding(plan: MouldPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return the charges of the cavity count, 1 to 8, that makes these pieces at the least cost."""
    presses = {count: find_press(plan, count, use, catalogue) for count in LAYOUTS}
    options = [
        _charge_with(plan, count, press, use, pieces, catalogue)
        for count, press in presses.items()
        if press is not None
    ]
    return min(options, key=lambda option: sum(charge.amount_usd for charge in option))


def _charge_with(
    plan: MouldPlan, cavities: int, press: _Press, use: Use, pieces: int, catalogue: Catalogue
) -> tuple[Charge, ...]:
    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    scrap, life, runner, setup, fill = (
        row(key) for key in ("scrap_rate", "mould_life", "runner_waste_factor", "setup_time", "fill_time")
    )
    moulded = pieces / (1 - scrap.number)
    moulds = ceil(moulded / cavities / life.number)
    base, base_rows = price_base(plan, cavities, use, catalogue)
    hours, hour_rows = count_hours(plan, use, catalogue)
    rate, exponent = row("mould_making_rate"), row("cavity_cost_exponent")
    many = Decimal(cavities) ** exponent.number
    kg = exact(plan.volume_mm3) * exact(use.material.density_kg_m3) * KG_M3_TO_KG_MM3 * runner.number
    price, price_row = price_stock(use, "pellet")
    cooling, cooling_rows = time_cooling(plan.wall_mm, use, catalogue)
    moving = fill.number + _time_reset(plan, press)
    shots = moulded / cavities
    return (
        charge_of("mould base", base * moulds, f"{moulds} x {base:.2f} USD, {cavities} cavities", life, *base_rows),
        charge_of(
            "mould making",
            hours * many * rate.number * moulds,
            f"{moulds} x {hours:.2f} h x {many:.4f} x {rate.rate}",
            rate,
            exponent,
            *hour_rows,
        ),
        Charge(
            "material with runner and scrap",
            kg * price * moulded,
            f"{moulded:.2f} x {kg:.5f} kg x {price} USD/kg",
            (price_row, runner.name, scrap.name),
        ),
        charge_of("set-up", setup.number * press.rate.number, f"{setup.rate} x {press.rate.rate}", setup, press.rate),
        charge_of(
            "machine time, cooling",
            shots * cooling / SECONDS_PER_HOUR * press.rate.number,
            f"{shots:.2f} x {cooling:.3f} s x {press.rate.rate}, {press.name}",
            press.rate,
            *cooling_rows,
        ),
        charge_of(
            "machine time, filling and opening",
            shots * moving / SECONDS_PER_HOUR * press.rate.number,
            f"{shots:.2f} x {moving:.3f} s x {press.rate.rate}, {press.name}",
            press.rate,
            fill,
            press.dry_cycle,
            press.stroke,
        ),
    )


def price_base(plan: MouldPlan, cavities: int, use: Use, catalogue: Catalogue) -> tuple[Decimal, list[ProcessCost]]:
    """Return the cost of a mould's plates by their area and height, and its rows."""
    keys = (
        "mould_base_constant",
        "mould_base_area_coefficient",
        "mould_base_inflation_factor",
        "mould_plate_clearance",
    )
    rows = [catalogue.cost(use, key) for key in keys]
    constant, coefficient, inflation, clearance = (row.number for row in rows)
    sides = [exact(side) / MM_PER_CM for side in plan.plate_mm]
    across = [n * side + (n + 1) * clearance for n, side in zip(LAYOUTS[cavities], sides, strict=True)]
    height = exact(plan.depth_mm) / MM_PER_CM + 2 * clearance
    return (constant + coefficient * across[0] * across[1] * height ** Decimal("0.4")) * inflation, rows


def count_hours(plan: MouldPlan, use: Use, catalogue: Catalogue) -> tuple[Decimal, list[ProcessCost]]:
    """Return the hours for a cavity with its core, by size, ejectors, shape, parting and actions, and the rows used."""
    area = exact(plan.projected_mm2) / MM2_PER_CM2
    complexity = Decimal("0.01") * plan.patches + Decimal("0.04") * plan.holes
    hours = 5 + Decimal("0.085") * area ** Decimal("1.2") + Decimal("2.5") * area.sqrt()
    hours += 45 * complexity ** Decimal("1.27")
    steps = "mould_parting_factor_steps" if plan.parting_heights <= MOST_STEPS else "mould_parting_factor_curve"
    extras = {
        steps: area.sqrt() if plan.parting_heights > 1 else Decimal(0),
        "mould_hours_side_pull": Decimal(plan.side_pulls),
        "mould_hours_internal_lifter": Decimal(plan.lifters),
    }
    rows = [(catalogue.cost(use, key), count) for key, count in extras.items() if count]
    return hours + sum((row.number * count for row, count in rows), Decimal(0)), [row for row, _ in rows]


def time_cooling(wall_mm: float, use: Use, catalogue: Catalogue) -> tuple[Decimal, list[ProcessCost]]:
    """Return the seconds until a wall is stiff, h²/(π² α) ln(4 (Tm - Tw) / (π (Te - Tw))), and its rows."""
    keys = ("thermal_diffusivity_bd", "melt_temperature", "mould_temperature", "ejection_temperature")
    rows = [catalogue.cost(use, key) for key in keys]
    alpha, melt, mould, eject = (row.number for row in rows)
    wall = exact(wall_mm)
    return wall * wall / (PI * PI * alpha) * (4 * (melt - mould) / (PI * (eject - mould))).ln(), rows


def _time_reset(plan: MouldPlan, press: _Press) -> Decimal:
    """Return the seconds to open, eject and close: 1 + 1.75 td sqrt((2 D + 5) / Ls), D and Ls in cm."""
    depth = exact(plan.depth_mm) / MM_PER_CM
    share = (2 * depth + 5) / press.stroke.number
    return 1 + Decimal("1.75") * press.dry_cycle.number * share.sqrt()

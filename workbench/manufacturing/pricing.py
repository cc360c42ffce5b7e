"""Price an order: lines rounded half-even to the cent that sum to the total, each with its rate and source row."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from schemas.bundle import ProcessName
from schemas.catalogue import GENERAL, Catalogue, ProcessCost, Use
from schemas.components import Component
from schemas.errors import InputError
from schemas.verdict import CostLine, PriceBreakdown, UnitCost
from workbench.manufacturing.charges import MM_PER_M, SECONDS_PER_HOUR, Charge, exact
from workbench.manufacturing.parts import BillOfMaterials, BoughtItem, PricedPart
from workbench.manufacturing.processes import PROCESSES

CENT, TENTH_OF_MILL = Decimal("0.01"), Decimal("0.0001")
CURVE = (1, 10, 100, 1000, 10_000)


def price_plan(part: PricedPart, quantity: int, catalogue: Catalogue) -> tuple[CostLine, ...]:
    """Return the lines of one part for an order of `quantity` assemblies, without the order's minimum.

    Prints lost are charged as f / (1 - f) of material and machine time; the margin is taken on the rounded lines.
    """
    use = Use(part.process, catalogue.materials[part.material_id], part.plan.machine)
    charges = PROCESSES[part.process].charge(part.plan, use, part.count * quantity, catalogue)
    lines = [_round_charge(charge, part.part, part.process) for charge in charges]
    lines += _add_failures(lines, part, catalogue.find_cost(use, "failure_rate"))
    margin = catalogue.cost(use, "profit_margin")
    base = sum((line.amount_usd for line in lines), Decimal(0))
    charge = Charge("margin", base * margin.number, f"{margin.number} x {base} USD", (margin.name,))
    return (*lines, _round_charge(charge, part.part, part.process))


def price_assembly(bill: BillOfMaterials, quantity: int, catalogue: Catalogue) -> PriceBreakdown:
    """Return the price of an order of `quantity` assemblies, its band, and the unit cost at 1, 10, 100, 1,000, 10,000.

    Raises InputError for a quantity below 1 or a bought item that `find_bought_faults` refuses.
    """
    breakdown = _price_order(bill, quantity, catalogue)
    curve = tuple(
        UnitCost(quantity=count, unit_cost_usd=_price_order(bill, count, catalogue).unit_cost_usd) for count in CURVE
    )
    low, high = (_price_order(bill, quantity, end).total_usd for end in (catalogue.cheapest, catalogue.dearest))
    return breakdown.model_copy(update={"curve": curve, "low_usd": low, "high_usd": high})


def _price_order(bill: BillOfMaterials, quantity: int, catalogue: Catalogue) -> PriceBreakdown:
    if quantity < 1:
        raise InputError(f"quantity {quantity}: order at least 1")
    lines = [line for part in bill.parts for line in price_plan(part, quantity, catalogue)]
    lines += _top_up_orders(bill.parts, lines, catalogue)
    lines += [_price_bought(item, quantity, catalogue) for item in bill.bought]
    lines += _price_labour(bill, quantity, catalogue)
    total = sum((line.amount_usd for line in lines), Decimal(0))
    unit = (total / quantity).quantize(TENTH_OF_MILL, ROUND_HALF_EVEN)
    return PriceBreakdown(quantity=quantity, lines=tuple(lines), total_usd=total, unit_cost_usd=unit)


def _round_charge(charge: Charge, subject: str, process: ProcessName | None) -> CostLine:
    return CostLine(
        label=charge.label,
        subject=subject,
        process=process,
        amount_usd=charge.amount_usd.quantize(CENT, ROUND_HALF_EVEN),
        rate=charge.rate,
        source_row="; ".join(charge.rows),
    )


def _add_failures(lines: list[CostLine], part: PricedPart, row: ProcessCost | None) -> list[CostLine]:
    if row is None:
        return []
    lost = sum((line.amount_usd for line in lines if line.label.startswith(("material", "machine"))), Decimal(0))
    amount = lost * row.number / (1 - row.number)
    charge = Charge("failed pieces", amount, f"{row.number} / (1 - {row.number}) x {lost} USD", (row.name,))
    return [_round_charge(charge, part.part, part.process)]


def _top_up_orders(parts: Iterable[PricedPart], lines: list[CostLine], catalogue: Catalogue) -> list[CostLine]:
    """Return what lifts each process's lines to its minimum order, which all parts of the process share."""
    members: dict[ProcessName, list[PricedPart]] = defaultdict(list)
    for part in parts:
        members[part.process].append(part)
    found = []
    for process, made in members.items():
        use = Use(process, catalogue.materials[made[0].material_id], made[0].plan.machine)
        rows = [catalogue.cost(use, "minimum_order")]
        further = catalogue.find_cost(use, "minimum_order_further_material")
        more = len({part.material_id for part in made}) - 1
        rows += [further] * more if further is not None else []
        least = sum((row.number for row in rows), Decimal(0))
        spent = sum((line.amount_usd for line in lines if line.process is process), Decimal(0))
        if spent < least:
            names = tuple(dict.fromkeys(row.name for row in rows))
            charge = Charge("up to the minimum order", least - spent, f"{least} - {spent} USD", names)
            found.append(_round_charge(charge, "", process))
    return found


def _price_bought(item: BoughtItem, quantity: int, catalogue: Catalogue) -> CostLine:
    """Price bought pieces: each tenfold of pieces takes the discount once more, continuously in between."""
    component = catalogue.components[item.component_id]
    pieces = item.count * quantity
    row = next(iter(catalogue.costs[GENERAL, "bought_part_quantity_discount"]))
    factor = (1 - row.number) ** Decimal(pieces).log10()
    price = component.unit_price_usd * _measure_stock(item, component)
    words = f"{pieces} x {price} USD x {factor:.6f}"
    source = (f"components.csv {component.component_id}", row.name)
    return _round_charge(Charge(component.name, pieces * price * factor, words, source), item.component_id, None)


def _measure_stock(item: BoughtItem, component: Component) -> Decimal:
    """Return how many price units one piece is: 1, or its length in metres."""
    if component.price_unit == "each":
        return Decimal(1)
    if item.length_mm is None:
        raise InputError(f"{item.component_id} is sold by the metre: give its length_mm")
    return exact(item.length_mm) / MM_PER_M


def _price_labour(bill: BillOfMaterials, quantity: int, catalogue: Catalogue) -> list[CostLine]:
    rate, pieces = next(iter(catalogue.costs[GENERAL, "labour_rate"])), sum(part.count for part in bill.parts)
    jobs = (
        ("assembly labour per fastener", bill.fastener_count, "assembly_time_per_fastener"),
        ("assembly labour per part and joint", pieces + bill.joint_count, "assembly_time_per_part"),
    )
    lines = []
    for label, count, key in jobs:
        time = next(iter(catalogue.costs[GENERAL, key]))
        if count:
            amount = time.number / SECONDS_PER_HOUR * rate.number * count * quantity
            words = f"{quantity} x {count} x {time.rate} x {rate.rate}"
            lines.append(_round_charge(Charge(label, amount, words, (time.name, rate.name)), "", None))
    return lines


def weigh_bought(item: BoughtItem, catalogue: Catalogue) -> float:
    """Return the mass of one piece in g."""
    component = catalogue.components[item.component_id]
    return component.mass_g * float(_measure_stock(item, component))

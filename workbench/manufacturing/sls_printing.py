"""Check a solid for printing in powder: walls, gaps, and cavities that the powder has to get out of."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import permutations

import numpy as np

from schemas.catalogue import Catalogue, ProcessCost, Use
from schemas.verdict import PartFinding
from workbench.kernel.solid_view import SolidView, Spot
from workbench.kernel.walls import measure_walls
from workbench.manufacturing.access import list_ways, sample_skin
from workbench.manufacturing.cavities import list_cavities
from workbench.manufacturing.charges import KG_M3_TO_KG_MM3, MM3_PER_CM3, Charge, charge_of, exact
from workbench.manufacturing.corners import keep_blind, list_gap_widths, list_holes
from workbench.manufacturing.envelopes import Sides, fit_block, list_machines, read_limits, report_oversize
from workbench.manufacturing.part_rules import PartRules, largest, least
from workbench.manufacturing.parts import SlsPlan
from workbench.manufacturing.planar import fit_rectangle, span_plane
from workbench.manufacturing.thickness import measure_thickness

TOO_LARGE = "no chamber takes a side of {measured} mm (largest {limit} mm): split the part or make it smaller"
NARROW = "powder has only {measured} mm of opening to leave this cavity by: widen it to at least {limit} mm"
CHANNEL = "powder sticks in this {measured} mm hole with one end: widen it to {limit} mm, or let it go through"
PLATE = "a flat plate of {measured} mm warps: keep it within {limit} mm, rib it or split it"
SLENDER, SAME_MM = 10, 1e-6
SEALED = "closed cavity: powder can't get out; give it at least {limit} escape holes"


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], SlsPlan | None]:
    """Return the findings of a solid and how it is printed; no plan when no chamber takes it."""
    sealed = [Spot(0.0, void.faces[0], void.centre_mm) for void in view.voids]
    findings = [finding for spot in sealed for finding in rules.check("escape_hole_count", spot, SEALED)]
    narrow = [Spot(cavity.widest_mm, cavity.place.face, cavity.place.point) for cavity in list_cavities(view)]
    findings += rules.check("escape_hole_diameter", least(narrow), NARROW)
    findings += _check_sizes(view, rules)
    block = fit_block(view, list_ways(view))
    machines = list_machines(block, rules)
    if not machines:
        return [*findings, report_oversize([block], rules, TOO_LARGE)], None
    chamber = read_limits(machines[0], rules)
    chamber_mm3, boxes = float(np.prod(chamber)), _count_boxes(block, chamber)
    return findings, SlsPlan(machine=machines[0], volume_mm3=view.volume_mm3, chamber_mm3=chamber_mm3, boxes=boxes)


def _count_boxes(block: Sides, chamber: Sides) -> int:
    """Return how many blocks that lie the same way fit a chamber, in their best way."""
    return max(int(np.prod(np.floor_divide(np.array(chamber) + SAME_MM, way))) for way in permutations(block))


def _check_sizes(view: SolidView, rules: PartRules) -> list[PartFinding]:
    walls = measure_walls(view, rules.limit("min_wall_thickness"))
    gaps = least(list_gap_widths(view, sample_skin(view)))
    bores = list_holes(view)
    holes, blind = (
        [Spot(hole.diameter_mm, None, hole.middle_mm) for hole in found] for found in (bores, keep_blind(view, bores))
    )
    pins = [Spot(2 * face.radius_mm, index, face.point) for index, face in enumerate(view.faces) if face.is_pin]
    fuse = "a gap of {measured} mm fuses: leave at least {limit} mm"
    return [
        *rules.check("min_wall_thickness", walls.thinnest, "thicken the wall from {measured} to at least {limit} mm"),
        *rules.check_some(
            "max_wall_thickness",
            measure_thickness(view, list_ways(view)).bulk,
            "{measured} mm of solid warps: hollow it to {limit} mm",
        ),
        *rules.check("hole_diameter", least(holes), "widen the {measured} mm hole to at least {limit} mm"),
        *rules.check_some("internal_channel_diameter", least(blind), CHANNEL),
        *rules.check("flat_plate_longest_side", largest(_list_plates(view)), PLATE),
        *rules.check("pin_diameter", least(pins), "make the {measured} mm pin at least {limit} mm thick"),
        *rules.check("clearance", gaps, fuse),
    ]


def _list_plates(view: SolidView) -> Iterator[Spot]:
    """Yield the longer side of every flat plate: a plane that is ten times as wide as the material behind it."""
    for index, face in enumerate(view.faces):
        if face.kind == "plane":
            rows = np.flatnonzero(view.owners == index)
            length, width, _ = fit_rectangle(view.corners[rows].reshape(-1, 3) @ span_plane(face.direction).T)
            middle = view.centroids[rows[int(view.areas[rows].argmax())]]
            if view.cast(middle[None], -face.direction[None])[0][0] * SLENDER <= width:
                yield Spot(length, index, middle)


def charge(plan: SlsPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return powder, agents, set-up, machine time and cleaning (data/cost_models.md section 6, batch form).

    A piece takes its share of a chamber at the packing density, and at least that of the box around it: no build holds
    more pieces than boxes. The powder it uses up is what is fused, or what has to be fresh of its share of the chamber,
    whichever is more.
    """

    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    packing, refresh, bulk, price = (
        row(key) for key in ("packing_density", "refresh_ratio", "powder_bulk_density", "powder_price")
    )
    volume = exact(plan.volume_mm3)
    taken = max(volume / packing.number, exact(plan.chamber_mm3) / plan.boxes)
    share = taken / exact(plan.chamber_mm3)
    fused = volume * exact(use.material.density_kg_m3)
    fresh = refresh.number * bulk.number * taken
    kg = max(fused, fresh) * KG_M3_TO_KG_MM3
    agents, setup, rate, hours = (
        row(key) for key in ("agents_and_consumables", "setup_cost", "machine_rate", "full_build_time")
    )
    cleaning, labour = row("depowder_labour_per_build"), row("labour_rate")
    cm3 = volume / MM3_PER_CM3
    part = f"{pieces} x {share:.6f} of a chamber x"
    return (
        charge_of(
            "material used up",
            kg * price.number * pieces,
            f"{pieces} x {kg:.5f} kg x {price.rate}",
            price,
            refresh,
            bulk,
            packing,
        ),
        charge_of("agents", cm3 * agents.number * pieces, f"{pieces} x {cm3:.3f} cm3 x {agents.rate}", agents),
        charge_of("set-up", setup.number * Decimal(1), setup.rate, setup),
        charge_of(
            "machine time",
            share * hours.number * rate.number * pieces,
            f"{part} {hours.rate} x {rate.rate}",
            rate,
            hours,
            packing,
        ),
        charge_of(
            "cleaning labour",
            share * cleaning.number * labour.number * pieces,
            f"{part} {cleaning.rate} x {labour.rate}",
            cleaning,
            labour,
        ),
    )

"""Check a solid for 3-axis milling: what straight tools reach from the fewest sides, corners, pockets, holes, walls."""

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from schemas.catalogue import Catalogue, ProcessCost, Use
from schemas.verdict import PartFinding
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.rounds import Round
from workbench.kernel.solid_view import SolidView, Spot
from workbench.kernel.walls import measure_walls
from workbench.manufacturing.access import OFF_MM as SKIN_MM
from workbench.manufacturing.access import Sample, choose_ways, list_ways, sample_skin, see
from workbench.manufacturing.charges import (
    KG_M3_TO_KG_MM3,
    MINUTES_PER_HOUR,
    MM2_PER_CM2,
    MM3_PER_CM3,
    SECONDS_PER_HOUR,
    Charge,
    charge_of,
    exact,
    price_stock,
)
from workbench.manufacturing.corners import list_corners, list_gaps, list_holes
from workbench.manufacturing.envelopes import fit_block, list_machines, report_oversize
from workbench.manufacturing.part_rules import PartRules, find_voids, largest, least
from workbench.manufacturing.parts import MillingPlan

MACHINE = "mill_3_axis"
BELOW_MM = 1e-3
VOID = "closed cavity: no tool reaches it; open it, or split the part"
TOO_LARGE = "no mill takes a side of {measured} mm (largest {limit} mm): split the part or make it smaller"


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], MillingPlan | None]:
    """Return the findings of a solid and how it is milled; no plan when a tool does not reach all of it."""
    if view.voids:
        return find_voids(view.voids, rules, VOID), None
    ways, sample = list_ways(view), sample_skin(view)
    seen = see(view, sample, ways)
    findings = [*_check_shape(view, ways, sample, seen, rules), *_check_sizes(view, rules)]
    block = fit_block(view, ways)
    if not list_machines(block, rules):
        return [*findings, report_oversize([block], rules, TOO_LARGE)], None
    hidden = _find_hidden(sample, seen, rules)
    if hidden:
        return [*hidden, *findings], None
    setups = list(choose_ways(seen))
    chosen = ways[setups]
    turns = "it takes {measured} set-ups: keep what is cut to {limit} sides"
    findings += rules.check("setup_count", Spot(float(len(chosen))), turns)
    deep = "tools go {measured} mm deep from one side: at most {limit} mm, make it lower or split the part"
    findings += rules.check("milled_depth_per_side", _find_deepest(view, chosen, sample, seen[:, setups]), deep)
    small = "the part is {measured} mm wide: make it at least {limit} mm"
    findings += rules.check("bbox_min_xy", Spot(block[1]), small)
    return findings, _plan(view, block, chosen, max(rules.sizes("hole_diameter_standard")))


def _plan(view: SolidView, block: tuple[float, float, float], chosen: Floats, drill_mm: float) -> MillingPlan:
    """Return the plan; holes as wide as a drill or less have no walls to be finished."""
    holes = list_holes(view)
    bored = [face.is_hole and 2 * face.radius_mm <= drill_mm for face in view.faces]
    floors = sum(_count_floors(view, way) for way in chosen)
    return MillingPlan(
        machine=MACHINE,
        block_mm=block,
        volume_mm3=view.volume_mm3,
        finished_mm2=view.surface_mm2 - float(view.face_areas[np.array(bored)].sum()),
        setups=len(chosen),
        tools=1 + len({round(hole.diameter_mm, 3) for hole in holes}),
        features=len(holes) + floors,
        holes=len(holes),
    )


def _find_deepest(view: SolidView, chosen: Floats, sample: Sample, seen: Bools) -> Spot:
    """Return the place that lies deepest below the top of the part, from the set-up that sees it where it is least."""
    points = sample.points - SKIN_MM * sample.normals
    depths = np.where(seen, (view.vertices @ chosen.T).max(axis=0) - points @ chosen.T, np.inf).min(axis=1)
    row = int(depths.round(6).argmax())
    return Spot(float(depths[row]), int(sample.owners[row]), points[row])


def _count_floors(view: SolidView, way: Floats) -> int:
    """Return how many planes across a direction lie below the top of the part: each is a pocket's floor or a step."""
    flat = [face for face in view.faces if face.kind == "plane" and face.direction @ way > 1 - 1e-6]
    top = float((view.vertices @ way).max())
    return len({round(float(face.point @ way), 3) for face in flat if face.point @ way < top - BELOW_MM})


def _find_hidden(sample: Sample, seen: Bools, rules: PartRules) -> list[PartFinding]:
    """Return the finding of the face that straight tools reach least of, and which share of the skin they reach."""
    missed = ~seen.any(axis=1)
    if not missed.any():
        return []
    lost = np.bincount(sample.owners[missed], weights=sample.areas[missed])
    face = int(lost.round(6).argmax())
    point = sample.points[np.flatnonzero(missed & (sample.owners == face))[0]]
    share = 1 - float(sample.areas[missed].sum() / sample.areas.sum())
    advice = "straight tools reach only {measured} of the surface, not this face: open the undercut or split the part"
    return rules.check("reachable_face_area_fraction", Spot(min(share, 1 - 1e-4), face, point), advice)


def _check_shape(view: SolidView, ways: Floats, sample: Sample, seen: Bools, rules: PartRules) -> list[PartFinding]:
    """Check inside corners and pockets."""
    corners, gaps = list(list_corners(view, ways, sample, seen)), list(list_gaps(view, ways, sample, seen))
    fillets = [corner for corner in corners if corner.radius.measured > 0]
    slender = [_ratio(corner.depth_mm, 2 * corner.radius.measured, corner.radius) for corner in fillets]
    rounded = [_ratio(corner.radius.measured, corner.depth_mm, corner.radius) for corner in fillets]
    deep = largest(_ratio(gap.depth_mm, gap.width.measured, gap.width) for gap in gaps)
    sharp = "a tool leaves this inside corner round, not {measured} mm: give it a radius of at least {limit} mm"
    corner = "this inside corner's radius is {measured} of its depth: give it at least {limit}"
    thin = "the tool that fits this corner is {measured} x deeper than thick (at most {limit}): widen the radius"
    pocket = "this pocket is {measured} x deeper than wide (at most {limit}): widen it or make it shallower"
    return [
        *rules.check("internal_corner_radius", least(corner.radius for corner in corners), sharp),
        *rules.check("internal_corner_radius_per_pocket_depth", least(rounded), corner),
        *rules.check("pocket_depth_per_corner_diameter", largest(slender), thin),
        *(
            rules.check("pocket_depth_per_tool_diameter", deep, pocket)
            or rules.check("pocket_depth_per_pocket_width", deep, pocket)
        ),
        *rules.check("hole_diameter", least(gap.width for gap in gaps), "widen the {measured} mm slot to {limit} mm"),
    ]


def _check_sizes(view: SolidView, rules: PartRules) -> list[PartFinding]:
    """Check walls, features and holes."""
    holes = list_holes(view)
    thin_mm = max(rules.limit("min_wall_thickness"), rules.limit("min_feature_size"))
    walls = measure_walls(view, thin_mm)
    deep = largest(_hole_spot(hole, (hole.high_mm - hole.low_mm) / hole.diameter_mm) for hole in holes)
    mean = Spot(2 * view.volume_mm3 / view.surface_mm2)
    return [
        *rules.check("min_wall_thickness", walls.thinnest, "thicken the wall from {measured} to at least {limit} mm"),
        *rules.check("nominal_wall_thickness", mean, "walls are {measured} mm thick on average: at least {limit} mm"),
        *rules.check("min_feature_size", walls.slimmest, "make the feature, {measured} mm across, at least {limit} mm"),
        *rules.check(
            "hole_diameter",
            least(_hole_spot(h, h.diameter_mm) for h in holes),
            "widen the {measured} mm hole to at least {limit} mm",
        ),
        *rules.check(
            "hole_depth_per_hole_diameter", deep, "a hole is {measured} x deeper than wide: at most {limit} x"
        ),
        *_check_drills(holes, rules),
    ]


def _check_drills(holes: Iterable[Round], rules: PartRules) -> list[PartFinding]:
    """Return the smallest drilled hole of no standard size, with the nearest size that keeps the other rules."""
    sizes = rules.sizes("hole_diameter_standard")
    drilled = [_hole_spot(hole, hole.diameter_mm) for hole in holes if hole.diameter_mm <= max(sizes)]
    odd = least(spot for spot in drilled if rules.breaks("hole_diameter_standard", spot))
    if odd is None:
        return []
    kept = [size for size in sizes if not rules.breaks("hole_diameter", Spot(size))]
    near = min(kept, key=lambda size: abs(size - odd.measured))
    advice = f"{{measured}} mm is not on the list of standard drills: take {near:g} mm, or bore it"
    found = rules.check("hole_diameter_standard", odd, advice)
    return [finding.model_copy(update={"limit": near}) for finding in found]


def _hole_spot(hole: Round, measured: float) -> Spot:
    return Spot(measured, None, hole.middle_mm)


def _ratio(one: float, other: float, place: Spot) -> Spot:
    return Spot(one / max(other, 1e-9), place.face, place.point)


def charge(plan: MillingPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return block, programming, set-up, cutting, deburring and tool wear (data/cost_models.md section 4).

    The block has the allowance on each side. Every hole is drilled; all of the surface but drilled walls is finished.
    """

    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    block, allowance = Decimal(1), row("stock_allowance_per_side")
    for side in plan.block_mm:
        block *= exact(side) + 2 * allowance.number
    price, price_row = price_stock(use, "plate", "bar", "sheet")
    waste, rate, cam, labour = (
        row(key) for key in ("material_waste_factor", "machine_rate", "cam_programming_rate", "labour_rate")
    )
    kg = block * exact(use.material.density_kg_m3) * KG_M3_TO_KG_MM3 * waste.number
    base, each = row("cam_programming_time_base"), row("cam_programming_time_per_feature")
    hours = base.number + plan.features * each.number
    load, first, fixture = row("program_load_time"), row("first_article_inspection_time"), row("fixture_setup_time")
    setting = (load.number + first.number + plan.setups * fixture.number) / MINUTES_PER_HOUR
    cutting, rows = _time_cut(plan, block, use, catalogue)
    deburr, wear = row("deburr_time"), row("tool_wear_cost")
    cleaning = deburr.number / MINUTES_PER_HOUR
    return (
        Charge(
            "material with saw cuts",
            kg * price * pieces,
            f"{pieces} x {kg:.4f} kg x {price} USD/kg",
            (price_row, waste.name, allowance.name),
        ),
        charge_of("programming", hours * cam.number, f"{hours} h x {cam.rate}", cam, base, each),
        charge_of("set-up", setting * rate.number, f"{setting:.3f} h x {rate.rate}", rate, load, first, fixture),
        charge_of(
            "machine time",
            cutting / SECONDS_PER_HOUR * rate.number * pieces,
            f"{pieces} x {cutting:.2f} s x {rate.rate}",
            rate,
            *rows,
        ),
        charge_of(
            "deburring labour",
            cleaning * labour.number * pieces,
            f"{pieces} x {deburr.rate} x {labour.rate}",
            deburr,
            labour,
        ),
        charge_of("tool wear", wear.number * pieces, f"{pieces} x {wear.rate}", wear),
    )


def _time_cut(
    plan: MillingPlan, block_mm3: Decimal, use: Use, catalogue: Catalogue
) -> tuple[Decimal, Iterable[ProcessCost]]:
    """Return the seconds that one piece takes on the mill, and the rows that say so."""
    keys = (
        "roughing_mrr",
        "finishing_area_rate",
        "drilling_time_per_hole",
        "tool_change_time",
        "part_load_unload_time",
    )
    rough, finish, drill, change, load = rows = [catalogue.cost(use, key) for key in keys]
    removed = max(block_mm3 - exact(plan.volume_mm3), Decimal(0)) / MM3_PER_CM3
    minutes = (
        removed / rough.number + exact(plan.finished_mm2) / MM2_PER_CM2 / finish.number + plan.setups * load.number
    )
    changes = plan.tools + plan.setups - 1
    return minutes * 60 + plan.holes * drill.number + changes * change.number, rows

"""Check a solid for injection moulding: draft, walls, undercuts, corners, ribs and bosses along its parting."""

import numpy as np

from schemas.catalogue import Catalogue, Use
from schemas.verdict import PartFinding
from workbench.kernel.arrays import Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.solid_view import SolidView, Spot
from workbench.kernel.walls import measure_walls
from workbench.manufacturing.access import Sample, list_ways, sample_skin, see
from workbench.manufacturing.charges import Charge
from workbench.manufacturing.corners import keep_blind, list_holes
from workbench.manufacturing.envelopes import measure_sides
from workbench.manufacturing.mould_cost import charge_moulding, find_press
from workbench.manufacturing.mould_geometry import (
    Parting,
    Rib,
    Undercuts,
    Walls,
    choose_parting,
    count_parting_heights,
    count_undercuts,
    list_drafted_holes,
    list_rib_faces,
    list_ribs,
    measure_depth,
    measure_draft,
    measure_evenness,
)
from workbench.manufacturing.part_rules import PartRules, find_voids, largest, least
from workbench.manufacturing.parts import MouldPlan
from workbench.manufacturing.thickness import measure_thickness

VOID = "closed cavity: its core can't be drawn; open it, or split the part"
STUCK = "neither mould half nor side action reaches this face: open it, or split the part"
DEEP = "the part goes {measured} mm from its parting line: at most {limit} mm, or draft it both ways from its middle"
MM_PER_INCH, LEVEL_MM = 25.4, 0.1


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], MouldPlan | None]:
    """Return the findings of a solid and how it is moulded; no plan when no mould opens or no press closes it."""
    if view.voids:
        return find_voids(view.voids, rules, VOID), None
    ways, sample = list_ways(view), sample_skin(view)
    seen = see(view, sample, ways)
    parting = choose_parting(view, ways, sample, seen, rules.limit("draft_angle"))
    undercuts = count_undercuts(view, sample, parting)
    if undercuts.lost is not None:
        return rules.check("reachable_face_area_fraction", undercuts.lost, STUCK), None
    found = measure_thickness(view, ways)
    ribs = list_ribs(view, found, parting.way)
    walls = measure_evenness(found, ribs)
    planned = _plan(view, parting.way, walls.thick.measured, undercuts)
    findings = [
        *_check_draft(view, parting, sample, ribs, rules),
        *_check_undercuts(undercuts, rules),
        *_check_walls(view, walls, ribs, rules),
        *_check_details(view, ribs, walls.usual_mm, rules),
        *_check_size(planned, rules),
        *rules.check("depth_from_parting_line", measure_depth(view, parting.way), DEEP),
    ]
    if find_press(planned, 1, rules.use, rules.catalogue) is None:
        return [*findings, _report_press(planned, rules)], None
    return findings, planned


def _plan(view: SolidView, way: Floats, wall_mm: float, undercuts: Undercuts) -> MouldPlan:
    length, width, depth = measure_sides(view, way)
    upward = view.normals @ way
    return MouldPlan(
        volume_mm3=view.volume_mm3,
        projected_mm2=float(view.areas[upward > 0] @ upward[upward > 0]),
        plate_mm=(length, width),
        depth_mm=depth,
        wall_mm=wall_mm,
        patches=len(view.faces),
        holes=len(list_holes(view)),
        parting_heights=count_parting_heights(view, way),
        side_pulls=undercuts.side_pulls,
        lifters=undercuts.lifters,
    )


def _check_draft(
    view: SolidView, parting: Parting, sample: Sample, ribs: list[Rib], rules: PartRules
) -> list[PartFinding]:
    """Check the draft of every face that a mould half draws; ribs have a rule of their own."""
    drawn = sorted(set(sample.owners[~parting.undercut].tolist()))
    low, high = view.span_faces(parting.way)
    drafts = [Spot(measure_draft(view, n, parting.way, sample), n, view.centroids[view.owners == n][0]) for n in drawn]
    slim = list_rib_faces(view, ribs)
    lean = "this face leans {measured} deg from the parting direction: give it a draft of at least {limit} deg"
    deep = [
        Spot(d.measured * MM_PER_INCH / (high[n] - low[n]), n, d.point)
        for n, d in zip(drawn, drafts, strict=True)
        if high[n] - low[n] > LEVEL_MM
    ]
    return [
        *rules.check("draft_angle", least(spot for spot in drafts if spot.face not in slim), lean),
        *rules.check("rib_draft_angle", least(spot for spot in drafts if spot.face in slim), lean),
        *rules.check(
            "draft_angle_per_25mm_depth", least(deep), "draft is {measured} deg an inch deep: at least {limit}"
        ),
    ]


def _check_undercuts(undercuts: Undercuts, rules: PartRules) -> list[PartFinding]:
    core = "what a side core must form is {measured} mm "
    pulls = "undercuts that need side actions: {measured}; each is priced, a part without any is cheaper"
    return [
        *rules.check("undercut_count", undercuts.place, pulls),
        *rules.check(
            "side_core_width", largest(core.width for core in undercuts.cores), core + "wide (at most {limit})"
        ),
        *rules.check(
            "side_core_height", largest(core.height for core in undercuts.cores), core + "high (at most {limit})"
        ),
        *rules.check("side_core_pull", largest(core.pull for core in undercuts.cores), core + "long (at most {limit})"),
    ]


def _check_walls(view: SolidView, found: Walls, ribs: list[Rib], rules: PartRules) -> list[PartFinding]:
    """Check nominal walls: ribs and bosses are thinner."""
    aside = {face for rib in ribs for face in rib.faces} | {n for *_, pair in _list_bosses(view) for n in pair}
    walls = measure_walls(view, rules.limit("min_wall_thickness"), aside)
    thick = "{measured} mm of material sink and cool slowly: at most {limit} mm, core it out"
    uneven = "the thickest place is {measured} x the thinnest wall: keep within {limit} x"
    return [
        *rules.check("min_wall_thickness", walls.thinnest, "thicken the wall from {measured} to at least {limit} mm"),
        *rules.check("max_wall_thickness", found.thick, thick),
        *rules.check("wall_thickness_ratio", found.uneven, uneven),
    ]


def _check_details(view: SolidView, ribs: list[Rib], usual_mm: float, rules: PartRules) -> list[PartFinding]:
    """Check ribs and bosses against the usual wall, and inside corners, which are notches."""
    thick = [Spot(rib.thickness.measured / usual_mm, rib.thickness.face, rib.thickness.point) for rib in ribs]
    tall = [Spot(rib.height_mm / usual_mm, rib.thickness.face, rib.thickness.point) for rib in ribs]
    sharp = [Spot(0.0, edge.faces[0], edge.point) for edge in list_edges(view.shape) if edge.is_inside]
    inner = [(n, face) for n, face in enumerate(view.faces) if face.kind == "cylinder" and face.concave]
    fillets = [Spot(face.radius_mm / usual_mm, n, face.point) for n, face in inner if not face.is_hole]
    blind = keep_blind(view, [*list_holes(view), *list_drafted_holes(view)])
    pins = [Spot((h.high_mm - h.low_mm) / h.diameter_mm, None, h.middle_mm) for h in blind]
    bosses = list(_list_bosses(view))
    walls = [Spot((outer - bore) / 2 / usual_mm, n, view.faces[n].point) for outer, bore, (n, _) in bosses]
    widths = [Spot(outer / bore, n, view.faces[n].point) for outer, bore, (n, _) in bosses]
    rib = "a rib is {measured} of the wall's thickness and shows through: at most {limit}"
    thin = "a rib or boss is {measured} of the wall's thickness and does not fill: at least {limit}"
    corner = "an inside corner's radius is {measured} of the wall: at least {limit}"
    boss = "a boss is {measured} x as wide as its hole: at least {limit} x"
    return [
        *rules.check("rib_thickness_per_wall_thickness", largest(thick), rib),
        *rules.check("least_rib_thickness_per_wall_thickness", least([*thick, *walls]), thin),
        *rules.check("rib_height_per_wall_thickness", largest(tall), "a rib is {measured} walls high: at most {limit}"),
        *rules.check("internal_corner_radius_per_wall_thickness", least([*sharp, *fillets]), corner),
        *rules.check(
            "boss_wall_per_wall_thickness", largest(walls), "a boss's wall is {measured} of the wall: at most {limit}"
        ),
        *rules.check(
            "blind_hole_depth_per_hole_diameter",
            largest(pins),
            "a core pin held at one end bends: this hole is {measured} x deeper than wide (at most {limit})",
        ),
        *rules.check("boss_outer_diameter_per_boss_inner_diameter", least(widths), boss),
    ]


def _list_bosses(view: SolidView) -> list[tuple[float, float, tuple[int, int]]]:
    """Return outer and inner diameter of each pin with a hole in it, and the faces of the two."""
    holes = [(n, face) for n, face in enumerate(view.faces) if face.is_hole]
    pins = [(n, face) for n, face in enumerate(view.faces) if face.is_pin]
    found = []
    for n, pin in pins:
        for inner, hole in holes:
            offset = hole.point - pin.point
            across = offset - (offset @ pin.direction) * pin.direction
            if abs(float(hole.direction @ pin.direction)) > 1 - 1e-6 and float(np.linalg.norm(across)) < 1e-3:
                found.append((2 * pin.radius_mm, 2 * hole.radius_mm, (n, inner)))
    return found


def _check_size(planned: MouldPlan, rules: PartRules) -> list[PartFinding]:
    large = "{measured} mm exceed the largest mould's {limit} mm: split the part or make it smaller"
    return [
        *rules.check("bbox_x", Spot(planned.plate_mm[0]), large),
        *rules.check("bbox_y", Spot(planned.plate_mm[1]), large),
        *rules.check("bbox_z", Spot(planned.depth_mm), large),
        *rules.check("projected_area", Spot(planned.projected_mm2), "{measured} mm2 exceed the mould's {limit} mm2"),
        *rules.check("part_volume", Spot(planned.volume_mm3), "{measured} mm3 exceed the shot's {limit} mm3"),
    ]


def _report_press(planned: MouldPlan, rules: PartRules) -> PartFinding:
    """Return that the largest press can't fill or close a mould with one cavity."""
    rule = rules.catalogue.rule(rules.use, "shot_volume")
    advice = "no press has shot and clamp force for {measured} cm3 (largest shot {limit} cm3): split the part"
    return rules.report(rule, Spot(planned.volume_mm3 / 1000), advice)


def charge(plan: MouldPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return mould, material, set-up and machine time (cost_models.md section 3) with the cheapest cavity count."""
    return charge_moulding(plan, use, pieces, catalogue)

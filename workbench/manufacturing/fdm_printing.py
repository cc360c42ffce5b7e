"""Check a solid for filament printing and choose the cheapest direction and machine to print it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas.catalogue import Catalogue, ProcessCost, Use
from schemas.verdict import PartFinding
from workbench.kernel.arrays import Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.notches import FACING
from workbench.kernel.solid_view import SolidView, Spot
from workbench.kernel.voids import Void
from workbench.kernel.walls import measure_walls
from workbench.manufacturing.cavities import list_cavities
from workbench.manufacturing.charges import KG_M3_TO_KG_MM3, MM3_PER_CM3, Charge, charge_of, exact
from workbench.manufacturing.envelopes import Sides, list_machines, measure_sides, report_oversize
from workbench.manufacturing.part_rules import PartRules, find_voids, least
from workbench.manufacturing.parts import FdmPlan
from workbench.manufacturing.supports import Overhang, bound_support, measure_overhang

MOST_DIRECTIONS = 12
MEASURED_DIRECTIONS = 6
SAME_DIRECTION = 1 - 1e-6
SAME_MM = 1e-3
FREE = "this wall of {measured} mm is held at one side only: make it at least {limit} mm, or hold it at another"
HELD = "closed cavity: support can't be removed; open it wider, or give it a roof steeper than the overhang limit"
TOO_LARGE = "no printer takes a side of {measured} mm (largest {limit} mm): split the part or make it smaller"


@dataclass(frozen=True)
class Orientation:
    """A direction of build, a part's size in it (longer, shorter, height; mm) and what hangs over."""

    up: Floats
    size_mm: Sides
    overhang: Overhang


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], FdmPlan | None]:
    """Return the findings of a solid and its cheapest print; no plan when no machine of the process takes it."""
    findings = _find_slim_places(view, rules)
    options = _list_orientations(view, rules)
    plans = [(_plan(view, option, name), option) for option in options for name in list_machines(option.size_mm, rules)]
    if not plans:
        return [*findings, report_oversize([option.size_mm for option in options], rules, TOO_LARGE)], None
    closed = _list_closed(view, rules)
    keys = [(len(list_held(closed, option)), _cost(plan, rules), round(plan.height_mm, 6)) for plan, option in plans]
    best, option = plans[keys.index(min(keys))]
    findings += find_voids(list_held(closed, option), rules, HELD)
    return [*findings, *_find_overhangs(option.overhang, rules)], best


def list_held(closed: list[Void], option: Orientation) -> list[Void]:
    """Return the cavities of a list whose ceilings need support in a direction of build."""
    return [void for void in closed if option.overhang.faces.intersection(void.faces)]


def _list_closed(view: SolidView, rules: PartRules) -> list[Void]:
    """Return the closed cavities, and those that open through less than the smallest hole that prints."""
    least_mm = rules.limit("hole_diameter")
    return [
        *view.voids,
        *(Void(0.0, np.asarray(c.place.point), c.faces) for c in list_cavities(view) if c.widest_mm < least_mm),
    ]


def list_directions(view: SolidView) -> list[Floats]:
    """Return up to 12 directions of build: away from clusters of planar faces, along cylinders; largest first."""
    weights: list[tuple[Floats, float]] = []
    for face, area in zip(view.faces, view.face_areas, strict=True):
        ways = {"plane": (-face.direction,), "cylinder": (face.direction, -face.direction)}.get(face.kind, ())
        for way in ways:
            same = [index for index, (known, _) in enumerate(weights) if known @ way > SAME_DIRECTION]
            if same:
                weights[same[0]] = (weights[same[0]][0], weights[same[0]][1] + float(area))
            else:
                weights.append((way, float(area)))
    ranked = sorted(weights, key=lambda pair: -round(pair[1], 6))
    return [way for way, _ in ranked[:MOST_DIRECTIONS]] or _principal_directions(view)


def _principal_directions(view: SolidView) -> list[Floats]:
    """Return both ways of the principal axes of the skin, for solids without planes and cylinders."""
    spread = view.centroids - np.average(view.centroids, axis=0, weights=view.areas)
    axes = np.linalg.eigh((spread * view.areas[:, None]).T @ spread)[1].T
    return [sign * axis for axis in axes for sign in (1.0, -1.0)]


def _list_orientations(view: SolidView, rules: PartRules) -> list[Orientation]:
    limit_deg, bridge_mm = rules.limit("overhang_angle_from_vertical"), rules.limit("bridge_length")
    ways = sorted(list_directions(view), key=lambda up: round(bound_support(view, up, limit_deg), 3))
    options = []
    for up in ways[:MEASURED_DIRECTIONS]:
        options.append(Orientation(up, measure_sides(view, up), measure_overhang(view, up, limit_deg, bridge_mm)))
    return options


def _cost(plan: FdmPlan, rules: PartRules) -> float:
    charges = charge(plan, rules.use._replace(machine=plan.machine), 1, rules.catalogue)
    return round(float(sum(charge.amount_usd for charge in charges)), 6)


def _plan(view: SolidView, option: Orientation, machine: str) -> FdmPlan:
    x, y, z = (option.up.round(6) + 0.0).tolist()
    return FdmPlan(
        machine=machine,
        up=(x, y, z),
        volume_mm3=view.volume_mm3,
        surface_mm2=view.surface_mm2,
        support_mm3=option.overhang.support_mm3,
        height_mm=option.size_mm[2],
    )


def _list_free_walls(view: SolidView) -> Iterator[Spot]:
    """Yield the thickness of the plane walls whose inside corners, sharp or filleted, all lie on one line."""
    feet: dict[int, list[Floats]] = {}
    for edge in list_edges(view.shape):
        for face, other in (edge.faces, edge.faces[::-1]):
            if edge.is_inside or (edge.is_smooth and view.faces[other].concave and not view.faces[other].is_hole):
                feet.setdefault(face, []).extend(edge.ends)
    free = {face for face, ends in feet.items() if np.linalg.matrix_rank(np.array(ends) - ends[0], tol=SAME_MM) == 1}
    for face in sorted(face for face in free if view.faces[face].kind == "plane"):
        rows = np.flatnonzero(view.owners == face)
        middle, inward = view.centroids[rows[int(view.areas[rows].argmax())]], -view.faces[face].direction
        (thick,), (end,) = view.cast(middle[None], inward[None])
        behind = int(view.owners[end])
        if end >= 0 and (behind in free or behind not in feet) and view.normals[end] @ inward > FACING:
            yield Spot(float(thick), face, middle)


def _find_slim_places(view: SolidView, rules: PartRules) -> list[PartFinding]:
    walls = measure_walls(view, max(rules.limit("min_wall_thickness"), rules.limit("min_feature_size")))
    holes = [Spot(2 * f.radius_mm, index, f.point) for index, f in enumerate(view.faces) if f.is_hole]
    pins = [Spot(2 * f.radius_mm, index, f.point) for index, f in enumerate(view.faces) if f.is_pin]
    too_thin = float(rules.catalogue.rule(rules.use, "min_wall_thickness").number)
    free = [spot for spot in _list_free_walls(view) if spot.measured >= too_thin]
    thicken = "thicken the wall from {measured} mm to at least {limit} mm"
    return [
        *rules.check("min_wall_thickness", walls.thinnest, thicken),
        *rules.check("unsupported_wall_thickness", least(free), FREE),
        *rules.check("min_feature_size", walls.slimmest, "make the feature, {measured} mm across, at least {limit} mm"),
        *rules.check("hole_diameter", least(holes), "widen the {measured} mm hole to at least {limit} mm, or drill it"),
        *rules.check("pin_diameter", least(pins), "make the {measured} mm pin at least {limit} mm thick"),
    ]


def _find_overhangs(overhang: Overhang, rules: PartRules) -> list[PartFinding]:
    held = f"; {overhang.area_mm2:.1f} mm2 over {overhang.support_mm3:.0f} mm3 of support is priced"
    lean = "faces hang {measured} deg from vertical in the best direction of build: keep within {limit} deg" + held
    sag = "a {measured} mm bridge sags: keep unsupported ceilings and lying holes within {limit} mm"
    found = rules.check("overhang_angle_from_vertical", overhang.worst, lean)
    return [*found, *rules.check("bridge_length", overhang.bridge, sag)]


def charge(plan: FdmPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
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
        charge_of("material with support and waste", filament, used, price, waste),
        charge_of("slicing and set-up", setup.number * labour.number, f"{setup.rate} x {labour.rate}", setup, labour),
        charge_of("machine time", hours * machine.number * pieces, ran, machine, slow, fast),
        charge_of("removal and clean-up labour", handling * labour.number * pieces, cleaned, cleaning, labour),
    )

"""Check a solid for filament printing and choose the cheapest direction and machine to print it."""

from dataclasses import dataclass

import numpy as np

from schemas.verdict import PartFinding
from workbench.kernel.arrays import Floats
from workbench.kernel.solid_view import SolidView, Spot
from workbench.kernel.voids import Void
from workbench.kernel.walls import measure_walls
from workbench.manufacturing.charges import charge_print
from workbench.manufacturing.part_rules import PartRules, find_voids
from workbench.manufacturing.parts import FdmPlan
from workbench.manufacturing.planar import fit_rectangle, span_plane
from workbench.manufacturing.supports import Overhang, bound_support, measure_overhang

MOST_DIRECTIONS = 12
MEASURED_DIRECTIONS = 6
SAME_DIRECTION = 1 - 1e-6
HELD = "closed cavity: support can't be removed; open it, or give it a roof steeper than the overhang limit"
ENVELOPE = ("bbox_x", "bbox_y", "bbox_z")


@dataclass(frozen=True)
class Orientation:
    """A part's size in a direction of build (longer, shorter, height; mm) and what hangs over."""

    size_mm: tuple[float, float, float]
    overhang: Overhang


def plan_print(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], FdmPlan | None]:
    """Return the findings of a solid and its cheapest print; no plan when no machine of the process takes it."""
    findings = _find_slim_places(view, rules)
    options = _list_orientations(view, rules)
    machines = rules.catalogue.machines(rules.use, ENVELOPE[0])
    fitting = [(option, name) for option in options for name in machines if _fits(option, name, rules)]
    plans = [(_plan(view, option, name), option) for option, name in fitting]
    if not plans:
        return [*findings, *_find_oversize(options, machines[-1], rules)], None
    keys = [(len(list_held(view, option)), _cost(plan, rules), round(plan.height_mm, 6)) for plan, option in plans]
    plan, option = plans[keys.index(min(keys))]
    findings += find_voids(list_held(view, option), rules, HELD)
    return [*findings, *_find_overhangs(option.overhang, rules)], plan


def list_held(view: SolidView, option: Orientation) -> list[Void]:
    """Return the closed cavities whose ceilings need support in a direction of build."""
    return [void for void in view.voids if option.overhang.faces.intersection(void.faces)]


def list_directions(view: SolidView) -> list[Floats]:
    """Return up to 12 directions of build: away from clusters of planar faces, along cylinders; largest first."""
    weights: list[tuple[Floats, float]] = []
    areas = np.bincount(view.owners, weights=view.areas, minlength=len(view.faces))
    for face, area in zip(view.faces, areas, strict=True):
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
        length, width, _ = fit_rectangle(view.vertices @ span_plane(up).T)
        size = (length, width, float(np.ptp(view.vertices @ up)))
        options.append(Orientation(size, measure_overhang(view, up, limit_deg, bridge_mm)))
    return options


def _limits(machine: str, rules: PartRules) -> tuple[float, float, float]:
    use = rules.use._replace(machine=machine)
    x, y, z = (float(rules.catalogue.find_rules(use, key)[0].number) for key in ENVELOPE)
    return max(x, y), min(x, y), z


def _fits(option: Orientation, machine: str, rules: PartRules) -> bool:
    return all(size <= limit + 1e-6 for size, limit in zip(option.size_mm, _limits(machine, rules), strict=True))


def _cost(plan: FdmPlan, rules: PartRules) -> float:
    charges = charge_print(plan, rules.use._replace(machine=plan.machine), 1, rules.catalogue)
    return round(float(sum(charge.amount_usd for charge in charges)), 6)


def _plan(view: SolidView, option: Orientation, machine: str) -> FdmPlan:
    return FdmPlan(
        machine=machine,
        volume_mm3=view.volume_mm3,
        surface_mm2=view.surface_mm2,
        support_mm3=option.overhang.support_mm3,
        height_mm=option.size_mm[2],
    )


def _find_slim_places(view: SolidView, rules: PartRules) -> list[PartFinding]:
    walls = measure_walls(view, max(rules.limit("min_wall_thickness"), rules.limit("min_feature_size")))
    holes = [Spot(2 * f.radius_mm, index, f.point) for index, f in enumerate(view.faces) if f.is_hole]
    pins = [Spot(2 * f.radius_mm, index, f.point) for index, f in enumerate(view.faces) if f.is_pin]

    def least(spots: list[Spot]) -> Spot | None:
        return min(spots, key=lambda spot: round(spot.measured, 6), default=None)

    thicken = "thicken the wall from {measured} mm to at least {limit} mm"
    return [
        *rules.check("min_wall_thickness", walls.thinnest, thicken),
        *rules.check("min_feature_size", walls.slimmest, "make the feature, {measured} mm across, at least {limit} mm"),
        *rules.check("hole_diameter", least(holes), "widen the {measured} mm hole to at least {limit} mm, or drill it"),
        *rules.check("pin_diameter", least(pins), "make the {measured} mm pin at least {limit} mm thick"),
    ]


def _find_oversize(options: list[Orientation], machine: str, rules: PartRules) -> list[PartFinding]:
    """Return the side that exceeds the largest machine in the orientation that exceeds it least."""
    limits = _limits(machine, rules)
    ratios = [max(size / limit for size, limit in zip(option.size_mm, limits, strict=True)) for option in options]
    best = options[int(np.argmin(np.round(ratios, 9)))]
    side = int(np.argmax([size / limit for size, limit in zip(best.size_mm, limits, strict=True)]))
    rule = rules.catalogue.find_rules(rules.use._replace(machine=machine), ENVELOPE[side])[0]
    advice = "no printer takes a side of {measured} mm (largest {limit} mm): split the part or make it smaller"
    return [rules.report(rule, Spot(best.size_mm[side]), advice).model_copy(update={"severity": "error"})]


def _find_overhangs(overhang: Overhang, rules: PartRules) -> list[PartFinding]:
    held = f"; {overhang.area_mm2:.1f} mm2 over {overhang.support_mm3:.0f} mm3 of support is priced"
    lean = "faces hang {measured} deg from vertical in the best direction of build: keep within {limit} deg" + held
    sag = "a {measured} mm bridge sags: keep unsupported ceilings and lying holes within {limit} mm"
    found = rules.check("overhang_angle_from_vertical", overhang.worst, lean)
    return [*found, *rules.check("bridge_length", overhang.bridge, sag)]

"""Check a solid for cutting and bending of sheet: one thickness, bends, flanges, holes beside them, flat pattern."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, ProcessCost, Use
from schemas.verdict import PartFinding
from workbench.kernel.solid_view import SolidView, Spot
from workbench.manufacturing import laser_cutting
from workbench.manufacturing.charges import MINUTES_PER_HOUR, SECONDS_PER_HOUR, Charge, charge_of
from workbench.manufacturing.gaps import cast_plane
from workbench.manufacturing.part_rules import PartRules, find_voids, largest, least
from workbench.manufacturing.parts import BendingPlan
from workbench.manufacturing.profile import Loop
from workbench.manufacturing.unfolding import Bend, Unfolded, unfold

VOID = "closed cavity: a sheet has none; fill it"
FLAT = "nothing to bend: the part is flat, have it cut by laser_cutting"
TIMES = " x the thickness"
SAME_MM = 1e-3
HEM_DEG = 170
UNEVEN = "the part is no sheet of one thickness ({measured} mm off): remove pockets, steps and what is not bent"


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], BendingPlan | None]:
    """Return the findings of a solid and how it is cut and bent; no plan when it does not unfold to one stock sheet."""
    if view.voids:
        return find_voids(view.voids, rules, VOID), None
    flat = unfold(view, float(rules.catalogue.rule(rules.use, "k_factor").number))
    if flat is None:
        return rules.check("thickness_variation", Spot(2 * view.volume_mm3 / view.surface_mm2), UNEVEN), None
    thickness = flat.profile.thickness_mm
    rules = PartRules(rules.part, rules.use._replace(thickness_mm=round(thickness, 6)), rules.catalogue)
    place = flat.profile.face
    miss = "the part does not unfold to one flat sheet ({measured} mm off): open the ring, or split the part"
    broken = [
        *rules.check("thickness_variation", Spot(flat.uneven_mm, place, flat.profile.base), UNEVEN),
        *rules.check("unfolding_gap", Spot(flat.gap_mm, place, flat.profile.base), miss),
    ]
    if broken:
        return broken, None
    cutting = PartRules(rules.part, Use(ProcessName.LASER_CUTTING, rules.use.material), rules.catalogue)
    found, cut = laser_cutting.plan_profile([flat.profile], cutting)
    findings = [*_check_bends(view, flat, rules), *_check_flat(flat, rules), *found]
    if cut is None:
        return findings, None
    tools = len({round(bend.radius_mm, 3) for bend in flat.bends})
    return findings, BendingPlan(cut=cut, bends=len(flat.bends), tools=tools)


def _check_bends(view: SolidView, flat: Unfolded, rules: PartRules) -> list[PartFinding]:
    thickness = flat.profile.thickness_mm

    def spot(bend: Bend, measured: float) -> Spot:
        return Spot(measured, bend.face, view.faces[bend.face].point)

    tight = least(spot(bend, bend.radius_mm / thickness) for bend in flat.bends)
    sharp = largest(spot(bend, bend.angle_deg) for bend in flat.bends)
    long = largest(spot(bend, bend.length_mm) for bend in flat.bends)
    beside = [(bend, widths) for bend in flat.bends if (widths := _measure_flanges(view, flat, bend))]
    flanges = [(bend, width) for bend, widths in beside for width in widths]
    short = least(spot(bend, width) for bend, width in flanges)
    narrow = least(spot(bend, width / thickness) for bend, width in flanges)
    near = least(spot(bend, gap / thickness) for bend in flat.bends for gap in _measure_gaps(flat, bend))
    hems = least(spot(bend, min(widths) / thickness) for bend, widths in beside if bend.angle_deg > HEM_DEG)
    reliefs = [(bend, width) for bend in flat.bends for width in _measure_reliefs(flat, bend)]
    torn = least(spot(bend, width / thickness) for bend, width in reliefs)
    features = least(
        spot(bend, (gap + _measure_zone(bend) / 2) / thickness)
        for bend in flat.bends
        for gap in _measure_gaps(flat, bend)
    )
    tear = "the sheet tears at a bend's end, where its relief is {measured}%s wide: notch it at least {limit}%s"
    close = "a hole is {measured} x the thickness from a bend: leave at least {limit} x"
    flange = "a flange is {measured}%s long, outside of the bend included: at least {limit}%s"
    bends = Spot(float(len(flat.bends)), flat.profile.face, flat.profile.base)
    return [
        *rules.check("bend_count", bends, FLAT),
        *rules.check(
            "bend_radius_per_thickness", tight, "bend radius is {measured} x the thickness: at least {limit} x"
        ),
        *rules.check("bend_angle", sharp, "a bend of {measured} deg: at most {limit} deg"),
        *rules.check("bend_length", long, "a bend is {measured} mm long: at most {limit} mm"),
        *rules.check_some(
            "bend_length_thick", long, "a bend is {measured} mm long: at most {limit} mm in such a sheet"
        ),
        *rules.check_some("flange_length", short, flange % (" mm", " mm")),
        *rules.check("flange_length_per_thickness", narrow, flange % (TIMES, TIMES)),
        *rules.check("hole_to_bend_clearance_per_thickness", near, close),
        *rules.check("hem_length_per_thickness", hems, "a hem is {measured} x the thickness long: at least {limit} x"),
        *rules.check("relief_width_per_thickness", torn, tear % (TIMES, TIMES)),
        *rules.check("relief_width", least(spot(bend, width) for bend, width in reliefs), tear % (" mm", " mm")),
        *rules.check(
            "feature_to_bend_per_thickness",
            features,
            "a hole is {measured} x the thickness from a bend's middle: better {limit} x",
        ),
    ]


def _measure_flanges(view: SolidView, flat: Unfolded, bend: Bend) -> list[float]:
    """Return how far the planes beside a bend reach from it, measured from the bend's outside."""
    outside = bend.radius_mm + flat.profile.thickness_mm
    middle = bend.lines.mean(axis=(0, 1))
    found = []
    for index, flatten in flat.flatten.items():
        if view.faces[index].kind != "plane":
            continue
        points = flatten(view.corners[view.owners == index].reshape(-1, 3))
        for line in bend.lines:
            along = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
            away = np.array([-along[1], along[0]])
            away = away if (line[0] - middle) @ away > 0 else -away
            touches = np.abs((points - line[0]) @ away).min() < 1e-3 and ((points - line[0]) @ away).min() > -1e-3
            on_line = np.linalg.norm(points[:, None] - line, axis=2).min(axis=0).max() < 1e-3
            if touches and on_line:
                found.append(float(((points - line[0]) @ away).max()) + outside)
    return found


def _measure_gaps(flat: Unfolded, bend: Bend) -> list[float]:
    """Return how far the holes beside a bend, and those that it runs through (0), are from where it begins."""
    gaps = []
    for loop, faces in zip(flat.profile.loops[1:], flat.loop_faces[1:], strict=True):
        if bend.face in faces:
            gaps.append(0.0)
        gaps += [_measure_to_line(loop, line) for line in bend.lines]
    return gaps


def _measure_zone(bend: Bend) -> float:
    """Return how wide a bend is in the flat pattern."""
    return float(np.linalg.norm(np.subtract(*bend.lines.mean(axis=1))))


def _measure_reliefs(flat: Unfolded, bend: Bend) -> Iterator[float]:
    """Yield how wide the notches at a bend's ends are: 0 where the outline runs on straight along its beginning."""
    points = np.concatenate([loop.points for loop in flat.profile.loops])
    steps = np.concatenate([np.roll(loop.points, -1, axis=0) - loop.points for loop in flat.profile.loops])
    lengths = np.maximum(np.linalg.norm(steps, axis=1), 1e-12)
    for line in bend.lines:
        along = (line[1] - line[0]) / np.linalg.norm(line[1] - line[0])
        straight = (np.abs(steps @ along) > (1 - 1e-6) * lengths) & (lengths > SAME_MM)
        ends = np.concatenate([points[straight], (points + steps)[straight]])
        outward = np.array([-along, along])
        widths, _ = cast_plane(line + SAME_MM * outward, outward, points, steps)
        torn = (np.linalg.norm(ends[:, None] - line, axis=2) < SAME_MM).any(axis=0)
        yield from np.where(torn, 0.0, widths + SAME_MM)[torn | np.isfinite(widths)].tolist()


def _measure_to_line(loop: Loop, line: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> float:
    """Return the distance of a hole to a segment, exact for whole circles."""
    points = loop.points if loop.centre is None else loop.centre[None]
    step = line[1] - line[0]
    share = np.clip((points - line[0]) @ step / (step @ step), 0, 1)
    distance = float(np.linalg.norm(points - line[0] - share[:, None] * step, axis=1).min())
    return max(distance - loop.radius_mm, 0.0)


def _check_flat(flat: Unfolded, rules: PartRules) -> list[PartFinding]:
    (length, width), thickness = flat.profile.sides_mm, Spot(flat.profile.thickness_mm, flat.profile.face)
    long = "the flat sheet's side of {measured} mm exceeds {limit} mm: split it or make it smaller"
    return [
        *rules.check("thickness_min", thickness, "a sheet of {measured} mm is too thin to bend: at least {limit} mm"),
        *rules.check("thickness_max", thickness, "a sheet of {measured} mm is too thick to bend: at most {limit} mm"),
        *rules.check("flat_x", Spot(length), long),
        *rules.check("flat_y", Spot(width), long),
        *rules.check("flat_min", Spot(width), "the flat sheet is {measured} mm wide: at least {limit} mm"),
    ]


def charge(plan: BendingPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return what cutting the flat sheet costs, and set-up and strokes of the press brake (cost_models section 8)."""

    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    cutter = use._replace(process=ProcessName.LASER_CUTTING, machine=plan.cut.machine)
    cut = laser_cutting.charge(plan.cut, cutter, pieces, catalogue)
    rate, setup, each, load = (
        row(key) for key in ("machine_rate", "setup_time", "setup_time_per_tool", "load_unload_time")
    )
    bend, turn = row("bend_time"), row("manipulation_time")
    minutes = setup.number + plan.tools * each.number
    seconds = load.number + plan.bends * (bend.number + turn.number)
    setting = minutes / MINUTES_PER_HOUR * rate.number
    return (
        *cut,
        charge_of("set-up of the press brake", setting, f"{minutes} min x {rate.rate}", rate, setup, each),
        charge_of(
            "bending",
            seconds / SECONDS_PER_HOUR * rate.number * Decimal(pieces),
            f"{pieces} x {seconds} s x {rate.rate}",
            rate,
            load,
            bend,
            turn,
        ),
    )

"""Check a solid for turning: round about one axis, reached by a bar from outside or an end, slender, walls, holes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from OCP.BRepAdaptor import BRepAdaptor_Surface
from OCP.GeomAbs import GeomAbs_SurfaceType

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, ProcessCost, Use
from schemas.verdict import PartFinding
from workbench.kernel.arrays import Floats
from workbench.kernel.edges import list_edges
from workbench.kernel.faces import is_reversed, measure_area, read_axis
from workbench.kernel.frames import frame_across
from workbench.kernel.measuring import measure_extents
from workbench.kernel.rounds import Line, Round, read_axis_line
from workbench.kernel.solid_view import SolidView, Spot
from workbench.kernel.walls import measure_walls
from workbench.manufacturing.access import FACETED, GRAZING, sample_skin, see
from workbench.manufacturing.charges import (
    KG_M3_TO_KG_MM3,
    MINUTES_PER_HOUR,
    MM2_PER_CM2,
    MM3_PER_CM3,
    PI,
    SECONDS_PER_HOUR,
    Charge,
    charge_of,
    exact,
    price_stock,
)
from workbench.manufacturing.corners import list_holes
from workbench.manufacturing.part_rules import PartRules, find_voids, largest, least
from workbench.manufacturing.parts import TurningPlan

MACHINE = "lathe"
VOID = "closed cavity: no tool reaches it; open it, or split the part"
SAME = 1 - 1e-9
ON_AXIS_MM = 1e-4


class _Turned(NamedTuple):
    """The axis, the faces that are turned about it, the holes that are drilled, and the faces that are neither."""

    line: Line
    turned: frozenset[int]
    drilled: tuple[Round, ...]
    strange: tuple[int, ...]


def plan(view: SolidView, rules: PartRules) -> tuple[list[PartFinding], TurningPlan | None]:
    """Return the findings of a solid and how it is turned; no plan when it is not round about one axis."""
    if view.voids:
        return find_voids(view.voids, rules, VOID), None
    found = _find_axis(view)
    if found is None or found.strange:
        return _report_strange(view, found, rules), None
    length, diameter = _measure_bar(view, found)
    findings = [
        *_check_bar(length, diameter, rules),
        *_check_reach(view, found, rules),
        *_check_sizes(view, found, rules),
    ]
    across = [hole for hole in found.drilled if abs(float(hole.line.axis @ found.line.axis)) < 0.5]
    ways = {tuple(np.round(hole.line.axis, 6).tolist()) for hole in across}
    return findings, TurningPlan(
        machine=MACHINE,
        diameter_mm=diameter,
        length_mm=length,
        volume_mm3=view.volume_mm3,
        turned_mm2=sum(measure_area(view.surfaces[index]) for index in sorted(found.turned)),
        bores=sum(1 for index in found.turned if view.faces[index].is_hole),
        cross_holes=len(found.drilled),
        cross_setups=len(ways) + (len(found.drilled) > len(across)),
    )


def _find_axis(view: SolidView) -> _Turned | None:
    """Return how a solid is round about the axis of a turned face that leaves the least area over; None without one."""
    surfaces = [BRepAdaptor_Surface(face) for face in view.surfaces]
    axes = [
        axis
        for surface in surfaces
        if surface.GetType() != GeomAbs_SurfaceType.GeomAbs_Plane and (axis := read_axis(surface))
    ]
    lines: list[Line] = []
    for line in map(read_axis_line, axes):
        if not any(known.is_same(line) for known in lines):
            lines.append(line)
    options = [_sort_faces(view, surfaces, line) for line in lines[:12]]
    return min(
        options,
        key=lambda option: (
            round(float(view.face_areas[list(option.strange)].sum()), 6),
            -round(float(view.face_areas[list(option.turned)].sum()), 6),
        ),
        default=None,
    )


def _sort_faces(view: SolidView, surfaces: list[BRepAdaptor_Surface], line: Line) -> _Turned:
    turned = frozenset(index for index, surface in enumerate(surfaces) if _is_turned(surface, line))
    holes = [hole for hole in list_holes(view) if not hole.line.is_same(line)]
    drilled = {
        index
        for index, face in enumerate(view.faces)
        if face.kind == "cylinder" and any(hole.line.is_same(Line(face.point, face.direction)) for hole in holes)
    }
    strange = sorted(set(range(len(surfaces))) - turned - drilled)
    return _Turned(line, turned, tuple(holes), tuple(strange))


def _is_turned(surface: BRepAdaptor_Surface, line: Line) -> bool:
    """Say whether a face is round about an axis: a plane across it, a ball on it, another turned face around it."""
    axis = read_axis(surface)
    if axis is None:
        return False
    own = read_axis_line(axis)
    if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Plane:
        return abs(float(own.axis @ line.axis)) > SAME
    if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Sphere:
        return line.offset_mm(own) < ON_AXIS_MM
    return abs(float(own.axis @ line.axis)) > SAME and line.offset_mm(own) < ON_AXIS_MM


def _report_strange(view: SolidView, found: _Turned | None, rules: PartRules) -> list[PartFinding]:
    advice = "only {measured} of the surface is round about one axis: mill the part, or make it round"
    if found is None:
        return rules.check("turned_face_area_fraction", Spot(0.0), advice)
    face = max(found.strange, key=lambda index: round(float(view.face_areas[index]), 6))
    share = 1 - float(view.face_areas[list(found.strange)].sum() / view.face_areas.sum())
    point = view.centroids[view.owners == face][0]
    return rules.check("turned_face_area_fraction", Spot(min(share, 1 - 1e-4), face, point), advice)


def _measure_bar(view: SolidView, found: _Turned) -> tuple[float, float]:
    """Return the part's length along its axis and its largest diameter, exactly."""
    extents = measure_extents(view.shape, frame_across(found.line.axis))
    return float(extents[2]), float(max(extents[0], extents[1]))


def _check_bar(length: float, diameter: float, rules: PartRules) -> list[PartFinding]:
    slender = Spot(length / diameter)
    return [
        *rules.check(
            "bbox_diameter_max", Spot(diameter), "{measured} mm are too thick for the lathe: at most {limit} mm"
        ),
        *rules.check(
            "bbox_diameter_min", Spot(diameter), "{measured} mm are too thin for the lathe: at least {limit} mm"
        ),
        *rules.check("bbox_length_max", Spot(length), "{measured} mm are too long for the lathe: at most {limit} mm"),
        *rules.check("bbox_length_min", Spot(length), "{measured} mm are too short for the lathe: at least {limit} mm"),
        *rules.check(
            "length_per_diameter", slender, "it is {measured} x longer than thick and bends: at most {limit} x"
        ),
    ]


def _check_reach(view: SolidView, found: _Turned, rules: PartRules) -> list[PartFinding]:
    """Check that every turned face is seen from outside or along the axis: a groove inside a bore is not."""
    sample = sample_skin(view)
    kept = np.isin(sample.owners, list(found.turned))
    sample = sample.only(kept)
    out = sample.points - found.line.point_mm
    out -= (out @ found.line.axis)[:, None] * found.line.axis
    lengths = np.linalg.norm(out, axis=1, keepdims=True)
    out = np.where(lengths > 1e-9, out / np.maximum(lengths, 1e-9), found.line.axis)
    seen = see(view, sample, np.array([found.line.axis, -found.line.axis])).any(axis=1)
    faced = np.einsum("ij,ij->i", sample.exact, out) > -np.where(sample.curved, FACETED, GRAZING)
    seen |= faced & np.isinf(view.cast(sample.eyes, out)[0])
    if seen.all():
        return []
    first = int(np.flatnonzero(~seen)[0])
    share = 1 - float(sample.areas[~seen].sum() / sample.areas.sum())
    advice = "turning tools reach only {measured} of the surface, not this groove: open it to an end or outwards"
    spot = Spot(min(share, 1 - 1e-4), int(sample.owners[first]), sample.points[first])
    return rules.check("reachable_face_area_fraction", spot, advice)


def _check_sizes(view: SolidView, found: _Turned, rules: PartRules) -> list[PartFinding]:
    walls = measure_walls(view, rules.limit("min_wall_thickness"))
    pins = [Spot(2 * f.radius_mm, i, f.point) for i, f in enumerate(view.faces) if i in found.turned and f.is_pin]
    holes = list_holes(view)
    deep = largest(Spot((h.high_mm - h.low_mm) / h.diameter_mm, None, h.middle_mm) for h in holes)
    angles = [_measure_angle(hole, found.line.axis) for hole in holes]
    skew = next((spot for spot in angles if rules.breaks("hole_axis_angle_to_spindle", spot)), None)
    sharp = next(
        (edge for edge in list_edges(view.shape) if edge.is_inside and found.turned.issuperset(edge.faces)), None
    )
    corner = None if sharp is None else Spot(0.0, sharp.faces[0], sharp.point)
    return [
        *rules.check("cone_angle", least(_list_points(view, found)), "a point of {measured} deg: at least {limit} deg"),
        *rules.check("local_diameter", least(pins), "{measured} mm break off: make it at least {limit} mm thick"),
        *rules.check("min_wall_thickness", walls.thinnest, "thicken the wall from {measured} to at least {limit} mm"),
        *rules.check(
            "hole_depth_per_hole_diameter", deep, "a hole is {measured} x deeper than wide: at most {limit} x"
        ),
        *rules.check(
            "hole_axis_angle_to_spindle", skew, "a hole leans {measured} deg from the axis: make it {limit} deg"
        ),
        *rules.check("internal_corner_radius", corner, "an inside corner of {measured} mm: round it to {limit} mm"),
    ]


def _list_points(view: SolidView, found: _Turned) -> Iterator[Spot]:
    """Yield the included angle (deg) of every cone that runs out into a point of the part."""
    for index in sorted(found.turned):
        surface = BRepAdaptor_Surface(view.surfaces[index])
        if surface.GetType() == GeomAbs_SurfaceType.GeomAbs_Cone:
            cone = surface.Cone()
            apex = np.array(cone.Apex().Coord())
            points = view.corners[view.owners == index].reshape(-1, 3)
            tip = np.linalg.norm(points - apex, axis=1).min() < ON_AXIS_MM
            if tip and is_reversed(view.surfaces[index]) != cone.Direct():
                yield Spot(2 * float(np.degrees(abs(cone.SemiAngle()))), index, apex)


def _measure_angle(hole: Round, axis: Floats) -> Spot:
    angle = float(np.degrees(np.arccos(min(1.0, abs(float(hole.line.axis @ axis))))))
    return Spot(angle, None, hole.middle_mm)


def charge(plan: TurningPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return bar, programming, set-up, turning, the milling step of cross holes, and deburring (cost_models section 4).

    The bar has the allowance in length, for facing and cut-off, and its own in diameter.
    """

    def row(key: str) -> ProcessCost:
        return catalogue.cost(use, key)

    allowance, skin, waste, rate = (
        row(key) for key in ("bar_allowance", "bar_diameter_allowance", "material_waste_factor", "machine_rate")
    )
    across = exact(plan.diameter_mm) + skin.number
    bar = PI / 4 * across * across * (exact(plan.length_mm) + allowance.number)
    price, price_row = price_stock(use, "bar")
    kg = bar * exact(use.material.density_kg_m3) * KG_M3_TO_KG_MM3 * waste.number
    cam, hours, setup = row("cam_programming_rate"), row("cam_programming_time_base"), row("setup_time")
    rough, finish, feed = row("roughing_mrr"), row("finishing_area_rate"), row("cutoff_and_feed_time")
    removed = max(bar - exact(plan.volume_mm3), 0 * bar) / MM3_PER_CM3
    seconds = 60 * (removed / rough.number + exact(plan.turned_mm2) / MM2_PER_CM2 / finish.number) + feed.number
    deburr, labour = row("deburr_time"), row("labour_rate")
    used = f"{pieces} x {kg:.4f} kg x {price} USD/kg"
    return (
        Charge("material with cut-off", kg * price * pieces, used, (price_row, waste.name, allowance.name, skin.name)),
        charge_of("programming", hours.number * cam.number, f"{hours.rate} x {cam.rate}", cam, hours),
        charge_of("set-up", setup.number / MINUTES_PER_HOUR * rate.number, f"{setup.rate} x {rate.rate}", setup, rate),
        charge_of(
            "machine time",
            seconds / SECONDS_PER_HOUR * rate.number * pieces,
            f"{pieces} x {seconds:.2f} s x {rate.rate}",
            rate,
            rough,
            finish,
            feed,
        ),
        *_charge_cross_holes(plan, use, pieces, catalogue),
        charge_of(
            "deburring labour",
            deburr.number / MINUTES_PER_HOUR * labour.number * pieces,
            f"{pieces} x {deburr.rate} x {labour.rate}",
            deburr,
            labour,
        ),
    )


def _charge_cross_holes(plan: TurningPlan, use: Use, pieces: int, catalogue: Catalogue) -> tuple[Charge, ...]:
    """Return set-up and drilling of the holes that the lathe doesn't bore, at the mill's rates."""
    if not plan.cross_holes:
        return ()
    mill = use._replace(process=ProcessName.CNC_MILLING, machine="mill_3_axis")
    keys = ("machine_rate", "fixture_setup_time", "drilling_time_per_hole", "part_load_unload_time")
    rate, fixture, drill, load = (catalogue.cost(mill, key) for key in keys)
    setting = plan.cross_setups * fixture.number / MINUTES_PER_HOUR
    seconds = plan.cross_holes * drill.number + plan.cross_setups * load.number * 60
    return (
        charge_of(
            "set-up of cross holes",
            setting * rate.number,
            f"{plan.cross_setups} x {fixture.rate} x {rate.rate}",
            fixture,
            rate,
        ),
        charge_of(
            "machine time of cross holes",
            seconds / SECONDS_PER_HOUR * rate.number * pieces,
            f"{pieces} x {seconds:.2f} s x {rate.rate}",
            drill,
            load,
            rate,
        ),
    )

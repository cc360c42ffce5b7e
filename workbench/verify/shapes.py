"""Checks 2 to 4: solids of sensible size, no two bodies in one place, movers through their whole range, and zones."""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, product

import numpy as np
from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt, gp_Trsf, gp_Vec
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Joint, SceneBundle
from schemas.errors import InputError
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import CheckReport
from workbench.convert.groups import fixed_bodies
from workbench.judge.static.intersections import find_intersections, list_still, reach_out
from workbench.judge.static.spawns import list_spawns
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import Placed
from workbench.kernel.solid_view import read_solid
from workbench.kernel.walls import measure_walls
from workbench.reasons import finish, measures, reason, reason_at

THINNEST_MM, LARGEST_MM = 0.4, 3000.0
SWEEP_STEP = 5.0
"""Degrees or mm between the places at which a mover is checked."""
LEAST_BUILD_MM = 10.0
_TOLERANCE_MM = 1e-6


def check_solids(scene: LoadedBundle) -> CheckReport:
    """Check 2: no solid (closed and valid as loaded) is too large, or thinner anywhere than a wall may be."""
    reasons, numbers = list[Reason](), list[Measure]()
    for body_id, solid in scene.solids.items():
        size = measure(solid.shape)
        sizes = (
            Measure(name=f"{body_id}: mean thickness", value=size.thickness_mm, unit="mm"),
            Measure(name=f"{body_id}: extent", value=size.longest_mm, unit="mm"),
        )
        numbers += sizes
        if size.longest_mm > LARGEST_MM:
            message = f"'{body_id}' must be at most {LARGEST_MM:g} mm long"
            reasons.append(Reason(code=ReasonCode.GEOMETRY_INVALID, message=message, where=body_id, numbers=sizes))
        reasons += _find_thin_places(body_id, solid.shape)
    return finish(2, "solids", reasons, numbers)


def _find_thin_places(body_id: str, shape: TopoDS_Shape) -> Iterator[Reason]:
    try:
        thin = measure_walls(read_solid(shape), THINNEST_MM).thinnest
    except InputError as error:
        yield reason_at(ReasonCode.GEOMETRY_INVALID, body_id, str(error))
        return
    if thin is not None:
        x, y, z = (f"{value:.1f}" for value in np.asarray(thin.point))
        message = f"'{body_id}' is too thin at ({x}, {y}, {z}), face {thin.face}: at least {THINNEST_MM} mm"
        yield reason(ReasonCode.GEOMETRY_INVALID, body_id, message, thickness_mm=thin.measured, limit_mm=THINNEST_MM)


def check_intersections(scene: LoadedBundle) -> CheckReport:
    """Check 3: no shared volume at t = 0, payloads anywhere they may start, movers anywhere in their range.

    On their way movers are checked against fixtures, and where their phase is drawn against the payloads' starts: what
    they strike among movers is motion, which check 7 decides.
    """
    record = scene.scene
    still, spawns = list_still(scene), list_spawns(scene)
    reasons = [*find_intersections(combinations(still, 2))]
    blocked = [*((spawn, body) for spawn in spawns for body in still), *combinations(spawns, 2)]
    reasons += find_intersections(blocked, ReasonCode.SPAWN_BLOCKED)
    fixed, places = [body for body in still if body.name in fixed_bodies(record)], 0
    drawn = {contract.joint for contract in record.motion_contracts if contract.phase == "uniform"}
    for joint in record.joints:
        starts = spawns if joint.id in drawn else []
        struck, met = False, False
        for way, moved in sweep_joint(record, joint, scene.solids[joint.child].shape):
            places += 1
            hits = list(find_intersections((moved, other) for other in ([] if struck else fixed)))
            meets = ((spawn, moved) for spawn in ([] if met else starts))
            caught = list(find_intersections(meets, ReasonCode.SPAWN_BLOCKED))
            struck, met = struck or bool(hits), met or bool(caught)
            reasons += [_place_on_way(hit, joint, way) for hit in (*hits, *caught)]
    pairs = len(still) * (len(still) - 1) // 2
    return finish(3, "intersections", reasons, measures(pairs=pairs, places=places))


def sweep_joint(scene: SceneBundle, joint: Joint, shape: TopoDS_Shape) -> Iterator[tuple[float, Placed]]:
    """Yield a mover and its way from t = 0 at steps of 5° or 5 mm through the range that contract or joint declares.

    A ball is tilted to all sides along x and y, and turned about z.
    """
    contract = next((c for c in scene.motion_contracts if c.joint == joint.id), None)
    bounds = contract or joint.range
    if bounds is None or joint.kind == "free":
        return
    low = -bounds.max if joint.kind == "ball" else bounds.min
    high = bounds.max if joint.kind == "slide" else min(bounds.max, low + 360.0)
    count = max(2, math.ceil((high - low) / SWEEP_STEP) + 1)
    axes = np.eye(3).tolist() if joint.kind == "ball" else [joint.axis]
    for axis, way in product(axes, np.linspace(low, high, count).tolist()):
        move = gp_Trsf()
        if joint.kind == "slide":
            move.SetTranslation(gp_Vec(*axis).Multiplied(way))
        else:
            move.SetRotation(gp_Ax1(gp_Pnt(*joint.anchor_mm), gp_Dir(*axis)), math.radians(way))
        yield way, Placed(joint.child, shape.Moved(TopLoc_Location(move)))


def _place_on_way(hit: Reason, joint: Joint, way: float) -> Reason:
    unit = "mm" if joint.kind == "slide" else "deg"
    phase = "its drawn phase may put it there; " if hit.code is ReasonCode.SPAWN_BLOCKED else ""
    message = f"{hit.message}, or narrow the range of '{joint.id}': {phase}it meets at {way:g} {unit}"
    return hit.model_copy(
        update={"message": message, "numbers": (*hit.numbers, Measure(name="way from t = 0", value=way, unit=unit))}
    )


def check_zones(scene: LoadedBundle) -> CheckReport:
    """Check 4: zones lie inside the workspace and out of each other's way, and payloads start clear of them."""
    record = scene.scene
    edge = float(np.ptp(read_zone(record.zones.build_zone), axis=0).min())
    reasons = (*_find_conflicts(record, edge), *_find_spawn_conflicts(record, list_spawns(scene)))
    return finish(4, "zones", reasons, measures(shortest_edge_of_the_build_zone_mm=edge))


def _find_conflicts(scene: SceneBundle, edge: float) -> Iterator[Reason]:
    zones = scene.zones
    workspace, build = read_zone(zones.workspace), zones.build_zone
    for zone in (build, *zones.goal_zones, *zones.forbid_zones):
        beyond = reach_out(read_zone(zone), workspace)
        if beyond > _TOLERANCE_MM:
            message = f"zone '{zone.id}' reaches out of the workspace: shrink it"
            yield reason(ReasonCode.ZONE_CONFLICT, zone.id, message, beyond_mm=beyond)
    for goal in zones.goal_zones:
        for forbidden in zones.forbid_zones:
            depth = _overlap_depth(read_zone(goal), read_zone(forbidden))
            if depth > _TOLERANCE_MM:
                message = f"goal '{goal.id}' overlaps forbid zone '{forbidden.id}': move one"
                yield reason(ReasonCode.ZONE_CONFLICT, goal.id, message, overlap_mm=depth)
    if edge < LEAST_BUILD_MM:
        message = f"the build zone must be at least {LEAST_BUILD_MM:g} mm in every direction: enlarge it"
        yield reason(ReasonCode.ZONE_CONFLICT, build.id, message, edge_mm=edge)


def _find_spawn_conflicts(scene: SceneBundle, spawns: Sequence[Placed]) -> Iterator[Reason]:
    workspace = read_zone(scene.zones.workspace)
    for spawn in spawns:
        box = spawn.box_mm
        beyond = reach_out(box, workspace)
        if beyond > _TOLERANCE_MM:
            message = f"payload '{spawn.name}' may start outside the workspace: move it or its jitter inwards"
            yield reason(ReasonCode.SPAWN_BLOCKED, spawn.name, message, beyond_mm=beyond)
        for zone in (*scene.zones.goal_zones, *scene.zones.forbid_zones):
            depth = _overlap_depth(box, read_zone(zone))
            if depth > _TOLERANCE_MM:
                message = f"payload '{spawn.name}' may start inside zone '{zone.id}': move one of them"
                yield reason(ReasonCode.SPAWN_BLOCKED, spawn.name, message, overlap_mm=depth)


def _overlap_depth(one: Floats, other: Floats) -> float:
    """Return how deep two boxes (2, 3) reach into each other, at most 0 where they don't."""
    return float((np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])).min())

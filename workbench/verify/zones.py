"""Check 4: zones lie inside the workspace and out of each other's way, and the payload starts clear of them."""

from collections.abc import Iterator

import numpy as np

from schemas.bundle import SceneBundle
from schemas.reasons import Reason, ReasonCode
from schemas.verdict import CheckReport
from workbench.judge.static.spawn_space import list_spawns
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.overlaps import Placed
from workbench.reasons import finish, measures, reason

LEAST_BUILD_MM = 10.0
_TOLERANCE_MM = 1e-6


def check_zones(scene: LoadedBundle) -> CheckReport:
    """Return check 4 with the smallest edge of the build zone."""
    record = scene.scene
    reasons = (*_find_conflicts(record), *_find_spawn_conflicts(record, list_spawns(scene)))
    edge = float(np.ptp(read_zone(record.zones.build_zone), axis=0).min())
    return finish(4, "zones", reasons, measures(shortest_edge_of_the_build_zone_mm=edge))


def _find_conflicts(scene: SceneBundle) -> Iterator[Reason]:
    zones = scene.zones
    workspace, build = read_zone(zones.workspace), zones.build_zone
    for zone in (build, *zones.goal_zones, *zones.forbid_zones):
        beyond = _reach_out(read_zone(zone), workspace)
        if beyond > _TOLERANCE_MM:
            message = f"zone '{zone.id}' reaches out of the workspace: shrink it"
            yield reason(ReasonCode.ZONE_CONFLICT, zone.id, message, beyond_mm=beyond)
    for goal in zones.goal_zones:
        for forbidden in zones.forbid_zones:
            depth = overlap_depth(read_zone(goal), read_zone(forbidden))
            if depth > _TOLERANCE_MM:
                message = f"goal '{goal.id}' overlaps forbid zone '{forbidden.id}': move one"
                yield reason(ReasonCode.ZONE_CONFLICT, goal.id, message, overlap_mm=depth)
    edge = float(np.ptp(read_zone(build), axis=0).min())
    if edge < LEAST_BUILD_MM:
        message = f"the build zone must be at least {LEAST_BUILD_MM:g} mm in every direction: enlarge it"
        yield reason(ReasonCode.ZONE_CONFLICT, build.id, message, edge_mm=edge)


def _find_spawn_conflicts(scene: SceneBundle, spawns: list[Placed]) -> Iterator[Reason]:
    workspace = read_zone(scene.zones.workspace)
    for spawn in spawns:
        box = spawn.box_mm
        beyond = _reach_out(box, workspace)
        if beyond > _TOLERANCE_MM:
            message = f"payload '{spawn.name}' may start outside the workspace: move it or its jitter inwards"
            yield reason(ReasonCode.SPAWN_BLOCKED, spawn.name, message, beyond_mm=beyond)
        for zone in (*scene.zones.goal_zones, *scene.zones.forbid_zones):
            depth = overlap_depth(box, read_zone(zone))
            if depth > _TOLERANCE_MM:
                message = f"payload '{spawn.name}' may start inside zone '{zone.id}': move one of them"
                yield reason(ReasonCode.SPAWN_BLOCKED, spawn.name, message, overlap_mm=depth)


def _reach_out(box: Floats, around: Floats) -> float:
    """Return how far a box (2, 3) reaches out of another, at most 0 where it lies inside."""
    return float(np.maximum(around[0] - box[0], box[1] - around[1]).max())


def overlap_depth(one: Floats, other: Floats) -> float:
    """Return how deep two boxes (2, 3) reach into each other, at most 0 where they don't."""
    return float((np.minimum(one[1], other[1]) - np.maximum(one[0], other[0])).min())

"""The space that a payload may start in: its body swept over its jitter."""

import math
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Payload
from workbench.convert.decompose import Unresolved
from workbench.convert.hulls import find_hulls
from workbench.convert.primitives import recognise
from workbench.kernel.arrays import Floats
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import measure
from workbench.kernel.meshes import tessellate
from workbench.kernel.overlaps import Placed, make_box, make_polyhedron

TURN_STEP_RAD = math.radians(5.0)
CHORD_MM, ANGLE_RAD = 0.01, 0.1


@dataclass(frozen=True)
class Spawn(Placed):
    """A payload's start: `shape` is a box around every pose that it may have."""

    payload: Payload
    solid: Solid

    @cached_property
    def pieces(self) -> tuple[TopoDS_Shape, ...]:
        """Return solids that together are the swept body: exact where it is only shifted, a little more with yaw.

        Convex pieces are swept; a body that can't be split into them, or that is at rest, stands for itself.
        """
        jitter = self.payload.jitter
        turn_rad = 0.0 if is_round(self.solid) else math.radians(jitter.yaw_deg)
        if turn_rad == 0.0 and not any(jitter.position_mm):
            return (self.solid.shape,)
        found = _list_points(self.solid)
        corners = np.array(list(product((-1.0, 1.0), repeat=3))) * np.array(jitter.position_mm)
        centre = measure(self.solid.shape).centre_mm
        swept = [_turn(points, centre, turn_rad)[:, None] + corners for points in found]
        return tuple(make_polyhedron(points.reshape(-1, 3)) for points in swept) or (self.shape,)


def list_spawns(scene: LoadedBundle) -> list[Spawn]:
    """Return the space of every payload of a scene."""
    return [sweep_spawn(payload, scene.solids[payload.body]) for payload in scene.scene.payloads]


def sweep_spawn(payload: Payload, solid: Solid) -> Spawn:
    """Return the space of a payload, in a box around every pose; yaw turns it about its centre of mass.

    The box is exact in z; across, a payload that yaws is bounded by the circle around its bounding box's corners.
    """
    size = measure(solid.shape)
    low, high = size.box_mm[0] - size.centre_mm, size.box_mm[1] - size.centre_mm
    if payload.jitter.yaw_deg > 0.0 and not is_round(solid):
        reach = float(np.hypot(*np.maximum(-low, high)[:2]))
        low, high = np.array([-reach, -reach, low[2]]), np.array([reach, reach, high[2]])
    jitter = np.array(payload.jitter.position_mm)
    box = make_box(size.centre_mm + low - jitter, size.centre_mm + high + jitter)
    return Spawn(payload.body, box, payload, solid)


def is_round(solid: Solid) -> bool:
    """Say whether turning the payload about the vertical changes nothing: a sphere, or an upright cylinder."""
    found = recognise(solid.shape)
    if found is None or found.frame is None or found.kind not in ("sphere", "cylinder"):
        return False
    return found.kind == "sphere" or abs(float(found.frame.rotation[2, 2])) > 1.0 - 1e-9


def _list_points(solid: Solid) -> list[Floats]:
    """Return the corners (n, 3) of every convex piece of a solid, none where it can't be split."""
    hulls = find_hulls(solid.shape)
    if isinstance(hulls, Unresolved):
        return []
    if any(not len(hull.vertices_mm) for hull in hulls):
        return [tessellate(solid.shape, CHORD_MM, ANGLE_RAD)[0]]  # a sphere, cylinder or capsule: convex
    return [hull.vertices_mm for hull in hulls]


def _turn(points: Floats, centre: Floats, turn_rad: float) -> Floats:
    """Return points turned about a vertical axis from −turn to turn in steps, so far out that the arcs lie inside."""
    if turn_rad == 0.0:
        return points
    count = 2 * math.ceil(min(turn_rad, math.pi) / TURN_STEP_RAD) + 1
    angles = np.linspace(-min(turn_rad, math.pi), min(turn_rad, math.pi), count)
    reach = 1.0 / math.cos((angles[1] - angles[0]) / 2)
    cosines, sines = np.cos(angles), np.sin(angles)
    x, y, z = (points - centre).T
    turned = [[reach * (c * x - s * y), reach * (s * x + c * y), z] for c, s in zip(cosines, sines, strict=True)]
    found: Floats = np.moveaxis(np.array(turned), 1, 2).reshape(-1, 3) + centre
    return np.vstack([found, points])

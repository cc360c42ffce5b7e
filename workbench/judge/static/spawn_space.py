"""Where a scene's bodies are when a trial starts: still ones, and payloads swept over their jitter."""

import numpy as np

from schemas.bundle import Payload, Role
from workbench.convert.primitives import recognise
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import Placed, make_box


def list_still(scene: LoadedBundle) -> list[Placed]:
    """Return the bodies of a scene but for payloads, at t = 0."""
    bodies = [body.id for body in scene.scene.bodies if body.role is not Role.PAYLOAD]
    return [Placed(name, scene.solids[name].shape) for name in bodies]


def list_spawns(scene: LoadedBundle) -> list[Placed]:
    """Return the space of every payload of a scene."""
    return [sweep_spawn(payload, scene.solids[payload.body]) for payload in scene.scene.payloads]


def sweep_spawn(payload: Payload, solid: Solid) -> Placed:
    """Return a box around every pose that a payload may start in; yaw turns it about its centre of mass.

    The box is exact in z; across, a payload that yaws is bounded by the circle around its bounding box's corners.
    """
    size = measure(solid.shape)
    low, high = size.box_mm[0] - size.centre_mm, size.box_mm[1] - size.centre_mm
    if payload.jitter.yaw_deg > 0.0 and not _is_round(solid):
        reach = float(np.hypot(*np.maximum(-low, high)[:2]))
        low, high = np.array([-reach, -reach, low[2]]), np.array([reach, reach, high[2]])
    jitter = np.array(payload.jitter.position_mm)
    return Placed(payload.body, make_box(size.centre_mm + low - jitter, size.centre_mm + high + jitter))


def _is_round(solid: Solid) -> bool:
    """Say whether turning the payload about the vertical changes nothing: a sphere, or an upright cylinder."""
    found = recognise(solid.shape)
    if found is None or found.frame is None or found.kind not in ("sphere", "cylinder"):
        return False
    return found.kind == "sphere" or abs(float(found.frame.rotation[2, 2])) > 1.0 - 1e-9

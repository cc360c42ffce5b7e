"""The space that a payload may fill when a trial starts: its shape swept over the jitter of its position and yaw."""

import numpy as np

from schemas.bundle import Payload
from workbench.convert.primitives import recognise
from workbench.kernel.loading import Solid
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import Placed, make_box


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

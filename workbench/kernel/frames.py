"""Places things: rigid poses, rotations, frames across a direction."""

from typing import NamedTuple

import numpy as np
from OCP.gp import gp_Quaternion, gp_Trsf, gp_Vec
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Pose, Zone
from workbench.kernel.arrays import Floats


class Frame(NamedTuple):
    """A rigid pose: rotation (3, 3) and origin (3,) in the enclosing frame, origin in metres."""

    rotation: Floats
    origin_m: Floats

    def to_local(self, points_m: Floats) -> Floats:
        """Return points (n, 3) or (3,) of the enclosing frame in this frame."""
        return np.asarray((points_m - self.origin_m) @ self.rotation)


def frame_across(direction: Floats) -> Floats:
    """Return the rows (3, 3) of a right-handed frame whose last axis is a unit direction."""
    x = np.cross(np.eye(3)[int(np.argmin(np.abs(direction)))], direction)
    x /= np.linalg.norm(x)
    return np.array([x, np.cross(direction, x), direction])


def rotate(quaternions: Floats) -> Floats:
    """Return the rotation matrices (..., 3, 3) of simulated unit quaternions (..., 4), w first."""
    w, x, y, z = np.moveaxis(quaternions, -1, 0)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def read_rotation(pose: Pose) -> Floats:
    """Return the rotation (3, 3) of a pose, as the kernel places by it."""
    w, x, y, z = pose.quaternion_wxyz
    matrix = gp_Quaternion(x, y, z, w).GetMatrix()
    return np.array([[matrix.Value(i, j) for j in (1, 2, 3)] for i in (1, 2, 3)])


def read_zone(zone: Zone) -> Floats:
    """Return a zone's lower and upper corner (2, 3) in mm."""
    return np.array([zone.min_mm, zone.max_mm])


def place(shape: TopoDS_Shape, pose: Pose) -> TopoDS_Shape:
    """Return the shape moved from its own frame to its pose."""
    w, x, y, z = pose.quaternion_wxyz
    transform = gp_Trsf()
    transform.SetRotation(gp_Quaternion(x, y, z, w))
    transform.SetTranslationPart(gp_Vec(*pose.position_mm))
    return shape.Moved(TopLoc_Location(transform), False)


def read_location(location: TopLoc_Location) -> tuple[Floats, Floats]:
    """Return the rotation (3, 3) and origin (3,) in mm of a place."""
    move = location.Transformation()
    matrix = np.array([[move.Value(i, j) for j in (1, 2, 3, 4)] for i in (1, 2, 3)])
    return matrix[:, :3], matrix[:, 3]

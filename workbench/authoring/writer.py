"""Collects the bodies and joints that scenes and assemblies share, and writes the bundle folder."""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ValidationError

from schemas.bundle import Body, Joint, Pose, ProcessName, Range, Role
from schemas.errors import InputError
from schemas.record import describe_validation
from workbench.authoring.solids import take_solid

JointKind = Literal["free", "hinge", "slide", "ball"]
Vector = Sequence[float]
Made = TypeVar("Made")


def checked(make: Callable[[], Made]) -> Made:
    """Build a record; raises InputError with what to change where its fields don't fit."""
    try:
        return make()
    except ValidationError as error:
        raise InputError(describe_validation(error)) from error


def unit(vector: Vector) -> tuple[float, float, float]:
    """Return a vector of length 1; raises InputError for a zero vector."""
    x, y, z = (float(c) for c in vector)
    length = (x * x + y * y + z * z) ** 0.5
    if length < 1e-9:
        raise InputError("an axis must not be the zero vector")
    return (x / length, y / length, z / length)


def triple(vector: Vector) -> tuple[float, float, float]:
    """Return any sequence of three numbers (a build123d Vector too) as a tuple of floats."""
    x, y, z = vector
    return (float(x), float(y), float(z))


class BundleWriter:
    """The bodies and joints of one bundle in the making."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.bodies: list[Body] = []
        self.joints: list[Joint] = []
        self._geometry: dict[str, bytes] = {}

    def _add_body(
        self,
        body_id: str,
        solid: object,
        role: Role,
        *,
        material: str | None = None,
        process: ProcessName | None = None,
        component: str | None = None,
        colour: str = "#9aa5b1",
    ) -> str:
        brep, pose = take_solid(solid, body_id)
        body = checked(
            lambda: Body(
                id=body_id,
                role=role,
                geometry=f"{body_id}.brep",
                geometry_sha256=hashlib.sha256(brep).hexdigest(),
                pose=pose,
                material_id=material,
                process=process,
                component_id=component,
                colour=colour,
            )
        )
        if body_id in self._geometry:
            raise InputError(f"body id '{body_id}' is used twice")
        self.bodies.append(body)
        self._geometry[body_id] = brep
        return body_id

    def joint(
        self,
        joint_id: str,
        kind: JointKind,
        child: str,
        *,
        parent: str | None = None,
        anchor: Vector = (0, 0, 0),
        axis: Vector = (0, 0, 1),
        limits: tuple[float, float] | None = None,
        stiffness: float = 0.0,
        damping: float = 0.0,
        friction_loss: float = 0.0,
        through: str | None = None,
        mount: str | None = None,
    ) -> str:
        """Let `child` move against `parent` (None: the world); limits in degrees or mm, anchor and axis in world."""
        self.joints.append(
            checked(
                lambda: Joint(
                    id=joint_id,
                    kind=kind,
                    parent=parent,
                    child=child,
                    anchor_mm=triple(anchor),
                    axis=unit(axis),
                    range=None if limits is None else Range(min=limits[0], max=limits[1]),
                    stiffness=stiffness,
                    damping=damping,
                    friction_loss=friction_loss,
                    through=through,
                    mount_id=mount,
                )
            )
        )
        return joint_id

    def _write(self, bundle_json: bytes, folder: Path | None) -> None:
        target = folder or Path(os.environ.get("WORKPIECE_OUT", "out"))
        target.mkdir(parents=True, exist_ok=True)
        for body_id, brep in self._geometry.items():
            (target / f"{body_id}.brep").write_bytes(brep)
        (target / "bundle.json").write_bytes(bundle_json)


def program_hash() -> str:
    """Return the hash of the running program: its file, or the empty text where there is none."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    return hashlib.sha256(Path(file).read_bytes() if file and Path(file).is_file() else b"").hexdigest()


def world_pose(origin: Vector, normal: Vector, x_axis: Vector) -> Pose:
    """Return the pose of a frame with +z along `normal` and +x along the part of `x_axis` across it."""
    z = unit(normal)
    dot = sum(a * b for a, b in zip(z, unit(x_axis), strict=True))
    x = unit([a - dot * b for a, b in zip(unit(x_axis), z, strict=True)])
    y = (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0])
    return Pose(position_mm=triple(origin), quaternion_wxyz=_quaternion(x, y, z))


def _quaternion(x: Vector, y: Vector, z: Vector) -> tuple[float, float, float, float]:
    """Return the quaternion of the rotation with columns x, y, z (Shepperd's method, through the kernel)."""
    from OCP.gp import gp_Mat, gp_Quaternion

    q = gp_Quaternion(gp_Mat(x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]))
    return (q.W(), q.X(), q.Y(), q.Z())

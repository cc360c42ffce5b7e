"""Turns what programs write (vectors, names) into the fields of records, and says what to change where it can't."""

import re
from collections.abc import Callable, Sequence
from typing import Literal, ParamSpec, TypeVar

from OCP.gp import gp_Mat, gp_Quaternion
from pydantic import ValidationError

from schemas.bundle import Pose, ProcessName
from schemas.errors import InputError
from schemas.record import describe_validation
from workbench.authoring.lookup import known

JointKind = Literal["free", "hinge", "slide", "ball"]
Vector = Sequence[float]
Made = TypeVar("Made")
Fields = ParamSpec("Fields")


def checked(make: Callable[Fields, Made], *args: Fields.args, **fields: Fields.kwargs) -> Made:
    """Build a record; raises InputError with what to change where its fields don't fit."""
    try:
        return make(*args, **fields)
    except ValidationError as error:
        raise InputError(describe_validation(error)) from error


def named(body_id: str) -> str:
    """Return an id that fits the pattern of ids; raises InputError with one that does."""
    if isinstance(body_id, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,47}", body_id):
        return body_id
    near = re.sub(r"[^a-z0-9_]+", "_", str(body_id).lower()).strip("_")[:40] or "body"
    near = near if near[0].isalpha() else f"n{near}"
    raise InputError(f"id {body_id!r} must be lower-case letters, digits and _, a letter first: write '{near}'")


def process_name(process: str) -> ProcessName:
    """Return a manufacturing process; raises InputError that names all of them."""
    return ProcessName(known(process, [name.value for name in ProcessName], "process"))


def triple(vector: Vector) -> tuple[float, float, float]:
    """Return any sequence of three numbers (a build123d Vector too) as a tuple of floats; raises InputError."""
    try:
        x, y, z = vector
        return (float(x), float(y), float(z))
    except (TypeError, ValueError) as error:
        raise InputError(f"expected three numbers (x, y, z), got {vector!r}") from error


def unit(vector: Vector) -> tuple[float, float, float]:
    """Return a vector of length 1; raises InputError for a zero vector."""
    x, y, z = triple(vector)
    length = (x * x + y * y + z * z) ** 0.5
    if not 1e-9 < length < 1e12:
        raise InputError(f"{tuple(vector)} is no direction: an axis must not be the zero vector, (0, 0, 1) is upwards")
    return (x / length, y / length, z / length)


def axes_across(normal: Vector, x_axis: Vector) -> tuple[Vector, Vector, Vector]:
    """Return the axes x, y, z of a frame with +z along `normal` and +x along the part of `x_axis` across it."""
    z, along = unit(normal), unit(x_axis)
    dot = sum(a * b for a, b in zip(z, along, strict=True))
    if abs(dot) > 1 - 1e-9:
        raise InputError(f"x_axis {tuple(x_axis)} runs along the normal {tuple(normal)}: turn it across")
    x = unit([a - dot * b for a, b in zip(along, z, strict=True)])
    return x, (z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0]), z


def world_pose(origin: Vector, normal: Vector, x_axis: Vector) -> Pose:
    """Return the pose of a frame with +z along `normal` and +x along the part of `x_axis` across it."""
    x, y, z = axes_across(normal, x_axis)
    turn = gp_Quaternion(gp_Mat(x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]))
    return checked(Pose, position_mm=triple(origin), quaternion_wxyz=(turn.W(), turn.X(), turn.Y(), turn.Z()))

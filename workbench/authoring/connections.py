"""Reads connected build123d joints and solved cadquery assemblies: what moves how against what, and where."""

import math
from typing import NamedTuple

import cadquery
from build123d import Axis, BallJoint, CylindricalJoint, Joint, LinearJoint, RevoluteJoint, RigidJoint

from schemas.errors import InputError
from workbench.authoring.values import JointKind, Vector

_ENDLESS_MM = 10_000.0
Limits = tuple[float, float] | None


class Motion(NamedTuple):
    """One degree of freedom (three for a ball) in world coordinates (mm, degrees); limits count from t = 0."""

    kind: JointKind
    anchor: Vector
    axis: Vector
    limits: Limits


class Connection(NamedTuple):
    """Two CAD objects that a build123d joint connects: `child` was moved to `parent`; no motions: rigid."""

    parent: object
    child: object
    motions: tuple[Motion, ...]


def read_connection(joint: object) -> Connection:
    """Read a joint on which `connect_to` was called; raises InputError where it was not, or is of no known kind."""
    if not isinstance(joint, Joint):
        raise InputError(f"expected a joint of build123d, got {type(joint).__name__}")
    other = joint.connected_to
    if other is None:
        raise InputError(f"joint '{joint.label}' is not connected: call connect_to on this one, not on its partner")
    motions = (*_read_motions(joint, 1.0), *_read_motions(other, -1.0))
    return Connection(joint.parent, other.parent, motions)


def placed_solids(assembly: cadquery.Assembly) -> dict[str, cadquery.Shape]:
    """Return every object of a (solved) cadquery assembly at its place in the world, by its own name."""
    if not isinstance(assembly, cadquery.Assembly):
        raise InputError(f"expected an assembly of cadquery, got {type(assembly).__name__}")
    found: dict[str, cadquery.Shape] = {}
    for shape, path, location, _ in assembly:
        name = path.rsplit("/", 1)[-1]
        if name in found:
            raise InputError(f"two objects of the cadquery assembly are called '{name}': give each its own name")
        found[name] = shape.moved(location)
    return found


def _read_motions(joint: Joint, sign: float) -> tuple[Motion, ...]:
    """Return how a joint lets the child move; `sign` is -1 where the joint is the child's own."""
    match joint:
        case RigidJoint():
            return ()
        case RevoluteJoint():
            return (_turn(joint, joint._angle, sign),)
        case LinearJoint():
            return (_slide(joint, joint.position, sign),)
        case CylindricalJoint():
            return (_slide(joint, joint.position, sign), _turn(joint, joint.angle, sign))
        case BallJoint():
            if any(high - low < 360.0 for low, high in joint.angular_range):
                raise InputError(f"joint '{joint.label}': leave angular_range out and give limits=(0, largest tilt)")
            return (Motion("ball", tuple(joint.location.position), (0, 0, 1), None),)
    raise InputError(f"joint '{joint.label}' is a {type(joint).__name__}, which has no counterpart here")


def _turn(joint: RevoluteJoint | CylindricalJoint, angle: float | None, sign: float) -> Motion:
    axis = Axis(joint.location)
    low, high = joint.angular_range
    limits = None if high - low >= 360.0 else _count_from(angle or 0.0, (low, high), sign)
    return Motion("hinge", tuple(axis.position), tuple(axis.direction), limits)


def _slide(joint: LinearJoint | CylindricalJoint, position: float | None, sign: float) -> Motion:
    axis = Axis(joint.location)
    low, high = (max(-_ENDLESS_MM, min(_ENDLESS_MM, end)) for end in joint.linear_range)
    endless = math.isinf(joint.linear_range[0]) and math.isinf(joint.linear_range[1])
    limits = None if endless else _count_from(position or 0.0, (low, high), sign)
    return Motion("slide", tuple(axis.position), tuple(axis.direction), limits)


def _count_from(now: float, limits: tuple[float, float], sign: float) -> tuple[float, float]:
    low, high = sorted(sign * (end - now) for end in limits)
    return low, high

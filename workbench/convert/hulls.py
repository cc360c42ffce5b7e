"""Gives every body its convex pieces: a primitive where the solid is one, else a decomposition within the bounds."""

from schemas.bundle import Attachment
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from workbench.convert.decompose import decompose
from workbench.convert.model import Group, Hull
from workbench.convert.primitives import recognise

MOST_SCENE_HULLS = 1500


def resolve_hulls(
    groups: tuple[Group, ...], links: tuple[Attachment, ...]
) -> dict[str, tuple[Hull, ...]] | tuple[Reason, ...]:
    """Return the hulls of every bundle body (world frame), or COLLISION_UNRESOLVED for each that has none."""
    hulls: dict[str, tuple[Hull, ...]] = {}
    for group in groups:
        for member in group.members:
            solid = member.solid
            primitive = recognise(solid.shape)
            hulls[solid.body.id] = (primitive,) if primitive else decompose(solid.shape)
    count = sum(len(found) for found in hulls.values())
    if count > MOST_SCENE_HULLS:
        numbers = (Measure(name="hulls", value=count), Measure(name="limit", value=MOST_SCENE_HULLS))
        message = f"the scene needs {count} convex pieces, at most {MOST_SCENE_HULLS}: simplify its bodies"
        return (Reason(code=ReasonCode.COLLISION_UNRESOLVED, message=message, numbers=numbers),)
    return hulls

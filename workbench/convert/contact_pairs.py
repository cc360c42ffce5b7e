"""Decides which geoms can touch and with which friction and restitution; contacts belong to pairs (mechanics §2)."""

import math
from collections.abc import Iterator, Mapping, Set
from itertools import combinations

from lxml import etree

from schemas.bundle import Body, Interface
from schemas.catalogue import Catalogue
from schemas.units import M_PER_MM
from workbench.convert.conversion import ROUND, CollisionGeom, Group
from workbench.convert.settings import BELT_CLASS

BOUNCE_FROM = 0.3
BOUNCE_RATE_RAD_S = math.pi / 0.010
BOUNCE_SOLIMP = "0.95 0.95 0.001"
TORSIONAL_FRICTION_M = 0.0005
"""Moment about the normal ÷ normal force: a contact patch of about a millimetre."""
COMPONENT_MATERIAL = "steel_1018"
"""Contact material of bought components that name none: most are steel."""


def restitution_damping(restitution: float) -> float:
    """Return the damping ratio ζ of a mass on a spring-damper that leaves contact with this restitution in (0, 1].

    Solves e = exp(−ζ/√(1−ζ²) · atan2(2ζ√(1−ζ²), 2ζ²−1)), mechanics §2, by bisection (e falls with ζ).
    """
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        zeta = (low + high) / 2
        root = math.sqrt(1 - zeta * zeta)
        rebound = math.exp(-zeta / root * math.atan2(2 * zeta * root, 2 * zeta * zeta - 1))
        low, high = (zeta, high) if rebound > restitution else (low, zeta)
    return low


def find_pairs(
    groups: tuple[Group, ...], geoms: tuple[CollisionGeom, ...], interfaces: tuple[Interface, ...]
) -> Iterator[tuple[CollisionGeom, CollisionGeom]]:
    """Yield every two geoms that can touch: of two groups, not both static, not neighbours on a joint or interface."""
    by_name = {group.name: group for group in groups}
    of: dict[str, list[CollisionGeom]] = {name: [] for name in by_name}
    for geom in geoms:
        of[geom.mujoco_body].append(geom)
    declared = {frozenset((face.component, face.body)) for face in interfaces}
    for one, other in combinations(groups, 2):
        if (one.static and other.static) or _share_joint(one, other):
            continue
        for a in of[one.name]:
            yield from ((a, b) for b in of[other.name] if frozenset((a.body_id, b.body_id)) not in declared)


def add_contacts(
    root: etree._Element,
    pairs: list[tuple[CollisionGeom, CollisionGeom]],
    groups: tuple[Group, ...],
    belts: Set[str],
    catalogue: Catalogue,
) -> None:
    """Append `<contact>` with one named `<pair>` each, `<geom1>|<geom2>`; `belts` are bodies with moving surfaces."""
    bodies = {member.body.id: member.body for group in groups for member in group.members}
    payloads = {group.name for group in groups if group.is_payload}
    free = {group.name for group in groups if group.is_free}
    contact = etree.SubElement(root, "contact")
    known: dict[tuple[str, str, bool, bool, bool], Mapping[str, str]] = {}
    for a, b in pairs:
        rolls = any(g.kind in ROUND and g.mujoco_body in free for g in (a, b))
        bounces = any(g.kind in ("sphere", "capsule") and g.mujoco_body in payloads for g in (a, b))
        rides = not belts.isdisjoint((a.body_id, b.body_id))
        key = (_material(bodies[a.body_id]), _material(bodies[b.body_id]), rolls, bounces, rides)
        if key not in known:
            known[key] = ({"class": BELT_CLASS} if rides else {}) | _describe_contact(*key[:4], catalogue)
        names = {"name": f"{a.name}|{b.name}", "geom1": a.name, "geom2": b.name}
        etree.SubElement(contact, "pair", {**names, **known[key]})


def _describe_contact(one: str, other: str, rolls: bool, bounces: bool, catalogue: Catalogue) -> dict[str, str]:
    """Return the pair's attributes; rolling friction is a length in MuJoCo too, the larger of the two materials'."""
    pair = catalogue.pair(one, other)
    rolling = max(catalogue.materials[name].rolling_friction_mm for name in (one, other)) * M_PER_MM
    slide = f"{pair.friction:.9g}"
    found = {"friction": f"{slide} {slide} {TORSIONAL_FRICTION_M:g} {rolling:.9g} {rolling:.9g}"}
    if rolls:
        found["condim"] = "6"
    if bounces and pair.restitution >= BOUNCE_FROM:
        damping = 2 * restitution_damping(pair.restitution) * BOUNCE_RATE_RAD_S
        found |= {"solref": f"{-(BOUNCE_RATE_RAD_S**2):.9g} {-damping:.9g}", "solimp": BOUNCE_SOLIMP}
    return found


def _material(body: Body) -> str:
    return body.material_id or COMPONENT_MATERIAL


def _share_joint(one: Group, other: Group) -> bool:
    """Say whether a joint connects the two: the bodies that it names or runs through, static or not."""
    for child, parent in ((one, other), (other, one)):
        bodies = set(parent.body_ids)
        if any({joint.parent, joint.through} & bodies for joint in (*child.joints, *child.closures)):
            return True
    return False

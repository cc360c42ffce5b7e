"""Decides which geoms can touch and with which friction and restitution; contacts belong to pairs (mechanics §2)."""

from collections.abc import Iterator, Mapping, Set
from itertools import combinations

import numpy as np
from lxml import etree

from schemas.bundle import ASSEMBLY_ROLES, Body, Interface
from schemas.catalogue import Catalogue
from schemas.units import M_PER_MM
from workbench.convert.conversion import ROUND, CollisionGeom, Group, Hull
from workbench.convert.reach import Piece, find_apart, read_piece
from workbench.convert.seats import Sides, find_seated, list_joints, list_moves
from workbench.convert.settings import BELT_CLASS, TIMESTEP_S

BOUNCE_FROM = 0.3
BOUNCE_SOLIMP = "0.99 0.99 0.001"
"""Stiff enough that two pieces struck at their seam rebound like one: e² grows by 0.027, at 0.95 by 0.09."""
RUNWAY_CONTACT, RUNWAY_BOUNCE = {"solref": "0.0025 0.5", "margin": "-0.00007"}, {"margin": "-0.0001"}
"""On a runway nothing bounces that would sink in by less than 0.03 mm within a step: the kick of a corner between two
facets is none. Behind a margin that a step passes `speculative` takes no speed from the ball. With SOLREF a ball
loses 7 to 8 % of its height in a half-pipe, with this 2 to 3 % (docs/adr/0015)."""
DEEPEST = "deepest"
"""The sensor of the deepest contact: its distance, negative where bodies overlap, 0 without any."""
TORSIONAL_FRICTION_M = 0.0005
"""Moment about the normal ÷ normal force: a contact patch of about a millimetre."""
COMPONENT_MATERIAL = "steel_1018"
"""Contact material of bought components that name none: most are steel."""


def find_bounce_damping(restitution: float, step_s: float) -> float:
    """Return the damping b (1/s) that turns a closing speed v into e·v within one step: Newton's law of restitution.

    The reference acceleration −b v acts for one step, so b = (1 + e) ÷ step. It has no stiffness and so does not depend
    on depth: a `speculative` contact, which comes before the touch, rebounds like any other.
    """
    return (1.0 + restitution) / step_s


def find_pairs(
    groups: tuple[Group, ...],
    geoms: tuple[CollisionGeom, ...],
    hulls: Mapping[str, tuple[Hull, ...]],
    interfaces: tuple[Interface, ...],
) -> Iterator[tuple[CollisionGeom, CollisionGeom]]:
    """Yield every two geoms that can touch: of two groups, not both static, in reach, no seat of a joint or fit.

    A joint of a scene, which runs through no component, keeps its two bodies from touching.
    """
    numbers: dict[str, int] = {}
    of: dict[str, list[tuple[CollisionGeom, Piece]]] = {group.name: [] for group in groups}
    for geom in geoms:
        number = numbers[geom.body_id] = numbers.get(geom.body_id, -1) + 1
        of[geom.mujoco_body].append((geom, read_piece(hulls[geom.body_id][number])))
    for one, other in combinations(groups, 2):
        own, theirs = of[one.name], of[other.name]
        if one.static and other.static:
            continue
        joints = list_joints(one, other)
        if any(joint.through is None for joint in joints):
            continue
        apart = find_apart(one, other, ([piece for _, piece in own], [piece for _, piece in theirs]))
        moves = joints or list_moves(one, other, groups)
        within = find_seated(Sides((one, other), (own, theirs)), joints, moves, interfaces, hulls)
        for i, j in np.argwhere(~(apart | within)).tolist():
            yield own[i][0], theirs[j][0]


def add_contacts(
    root: etree._Element,
    pairs: list[tuple[CollisionGeom, CollisionGeom]],
    groups: tuple[Group, ...],
    belts: Set[str],
    catalogue: Catalogue,
) -> None:
    """Append `<contact>` with a named `<pair>` each, `<geom1>|<geom2>`; `belts` are bodies with moving surfaces.

    A pair that bounces is there twice: once without friction for the bounce, once for rest, rolling and sliding. In one
    contact MuJoCo's cone would turn the friction that opposes a bounce in a groove into more bounce (docs/adr/0015).
    """
    bodies = {member.body.id: member.body for group in groups for member in group.members}
    payloads = {group.name for group in groups if group.is_payload}
    free = {group.name for group in groups if group.is_free}
    contact = etree.SubElement(root, "contact")
    for a, b in pairs:
        rolls = any(g.kind in ROUND and g.mujoco_body in free for g in (a, b))
        one, other = (geom.material_id or _material(bodies[geom.body_id]) for geom in (a, b))
        names = {"name": f"{a.name}|{b.name}", "geom1": a.name, "geom2": b.name}
        round_payload = any(g.kind in ("sphere", "capsule") and g.mujoco_body in payloads for g in (a, b))
        runs = round_payload and (a.is_runway or b.is_runway)
        rides = not belts.isdisjoint((a.body_id, b.body_id))
        manner = {"class": BELT_CLASS} if rides else RUNWAY_CONTACT if runs else {}
        etree.SubElement(contact, "pair", {**names, **manner, **_describe_contact(one, other, rolls, catalogue)})
        restitution = catalogue.pair(one, other).restitution
        if round_payload and restitution >= BOUNCE_FROM:
            names["name"] += "|bounce"
            margin = RUNWAY_BOUNCE if runs else {}
            etree.SubElement(contact, "pair", {**names, **margin, **_describe_bounce(restitution)})


def add_contact_sensors(
    root: etree._Element,
    pairs: list[tuple[CollisionGeom, CollisionGeom]],
    groups: tuple[Group, ...],
    belts: Set[str],
) -> tuple[tuple[str, str], ...]:
    """Append sensors that see every step: how deep the deepest contact is, and the force of bodies on each other.

    A force, in the world's frame, is that of the first body on the second, of a conveyor on another body, or of two of
    which one is or carries the design's. Returns these pairs of bodies, in the order of their sensors `<one>|<other>`.
    """
    sensor = root.find("sensor")
    sensor = etree.SubElement(root, "sensor") if sensor is None else sensor
    etree.SubElement(sensor, "contact", name=DEEPEST, num="1", data="dist", reduce="mindist")
    bearing = {g.name for g in groups if any(m.body.role in ASSEMBLY_ROLES for m in g.members)}
    moving = {g.name for g in groups if not belts.isdisjoint(g.body_ids)}
    found = dict.fromkeys((a.mujoco_body, b.mujoco_body) for a, b in pairs)
    touching = [(b, a) if b in moving else (a, b) for a, b in found if not (bearing | moving).isdisjoint((a, b))]
    touching = list(dict.fromkeys(touching))
    for one, other in touching:
        names = {"name": f"{one}|{other}", "body1": one, "body2": other}
        etree.SubElement(sensor, "contact", {**names, "num": "1", "data": "force", "reduce": "netforce"})
    return tuple(touching)


def _describe_contact(one: str, other: str, rolls: bool, catalogue: Catalogue) -> dict[str, str]:
    """Return the pair's attributes; rolling friction is a length in MuJoCo too, the larger of the two materials'."""
    rolling = max(catalogue.materials[name].rolling_friction_mm for name in (one, other)) * M_PER_MM
    slide = f"{catalogue.pair(one, other).friction:.9g}"
    found = {"friction": f"{slide} {slide} {TORSIONAL_FRICTION_M:g} {rolling:.9g} {rolling:.9g}"}
    return found | ({"condim": "6"} if rolls else {})


def _describe_bounce(restitution: float) -> dict[str, str]:
    damping = find_bounce_damping(restitution, TIMESTEP_S)
    return {"condim": "1", "solref": f"0 {-damping:.9g}", "solimp": BOUNCE_SOLIMP}


def _material(body: Body) -> str:
    return body.material_id or COMPONENT_MATERIAL

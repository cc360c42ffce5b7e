"""Checks what a bundle's record says about itself: unique ids, roles by kind, references that resolve."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from schemas.bundle import ASSEMBLY_ROLES, ENVIRONMENT_ROLES, AssemblyBundle, Role, SceneBundle
from schemas.reasons import Reason, ReasonCode
from workbench.reasons import reason_at

_fault = partial(reason_at, ReasonCode.BUNDLE_INVALID)


def find_reference_faults(record: SceneBundle | AssemblyBundle) -> Iterator[Reason]:
    """Yield every fault that shows without geometry; names of the environment in an assembly are checked on joining."""
    yield from _find_shared_faults(record)
    yield from _find_scene_faults(record) if isinstance(record, SceneBundle) else _find_assembly_faults(record)


def _find_shared_faults(record: SceneBundle | AssemblyBundle) -> Iterator[Reason]:
    bodies = {body.id for body in record.bodies}
    yield from _find_doubles("body", (body.id for body in record.bodies))
    yield from _find_doubles("geometry", (body.geometry for body in record.bodies))
    yield from _find_doubles("joint", (joint.id for joint in record.joints))
    for joint in record.joints:
        yield from _find_missing([(f"joint {joint.id}", "child", joint.child, bodies)])
        if joint.parent == joint.child:
            yield _fault(f"joint {joint.id}", "its parent is its child")
        if joint.through is not None:
            yield from _find_missing([(f"joint {joint.id}", "through", joint.through, bodies)])
        if joint.parent is not None and joint.mount_id is None:
            yield from _find_missing([(f"joint {joint.id}", "parent", joint.parent, bodies)])


def _find_scene_faults(scene: SceneBundle) -> Iterator[Reason]:
    roles = {body.id: body.role for body in scene.bodies}
    joints = {joint.id for joint in scene.joints}
    goals = {zone.id for zone in scene.zones.goal_zones}
    for body in scene.bodies:
        if body.role not in ENVIRONMENT_ROLES:
            yield _fault(body.id, f"a scene holds no {body.role.value}")
    payloads = [payload.body for payload in scene.payloads]
    yield from _find_doubles("payload", payloads)
    zones = scene.zones
    all_zones = (zones.workspace, zones.build_zone, *zones.goal_zones, *zones.forbid_zones)
    yield from _find_doubles("zone", (zone.id for zone in all_zones))
    for group in (scene.drives, scene.mounts, scene.outlets, scene.motion_contracts):
        yield from _find_doubles("id", (item.id for item in group))
    for body_id in sorted(roles):
        if (roles[body_id] is Role.PAYLOAD) != (body_id in payloads):
            yield _fault(body_id, "exactly the bodies of role payload have a goal")
    for payload in scene.payloads:
        named = [("body", payload.body, roles), ("goal zone", payload.goal.zone, goals)]
        yield from _find_missing((f"payload {payload.body}", *wanted) for wanted in named)
    yield from _find_motion_faults(scene, roles, joints)


def _find_motion_faults(scene: SceneBundle, roles: dict[str, Role], joints: set[str]) -> Iterator[Reason]:
    belts = {surface.body for surface in scene.surfaces}
    contracts = scene.motion_contracts
    yield from _find_doubles("surface of", (surface.body for surface in scene.surfaces))
    yield from _find_doubles("drive of joint", (drive.joint for drive in scene.drives))
    yield from _find_kind_faults(scene, roles)
    named = [
        *((f"drive {drive.id}", "joint", drive.joint, joints) for drive in scene.drives),
        *((f"surface of {surface.body}", "body", surface.body, roles) for surface in scene.surfaces),
        *((f"mount {mount.id}", "body", mount.body, roles) for mount in scene.mounts),
        *((f"contract {c.id}", "joint", c.joint, joints) for c in contracts if c.joint is not None),
        *((f"contract {c.id}", "conveyor", c.body, belts) for c in contracts if c.body is not None),
    ]
    yield from _find_missing(named)


def _find_kind_faults(scene: SceneBundle, roles: dict[str, Role]) -> Iterator[Reason]:
    """Yield what names a body or joint of a kind that can't do it."""
    kinds = {joint.id: joint.kind for joint in scene.joints}
    fixed = {joint.id for joint in scene.joints if roles.get(joint.child) in (Role.FIXTURE, Role.PAYLOAD)}
    for name in sorted(fixed):
        yield _fault(f"joint {name}", "its child must be a mover or a drive")
    for drive in scene.drives:
        if kinds.get(drive.joint) in ("free", "ball"):
            yield _fault(f"drive {drive.id}", f"joint '{drive.joint}' must be a hinge or a slide")
    for contract in scene.motion_contracts:
        if kinds.get(contract.joint or "") == "free":
            yield _fault(f"contract {contract.id}", "a free mover can't promise a motion: drop the contract")
    yield from _find_role_faults(scene, roles)


def _find_role_faults(scene: SceneBundle, roles: dict[str, Role]) -> Iterator[Reason]:
    belts = {body for body, role in roles.items() if role is Role.DRIVE} - {joint.child for joint in scene.joints}
    for surface in scene.surfaces:
        if surface.body in roles and surface.body not in belts:
            yield _fault(f"surface of {surface.body}", "a conveyor's body must be of role drive and on no joint")
    for mount in scene.mounts:
        if roles.get(mount.body) is Role.PAYLOAD:
            yield _fault(f"mount {mount.id}", "a payload has no mounts")


def _find_assembly_faults(assembly: AssemblyBundle) -> Iterator[Reason]:
    bodies = {body.id for body in assembly.bodies}
    bought = {body.id for body in assembly.bodies if body.role is Role.COMPONENT}
    joints = {joint.id for joint in assembly.joints}
    for body in assembly.bodies:
        if body.role not in ASSEMBLY_ROLES:
            message = f"an assembly holds parts and components, no {body.role.value}"
            yield reason_at(ReasonCode.ENVIRONMENT_TAMPERED, body.id, message)
    for group in (assembly.attachments, assembly.couplings, assembly.springs, assembly.motors):
        yield from _find_doubles("id", (item.id for item in group))
    for link in assembly.attachments:
        if link.mount_id is not None and link.b in bodies:
            yield _fault(f"attachment {link.id}", "b is of the assembly, so it has no mount_id")
        if link.a == link.b:
            yield _fault(f"attachment {link.id}", "a and b are the same body")
    links, couplings = assembly.attachments, assembly.couplings
    named = [
        *((f"attachment {link.id}", "a", link.a, bodies) for link in links),
        *((f"attachment {link.id}", "b", link.b, bodies) for link in links if link.mount_id is None),
        *((f"coupling {c.id}", "joint", name, joints) for c in couplings for name in (c.joint_a, c.joint_b)),
        *((f"motor {motor.id}", "joint", motor.joint, joints) for motor in assembly.motors),
        *(("loose", "body", name, bodies) for name in assembly.loose),
        *((f"spring {s.id}", "body", name, bodies) for s in assembly.springs for name in (s.a, s.b)),
        *(("interface", "bought component", face.component, bought) for face in assembly.interfaces),
        *(("interface", "body", face.body, bodies) for face in assembly.interfaces),
    ]
    yield from _find_missing(named)


def _find_doubles(kind: str, ids: Iterable[str]) -> Iterator[Reason]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield _fault(name, f"{kind} '{name}' is used {count} times")


def _find_missing(named: Iterable[tuple[str, str, str, Iterable[str]]]) -> Iterator[Reason]:
    for where, field, name, known in named:
        if name not in known:
            yield _fault(where, f"{field} '{name}' does not exist")

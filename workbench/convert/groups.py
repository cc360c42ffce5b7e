"""Composes a stored scene with a submitted assembly: what is fastened together becomes one rigid group."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from schemas.bundle import AssemblyBundle, Attachment, Joint, Mount, Role, SceneBundle
from schemas.reasons import Reason, ReasonCode
from workbench.convert.conversion import Group, name_body
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.reasons import Refused, reason_at


def compose(scene: LoadedBundle, assembly: LoadedBundle | None) -> tuple[Group, ...] | Refused:
    """Return the rigid groups, parents before children, or every reason why the two bundles don't fit together."""
    joints, design = scene.scene.joints, None
    members = dict(scene.solids)
    faults: list[Reason] = []
    if assembly is not None:
        if not isinstance(assembly.record, AssemblyBundle):
            fault = "an assembly bundle is needed, this is a scene"
            return Refused((reason_at(ReasonCode.BUNDLE_INVALID, "bundle", fault),))
        design = assembly.record
        faults += _find_environment_faults(scene.scene, design)
        joints = (*joints, *design.joints)
        members |= assembly.solids
    if faults:
        return Refused(tuple(faults))
    return _build_groups(scene.scene, members, find_rigid_sets(members, design), joints)


def find_rigid_sets(bodies: Iterable[str], design: AssemblyBundle | None) -> dict[str, str]:
    """Return for each body the first body (in bundle order) that it is rigid with, by attachments and press fits.

    A component that a joint runs through is rigid with the joint's parent; only where it isn't, with its child.
    """
    ids = tuple(bodies)
    if design is None:
        return {body_id: body_id for body_id in ids}
    links = [(link.a, link.b) for link in design.attachments]
    links += [(fit.component, fit.body) for fit in design.interfaces if fit.kind == "press"]
    across = {frozenset((str(joint.through), joint.child)): joint for joint in design.joints if joint.through}
    near = [link for link in links if frozenset(link) not in across]
    first = _merge(ids, near)
    for link in links:
        joint = across.get(frozenset(link))
        if joint is not None and first.get(joint.parent or "") != first[str(joint.through)]:
            near.append(link)
    return _merge(ids, near)


def fixed_bodies(scene: SceneBundle) -> frozenset[str]:
    """Return the environment bodies that never move: fixtures, and driven bodies without a joint (conveyors)."""
    jointed = {joint.child for joint in scene.joints}
    still = {b.id for b in scene.bodies if b.role is Role.DRIVE and b.id not in jointed}
    return frozenset(still | {b.id for b in scene.bodies if b.role is Role.FIXTURE})


def _find_environment_faults(scene: SceneBundle, assembly: AssemblyBundle) -> Iterator[Reason]:
    """Yield where an assembly shadows an environment body, or touches one otherwise than through its mount."""
    outside = {body.id for body in scene.bodies}
    own = {body.id for body in assembly.bodies}
    mounts = {mount.id: mount for mount in scene.mounts}
    for body_id in sorted(outside & own):
        message = "shadows an environment body: give it another id"
        yield reason_at(ReasonCode.ENVIRONMENT_TAMPERED, body_id, message)
    for joint in sorted({j.id for j in scene.joints} & {j.id for j in assembly.joints}):
        yield reason_at(ReasonCode.ENVIRONMENT_TAMPERED, joint, "shadows an environment joint: give it another id")
    for link in assembly.attachments:
        if link.mount_id is not None:
            yield from _find_mount_fault(ReasonCode.ATTACHMENT_INVALID, link, link.b, mounts)
    for joint_ in assembly.joints:
        if joint_.mount_id is not None:
            yield from _find_mount_fault(ReasonCode.JOINT_INVALID, joint_, joint_.parent, mounts)


def _find_mount_fault(
    code: ReasonCode, link: Attachment | Joint, body: str | None, mounts: Mapping[str, Mount]
) -> Iterator[Reason]:
    mount = mounts.get(link.mount_id or "")
    if mount is None:
        yield reason_at(code, link.id, f"mount '{link.mount_id}' does not exist")
    elif mount.body != body:
        yield reason_at(code, link.id, f"mount '{mount.id}' is on '{mount.body}', not on '{body}'")


def _merge(bodies: tuple[str, ...], links: list[tuple[str, str]]) -> dict[str, str]:
    """Return for each body the first body (in bundle order) that it is rigidly linked to, itself included."""
    first = {body_id: body_id for body_id in bodies}
    rank = {body_id: number for number, body_id in enumerate(bodies)}
    for a, b in links:
        low, high = sorted((first[a], first[b]), key=rank.__getitem__)
        first = {body_id: low if root == high else root for body_id, root in first.items()}
    return first


def _build_groups(
    scene: SceneBundle, members: Mapping[str, Solid], first: Mapping[str, str], joints: tuple[Joint, ...]
) -> tuple[Group, ...] | Refused:
    fixed, outside = fixed_bodies(scene), {body.id for body in scene.bodies}
    payloads = {payload.body for payload in scene.payloads}
    groups: dict[str, Group] = {}
    faults: list[Reason] = []
    for root in dict.fromkeys(first.values()):
        inside = tuple(body_id for body_id in members if first[body_id] == root)
        theirs = [body_id for body_id in inside if body_id in outside]
        if len(theirs) > 1:
            message = f"is fastened to {' and '.join(theirs)} at once: environment bodies can't be joined"
            faults.append(reason_at(ReasonCode.ATTACHMENT_INVALID, inside[len(theirs)], message))
        static = root in fixed
        split = [theirs, [b for b in inside if b not in outside]] if static else [list(inside)]
        for part in filter(None, split):
            name = name_body(members[part[0]].body)
            mine = part[0] not in outside
            bodies = tuple(members[b] for b in part)
            groups[name] = Group(name, bodies, static, is_payload=part[0] in payloads, is_assembly=mine)
    return Refused(tuple(faults)) if faults else _link_groups(groups, joints)


def _link_groups(groups: dict[str, Group], joints: tuple[Joint, ...]) -> tuple[Group, ...] | Refused:
    """Hang each group on its parent; a second parent, a fixed child or a loop is refused."""
    owner = {body: group.name for group in groups.values() for body in group.body_ids}
    faults: list[Reason] = []
    for joint in joints:
        child = groups[owner[joint.child]]
        above = groups[owner[joint.parent]] if joint.parent is not None else None
        parent = None if above is None or above.static else above.name
        fault = _find_joint_fault(joint, child, parent)
        if fault:
            faults.append(reason_at(ReasonCode.JOINT_INVALID, joint.id, fault))
        elif child.joints and child.parent != parent:
            groups[child.name] = replace(child, closures=(*child.closures, joint))
        else:
            groups[child.name] = replace(child, joints=(*child.joints, joint), parent=parent)
    ordered = _order(groups)
    if not faults and len(ordered) < len(groups):
        names = sorted(groups.keys() - {group.name for group in ordered})
        faults.append(reason_at(ReasonCode.JOINT_INVALID, names[0], f"joints form a loop: {', '.join(names)}"))
    return Refused(tuple(faults)) if faults else ordered


def _find_joint_fault(joint: Joint, child: Group, parent: str | None) -> str:
    """Return why a joint can't be written; a design's hinge to a second parent closes a linkage."""
    if child.is_assembly and joint.parent is None:
        return "hangs on nothing: name a body of the design as its parent, or the environment's with its mount"
    if child.static:
        return f"'{joint.child}' is fixed to the world and can't move on a joint: swap parent and child"
    if child.name == parent:
        return f"'{joint.parent}' and '{joint.child}' are fastened together and can't move against each other"
    if child.joints and child.parent != parent and not (child.is_assembly and joint.kind in ("hinge", "ball")):
        return f"'{joint.child}' already moves on joint '{child.joints[0].id}': only a design's hinge can close a loop"
    if child.joints and child.parent == parent and not _shares_line(joint, child):
        return f"'{joint.child}' already moves on joint '{child.joints[0].id}' against the same body: one is enough"
    return "a free joint has no parent" if joint.kind == "free" and parent is not None else ""


def _shares_line(joint: Joint, child: Group) -> bool:
    """Say whether a joint may join those that a group has: in designs only a slide and a hinge of one component."""
    kinds = [joint.kind, *(known.kind for known in child.joints)]
    if not child.is_assembly:
        return not {joint.kind, child.joints[0].kind} & {"free", "ball"}
    known = child.joints[0]
    same = (joint.anchor_mm, joint.axis, joint.through) == (known.anchor_mm, known.axis, known.through)
    return same and sorted(kinds) == ["hinge", "slide"]


def _order(groups: Mapping[str, Group]) -> tuple[Group, ...]:
    done: dict[str, Group] = {}
    while True:
        ready = [g for g in groups.values() if g.name not in done and (g.parent is None or g.parent in done)]
        if not ready:
            return tuple(done.values())
        done.update((group.name, group) for group in ready)

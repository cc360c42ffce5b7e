"""Checks a design's geometry before anything moves (mechanics §8): where it is, what it overlaps, what holds it."""

from collections.abc import Iterator
from itertools import combinations, product

from schemas.bundle import AssemblyBundle, Role, SceneBundle
from schemas.catalogue import Catalogue
from schemas.reasons import Reason, ReasonCode
from workbench.convert.actuators import read_motors
from workbench.convert.conversion import Group
from workbench.convert.groups import compose
from workbench.judge.static.belts import list_belt_pairs, list_loops
from workbench.judge.static.couplings import find_coupling_faults, find_mesh_faults
from workbench.judge.static.fasteners import find_attachment_faults
from workbench.judge.static.intersections import find_intersections, place_zone, reach_out
from workbench.judge.static.joints import find_interface_faults, find_joint_faults
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.power import find_power_faults
from workbench.judge.static.screws import find_crowded_screws, list_screws
from workbench.judge.static.spawns import list_spawns
from workbench.judge.static.springs import find_spring_faults, list_coils, list_spring_pairs
from workbench.judge.static.welds import find_weld_faults
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle
from workbench.kernel.overlaps import Placed, find_overlap
from workbench.reasons import Refused, reason, reason_at

GOAL_CLEAR_MM = 5.0
BUILD_TOLERANCE_MM = 0.01
"""The kernel's bounding boxes of curved faces are good to a few micrometres."""


def find_design_faults(scene: LoadedBundle, design: LoadedBundle, catalogue: Catalogue) -> tuple[Reason, ...]:
    """Return every static fault of a design in a scene; a design that does not fit the scene's names stops there."""
    environment, assembly = scene.record, design.record
    if not isinstance(environment, SceneBundle) or not isinstance(assembly, AssemblyBundle):
        message = "a scene bundle and an assembly bundle are needed, in this order"
        return (reason(ReasonCode.BUNDLE_INVALID, "", message),)
    composed = compose(scene, design)
    if isinstance(composed, Refused):
        return composed.reasons
    placed = PlacedDesign(scene, design, catalogue)
    screws = (piece for _, screw in list_screws(placed) for piece in screw.list_free(placed.still))
    bodiless = [*screws, *list_coils(placed), *list_loops(placed)]
    return (
        *_find_moving_faults(placed, composed),
        *_count_parts(placed),
        *(fault for body in (*placed.own, *bodiless) for fault in _find_zone_faults(environment, body)),
        *find_intersections((*_list_pairs(placed), *list_spring_pairs(placed), *list_belt_pairs(placed))),
        *(fault for link in assembly.attachments for fault in find_attachment_faults(link, placed)),
        *find_crowded_screws(placed),
        *_find_loose_ends(placed),
    )


def _find_moving_faults(placed: PlacedDesign, groups: tuple[Group, ...]) -> Iterator[Reason]:
    """Yield what is wrong with joints, declared fits, motors, couplings and springs."""
    assembly = placed.assembly
    closures = {joint.id for group in groups for joint in group.closures}
    for joint in assembly.joints:
        yield from find_joint_faults(joint, placed)
    yield from find_weld_faults(placed)
    for face in assembly.interfaces:
        yield from find_interface_faults(face, placed)
    users = [(m.id, m.joint) for m in assembly.motors]
    users += [(c.id, name) for c in assembly.couplings for name in (c.joint_a, c.joint_b)]
    for name, joint_id in users:
        if joint_id in closures:
            message = f"joint '{joint_id}' closes a loop and can't be driven or coupled: take another joint of it"
            yield reason_at(ReasonCode.JOINT_INVALID, name, message)
    motors = read_motors(assembly, placed.catalogue)
    if isinstance(motors, Refused):
        yield from motors.reasons
    else:
        yield from find_power_faults(placed)
        for coupling in assembly.couplings:
            yield from find_coupling_faults(coupling, placed, motors)
    yield from find_mesh_faults(placed)
    yield from find_spring_faults(placed)


def _count_parts(placed: PlacedDesign) -> Iterator[Reason]:
    count, limit = sum(body.role is Role.PART for body in placed.assembly.bodies), placed.scene.task.max_parts
    if count > limit:
        yield reason(ReasonCode.TOO_MANY_PARTS, "", f"{count} parts, at most {limit}", parts=count, limit=limit)


def _find_zone_faults(scene: SceneBundle, body: Placed) -> Iterator[Reason]:
    beyond = reach_out(body.box_mm, read_zone(scene.zones.build_zone))
    if beyond > BUILD_TOLERANCE_MM:
        message = f"'{body.name}' reaches {beyond:.3g} mm out of the build zone: move or shrink it"
        yield reason(ReasonCode.OUTSIDE_BUILD_ZONE, body.name, message, beyond_mm=beyond)
    zones = {zone.id: zone for zone in scene.zones.goal_zones}
    kept = {p.goal.zone for p in scene.payloads if p.goal.goal_support == "environment"}
    for name in sorted(kept):
        if overlap := find_overlap(body, place_zone(zones[name], GOAL_CLEAR_MM)):
            message = f"'{body.name}' comes within {GOAL_CLEAR_MM:g} mm of goal '{name}': move or shrink it"
            yield reason(ReasonCode.OUTSIDE_BUILD_ZONE, body.name, message, beyond_mm3=overlap.volume_mm3)
    for zone in scene.zones.forbid_zones:
        if overlap := find_overlap(body, place_zone(zone)):
            message = f"'{body.name}' stands in forbid zone '{zone.id}': move it out"
            yield reason(ReasonCode.FORBIDDEN_ZONE, body.name, message, shared_volume_mm3=overlap.volume_mm3)


def _list_pairs(placed: PlacedDesign) -> Iterator[tuple[Placed, Placed]]:
    """Yield the pairs that must not overlap: parts, the environment, and wherever a payload may start."""
    declared = {frozenset((face.component, face.body)) for face in placed.assembly.interfaces}
    for one, other in combinations(placed.own, 2):
        if frozenset((one.name, other.name)) not in declared:
            yield one, other
    yield from product(placed.own, (*placed.still, *list_spawns(placed.environment)))


def _find_loose_ends(placed: PlacedDesign) -> Iterator[Reason]:
    """Yield the bodies that nothing holds: neither rigid with or jointed to what is held, nor declared loose."""
    assembly, sets = placed.assembly, placed.sets
    held = {sets[name] for name in (*assembly.loose, *(body.id for body in placed.scene.bodies))}
    before = -1
    while before != len(held):
        before = len(held)
        held |= {sets[joint.child] for joint in assembly.joints if sets[str(joint.parent)] in held}
    for body in assembly.bodies:
        if sets[body.id] not in held:
            message = f"'{body.id}' is not fastened to anything: attach it, or declare it loose if it merely rests"
            yield reason(ReasonCode.ATTACHMENT_INVALID, body.id, message)

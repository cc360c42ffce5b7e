"""Turns a checked scene and assembly into one MJCF file that MuJoCo can simulate as it stands (mechanics §§2, 3)."""

from collections.abc import Mapping

from lxml import etree

from schemas.bundle import AssemblyBundle, SceneBundle
from schemas.catalogue import Catalogue
from workbench.convert.actuators import add_actuators, find_motor_faults, read_motors
from workbench.convert.bodies import Content, Written, add_body, add_zones
from workbench.convert.contact_pairs import add_contacts, find_pairs
from workbench.convert.conversion import CollisionGeom, Conversion, Group, Hull, MotorLine
from workbench.convert.groups import compose
from workbench.convert.hulls import resolve_hulls
from workbench.convert.linkages import add_linkages, describe_bearing
from workbench.convert.mass import MassProperties, find_catalogue_faults, weigh_group
from workbench.convert.settings import add_settings
from workbench.kernel.loading import LoadedBundle
from workbench.reasons import Refused

__all__ = ["CollisionGeom", "Conversion", "convert"]


def convert(scene: LoadedBundle, assembly: LoadedBundle | None, catalogue: Catalogue) -> Conversion | Refused:
    """Write the MJCF of a scene with or without an assembly; returns every reason why it can't be written."""
    record, groups = scene.scene, compose(scene, assembly)
    design = assembly.record if assembly and isinstance(assembly.record, AssemblyBundle) else None
    bodies = (*record.bodies, *(design.bodies if design else ()))
    links = design.attachments if design else ()
    faults = [
        *(groups.reasons if isinstance(groups, Refused) else ()),
        *find_catalogue_faults(bodies, links, _list_further(design) if design else (), catalogue),
        *(find_motor_faults(design, catalogue) if design else ()),
    ]
    if isinstance(groups, Refused) or faults:
        return Refused(tuple(faults))
    hulls = resolve_hulls(groups, links)
    if isinstance(hulls, Refused):
        return hulls
    springs = design.springs if design else ()
    masses = {group.name: weigh_group(group, links, springs, catalogue) for group in groups}
    motors = read_motors(design, catalogue) if design else ()
    root = etree.Element("mujoco", model="workpiece")
    add_settings(root)
    bearings = _describe_bearings(design, groups, masses, (motors, catalogue)) if design else {}
    written = _add_bodies(root, record, groups, (masses, bearings), hulls)
    pairs = list(find_pairs(groups, tuple(written.geoms), design.interfaces if design else ()))
    add_contacts(root, pairs, groups, {surface.body for surface in record.surfaces}, catalogue)
    add_actuators(root, record, motors)
    joints = add_linkages(root, design, groups, written.frames, catalogue) if design else ()
    xml = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    return Conversion(xml, written.files, tuple(written.geoms), groups, joints, motors)


def _add_bodies(
    root: etree._Element,
    scene: SceneBundle,
    groups: tuple[Group, ...],
    weights: tuple[Mapping[str, MassProperties], Mapping[str, Mapping[str, str]]],
    hulls: Mapping[str, tuple[Hull, ...]],
) -> Written:
    masses, bearings = weights
    written = Written(etree.SubElement(root, "asset"), {}, [], {})
    worldbody = etree.SubElement(root, "worldbody")
    etree.SubElement(worldbody, "light", pos="0 0 3", dir="0.3 0.3 -1", directional="true", castshadow="false")
    add_zones(worldbody, scene)
    surfaces = {surface.body: surface for surface in scene.surfaces}
    drives = {drive.joint: drive for drive in scene.drives}
    elements: dict[str | None, etree._Element] = {None: worldbody}
    for group in groups:
        content = Content(masses[group.name], hulls, surfaces, drives, bearings)
        elements[group.name] = add_body(elements[group.parent], group, content, written)
    return written


def _list_further(design: AssemblyBundle) -> tuple[tuple[str, str], ...]:
    """Return who buys what besides bodies and fasteners."""
    springs = tuple((spring.id, spring.component_id) for spring in design.springs)
    return (*springs, *((coupling.id, name) for coupling in design.couplings for name in coupling.components))


def _describe_bearings(
    design: AssemblyBundle,
    groups: tuple[Group, ...],
    masses: Mapping[str, MassProperties],
    known: tuple[tuple[MotorLine, ...], Catalogue],
) -> Mapping[str, Mapping[str, str]]:
    """Return by their names in MJCF what the catalogue says of the design's joints."""
    lines, bodies = {line.motor.joint: line for line in known[0]}, {body.id: body for body in design.bodies}
    found = {}
    for group in groups:
        for joint in group.joints if group.is_assembly else ():
            through = bodies.get(joint.through or "")
            row = known[1].components.get(through.component_id or "") if through else None
            found[f"part/{joint.id}"] = describe_bearing(joint, masses[group.name], row, lines.get(joint.id))
    return found

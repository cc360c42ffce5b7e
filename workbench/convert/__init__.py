"""Turns a checked scene and assembly into one MJCF file that MuJoCo can simulate as it stands (mechanics §§2, 3)."""

from collections.abc import Mapping

from lxml import etree

from schemas.bundle import AssemblyBundle, SceneBundle
from schemas.catalogue import Catalogue
from schemas.reasons import Reason
from workbench.convert.contacts import add_contacts, find_pairs
from workbench.convert.groups import compose
from workbench.convert.hulls import resolve_hulls
from workbench.convert.mass import MassProperties, find_catalogue_faults, weigh_group
from workbench.convert.mjcf import Content, Written, add_body, add_zones
from workbench.convert.model import CollisionGeom, Conversion, Group, Hull, RigidGroup
from workbench.convert.motors import add_actuators, find_motor_faults
from workbench.convert.settings import add_settings, settings_hash
from workbench.geometry import LoadedBundle

__all__ = ["CollisionGeom", "Conversion", "RigidGroup", "convert", "settings_hash"]


def convert(
    scene: LoadedBundle, assembly: LoadedBundle | None, catalogue: Catalogue
) -> Conversion | tuple[Reason, ...]:
    """Write the MJCF of a scene with or without an assembly; returns every reason why it can't be written."""
    if not isinstance(scene.record, SceneBundle):
        raise ValueError("the first bundle must be a scene")
    groups = compose(scene, assembly)
    design = assembly.record if assembly and isinstance(assembly.record, AssemblyBundle) else None
    bodies = (*scene.record.bodies, *(design.bodies if design else ()))
    links = design.attachments if design else ()
    faults = [
        *(item for item in groups if isinstance(item, Reason)),
        *find_catalogue_faults(bodies, links, catalogue),
        *(find_motor_faults(design, catalogue) if design else ()),
    ]
    composed = tuple(item for item in groups if isinstance(item, Group))
    if faults:
        return tuple(faults)
    hulls = resolve_hulls(composed, links)
    if isinstance(hulls, tuple):
        return hulls
    masses = {group.name: weigh_group(group, links, catalogue) for group in composed}
    root = etree.Element("mujoco", model="workpiece")
    add_settings(root)
    written = _add_bodies(root, scene.record, composed, masses, hulls)
    pairs = list(find_pairs(composed, tuple(written.geoms), design.interfaces if design else ()))
    add_contacts(root, pairs, composed, {surface.body for surface in scene.record.surfaces}, catalogue)
    add_actuators(root, scene.record, design, catalogue)
    xml = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    rigid = tuple(_describe_group(group, masses[group.name]) for group in composed)
    return Conversion(xml, written.files, tuple(written.geoms), rigid)


def _add_bodies(
    root: etree._Element,
    scene: SceneBundle,
    groups: tuple[Group, ...],
    masses: Mapping[str, MassProperties],
    hulls: Mapping[str, tuple[Hull, ...]],
) -> Written:
    written = Written(etree.SubElement(root, "asset"), {}, [], {})
    worldbody = etree.SubElement(root, "worldbody")
    etree.SubElement(worldbody, "light", pos="0 0 3", dir="0.3 0.3 -1", directional="true", castshadow="false")
    add_zones(worldbody, scene)
    surfaces = {surface.body: surface for surface in scene.surfaces}
    drives = {drive.joint: drive for drive in scene.drives}
    elements: dict[str | None, etree._Element] = {None: worldbody}
    for group in groups:
        content = Content(masses[group.name], hulls, surfaces, drives)
        elements[group.name] = add_body(elements[group.parent], group, content, written)
    return written


def _describe_group(group: Group, mass: MassProperties) -> RigidGroup:
    bodies = tuple(member.solid.body.id for member in group.members)
    return RigidGroup(group.name, bodies, mass.mass_kg, not group.static, group.is_payload, group.is_assembly)

"""Turns a checked scene and assembly into one MJCF file that MuJoCo can simulate as it stands (mechanics §§2, 3)."""

from lxml import etree

from schemas.bundle import AssemblyBundle
from schemas.catalogue import Catalogue
from workbench.convert.actuators import add_actuators, read_motors
from workbench.convert.bodies import BodyWriter
from workbench.convert.contact_pairs import add_contact_sensors, add_contacts, find_pairs
from workbench.convert.conversion import CollisionGeom, Conversion
from workbench.convert.groups import compose
from workbench.convert.hulls import resolve_hulls
from workbench.convert.linkages import add_linkages, describe_bearings
from workbench.convert.mass import find_catalogue_faults, weigh_group
from workbench.convert.settings import add_settings
from workbench.convert.stops import stop_joints
from workbench.kernel.loading import LoadedBundle
from workbench.reasons import Refused

__all__ = ["CollisionGeom", "Conversion", "convert"]


def convert(scene: LoadedBundle, assembly: LoadedBundle | None, catalogue: Catalogue) -> Conversion | Refused:
    """Write the MJCF of a scene with or without an assembly; returns every reason why it can't be written."""
    record, groups = scene.scene, compose(scene, assembly)
    design = assembly.record if assembly and isinstance(assembly.record, AssemblyBundle) else None
    links = design.attachments if design else ()
    motors = read_motors(design, catalogue) if design else ()
    faults = [
        *(groups.reasons if isinstance(groups, Refused) else ()),
        *find_catalogue_faults(record, design, catalogue),
        *(motors.reasons if isinstance(motors, Refused) else ()),
    ]
    if isinstance(groups, Refused) or isinstance(motors, Refused) or faults:
        return Refused(tuple(faults))
    groups = stop_joints(groups, catalogue)
    hulls = resolve_hulls(groups, links, catalogue)
    if isinstance(hulls, Refused):
        return hulls
    springs = design.springs if design else ()
    masses = {group.name: weigh_group(group, links, springs, catalogue) for group in groups}
    root = etree.Element("mujoco", model="workpiece")
    add_settings(root)
    bearings = describe_bearings(design, groups, masses, motors, catalogue) if design else {}
    written = BodyWriter(root, record, hulls, bearings)
    for group in groups:
        written.add(group, masses[group.name])
    pairs = list(find_pairs(groups, tuple(written.geoms), hulls, design.interfaces if design else ()))
    belts = {surface.body for surface in record.surfaces}
    add_contacts(root, pairs, groups, belts, catalogue)
    add_actuators(root, record, motors)
    joints = add_linkages(root, design, groups, written.frames, catalogue) if design else ()
    touching = add_contact_sensors(root, pairs, groups, belts)
    xml = etree.tostring(root, pretty_print=True, encoding="UTF-8", xml_declaration=True)
    return Conversion(xml, written.files, tuple(written.geoms), groups, joints, motors, touching)

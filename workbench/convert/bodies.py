"""Writes the MJCF file: one body per rigid group, its joints, inertia, collision and drawn geometry, and the zones.

Bodies stand at their group's centre of mass, turned like their first bundle body. Hulls are inline vertices in the
frame of their body (MuJoCo moves mesh and geom together), drawn meshes binary STL.
"""

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from lxml import etree
from OCP.gp import gp_Mat, gp_Quaternion
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Joint, SceneBundle
from schemas.units import M_PER_MM, joint_unit
from workbench.convert.actuators import describe_surface, find_armature
from workbench.convert.conversion import CollisionGeom, Group, Hull, name_body
from workbench.convert.mass import MassProperties
from workbench.convert.settings import ZONE_GROUP
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import Frame, read_rotation, read_zone
from workbench.kernel.loading import Solid
from workbench.kernel.measuring import KEPT_SOLIDS
from workbench.kernel.meshes import Triangles, tessellate, write_stl

VIEW_CHORD_MM, VIEW_ANGLE_RAD = 0.2, 0.35
WORKSPACE_COLOUR, BUILD_COLOUR = "0.5 0.5 0.5 0.03", "0.2 0.4 0.9 0.08"
GOAL_COLOUR, FORBID_COLOUR = "0.2 0.8 0.3 0.25", "0.9 0.2 0.2 0.25"


class BodyWriter:
    """Writes the bodies of a file, parents first, and keeps their mesh files, collision geoms and frames by group.

    `bearings` has the attributes that the catalogue gives a design's joint, by the joint's name.
    """

    def __init__(
        self,
        root: etree._Element,
        scene: SceneBundle,
        hulls: Mapping[str, tuple[Hull, ...]],
        bearings: Mapping[str, Mapping[str, str]],
    ) -> None:
        self.files: dict[str, bytes] = {}
        self.geoms: list[CollisionGeom] = []
        self.frames: dict[str, Frame] = {}
        self._asset = etree.SubElement(root, "asset")
        worldbody = etree.SubElement(root, "worldbody")
        etree.SubElement(worldbody, "light", pos="0 0 3", dir="0.3 0.3 -1", directional="true", castshadow="false")
        _add_zones(worldbody, scene)
        self._elements: dict[str | None, etree._Element] = {None: worldbody}
        self._surfaces = {surface.body: surface for surface in scene.surfaces}
        self._drives = {drive.joint: drive for drive in scene.drives}
        self._hulls, self._bearings = hulls, bearings

    def add(self, group: Group, mass: MassProperties) -> None:
        """Append the `<body>` of a group to its parent's, or to `<worldbody>`."""
        frame = Frame(read_rotation(group.members[0].body.pose), mass.centre_m)
        above = self.frames.get(group.parent or "", Frame(np.eye(3), np.zeros(3)))
        self.frames[group.name] = frame
        pos, quat = write_numbers(above.to_local(frame.origin_m)), _quaternion(above.rotation.T @ frame.rotation)
        body = etree.SubElement(self._elements[group.parent], "body", name=group.name, pos=pos, quat=quat)
        self._elements[group.name] = body
        self._add_joints(body, group, mass)
        _add_inertia(body, mass, frame)
        for member in group.members:
            self._add_collision_geoms(body, group, member)
            self._add_view(body, member, frame)

    def _add_joints(self, body: etree._Element, group: Group, mass: MassProperties) -> None:
        if group.static:
            return
        for joint in group.joints:
            name = f"part/{joint.id}" if group.is_assembly else joint.id
            if joint.kind == "free":
                etree.SubElement(body, "freejoint", name=name)
            else:
                drive = None if group.is_assembly else self._drives.get(joint.id)
                armature = find_armature(drive, joint, mass) if drive else 0.0
                rotor = {"armature": f"{armature:.9g}"} if armature else {}
                described = {**_describe_joint(joint, self.frames[group.name]), **rotor, **self._bearings.get(name, {})}
                etree.SubElement(body, "joint", {"name": name, "type": joint.kind, **described})
        if not group.joints:
            etree.SubElement(body, "freejoint", name=f"{group.name}_free")

    def _add_collision_geoms(self, body: etree._Element, group: Group, member: Solid) -> None:
        frame, surface = self.frames[group.name], self._surfaces.get(member.body.id)
        for number, hull in enumerate(self._hulls[member.body.id]):
            name = f"{name_body(member.body)}/{number}"
            attributes = {"name": name, "type": hull.kind}
            if hull.frame is None:
                vertices = write_numbers(frame.to_local(hull.vertices_mm * M_PER_MM).ravel())
                etree.SubElement(self._asset, "mesh", name=name, inertia="convex", vertex=vertices)
                attributes["mesh"] = name
            else:
                attributes["pos"] = write_numbers(frame.to_local(hull.frame.origin_m))
                attributes["quat"] = _quaternion(frame.rotation.T @ hull.frame.rotation)
                attributes["size"] = write_numbers(np.array(hull.size_mm) * M_PER_MM)
            if surface is not None:
                turn = (hull.frame or frame).rotation.T @ read_rotation(member.body.pose)
                attributes |= describe_surface(surface, turn)
            etree.SubElement(body, "geom", attributes)
            kept = hull.thickness_mm * M_PER_MM, hull.material_id, hull.is_runway
            self.geoms.append(CollisionGeom(name, member.body.id, group.name, hull.kind, *kept))

    def _add_view(self, body: etree._Element, member: Solid, frame: Frame) -> None:
        vertices, triangles = _tessellate_view(member.shape)
        name = f"{name_body(member.body)}/view"
        file = f"{name_body(member.body).replace('/', '-')}.stl"
        self.files[file] = write_stl(frame.to_local(vertices * M_PER_MM), triangles)
        etree.SubElement(self._asset, "mesh", name=name, file=file, inertia="shell")
        rgba = [int(member.body.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        names = {"name": name, "class": "view", "type": "mesh", "mesh": name}
        etree.SubElement(body, "geom", {**names, "rgba": write_numbers(np.array([*rgba, 1]))})


def _add_zones(worldbody: etree._Element, scene: SceneBundle) -> None:
    """Append the zones as box sites of group 4."""
    zones = scene.zones
    coloured = [(zones.workspace, WORKSPACE_COLOUR), (zones.build_zone, BUILD_COLOUR)]
    coloured += [(zone, GOAL_COLOUR) for zone in zones.goal_zones]
    coloured += [(zone, FORBID_COLOUR) for zone in zones.forbid_zones]
    for zone, colour in coloured:
        low, high = read_zone(zone) * M_PER_MM
        place = {"pos": write_numbers((low + high) / 2), "size": write_numbers((high - low) / 2)}
        etree.SubElement(
            worldbody, "site", {"name": zone.id, "type": "box", "group": ZONE_GROUP, **place, "rgba": colour}
        )


def _describe_joint(joint: Joint, frame: Frame) -> dict[str, str]:
    """Return the joint's attributes; angles turn to radians and lengths to metres here."""
    found = {"pos": write_numbers(frame.to_local(np.array(joint.anchor_mm) * M_PER_MM))}
    if joint.kind != "ball":
        found["axis"] = write_numbers(np.array(joint.axis) @ frame.rotation)
    if joint.range is not None:
        low = 0.0 if joint.kind == "ball" else joint.range.min
        found["range"] = write_numbers(np.array([low, joint.range.max]) * joint_unit(joint.kind))
    passive = {"stiffness": joint.stiffness, "damping": joint.damping, "frictionloss": joint.friction_loss}
    return found | {name: f"{value:.9g}" for name, value in passive.items() if value > 0}


def _add_inertia(body: etree._Element, mass: MassProperties, frame: Frame) -> None:
    local = frame.rotation.T @ mass.inertia_kg_m2 @ frame.rotation
    full = [local[0, 0], local[1, 1], local[2, 2], local[0, 1], local[0, 2], local[1, 2]]
    etree.SubElement(
        body, "inertial", pos="0 0 0", mass=f"{mass.mass_kg:.12g}", fullinertia=write_numbers(np.array(full))
    )


@lru_cache(maxsize=KEPT_SOLIDS)
def _tessellate_view(shape: TopoDS_Shape) -> tuple[Floats, Triangles]:
    return tessellate(shape, VIEW_CHORD_MM, VIEW_ANGLE_RAD)


def _quaternion(rotation: Floats) -> str:
    q = gp_Quaternion(gp_Mat(*rotation.ravel().tolist()))
    return write_numbers(np.array([q.W(), q.X(), q.Y(), q.Z()]))


def write_numbers(values: Floats) -> str:
    """Return numbers as text, rounded to 12 digits so that a last bit of another machine does not show."""
    return " ".join(f"{value:.12g}" for value in np.round(values, 15) + 0.0)

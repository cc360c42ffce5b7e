"""Writes what ties a design's bodies together besides its joints: couplings, loop closures, springs, force sensors."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
from lxml import etree

from schemas.bundle import AssemblyBundle, Coupling, Joint, Spring
from schemas.catalogue import Catalogue
from schemas.components import Bearing, Carriage, Component, Hinge, Idler, LinearBushing, PillowBlock
from schemas.components import Spring as SpringRow
from schemas.units import GRAVITY_M_S2, M_PER_MM
from workbench.convert.bodies import write_numbers
from workbench.convert.conversion import Group, MotorLine
from workbench.convert.mass import MassProperties
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import Frame

FRICTION = {
    "ball_bearing": 0.0015,
    "pillow_block": 0.0015,
    "timing_idler": 0.0015,
    "thrust_bearing": 0.0013,
    "linear_bushing": 0.003,
    "linear_carriage": 0.004,
    "hinge": 0.15,
}
"""Coefficients of rolling and plain bearings: SKF's estimate M = μ P d ÷ 2 with 0.0015 for deep groove and 0.0013 for
thrust ball bearings; HIWIN: 0.004 for ball guides; ball bushings: 0.001 to 0.003; greased steel pins: 0.15."""
CLOSURE_SPREAD_MM = 5.0
"""A hinge that closes a loop holds two points this far to both sides of its anchor, so that its axis is held too."""
FREE_LENGTH_M = 10.0
"""A compression spring doesn't pull: beyond its free length nothing acts, up to here."""
CLOSURE_SOLIMP = "0.99 0.999 0.0001"


def describe_bearings(
    design: AssemblyBundle,
    groups: tuple[Group, ...],
    masses: Mapping[str, MassProperties],
    motors: tuple[MotorLine, ...],
    catalogue: Catalogue,
) -> dict[str, dict[str, str]]:
    """Return `frictionloss` and `armature` of the design's joints, N·m or N and kg·m², by their names in MJCF.

    Friction is that of the component that the joint runs through under the weight of the joint's child.
    """
    lines, bodies = {line.motor.joint: line for line in motors}, {body.id: body for body in design.bodies}
    found: dict[str, dict[str, str]] = {}
    for owner, joint in ((group.name, joint) for group in groups if group.is_assembly for joint in group.joints):
        own = found[f"part/{joint.id}"] = {}
        through = bodies.get(joint.through or "")
        row = catalogue.components.get(through.component_id or "") if through else None
        if isinstance(row, Bearing | Carriage | Hinge | Idler | LinearBushing | PillowBlock):
            force_n = FRICTION[row.category] * masses[owner].mass_kg * GRAVITY_M_S2
            own["frictionloss"] = f"{force_n * _read_arm(joint, row):.9g}"
        if joint.id in lines:
            own["armature"] = f"{lines[joint.id].armature_kg_m2:.9g}"
    return found


def _read_arm(joint: Joint, row: Bearing | Carriage | Hinge | Idler | LinearBushing | PillowBlock) -> float:
    """Return the arm of a joint's friction (m): the bore's radius, a hinge's over its pin, 1 where it slides."""
    if joint.kind == "slide" or isinstance(row, Carriage):
        return 1.0
    return (row.height_mm if isinstance(row, Hinge) else row.bore_mm) / 2 * M_PER_MM


def add_linkages(
    root: etree._Element,
    design: AssemblyBundle,
    groups: tuple[Group, ...],
    frames: Mapping[str, Frame],
    catalogue: Catalogue,
) -> tuple[Joint, ...]:
    """Append `<equality>`, `<tendon>` and `<sensor>`; return the joints with a force sensor, in the sensors' order."""
    owner = {body: group.name for group in groups for body in group.body_ids}
    joints = {joint.id: joint for joint in design.joints}
    equality = etree.SubElement(root, "equality")
    for coupling in design.couplings:
        etree.SubElement(equality, "joint", _describe_coupling(coupling, joints))
    for group in groups:
        for closure in group.closures:
            for name, point in _spread(closure):
                bodies = {"body1": group.name, "body2": owner[str(closure.parent)]}
                anchor = write_numbers(frames[group.name].to_local(point * M_PER_MM))
                attributes = {"name": name, **bodies, "anchor": anchor, "solimp": CLOSURE_SOLIMP}
                etree.SubElement(equality, "connect", attributes)
    tendons = etree.SubElement(root, "tendon")
    for spring in design.springs:
        ends = [(owner[spring.a], spring.anchor_a_mm), (owner[spring.b], spring.anchor_b_mm)]
        sites = [_add_site(root, f"part/{spring.id}/{n}", body, frames[body], at) for n, (body, at) in enumerate(ends)]
        row = catalogue.components[spring.component_id]
        tendon = etree.SubElement(tendons, "spatial", _describe_spring(spring, row))
        for site in sites:
            etree.SubElement(tendon, "site", site=site)
    sensed = tuple(joint for group in groups for joint in group.joints if group.is_assembly)
    sensors = etree.SubElement(root, "sensor")
    for joint in sensed:
        body = owner[joint.child]
        site = _add_site(root, f"part/{joint.id}/force", body, frames[body], joint.anchor_mm)
        etree.SubElement(sensors, "force", name=f"part/{joint.id}", site=site)
    return sensed


def _describe_coupling(coupling: Coupling, joints: Mapping[str, Joint]) -> dict[str, str]:
    """Return q_b = ratio · q_a, solved for the joint that moves more; mm per turn become metres per radian.

    MuJoCo scales the constraint's softness by both joints' inverse inertias without the ratio between them, so that of
    the joint that moves less would make it too soft.
    """
    slides = joints[coupling.joint_b].kind == "slide"
    ratio = coupling.ratio * M_PER_MM / (2 * math.pi) if slides else coupling.ratio
    one, other = f"part/{coupling.joint_b}", f"part/{coupling.joint_a}"
    if abs(ratio) < 1.0:
        one, other, ratio = other, one, 1.0 / ratio
    names = {"name": f"part/{coupling.id}", "joint1": one, "joint2": other}
    return {**names, "polycoef": f"0 {ratio:.12g} 0 0 0", "solimp": CLOSURE_SOLIMP}


def _spread(closure: Joint) -> Iterator[tuple[str, Floats]]:
    anchor, axis = np.array(closure.anchor_mm), np.array(closure.axis)
    sides = (-1.0, 1.0) if closure.kind == "hinge" else (0.0,)
    for number, side in enumerate(sides):
        yield f"part/{closure.id}/{number}", anchor + side * CLOSURE_SPREAD_MM * axis


def _describe_spring(spring: Spring, row: Component) -> dict[str, str]:
    """Return a spring that pushes below its free length and stops where its coils touch."""
    if not isinstance(row, SpringRow):
        raise ValueError(f"'{row.component_id}' is no spring")
    free_m, stroke_m = row.length_mm * M_PER_MM, row.stroke_mm * M_PER_MM
    return {
        "name": f"part/{spring.id}",
        "stiffness": f"{row.rate_n_mm / M_PER_MM:.9g}",
        "springlength": f"{free_m:.9g} {FREE_LENGTH_M:g}",
        "range": f"{free_m - stroke_m:.9g} {FREE_LENGTH_M:g}",
        "limited": "true",
    }


def _add_site(root: etree._Element, name: str, body: str, frame: Frame, at_mm: tuple[float, float, float]) -> str:
    element = next(found for found in root.iter("body") if found.get("name") == body)
    etree.SubElement(
        element, "site", name=name, pos=write_numbers(frame.to_local(np.array(at_mm) * M_PER_MM)), size="0.001"
    )
    return name

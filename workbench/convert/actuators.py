"""Writes environment drives and catalogue motors as `general` actuators, conveyors as surface velocities."""

import math

import numpy as np
from lxml import etree

from schemas.bundle import AssemblyBundle, Drive, Joint, Motor, SceneBundle, Surface
from schemas.catalogue import Catalogue
from schemas.components import Belt, LeadScrew, Rack, SpurGear
from schemas.components import Motor as MotorRow
from schemas.reasons import Reason, ReasonCode
from schemas.units import M_PER_MM, RAD_S_PER_RPM
from workbench.convert.conversion import MotorLine
from workbench.convert.mass import MassProperties
from workbench.convert.settings import TIMESTEP_S
from workbench.kernel.arrays import Floats
from workbench.reasons import Refused, reason_at

SPEED_DROOP = 0.02
"""Share of a drive's top speed that its full limit costs."""
LEAST_SPEED = 0.05
STIFF_TRAVEL = {"hinge": math.radians(0.5), "slide": 0.5 * M_PER_MM}
"""Error at which a positioning drive pushes with its limit."""
SETTLING_S = 0.010


def add_actuators(root: etree._Element, scene: SceneBundle, motors: tuple[MotorLine, ...]) -> None:
    """Append `<actuator>`; the control is rad/s, m/s, rad, m, N·m or N for drives and a fraction of ±1 for motors."""
    actuators = etree.SubElement(root, "actuator")
    kinds = {joint.id: joint.kind for joint in scene.joints}
    for drive in scene.drives:
        attributes = _describe_drive(drive, kinds[drive.joint])
        etree.SubElement(actuators, "general", {"name": drive.id, "joint": drive.joint, **attributes})
    for line in motors:
        names = {"name": f"part/{line.motor.id}", "joint": f"part/{line.motor.joint}"}
        etree.SubElement(actuators, "general", {**names, **_describe_motor(line)})


def read_motors(assembly: AssemblyBundle, catalogue: Catalogue) -> tuple[MotorLine, ...] | Refused:
    """Return the design's motors as the catalogue has them, refused where it does not know their torque and speed.

    Torque and speed are measured at the output shaft, so the friction inside motor and gears is in the line already.
    """
    lines, faults = list[MotorLine](), list[Reason]()
    for motor in assembly.motors:
        row = catalogue.components.get(motor.component_id)
        if not isinstance(row, MotorRow):
            message = f"'{motor.component_id}' is no motor" if row else catalogue.explain_absence(motor.component_id)
            faults.append(reason_at(ReasonCode.UNKNOWN_COMPONENT, motor.id, message))
            continue
        speed, rated = row.no_load_speed_rpm * RAD_S_PER_RPM, row.continuous_torque_nm
        lines.append(MotorLine(motor, row.stall_torque_nm, speed, rated, read_efficiency(motor, assembly, catalogue)))
    return Refused(tuple(faults)) if faults else tuple(lines)


def read_efficiency(motor: Motor, assembly: AssemblyBundle, catalogue: Catalogue) -> float:
    """Return the efficiency of the lossiest chain of couplings that a motor turns: the product along it.

    A coupling's is the lower of what the design claims and the product of its components'. It scales the torque, so the
    no-load speed stays and the load gets η times the torque; back-driving is not made harder. Of branches side by side
    each passes on a part of the torque, so their losses do not multiply.
    """
    reached, waiting = {motor.joint: 1.0}, list(assembly.couplings)
    while found := [c for c in waiting if reached.keys() & {c.joint_a, c.joint_b}]:
        for coupling in found:
            rows = [catalogue.components.get(name) for name in coupling.components]
            own = math.prod(row.efficiency for row in rows if isinstance(row, SpurGear | Rack | Belt | LeadScrew))
            near = max(reached.get(joint, 0.0) for joint in (coupling.joint_a, coupling.joint_b))
            for joint in (coupling.joint_a, coupling.joint_b):
                reached.setdefault(joint, near * min(own, coupling.efficiency))
            waiting.remove(coupling)
    return min(reached.values())


def describe_surface(surface: Surface, rotation_in_geom: Floats) -> dict[str, str]:
    """Return `surfacevel` of a geom; rotation_in_geom (3, 3) turns the bundle body's frame into the geom's."""
    velocity = rotation_in_geom @ (np.array(surface.velocity_mm_s) * M_PER_MM)
    return {"surfacevel": " ".join(f"{value:.9g}" for value in (*(velocity + 0.0), 0.0, 0.0, 0.0))}


def find_armature(drive: Drive, joint: Joint, mass: MassProperties) -> float:
    """Return the inertia (kg·m² or kg) that a drive adds to its joint, 0 where the body's own is enough.

    A step at the limit changes the speed by limit · dt ÷ inertia. Where that exceeds limit ÷ damping, the band in which
    the drive isn't saturated, it bangs from one limit to the other; so the inertia is at least damping · dt. For a
    velocity drive that is the rotor of a geared motor that needs dt ÷ SPEED_DROOP = 50 ms to its top speed.
    """
    axis, arm = np.array(joint.axis), mass.centre_m - np.array(joint.anchor_mm) * M_PER_MM
    own = mass.mass_kg
    if joint.kind == "hinge":
        aside = arm - axis * (arm @ axis)
        own = float(axis @ mass.inertia_kg_m2 @ axis + mass.mass_kg * (aside @ aside))
    return max(0.0, _read_gains(drive, joint.kind)[1] * TIMESTEP_S - own)


def _describe_motor(line: MotorLine) -> dict[str, str]:
    """Return τ = τ_stall (u − ω/ω₀) of both signs, u in ±1, without `forcerange` (mechanics §2)."""
    stall_nm = line.stall_nm * line.efficiency
    return {
        "gaintype": "fixed",
        "gainprm": f"{stall_nm:.9g}",
        "biastype": "affine",
        "biasprm": f"0 0 {-stall_nm / line.no_load_rad_s:.9g}",
        "ctrlrange": "-1 1",
    }


def _describe_drive(drive: Drive, kind: str) -> dict[str, str]:
    """Return a servo bounded by the drive's limit, so stiff that the limit, not the gain, decides who gives way."""
    stiffness, damping = _read_gains(drive, kind)
    force = {"forcerange": f"{-drive.limit:.9g} {drive.limit:.9g}", "gaintype": "fixed", "biastype": "affine"}
    if drive.mode == "torque":
        return {**force, "gainprm": "1", "biasprm": "0 0 0"}
    if drive.mode == "velocity":
        return {**force, "gainprm": f"{damping:.9g}", "biasprm": f"0 0 {-damping:.9g}"}
    return {**force, "gainprm": f"{stiffness:.9g}", "biasprm": f"0 {-stiffness:.9g} {-damping:.9g}"}


def _read_gains(drive: Drive, kind: str) -> tuple[float, float]:
    """Return a drive's stiffness (N·m/rad or N/m) and damping (N·m·s/rad or N·s/m)."""
    if drive.mode == "torque":
        return 0.0, 0.0
    if drive.mode == "velocity":
        return 0.0, drive.limit / (SPEED_DROOP * max(_top_level(drive), LEAST_SPEED))
    stiffness = drive.limit / STIFF_TRAVEL[kind]
    return stiffness, stiffness * SETTLING_S


def _top_level(drive: Drive) -> float:
    """Return the largest level that the controller reaches."""
    control = drive.controller
    match control.kind:
        case "constant" | "trapezoidal":
            return abs(control.level)
        case "sinusoidal":
            return abs(control.amplitude) + abs(control.offset)
        case "square":
            return max(abs(control.low), abs(control.high))
        case "schedule":
            return max(abs(point.level) for point in control.points)
        case "hold":
            return abs(control.target)
        case "oscillate":
            return abs(control.centre) + abs(control.amplitude)

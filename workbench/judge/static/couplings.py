"""Checks a design's couplings: gears, belts, racks, lead screws that are there, in their place and strong enough."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from schemas.bundle import AssemblyBundle, Coupling, Joint
from schemas.catalogue import Catalogue
from schemas.components import Belt, Component, LeadNut, LeadScrew, Pulley, Rack, SpurGear
from schemas.reasons import Reason, ReasonCode
from schemas.units import M_PER_MM, PA_PER_MPA
from workbench.convert.conversion import MotorLine
from workbench.convert.groups import fixed_bodies
from workbench.convert.reach import read_line
from workbench.convert.stops import extent
from workbench.judge.static.beams import SAFETY
from workbench.judge.static.joints import list_held
from workbench.judge.static.placed_design import PlacedDesign
from workbench.kernel.loading import Solid
from workbench.kernel.overlaps import Placed, find_overlap
from workbench.kernel.rounds import Line
from workbench.reasons import Refused, reason_at

One = TypeVar("One")
Other = TypeVar("Other")
CENTRE_MM, BESIDE_MM = 0.1, 1.0
RATIO_SHARE = 1e-4
MESH_SHARE = 0.1
"""How much of a gear's solid may lie in its partner's: drawn as blanks of the tip diameter they share 4 %."""
_fault = partial(reason_at, ReasonCode.COUPLING_INVALID)
KINDS = {
    "gears": ("hinge", ("spur_gear",), ("spur_gear",), ()),
    "belt": ("hinge", ("timing_pulley",), ("timing_pulley",), ("timing_belt",)),
    "rack": ("slide", ("spur_gear",), ("gear_rack",), ()),
    "lead_screw": ("slide", ("lead_screw",), ("lead_nut",), ()),
}
"""For each kind: joint b's kind, what turns with joint a, what moves with joint b, what is bought without a body."""
LEWIS = ((12, 0.245), (14, 0.277), (16, 0.296), (18, 0.309), (20, 0.322), (24, 0.337), (30, 0.359), (38, 0.384))
LEWIS_MORE = ((50, 0.409), (60, 0.422), (75, 0.435), (100, 0.447), (150, 0.460), (300, 0.472))


def lewis_force_n(row: SpurGear | Rack, strength_mpa: float) -> float:
    """Return the tangential force that a tooth bears, F = σ b m Y with the material's strength ÷ 1.2 as σ.

    Lewis's equation with form factors Y of full-depth teeth at 20° (Shigley, Mechanical Engineering Design, table
    14-2); a rack has 0.485. Without a velocity factor: teeth here run slower than 1 m/s or so.
    """
    form = 0.485
    if isinstance(row, SpurGear):
        counts, factors = zip(*LEWIS, *LEWIS_MORE, strict=True)
        form = float(np.interp(row.teeth, counts, factors))
    area_m2 = row.face_width_mm * row.module_mm * M_PER_MM**2
    return strength_mpa * PA_PER_MPA / SAFETY * area_m2 * form


def belt_length_mm(one: Pulley, other: Pulley, centre_mm: float) -> float:
    """Return the length of an open belt around two pulleys at a centre distance (exact, pitch circles)."""
    small, large = sorted(row.teeth * row.pitch_mm / math.pi for row in (one, other))
    lean = math.asin(min((large - small) / (2.0 * max(centre_mm, 1e-9)), 1.0))
    return 2.0 * centre_mm * math.cos(lean) + math.pi * (small + large) / 2.0 + lean * (large - small)


@dataclass(frozen=True, eq=False)
class CoupledPair:
    """The two bodies of a coupling with their rows, the joints that they move on, and what is bought without a body."""

    joint_a: Joint
    joint_b: Joint
    a: Solid
    b: Solid
    row_a: Component
    row_b: Component
    further: tuple[Component, ...]

    @property
    def line_a(self) -> Line:
        """Return the axis of joint a."""
        return read_line(self.joint_a)

    @property
    def line_b(self) -> Line:
        """Return the axis of joint b."""
        return read_line(self.joint_b)

    @property
    def sense(self) -> float:
        """Return whether the axes point the same way, 1 or -1."""
        return math.copysign(1.0, float(self.line_a.axis @ self.line_b.axis))


def find_coupling_faults(coupling: Coupling, placed: PlacedDesign, motors: tuple[MotorLine, ...]) -> Iterator[Reason]:
    """Yield every rule that a coupling breaks, with its numbers."""
    pair = find_pair(coupling, placed)
    if isinstance(pair, Refused):
        yield from pair.reasons
        return
    if _base(pair.joint_a, placed) != _base(pair.joint_b, placed):
        yield _fault(coupling.id, "its joints must hang on one rigid frame (planetary gears are not supported)")
    yield from _CHECKS[coupling.kind](coupling, pair)
    yield from _find_weakness(coupling, pair, placed, motors)


def find_pair(coupling: Coupling, placed: PlacedDesign) -> CoupledPair | Refused:
    """Return the two bodies that a coupling ties, or what it lacks."""
    joints = {joint.id: joint for joint in placed.assembly.joints}
    joint_a, joint_b = joints[coupling.joint_a], joints[coupling.joint_b]
    kind_b, categories_a, categories_b, further = KINDS[coupling.kind]
    if joint_a.kind != "hinge" or joint_b.kind != kind_b or joint_a.id == joint_b.id:
        return Refused((_fault(coupling.id, f"{coupling.kind} tie a hinge (joint_a) to another {kind_b} (joint_b)"),))
    a = _find_member(coupling, joint_a, categories_a, placed)
    b = _find_member(coupling, joint_b, categories_b, placed)
    rows = placed.catalogue.components
    bodiless = tuple(rows[name] for name in coupling.components if name in rows and rows[name].category in further)
    lacking = [name for name in further if name not in [row.category for row in bodiless]]
    lacking += [f"{categories_a[0]} on '{joint_a.child}'"] if a is None else []
    lacking += [f"{categories_b[0]} on '{joint_b.child}'"] if b is None else []
    if a is None or b is None or lacking:
        return Refused((_fault(coupling.id, f"needs a {' and a '.join(lacking)}, named in its components"),))
    return CoupledPair(joint_a, joint_b, a, b, rows[str(a.body.component_id)], rows[str(b.body.component_id)], bodiless)


def _find_member(coupling: Coupling, joint: Joint, categories: tuple[str, ...], placed: PlacedDesign) -> Solid | None:
    for solid in placed.rigid_with(joint.child):
        row = placed.row(solid.body.id)
        if row is None or row.category not in categories or row.component_id not in coupling.components:
            continue
        if row.category in ("gear_rack", "lead_nut") or _is_centred(solid, read_line(joint)):
            return solid
    return None


def _is_centred(solid: Solid, line: Line) -> bool:
    return any(line.is_same(face.line) for face in list_held(solid))


def _base(joint: Joint, placed: PlacedDesign) -> str:
    """Return what a joint hangs on: the world, or the rigid set of its parent."""
    root = placed.sets[str(joint.parent)]
    return "" if root in fixed_bodies(placed.scene) else root


def _read_rows(pair: CoupledPair, one: type[One], other: type[Other]) -> tuple[One, Other]:
    """Return the two rows as the records that the coupling's kind has found them by (KINDS)."""
    if not isinstance(pair.row_a, one) or not isinstance(pair.row_b, other):
        raise TypeError(f"a {one.__name__} and a {other.__name__} are needed")
    return pair.row_a, pair.row_b


def _check_gears(coupling: Coupling, pair: CoupledPair) -> Iterator[Reason]:
    one, other = _read_rows(pair, SpurGear, SpurGear)
    if one.module_mm != other.module_mm:
        yield _fault(coupling.id, f"'{one.component_id}' and '{other.component_id}' have different modules")
    centre_mm = one.pitch_radius_mm + other.pitch_radius_mm
    yield from _check_shafts(coupling, pair)
    yield from _check_number(coupling.id, "centre distance", pair.line_a.offset_mm(pair.line_b), centre_mm)
    yield from _check_ratio(coupling, -one.teeth / other.teeth * pair.sense)
    a, b = extent(pair.a, pair.line_a), extent(pair.b, pair.line_a)
    face_mm = min(one.face_width_mm, other.face_width_mm)
    common_mm = min(a[1], b[1]) - max(a[0], b[0])
    if common_mm < face_mm / 2.0:
        message = "its gears do not stand side by side over half their face"
        yield _fault(coupling.id, message, common_width_mm=common_mm)


def _check_belt(coupling: Coupling, pair: CoupledPair) -> Iterator[Reason]:
    (one, other), belts = _read_rows(pair, Pulley, Pulley), [row for row in pair.further if isinstance(row, Belt)]
    pitch_mm = belts[0].pitch_mm
    yield from _check_shafts(coupling, pair)
    if not pitch_mm == one.pitch_mm == other.pitch_mm:
        yield _fault(coupling.id, "belt and pulleys have different pitches")
    length_mm = belt_length_mm(one, other, pair.line_a.offset_mm(pair.line_b))
    whole_mm = round(length_mm / pitch_mm) * pitch_mm
    if abs(length_mm - whole_mm) > 2.0 * CENTRE_MM:
        message = "its belt is no whole number of teeth long: change the centre distance"
        yield _fault(coupling.id, message, length_mm=length_mm, whole_mm=whole_mm)
    middles = [sum(extent(solid, pair.line_a)) / 2.0 for solid in (pair.a, pair.b)]
    yield from _check_number(coupling.id, "pulley beside pulley", middles[0], middles[1], BESIDE_MM)
    yield from _check_ratio(coupling, one.teeth / other.teeth * pair.sense)


def _check_rack(coupling: Coupling, pair: CoupledPair) -> Iterator[Reason]:
    (gear, rack), along = _read_rows(pair, SpurGear, Rack), pair.line_b.axis
    across = np.cross(pair.line_a.axis, along)
    if gear.module_mm != rack.module_mm or float(np.linalg.norm(across)) < 0.999:
        yield _fault(coupling.id, "gear and rack need one module, and the hinge must stand across the slide")
        return
    low, high = extent(pair.b, Line(pair.line_a.point_mm, across))
    side = 1.0 if low + high > 0.0 else -1.0
    radius_mm = gear.pitch_radius_mm
    tip_mm = low if side > 0.0 else -high
    yield from _check_number(coupling.id, "axis to the rack's tips", tip_mm, radius_mm - gear.module_mm)
    yield from _check_ratio(coupling, 2.0 * math.pi * radius_mm * -side)
    span, limits = extent(pair.b, pair.line_b), pair.joint_b.range
    place = float((pair.line_a.point_mm - pair.line_b.point_mm) @ pair.line_b.axis)
    if limits is None or span[0] + limits.max > place + 1e-3 or span[1] + limits.min < place - 1e-3:
        yield _fault(coupling.id, "its rack leaves the gear: give the slide a shorter range")


def _check_screw(coupling: Coupling, pair: CoupledPair) -> Iterator[Reason]:
    """Yield faults of a right-handed screw: turning forward, it draws its nut back by the lead."""
    rod, nut = _read_rows(pair, LeadScrew, LeadNut)
    if not pair.line_a.is_parallel(pair.line_b) or not _is_centred(pair.b, pair.line_a):
        yield _fault(coupling.id, "its nut must lie on the screw's axis and slide along it")
    if not rod.thread.startswith(nut.thread):
        yield _fault(coupling.id, f"nut '{nut.thread}' does not go on screw '{rod.thread}'")
    yield from _check_ratio(coupling, -rod.lead_mm * pair.sense)
    ends = extent(pair.b, pair.line_b)
    screw = extent(pair.a, pair.line_b)
    limits = pair.joint_b.range
    if limits is None or ends[0] + limits.min < screw[0] - 1e-3 or ends[1] + limits.max > screw[1] + 1e-3:
        yield _fault(coupling.id, "its nut runs off the screw: give the slide a shorter range")


_CHECKS = {"gears": _check_gears, "belt": _check_belt, "rack": _check_rack, "lead_screw": _check_screw}


def _check_shafts(coupling: Coupling, pair: CoupledPair) -> Iterator[Reason]:
    if not pair.line_a.is_parallel(pair.line_b):
        yield _fault(coupling.id, "its shafts must be parallel", cosine=float(pair.line_a.axis @ pair.line_b.axis))


def _check_number(
    where: str, name: str, found_mm: float, wanted_mm: float, allowed_mm: float = CENTRE_MM
) -> Iterator[Reason]:
    if abs(found_mm - wanted_mm) > allowed_mm + 1e-6:
        message = f"{name} must be {wanted_mm:.4g} mm to {allowed_mm:g} mm"
        yield _fault(where, message, found_mm=found_mm, wanted_mm=wanted_mm)


def _check_ratio(coupling: Coupling, true: float) -> Iterator[Reason]:
    if abs(coupling.ratio - true) > RATIO_SHARE * abs(true):
        message = f"its ratio must be {true:.6g}, as its components and axes give it"
        yield _fault(coupling.id, message, ratio=coupling.ratio, of_its_components=true)


def find_mesh_faults(placed: PlacedDesign) -> Iterator[Reason]:
    """Yield the declared meshes that belong to no coupling of gears or rack, or that overlap more than teeth do."""
    found = [find_pair(c, placed) for c in placed.assembly.couplings if c.kind in ("gears", "rack")]
    pairs = [frozenset((m.a.body.id, m.b.body.id)) for m in found if isinstance(m, CoupledPair)]
    for face in placed.assembly.interfaces:
        if face.kind != "mesh":
            continue
        own, other = (Placed(name, placed.solid(name).shape) for name in (face.component, face.body))
        where = f"{face.component} & {face.body}"
        overlap = find_overlap(own, other)
        whole = find_overlap(own, own)
        if frozenset((face.component, face.body)) not in pairs:
            yield _fault(where, "only the teeth of a coupling's gears may mesh")
        elif overlap is not None and whole is not None and not overlap.volume_mm3 <= MESH_SHARE * whole.volume_mm3:
            shared_mm3 = float(np.nan_to_num(overlap.volume_mm3, nan=-1))
            yield _fault(where, "these gears share more than their teeth", shared_volume_mm3=shared_mm3)


def _find_weakness(
    coupling: Coupling, pair: CoupledPair, placed: PlacedDesign, motors: tuple[MotorLine, ...]
) -> Iterator[Reason]:
    """Yield the teeth or belt that the stalled motors would break."""
    torque_nm, row = stall_torque_nm(coupling.joint_a, placed.assembly, motors), pair.row_a
    if not torque_nm or not isinstance(row, SpurGear | Pulley):
        return
    radius_mm = row.pitch_radius_mm
    force_n = torque_nm / (radius_mm * M_PER_MM)
    catalogue = placed.catalogue
    for name in coupling.components:
        limit_n = _read_limit(catalogue.components[name], catalogue)
        if force_n > limit_n:
            message = f"a stalled motor breaks '{name}': take a stronger one"
            yield _fault(coupling.id, message, force_n=force_n, limit_n=limit_n)


def _read_limit(row: Component, catalogue: Catalogue) -> float:
    """Return the tangential force (N) that a component's teeth or belt bear, inf for what is not limited by either."""
    if isinstance(row, SpurGear | Rack):
        return lewis_force_n(row, catalogue.materials[row.material_id].yield_or_flexural_strength_mpa)
    return row.max_force_n if isinstance(row, Belt) else math.inf


def stall_torque_nm(joint: str, assembly: AssemblyBundle, motors: tuple[MotorLine, ...]) -> float:
    """Return the torque that all motors together bring to a hinge at most, through any chain of couplings, lossless."""
    total, factors, waiting = 0.0, {joint: 1.0}, list(assembly.couplings)
    kinds = {known.id: known.kind for known in assembly.joints}
    while found := [c for c in waiting if {c.joint_a, c.joint_b} & factors.keys()]:
        for coupling in found:
            slides = kinds[coupling.joint_b] == "slide"
            speed = abs(coupling.ratio) * (M_PER_MM / (2.0 * math.pi) if slides else 1.0)
            if coupling.joint_a in factors:
                factors.setdefault(coupling.joint_b, factors[coupling.joint_a] * speed)
            else:
                factors[coupling.joint_a] = factors[coupling.joint_b] / max(speed, 1e-12)
            waiting.remove(coupling)
    for line in motors:
        total += line.stall_nm * factors.get(line.motor.joint, 0.0)
    return total

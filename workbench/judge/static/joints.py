"""Checks that a design's joints run through components that fit and are held, and that declared overlaps are fits."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from OCP.BRepAlgoAPI import BRepAlgoAPI_Cut
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import Interface, Joint, ProcessName, Role
from schemas.components import Carriage, Component, Hinge, LinearBushing, Motor, Rail, Servo
from schemas.reasons import Reason, ReasonCode
from workbench.components.blanks import cut
from workbench.convert.reach import read_line
from workbench.convert.stops import FLAT_DEG, RAIL_MM, find_leaf_travel, list_travels, measure_sideways
from workbench.judge.static.fasteners import HOLE_TOLERANCE_MM, PRINTED_EXTRA_MM
from workbench.judge.static.placed_design import PlacedDesign
from workbench.kernel.loading import Solid
from workbench.kernel.measuring import measure
from workbench.kernel.overlaps import MOST_SHARED_MM3, Placed, find_overlap, make_cylinder
from workbench.kernel.rounds import COAXIAL_MM, HELD_TURN_RAD, Line, Round, find_mates, list_rounds
from workbench.reasons import reason_at

MOTORS = ("servo", "servo_continuous", "smart_servo", "gearmotor", "stepper", "bldc", "bldc_gearmotor")
CARRIERS = {
    **dict.fromkeys(("ball_bearing", "thrust_bearing", "pillow_block", "timing_idler", "hinge", *MOTORS), "hinge"),
    **dict.fromkeys(("linear_bushing", "linear_carriage"), "slide"),
}
"""What a component lets move. The catalogue has nothing for ball joints."""
BITE_MM = {"press": 0.1, "slide": 0.1, "thread": 1.0}
"""How deep a declared fit may overlap: interference and drawing tolerance, or the depth of a thread."""
_fault = partial(reason_at, ReasonCode.JOINT_INVALID)


@dataclass(frozen=True)
class Fit:
    """A pin in a hole: how much wider the hole is, how long they overlap, and how long they must.

    `in_bore` says whether the component has the hole.
    """

    diameter_mm: float
    gap_mm: float
    overlap_mm: float
    needed_mm: float
    widest_mm: float
    in_bore: bool

    @property
    def holds(self) -> bool:
        """Say whether the pin fits and reaches in: half its length, or half its diameter, whichever is less."""
        return -HOLE_TOLERANCE_MM - 1e-6 <= self.gap_mm <= self.widest_mm and self.overlap_mm >= self.needed_mm - 1e-6


def find_joint_faults(joint: Joint, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield every rule that a joint of a design breaks, with its numbers."""
    row = placed.row(joint.through)
    for name in ("stiffness", "damping", "friction_loss"):
        if getattr(joint, name) > 0.0:
            message = f"its {name} can't be claimed: use a catalogue spring, or its component's own"
            yield _fault(joint.id, message, **{name: getattr(joint, name)})
    if joint.through is None or placed.solid(joint.through).body.role is not Role.COMPONENT or row is None:
        yield _fault(joint.id, "a joint needs a bought component of the catalogue that it runs through")
        return
    if CARRIERS.get(row.category) != joint.kind and not (joint.kind == "hinge" and _turns_too(joint, row, placed)):
        yield _fault(joint.id, f"'{row.component_id}' ({row.category}) carries no {joint.kind} joint")
        return
    further = [other.id for other in placed.assembly.joints if other.through == joint.through and other.id != joint.id]
    if further and not _turns_too(joint, row, placed):
        yield _fault(joint.id, f"'{joint.through}' carries one joint, and '{further[0]}' runs through it: take another")
    sides = (str(joint.parent), joint.child)
    near = next((side for side in sides if placed.sets[side] == placed.sets[joint.through]), None)
    if near is None:
        message = f"'{joint.through}' is held by neither '{sides[0]}' nor '{sides[1]}': fasten or press it in"
        yield _fault(joint.id, message)
        return
    far = sides[1] if near == sides[0] else sides[0]
    yield from _find_seat_faults(joint, row, far, placed)
    yield from _find_range_faults(joint, row, far, placed)
    if isinstance(row, LinearBushing) and joint.kind == "slide" and not _turns_too(joint, row, placed):
        yield from _find_twist_faults(joint, near, far, placed)


def _turns_too(joint: Joint, row: Component, placed: PlacedDesign) -> bool:
    """Say whether a bushing has both joints of two bodies, a slide and a hinge: a round rod lets it turn as well."""
    both = [other for other in placed.assembly.joints if other.through == joint.through]
    is_one = len({frozenset((other.parent, other.child)) for other in both}) == 1
    return isinstance(row, LinearBushing) and is_one and sorted(other.kind for other in both) == ["hinge", "slide"]


def _find_twist_faults(joint: Joint, near: str, far: str, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield that nothing keeps a bushing from turning: no second bushing or bore on a second rod beside the first."""
    line = read_line(joint)
    bores = [face for solid in placed.rigid_with(near) for face in list_held(solid) if face.is_hole]
    rods = [face for solid in placed.rigid_with(far) for face in list_held(solid) if not face.is_hole]
    beside = [rod.line for rod in rods if line.is_parallel(rod.line) and line.offset_mm(rod.line) > COAXIAL_MM]
    if not any(rod.is_same(bore.line) for rod in beside for bore in bores):
        message = "one round rod lets its bushing turn: guide it by a second rod, or add a hinge through the bushing"
        yield _fault(joint.id, message)


def _find_seat_faults(joint: Joint, row: Component, far: str, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield why the far side of a joint does not run on its component: shaft in bore, hole on shaft, leaf or rail."""
    own, line = placed.solid(str(joint.through)), read_line(joint)
    if isinstance(row, Carriage):
        yield from _find_rail_faults(joint, row, far, placed)
        return
    rounds = list_held(own)
    if not any(line.is_same(face.line) for face in rounds):
        offsets = [line.offset_mm(face.line) for face in rounds if line.is_parallel(face.line)]
        message = f"its axis is not that of '{own.body.id}': put anchor and axis on its centre line"
        nearest_mm = min(offsets, default=-1.0)
        yield _fault(joint.id, message, distance_of_the_nearest_parallel_round_face_mm=nearest_mm)
    elif isinstance(row, Hinge):
        leaves = {
            end for link in placed.assembly.attachments for end in (link.a, link.b) if own.body.id in (link.a, link.b)
        }
        if not leaves & {solid.body.id for solid in placed.rigid_with(far)} - {own.body.id}:
            yield _fault(joint.id, f"'{own.body.id}' has no leaf on the side of '{far}': fasten both leaves")
    else:
        fits = [find_fit(own, row, solid, line) for solid in placed.rigid_with(far)]
        yield from _judge_fit(joint.id, own.body.id, far, min(filter(None, fits), key=_rank, default=None))
        if isinstance(row, Motor) and not _is_pressed(own.body.id, far, placed):
            yield _fault(joint.id, f"nothing keeps the shaft of '{own.body.id}' from slipping: press it into '{far}'")


def _is_pressed(component: str, far: str, placed: PlacedDesign) -> bool:
    ends = {solid.body.id for solid in placed.rigid_with(far)}
    return any(f.kind == "press" and f.component == component and f.body in ends for f in placed.assembly.interfaces)


def _rank(fit: Fit) -> tuple[bool, float]:
    return not fit.holds, abs(fit.gap_mm)


def _judge_fit(where: str, component: str, other: str, fit: Fit | None) -> Iterator[Reason]:
    if fit is None:
        yield _fault(where, f"'{other}' has no round face that bore or shaft of '{component}' runs in or on")
    elif not fit.holds:
        yield _fault(
            where,
            f"'{other}' does not fit '{component}': match the diameter and let them overlap",
            diameter_mm=fit.diameter_mm,
            gap_mm=fit.gap_mm,
            narrowest_gap_mm=-HOLE_TOLERANCE_MM,
            widest_gap_mm=fit.widest_mm,
            overlap_mm=fit.overlap_mm,
            overlap_needed_mm=fit.needed_mm,
        )


def _find_range_faults(joint: Joint, row: Component, far: str, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield where a joint goes further than its component: a servo's travel, the end of a shaft or rail."""
    span = joint.range.max - joint.range.min if joint.range else None
    if isinstance(row, Servo) and row.travel_deg < 360.0 and (span is None or span > row.travel_deg + 1e-6):
        message = f"'{row.component_id}' turns {row.travel_deg:g} degrees: give the joint such a range"
        yield _fault(joint.id, message, travel_deg=row.travel_deg)
    if isinstance(row, Hinge) and find_leaf_travel(row, joint.range) is None:
        message = f"'{row.component_id}' is drawn flat: it closes by {FLAT_DEG:g} degrees one way, opens by the rest"
        yield _fault(joint.id, f"{message} the other: give the joint a range in that", travel_deg=row.travel_deg)
    if joint.kind != "slide":
        return
    if joint.range is None:
        yield _fault(joint.id, "a slide needs a range: its component leaves the shaft or rail otherwise")
        return
    own = placed.solid(str(joint.through))
    sign = 1.0 if placed.sets[joint.child] == placed.sets[own.body.id] else -1.0
    first, last = sorted(sign * end for end in (joint.range.min, joint.range.max))
    travels = list_travels(own, row, placed.rigid_with(far), joint)
    beyond = [max(low - first, last - high) for low, high in travels]
    if beyond and min(beyond) > 1e-3:
        message = f"'{own.body.id}' runs off its shaft or rail: shorten the range"
        yield _fault(joint.id, message, beyond_the_end_mm=min(beyond))


def _find_rail_faults(joint: Joint, row: Carriage, far: str, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield why a carriage does not sit on a rail: of its own size, along the joint, centred to 0.1 mm."""
    own, line = placed.solid(str(joint.through)), read_line(joint)
    rails = [solid for solid in placed.rigid_with(far) if solid.body.component_id == row.rail_id]
    if not rails:
        yield _fault(joint.id, f"'{own.body.id}' needs a rail of its own size ('{row.rail_id}') on the side of '{far}'")
        return
    sideways_mm = min(measure_sideways(own, rail, line) for rail in rails)
    if sideways_mm > RAIL_MM:
        message = f"'{own.body.id}' does not sit on '{rails[0].body.id}' along the joint's axis"
        measured = {"sideways_mm": sideways_mm} if math.isfinite(sideways_mm) else {}
        yield _fault(joint.id, message, **measured)


def find_interface_faults(face: Interface, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield why a declared overlap is none of a fit; `mesh` is checked with the coupling that it belongs to."""
    own, other, row = placed.solid(face.component), placed.solid(face.body), placed.row(face.component)
    if face.kind == "mesh" or row is None:
        return
    where = f"{face.component} & {face.body}"
    fit = find_fit(own, row, other, pressed=face.kind == "press")
    on_rail = isinstance(row, Carriage) and isinstance(placed.row(face.body), Rail)
    if not on_rail:
        for reason in _judge_fit(where, face.component, face.body, fit):
            yield reason.model_copy(update={"code": ReasonCode.ATTACHMENT_INVALID})
    if face.kind == "thread" and not hasattr(row, "thread"):
        message = f"'{row.component_id}' has no thread: declare a press or slide fit"
        yield reason_at(ReasonCode.ATTACHMENT_INVALID, where, message)
    most_mm3, body = BITE_MM[face.kind] * measure(own.shape).area_mm2, Placed(face.body, other.shape)
    shared = [(own.shape, most_mm3)]
    if not on_rail:
        shared.append((_cut_mates(own, other, BITE_MM[face.kind] + COAXIAL_MM), MOST_SHARED_MM3))
    overlaps = ((find_overlap(Placed(face.component, shape), body), limit_mm3) for shape, limit_mm3 in shared)
    for overlap, limit_mm3 in overlaps:
        if overlap is not None and not overlap.volume_mm3 <= limit_mm3:
            message = f"a {face.kind} fit does not excuse this much overlap: cut the hole"
            shared_mm3 = float(np.nan_to_num(overlap.volume_mm3, nan=-1.0))
            yield reason_at(ReasonCode.INTERSECTION, where, message, shared_volume_mm3=shared_mm3, limit_mm3=limit_mm3)


def _cut_mates(own: Solid, other: Solid, bite_mm: float) -> TopoDS_Shape:
    """Return a solid without the tubes, twice a bite thick, about its round faces that run in or on another's."""
    shape = own.shape
    for mate in find_mates(own.shape, other.shape):
        foot, length_mm = mate.line.point_mm + mate.low_mm * mate.line.axis, mate.high_mm - mate.low_mm
        radii = (mate.diameter_mm / 2.0 + bite_mm, mate.diameter_mm / 2.0 - bite_mm)
        shape = BRepAlgoAPI_Cut(shape, cut(*(make_cylinder(foot, mate.line.axis, r, length_mm) for r in radii))).Shape()
    return shape


def find_fit(
    bought: Solid, row: Component, other: Solid, line: Line | None = None, *, pressed: bool = False
) -> Fit | None:
    """Return the best fit of a component's bore or shaft with a pin or hole of another solid (on a line), None without.

    Its holes of another diameter than its bore are those of its screws; a printed hole may be 0.3 mm wider, but
    not where the component is pressed in: nothing else holds it there.
    """
    fits = []
    printed = other.body.process is ProcessName.FDM_PRINTING
    for own in list_held(bought):
        nominal = row.hole_mm if own.is_hole else row.pin_mm
        wrong = nominal is None or abs(own.diameter_mm - nominal) > HOLE_TOLERANCE_MM + 1e-6
        if wrong or (line is not None and not line.is_same(own.line)):
            continue
        for face in list_held(other):
            if face.is_hole != own.is_hole and own.line.is_same(face.line):
                gap_mm = (face.diameter_mm - own.diameter_mm) * (1.0 if face.is_hole else -1.0)
                low, high = face.span(own.line)
                overlap_mm = min(high, own.high_mm) - max(low, own.low_mm)
                needed_mm = min(own.high_mm - own.low_mm, own.diameter_mm) / 2.0
                extra_mm = PRINTED_EXTRA_MM if printed and face.is_hole and not pressed else 0.0
                widest_mm = HOLE_TOLERANCE_MM + extra_mm + 1e-6
                fits.append(Fit(own.diameter_mm, gap_mm, overlap_mm, needed_mm, widest_mm, own.is_hole))
    return min(fits, key=lambda fit: (not fit.holds, abs(fit.gap_mm), -fit.overlap_mm), default=None)


def list_held(solid: Solid) -> tuple[Round, ...]:
    """Return the round faces of a solid that hold a pin, or that a bore holds."""
    return list_rounds(solid.shape, HELD_TURN_RAD)

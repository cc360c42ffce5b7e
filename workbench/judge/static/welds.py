"""Checks that no component holds what it can't: what lets move, what is soft, what is no part of a machine's frame."""

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np

from schemas.bundle import Attachment, Interface
from schemas.components import Carriage, Component, Hinge, Motor, Rail
from schemas.components.bought import Ring
from schemas.reasons import Reason, ReasonCode
from workbench.convert.groups import find_rigid_sets
from workbench.judge.static.fasteners import HOLE_TOLERANCE_MM
from workbench.judge.static.joints import CARRIERS, find_fit, list_held
from workbench.judge.static.placed_design import PlacedDesign
from workbench.judge.static.screws import list_screws
from workbench.kernel.arrays import Floats
from workbench.kernel.loading import Solid
from workbench.kernel.overlaps import Placed, find_overlap, make_cylinder
from workbench.reasons import reason_at

LOOSE = frozenset({*CARRIERS, "lead_nut"})
"""What is in two pieces that move against each other, or lets another piece move in it."""
UNLOADED = frozenset({"motor_driver", "power_supply", "battery", "caster"})
"""What is fastened, and nothing to it: boxes of electronics, and what rolls under its load."""
LIMP = {"timing_belt": "couple()", "compression_spring": "spring()"}
"""What has no solid that keeps its shape, and what takes it instead."""
_Link = Attachment | Interface


def find_weld_faults(placed: PlacedDesign) -> Iterator[Reason]:
    """Yield the components that alone make what is on their one side rigid with what is on their other side."""
    design, rows = placed.assembly, {name: placed.row(name) for name in placed.design.solids}
    holds = {
        name: [
            (link, other, _is_far(link, other, placed.solid(name), row, placed))
            for link, other in _list_links(name, placed)
        ]
        for name, row in rows.items()
        if row is not None and row.category in LOOSE | UNLOADED
    }
    yield from _find_misused(placed, rows)
    far = [link for own in holds.values() for link, _, is_far in own if is_far]
    kept = {
        "attachments": tuple(link for link in design.attachments if link not in far),
        "interfaces": tuple(fit for fit in design.interfaces if fit not in far),
    }
    apart = find_rigid_sets(placed.sets, design.model_copy(update=kept))
    for name, own in holds.items():
        sides = [[other for _, other, is_far in own if is_far is side] for side in (False, True)]
        welded = [(a, b) for a, b in product(*sides) if placed.sets[a] == placed.sets[b] and apart[a] != apart[b]]
        for one, other in welded[:1]:
            message = f"lets '{one}' and '{other}' move: let a joint run through it, or fasten one of them only"
            if (row := rows[name]) is not None and row.category in UNLOADED:
                message = f"bears no load between '{one}' and '{other}': fasten them to each other"
            yield reason_at(ReasonCode.JOINT_INVALID, name, message)


def _find_misused(placed: PlacedDesign, rows: Mapping[str, Component | None]) -> Iterator[Reason]:
    """Yield belts and springs that stand as solids, and screws through the knuckles of a hinge, which would lock it."""
    for name, row in rows.items():
        if row is not None and row.category in LIMP:
            message = f"is a {row.category}, no solid that keeps its shape: name it in {LIMP[row.category]}"
            yield reason_at(ReasonCode.JOINT_INVALID, name, message)
        if isinstance(row, Hinge) and (pin := _find_core(placed.solid(name), row)):
            for link, screw in list_screws(placed):
                if name in (link.a, link.b) and find_overlap(screw.shank, pin):
                    message = f"a screw of '{link.id}' runs through its pin: put it on a leaf"
                    yield reason_at(ReasonCode.JOINT_INVALID, name, message)


def _list_links(name: str, placed: PlacedDesign) -> Iterator[tuple[_Link, str]]:
    """Yield what a component is rigid by, and with."""
    for link in placed.assembly.attachments:
        if name in (link.a, link.b):
            yield link, link.b if name == link.a else link.a
    for fit in placed.assembly.interfaces:
        if fit.kind == "press" and name in (fit.component, fit.body):
            yield fit, fit.body if name == fit.component else fit.component


def _is_far(link: _Link, other: str, own: Solid, row: Component, placed: PlacedDesign) -> bool:
    """Say whether a link holds the side that moves: bore, inner race, shaft, rail, another leaf or body."""
    if row.category in UNLOADED:
        return other != next(_list_links(own.body.id, placed))[1]
    if isinstance(row, Carriage):
        return isinstance(placed.row(other), Rail)
    if isinstance(link, Interface):
        fit = find_fit(own, row, placed.solid(other))
        return fit is not None and (isinstance(row, Motor) or fit.in_bore)
    if isinstance(row, Hinge):
        first = next(known for known in placed.assembly.attachments if own.body.id in (known.a, known.b))
        return bool((_find_offsets(link, own) @ _find_offsets(first, own)[0] < 0.0).any())
    core = _find_core(own, row)
    return core is not None and any(find_overlap(s.shank, core) for known, s in list_screws(placed) if known == link)


def _find_offsets(link: Attachment, hinge: Solid) -> Floats:
    """Return how far each screw (n, 3) stands from a hinge's pin, and to which side; at its pin without one."""
    pin = next((face.line for face in list_held(hinge) if not face.is_hole), None)
    points = np.array([fastener.position_mm for fastener in link.fasteners]).reshape(-1, 3)
    if pin is None or not len(points):
        return np.zeros((1, 3))
    gaps = points - pin.point_mm
    return np.asarray(gaps - np.outer(gaps @ pin.axis, pin.axis))


def _find_core(own: Solid, row: Component) -> Placed | None:
    """Return the room of a component's shaft, bore or pin; a ring's inner race reaches half way to its rim."""
    nominal_mm = row.height_mm if isinstance(row, Hinge) else row.pin_mm if row.hole_mm is None else row.hole_mm
    for face in list_held(own):
        if (
            nominal_mm
            and face.is_hole is not isinstance(row, Motor | Hinge)
            and abs(face.diameter_mm - nominal_mm) <= HOLE_TOLERANCE_MM
        ):
            wide_mm = (face.diameter_mm + row.outer_diameter_mm) / 2.0 if isinstance(row, Ring) else face.diameter_mm
            foot = face.line.point_mm + face.low_mm * face.line.axis
            return Placed(own.body.id, make_cylinder(foot, face.line.axis, wide_mm / 2.0, face.high_mm - face.low_mm))
    return None

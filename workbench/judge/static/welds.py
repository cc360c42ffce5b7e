"""Checks that no component holds still what it lets move: fastened on both sides, it needs a joint through it."""

from collections.abc import Iterator
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
        if row is not None and row.category in LOOSE
    }
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
    """Say whether a link holds the side that moves: bore, inner race, shaft, rail, or the other leaf than the first."""
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
    """Return the room of a component's shaft or bore; a ring's inner race reaches half way to its rim."""
    nominal_mm = row.pin_mm if row.hole_mm is None else row.hole_mm
    for face in list_held(own):
        if (
            nominal_mm
            and face.is_hole is not isinstance(row, Motor)
            and abs(face.diameter_mm - nominal_mm) <= HOLE_TOLERANCE_MM
        ):
            wide_mm = (face.diameter_mm + row.outer_diameter_mm) / 2.0 if isinstance(row, Ring) else face.diameter_mm
            foot = face.line.point_mm + face.low_mm * face.line.axis
            return Placed(own.body.id, make_cylinder(foot, face.line.axis, wide_mm / 2.0, face.high_mm - face.low_mm))
    return None

"""Puts the catalogue's own solids in the place of the components that a program has drawn (mechanics §8)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.catalogue import Catalogue
from schemas.components import Carriage, Component, Rail, Stock
from schemas.reasons import Reason, ReasonCode
from schemas.record import hash_parts
from workbench.components.agreement import AGREES_MM, Standing, WrongSize, find_standing
from workbench.components.blanks import cut
from workbench.components.envelopes import draw
from workbench.components.poses import locate
from workbench.kernel.arrays import Floats
from workbench.kernel.deviations import CHORD_MM, mesh_corners, signed_distances
from workbench.kernel.frames import read_location
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.measuring import KEPT_SOLIDS
from workbench.kernel.overlaps import make_cylinder
from workbench.kernel.rounds import SCREWED_TURN_RAD, Line, Round, list_rounds
from workbench.reasons import reason_at

WIDEST_HOLE_MM = 9.2
"""No hole of a screw in bought metal is wider (M8 by ISO 273 with its tolerance)."""


@dataclass(frozen=True)
class BoughtDesign:
    """A design whose components are the catalogue's own solids, and why some of them are not."""

    design: LoadedBundle
    faults: tuple[Reason, ...]


def stand_components(design: LoadedBundle, catalogue: Catalogue) -> BoughtDesign:
    """Return the design with every component's solid as the catalogue draws it, where the program's agrees with it.

    Those that do not agree stay as drawn, each with a reason; ids that the catalogue does not have are found later.
    """
    solids, faults = dict(design.solids), list[Reason]()
    for name, solid in design.solids.items():
        row = catalogue.components.get(solid.body.component_id or "")
        if row is None:
            continue
        found = _stand(row, solid, design, catalogue)
        if isinstance(found, Reason):
            faults.append(found)
        else:
            solids[name] = found
    return BoughtDesign(replace(design, solids=solids), tuple(faults))


@dataclass(frozen=True)
class _Drawn:
    """What the catalogue's solid depends on, wherever the drawn one stands; screws' axes are in its own frame."""

    row: Component
    geometry_sha256: str
    axes: tuple[tuple[float, ...], ...]
    rail: Rail | None
    shape: TopoDS_Shape = field(compare=False)


@dataclass(frozen=True)
class _Stood:
    """How a drawing stands in the frame of the drawn solid, and its solid there, with the holes of its screws."""

    standing: Standing
    shape: TopoDS_Shape


def _stand(row: Component, solid: Solid, design: LoadedBundle, catalogue: Catalogue) -> Solid | Reason:
    rotation, origin = read_location(solid.shape.Location())
    own, axes = solid.shape.Located(TopLoc_Location()), _list_axes(solid.body.id, design, rotation, origin)
    rail = catalogue.components.get(row.rail_id) if isinstance(row, Carriage) else None
    drawn = _Drawn(row, solid.body.geometry_sha256, axes, rail if isinstance(rail, Rail) else None, own)
    found = _stand_own(drawn)
    if isinstance(found, WrongSize):
        return _describe_size(solid.body.id, row, found)
    if not found.standing.agrees:
        return _describe_deviation(solid.body.id, row, found.standing, rotation, origin)
    content = hash_parts(solid.body.geometry_sha256, row.component_id, repr(axes))
    length_mm = found.standing.given.length_mm if isinstance(row, Stock) else None
    body = solid.body.model_copy(update={"geometry_sha256": content})
    return Solid(body, found.shape.Moved(solid.shape.Location()), length_mm)


def _list_axes(body_id: str, design: LoadedBundle, rotation: Floats, origin: Floats) -> tuple[tuple[float, ...], ...]:
    """Return point and direction of every screw that fastens a body, in the body's own frame."""
    links = [link for link in design.assembly.attachments if body_id in (link.a, link.b)]
    lines = [(f.position_mm, f.axis) for link in links for f in link.fasteners]
    table = [np.concatenate([(np.array(at) - origin) @ rotation, np.array(axis) @ rotation]) for at, axis in lines]
    return tuple(tuple((np.round(row, 6) + 0.0).tolist()) for row in table)


@lru_cache(maxsize=KEPT_SOLIDS)
def _stand_own(drawn: _Drawn) -> _Stood | WrongSize:
    """Return how the catalogue's drawing stands in the drawn solid's own frame, or that it has another size."""
    lines = [Line(np.array(axis[:3]), np.array(axis[3:])) for axis in drawn.axes]
    rounds = [found for found in list_rounds(drawn.shape, SCREWED_TURN_RAD) if found.is_hole]
    holes = tuple(hole for hole in rounds if hole.diameter_mm <= WIDEST_HOLE_MM and _is_on(hole, lines))
    found = find_standing(drawn.row, drawn.shape, holes, drawn.rail)
    if isinstance(found, WrongSize):
        return found
    solid = draw(drawn.row, found.given).Moved(locate(found.rotation, found.origin_mm))
    return _Stood(found, drill(solid, holes))


def _is_on(hole: Round, lines: Iterable[Line]) -> bool:
    return any(line.is_same(hole.line) for line in lines)


def drill(solid: TopoDS_Shape, holes: Iterable[Round]) -> TopoDS_Shape:
    """Return a solid with holes; an end that lies within 0.3 mm of its surface goes through it."""
    corners = mesh_corners(solid)
    drills = []
    for hole in holes:
        ends = np.array([hole.line.point_mm + hole.line.axis * end for end in (hole.low_mm, hole.high_mm)])
        open_mm = np.where(signed_distances(ends, corners) > -AGREES_MM - CHORD_MM, 2 * AGREES_MM, 0.0)
        low_mm, high_mm = hole.low_mm - open_mm[0], hole.high_mm + open_mm[1]
        foot = hole.line.point_mm + hole.line.axis * low_mm
        drills.append(make_cylinder(foot, hole.line.axis, hole.diameter_mm / 2.0, high_mm - low_mm))
    return cut(solid, *drills) if drills else solid


def _describe_size(body_id: str, row: Component, found: WrongSize) -> Reason:
    """Return the refusal of a solid of another size; the length of goods by the metre is whatever is drawn."""
    gaps = np.abs(found.drawn_mm - found.wanted_mm)
    worst = int(np.argmax(gaps))
    shown = " x ".join(f"{size:.4g}" for size in found.wanted_mm)
    message = f"'{body_id}' is not of the size of the catalogue's '{row.component_id}', {shown} mm: use bought_solid()"
    numbers = {"drawn_mm": float(found.drawn_mm[worst]), "catalogue_mm": float(found.wanted_mm[worst])}
    return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, message, **numbers, limit_mm=2 * AGREES_MM)


def _describe_deviation(body_id: str, row: Component, standing: Standing, rotation: Floats, origin: Floats) -> Reason:
    assert standing.point_mm is not None
    x_mm, y_mm, z_mm = (rotation @ standing.point_mm + origin).tolist()
    message = f"'{body_id}' is not shaped as the catalogue's '{row.component_id}': use bought_solid()"
    numbers = {"deviation_mm": standing.deviation_mm, "limit_mm": AGREES_MM}
    return reason_at(ReasonCode.GEOMETRY_INVALID, body_id, message, **numbers, x_mm=x_mm, y_mm=y_mm, z_mm=z_mm)

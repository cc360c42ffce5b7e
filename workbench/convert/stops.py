"""Gives a design's joints the ends that their components have; what a program declares is neither a stop nor a lock."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from OCP.GeomAbs import GeomAbs_SurfaceType

from schemas.bundle import Joint, Range
from schemas.catalogue import Catalogue
from schemas.components import Carriage, Component, Hinge, Servo
from workbench.convert.conversion import Group
from workbench.kernel.faces import list_corners, measure_area, read_faces
from workbench.kernel.loading import Solid
from workbench.kernel.rounds import COAXIAL_COSINE, HELD_TURN_RAD, Line, list_rounds

RAIL_MM, ASLANT = 0.1, math.sqrt(1.0 - COAXIAL_COSINE**2)
FLAT_DEG = 180.0
"""How far a leaf hinge is open where it lies flat, as the catalogue's solid does."""


def stop_joints(groups: tuple[Group, ...], catalogue: Catalogue) -> tuple[Group, ...]:
    """Return the groups with the design's joints limited by their components alone: by none, most of them."""
    owner = {body: group for group in groups for body in group.body_ids}
    found = []
    for group in groups:
        joints = tuple(
            joint.model_copy(update={"range": _find_stop(joint, owner, catalogue)}) if group.is_assembly else joint
            for joint in group.joints
        )
        found.append(replace(group, joints=joints))
    return tuple(found)


def _find_stop(joint: Joint, owner: Mapping[str, Group], catalogue: Catalogue) -> Range | None:
    """Return a servo's whole travel around what is declared, a leaf hinge's, or the ends of a rail or shaft.

    A servo's horn goes on its spline at any angle, so its travel may begin anywhere.
    """
    sides = owner[joint.child], owner.get(joint.parent or "")
    through = next((m for g in owner.values() for m in g.members if m.body.id == joint.through), None)
    row = catalogue.components.get(through.body.component_id or "") if through is not None else None
    if through is None or row is None:
        return None
    if isinstance(row, Hinge):
        return find_leaf_travel(row, joint.range)
    if isinstance(row, Servo) and row.travel_deg < 360.0 and joint.range is not None:
        spare = max(row.travel_deg - (joint.range.max - joint.range.min), 0.0) / 2
        return Range(min=joint.range.min - spare, max=joint.range.max + spare)
    if joint.kind != "slide":
        return None
    carried = owner[through.body.id] is sides[0]
    far = sides[1] if carried else sides[0]
    others = {group.name: group for group in owner.values() if group is far or (far and far.static and group.static)}
    guides = [member for group in others.values() for member in group.members]
    ends = list(list_travels(through, row, guides, joint))
    if not ends:
        return None
    low, high = max(ends, key=lambda way: way[1] - way[0])
    low, high = (low, high) if carried else (-high, -low)
    return Range(min=min(low, 0.0), max=max(high, 0.0))


def find_leaf_travel(row: Hinge, declared: Range | None) -> Range | None:
    """Return a leaf hinge's travel from where it is drawn, flat: to closed one way, the rest of it the other.

    What is declared tells which way it closes; where it fits both, neither end holds. None where it fits neither.
    """
    rest_deg = row.travel_deg - FLAT_DEG
    ways = ((-FLAT_DEG, rest_deg), (-rest_deg, FLAT_DEG))
    fits = [way for way in ways if declared is not None and way[0] <= declared.min <= declared.max <= way[1]]
    return Range(min=min(way[0] for way in fits), max=max(way[1] for way in fits)) if fits else None


def list_travels(own: Solid, row: Component, guides: list[Solid], joint: Joint) -> Iterator[tuple[float, float]]:
    """Yield how far a carrier can go both ways on each rail or shaft of the other side."""
    line = Line(np.array(joint.anchor_mm), np.array(joint.axis))
    rounds = list_rounds(own.shape, HELD_TURN_RAD)
    carrier = next((face.span(line) for face in rounds if line.is_same(face.line)), extent(own, line))
    for solid in guides:
        if isinstance(row, Carriage):
            sits = solid.body.component_id == row.rail_id and measure_sideways(own, solid, line) <= RAIL_MM
            ways = [extent(solid, line)] if sits else []
        else:
            faces = list_rounds(solid.shape, HELD_TURN_RAD)
            ways = [face.span(line) for face in faces if not face.is_hole and line.is_same(face.line)]
        carrying = [(low, high) for low, high in ways if low < carrier[1] and carrier[0] < high]
        yield from ((low - carrier[0], high - carrier[1]) for low, high in carrying)


def measure_sideways(carriage: Solid, rail: Solid, line: Line) -> float:
    """Return how far a carriage stands beside the middle of a rail along a line (mm), inf where it is not on it."""
    planes = [face for face in read_faces(rail.shape) if face[1].GetType() == GeomAbs_SurfaceType.GeomAbs_Plane]
    normals = [(measure_area(face), plane.Plane().Axis().Direction().Coord()) for face, plane in planes]
    sides = [found for found in normals if abs(float(np.dot(found[1], line.axis))) < ASLANT]
    if not sides:
        return math.inf
    side = np.array(max(sides)[1])
    frame = np.array([line.axis, side, np.cross(line.axis, side)]).T
    corners = (list_corners(solid.shape) @ frame for solid in (carriage, rail))
    mine, box = (np.array([points.min(axis=0), points.max(axis=0)]) for points in corners)
    common = np.minimum(box[1], mine[1]) - np.maximum(box[0], mine[0])
    is_on = np.ptp(box, axis=0).argmax() == 0 and common[0] > 0.0 and common[1:].min() > -RAIL_MM
    return float(np.abs(box.mean(axis=0) - mine.mean(axis=0))[1:].min()) if is_on else math.inf


def extent(solid: Solid, line: Line) -> tuple[float, float]:
    """Return where a solid's corners begin and end along a line: exact for prisms and cylinders along it."""
    along = (list_corners(solid.shape) - line.point_mm) @ line.axis
    return float(along.min()), float(along.max())

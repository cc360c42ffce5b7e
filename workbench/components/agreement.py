"""Compares a drawn component with its catalogue's drawing, to 0.3 mm both ways, wherever no screw has its hole."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from schemas.components import Component, Rail, ShaftMotor, Stock
from schemas.components.motors import HobbyServo
from workbench.components.cores import draw_core
from workbench.components.envelopes import Given, draw, usual_given
from workbench.components.poses import Turned, find_origin, list_turns, sharpen_origin
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.deviations import CHORD_MM, mesh_corners, sample_surface, signed_distances
from workbench.kernel.measuring import KEPT_SOLIDS, measure
from workbench.kernel.rounds import HELD_TURN_RAD, Round, list_rounds

AGREES_MM = 0.3
LEAST_SHAFT, MOST_SHAFT = 0.5, 4.0
"""How long a motor's shaft or a servo's output may be drawn, in its diameters: the tables do not tell."""
FEW_POINTS, FEW_WAYS, MOST_WAYS, MOST_PAIRS = 60, 4, 64, 3_000_000


@dataclass(frozen=True)
class Standing:
    """How a drawing of the catalogue stands: what was left open, its place, and how far the drawn solid deviates."""

    given: Given
    rotation: Floats
    origin_mm: Floats
    deviation_mm: float = 0.0
    point_mm: Floats | None = None

    @property
    def agrees(self) -> bool:
        """Say whether the drawn solid is the catalogue's."""
        return self.deviation_mm <= AGREES_MM + CHORD_MM


@dataclass(frozen=True)
class WrongSize:
    """Lengths (3,) of a drawn solid, and those of the catalogue's that come nearest, along the same directions."""

    drawn_mm: Floats
    wanted_mm: Floats


@dataclass(frozen=True)
class Drawing:
    """A drawing of the catalogue in triangles and points: all of it, and what of it must be drawn."""

    whole: Floats
    core: Floats
    core_points: Floats
    box_mm: Floats


@lru_cache(maxsize=KEPT_SOLIDS)
def read_drawing(row: Component, given: Given) -> Drawing:
    """Return what a drawn solid of a component is compared with."""
    solid = draw(row, given)
    whole = mesh_corners(solid)
    finer = draw_core.dispatch(type(row)) is not draw_core.dispatch(object)
    core = mesh_corners(draw_core(row, given)) if finer else whole
    return Drawing(whole, core, sample_surface(core), measure(solid).box_mm)


def find_standing(
    row: Component, drawn: TopoDS_Shape, holes: tuple[Round, ...], rail: Rail | None
) -> Standing | WrongSize:
    """Return how a component's drawing stands where it deviates least from a drawn solid, in that solid's frame.

    `holes` are those of its screws, which no drawing has; `rail` is a carriage's.
    """
    corners = mesh_corners(drawn)
    points = sample_surface(corners)
    ways = list(_list_ways(row, drawn, corners.reshape(-1, 3), rail))
    misfits = [np.abs(turned.extents_mm - np.ptp(read_drawing(row, given).box_mm, axis=0)) for turned, given in ways]
    order = np.argsort([misfit.max() for misfit in misfits], kind="stable")[:MOST_WAYS].tolist()
    fitting = [n for n in order if misfits[n].max() <= 2 * AGREES_MM]
    if not fitting:
        turned, given = ways[order[0]]
        return WrongSize(turned.extents_mm, np.ptp(read_drawing(row, given).box_mm, axis=0))
    outside = points[~_in_holes(points, holes)]
    few = outside[:: max(1, len(outside) // FEW_POINTS)]
    tried = [(_stand(row, *ways[n]), n) for n in fitting]
    rough = [(float(_deviate(row, standing, few).max(initial=0.0)), n, standing) for standing, n in tried]
    best: Standing | None = None
    for _, _, standing in sorted(rough, key=lambda found: found[:2])[:FEW_WAYS]:
        origin = sharpen_origin(standing.origin_mm, standing.rotation, draw(row, standing.given), drawn)
        found = _compare(row, replace(standing, origin_mm=origin), outside, corners, holes)
        if best is None or found.deviation_mm < best.deviation_mm:
            best = found
        if best.agrees:
            break
    assert best is not None
    return best


def _list_ways(
    row: Component, drawn: TopoDS_Shape, points: Floats, rail: Rail | None
) -> Iterator[tuple[Turned, Given]]:
    """Yield how a drawing may stand, with what the drawn solid tells of what its row leaves open."""
    shafts = _list_shafts(row, drawn) if isinstance(row, ShaftMotor | HobbyServo) else []
    for turned in list_turns(drawn, points):
        if isinstance(row, Stock):
            yield turned, Given(length_mm=round(float(turned.extents_mm[2]), 6))
        elif shafts:
            yield from ((turned, Given(length_mm=length)) for length in shafts)
        else:
            yield turned, usual_given(row, rail=rail)


def _list_shafts(row: ShaftMotor | HobbyServo, drawn: TopoDS_Shape) -> list[float]:
    """Return the lengths of the round pins of a motor that may be its shaft."""
    wide = row.pin_mm
    pins = [pin for pin in list_rounds(drawn, HELD_TURN_RAD) if not pin.is_hole]
    found = {round(pin.high_mm - pin.low_mm, 6) for pin in pins if abs(pin.diameter_mm - wide) <= 2 * AGREES_MM}
    return sorted(length for length in found if LEAST_SHAFT * wide <= length <= MOST_SHAFT * wide)


def _stand(row: Component, turned: Turned, given: Given) -> Standing:
    return Standing(given, turned.rotation, find_origin(turned, read_drawing(row, given).box_mm))


def _deviate(row: Component, standing: Standing, points: Floats) -> Floats:
    """Return how far points (n, 3) of the drawn surface lie outside the drawing, or inside of what must be drawn."""
    own, drawing = (points - standing.origin_mm) @ standing.rotation, read_drawing(row, standing.given)
    outside = signed_distances(own, drawing.whole)
    inside = -outside if drawing.core is drawing.whole else -signed_distances(own, drawing.core)
    return np.maximum(outside, inside)


def _compare(row: Component, standing: Standing, points: Floats, corners: Floats, holes: tuple[Round, ...]) -> Standing:
    core = read_drawing(row, standing.given).core_points @ standing.rotation.T + standing.origin_mm
    core = core[~_in_holes(core, holes)][:: math.ceil(len(core) * len(corners) / MOST_PAIRS)]
    deviations = np.concatenate([_deviate(row, standing, points), signed_distances(core, corners)])
    worst = int(np.argmax(deviations))
    where = np.vstack([points, core])[worst]
    return replace(standing, deviation_mm=float(deviations[worst]), point_mm=where)


def _in_holes(points: Floats, holes: tuple[Round, ...]) -> Bools:
    """Say of every point whether it lies in the hole of a screw, on its wall or its rim."""
    inside = np.zeros(len(points), dtype=bool)
    for hole in holes:
        away = points - hole.line.point_mm
        along = away @ hole.line.axis
        aside = np.linalg.norm(away - np.outer(along, hole.line.axis), axis=1)
        within = (along >= hole.low_mm - CHORD_MM) & (along <= hole.high_mm + CHORD_MM)
        inside |= within & (aside <= hole.diameter_mm / 2.0 + CHORD_MM)
    return inside

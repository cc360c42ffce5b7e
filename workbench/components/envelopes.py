"""Draws every component of the catalogue from its row, one small function per category.

In the component's own frame +z is its axis (of goods by the metre: along their length) and its foot lies in z = 0.
Where the columns are silent the drawing is a plain block, ring or rod, and what is assumed stands beside it.
"""

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from OCP.TopoDS import TopoDS_Shape

from schemas.components import (
    Belt,
    Block,
    Carriage,
    Component,
    Foot,
    Hinge,
    Insert,
    Nut,
    PillowBlock,
    Profile,
    Rack,
    Rail,
    Ring,
    Screw,
    ShaftMotor,
    Spring,
    Washer,
)
from schemas.components.bought import Bought, RoundStock
from schemas.components.motors import HobbyServo
from workbench.components.blanks import UP, cut, fuse, make_bar, make_hexagon, make_rod, make_tube, read_size, tap_mm
from workbench.kernel.overlaps import make_box, make_cylinder

WASHER_PLAY_MM = 0.3
"""ISO 7089: washers of M3 to M8 are 0.2 to 0.4 mm wider than their screw."""
USUAL_SHAFT, USUAL_OUTPUT = 2.5, 0.5
"""How long a motor's shaft and a servo's output are, in their diameters, where nobody says otherwise."""
LEAF_SHARE = 1.0 / 3.0
"""How thick a hinge's leaf is, of its pin: the tables do not tell."""


@dataclass(frozen=True)
class Given:
    """What a row leaves open: the length of goods by the metre or of a motor's shaft, and the rail of a carriage."""

    length_mm: float = 0.0
    rail: Rail | None = None


@singledispatch
def draw(row: Bought, given: Given) -> TopoDS_Shape:
    """Return the solid that a component is taken for; raises TypeError for a category that nobody draws."""
    raise TypeError(f"nobody draws '{row.component_id}' with {given}")


@draw.register
def _draw_block(row: Block, _: Given) -> TopoDS_Shape:
    return make_bar(row.length_mm, row.width_mm, row.height_mm)


@draw.register
def _draw_ring(row: Ring, _: Given) -> TopoDS_Shape:
    return make_tube(row.outer_diameter_mm, row.bore_mm, row.length_mm)


@draw.register
def _draw_rod(row: RoundStock, given: Given) -> TopoDS_Shape:
    return make_rod(row.outer_diameter_mm, given.length_mm)


@draw.register(Rail)
@draw.register(Rack)
@draw.register(Belt)
@draw.register(Profile)
def _draw_bar(row: Rail | Rack | Belt | Profile, given: Given) -> TopoDS_Shape:
    return make_bar(row.width_mm, row.height_mm, given.length_mm)


@draw.register
def _draw_motor(row: ShaftMotor, given: Given) -> TopoDS_Shape:
    """Draw the case and, along its length, a shaft in its middle; both together have the row's length.

    Gearmotors and brushless motors of equal width and height are round (Pololu's 25D and 37D), all others are boxes.
    """
    case_mm = row.length_mm - given.length_mm
    is_round = row.width_mm == row.height_mm and row.category != "stepper"
    case = make_rod(row.width_mm, case_mm) if is_round else make_bar(row.width_mm, row.height_mm, case_mm)
    return fuse(case, make_cylinder(UP * case_mm, UP, row.pin_mm / 2.0, given.length_mm))


@draw.register
def _draw_servo(row: HobbyServo, given: Given) -> TopoDS_Shape:
    """Draw the case upright; the output stands half a width from one end, as on every hobby servo."""
    case = make_bar(row.length_mm, row.width_mm, row.height_mm - given.length_mm)
    foot = np.array([(row.length_mm - row.width_mm) / 2.0, 0.0, row.height_mm - given.length_mm])
    return fuse(case, make_cylinder(foot, UP, row.pin_mm / 2.0, given.length_mm))


@draw.register
def _draw_pillow_block(row: PillowBlock, _: Given) -> TopoDS_Shape:
    """Draw the block across its bore, which lies in its middle."""
    return cut(make_bar(row.length_mm, row.height_mm, row.width_mm), make_rod(row.bore_mm, row.width_mm))


@draw.register
def _draw_hinge(row: Hinge, _: Given) -> TopoDS_Shape:
    """Draw both leaves, flat, in the middle of the pin along the length."""
    leaf = make_bar(row.width_mm, row.height_mm * LEAF_SHARE, row.length_mm)
    return fuse(leaf, make_rod(row.height_mm, row.length_mm))


@draw.register
def _draw_carriage(row: Carriage, given: Given) -> TopoDS_Shape:
    """Draw the block over the upper half of its rail; its top is its height above the rail's base."""
    if given.rail is None:
        raise ValueError(f"'{row.component_id}' needs its rail")
    channel_mm = given.rail.height_mm / 2.0
    high_mm, half_mm = row.height_mm - channel_mm, given.rail.width_mm / 2.0
    block = make_box(np.array([-row.width_mm / 2, 0.0, 0.0]), np.array([row.width_mm / 2, high_mm, row.length_mm]))
    return cut(block, make_box(np.array([-half_mm, 0.0, 0.0]), np.array([half_mm, channel_mm, row.length_mm])))


@draw.register
def _draw_screw(row: Screw, _: Given) -> TopoDS_Shape:
    shank = make_rod(row.diameter_mm, row.length_mm)
    return fuse(shank, make_cylinder(UP * row.length_mm, UP, row.outer_diameter_mm / 2.0, row.height_mm))


@draw.register
def _draw_nut(row: Nut, _: Given) -> TopoDS_Shape:
    return cut(make_hexagon(row.width_mm, row.height_mm), make_rod(tap_mm(row.thread), row.height_mm))


@draw.register
def _draw_washer(row: Washer, _: Given) -> TopoDS_Shape:
    return make_tube(row.outer_diameter_mm, read_size(row.thread) + WASHER_PLAY_MM, row.height_mm)


@draw.register
def _draw_insert(row: Insert, _: Given) -> TopoDS_Shape:
    return make_tube(row.outer_diameter_mm, tap_mm(row.thread), row.length_mm)


@draw.register
def _draw_spring(row: Spring, _: Given) -> TopoDS_Shape:
    return make_rod(row.outer_diameter_mm, row.length_mm)


@draw.register
def _draw_foot(row: Foot, _: Given) -> TopoDS_Shape:
    return make_rod(row.outer_diameter_mm, row.height_mm)


def usual_given(row: Component, length_mm: float | None = None, rail: Rail | None = None) -> Given:
    """Return what a row leaves open as it is drawn where nobody says otherwise."""
    if isinstance(row, ShaftMotor | HobbyServo):
        share = USUAL_SHAFT if isinstance(row, ShaftMotor) else USUAL_OUTPUT
        return Given(length_mm=share * row.pin_mm if length_mm is None else length_mm)
    return Given(length_mm=length_mm or 0.0, rail=rail)

"""Parts with one size at a rule's limit."""

from math import radians, tan
from typing import Any

from build123d import (
    Align,
    Box,
    Cone,
    Cylinder,
    Plane,
    Pos,
    Rectangle,
    RectangleRounded,
    Rot,
    extrude,
    mirror,
)

FOOT = (Align.CENTER, Align.CENTER, Align.MIN)


def pocket(radius: float, depth: float = 10.0, length: float = 40.0, width: float = 40.0) -> Any:
    """A block with a round-cornered pocket open to the top."""
    hollow = extrude(RectangleRounded(length, width, radius), depth)
    return Box(length + 20, width + 20, depth + 10) - Pos(0, 0, 5 - depth / 2) * hollow


def plate(taper_deg: float, thickness: float = 2.0) -> Any:
    """A plate of 60 x 40 mm with leaning edges."""
    return extrude(Rectangle(60, 40), amount=thickness, taper=taper_deg)


def tray(wall: float = 2.0) -> Any:
    """An open tray of 80 x 60 x 25 mm with walls that lean 2 degrees outwards."""
    outer = extrude(Rectangle(80, 60), amount=25, taper=-2)
    return outer - Pos(0, 0, wall) * extrude(Rectangle(80 - 2 * wall, 60 - 2 * wall), amount=25, taper=-2)


def ribbed(thickness: float, height: float = 5.9, wall: float = 2.5, draft_deg: float = 0.5) -> Any:
    """A tray with a rib on its floor that does not reach its walls."""
    rib = extrude(Rectangle(50, thickness), amount=height + 0.1, taper=draft_deg)
    return tray(wall) + Pos(0, 0, wall - 0.1) * rib


def boss(outer: float, bore: float) -> Any:
    tower = Cylinder(outer / 2, 6, align=FOOT) - Cylinder(bore / 2, 6, align=FOOT)
    return tray() + Pos(0, 0, 1.9) * tower


def shaft(diameter: float, length: float) -> Any:
    return Rot(0, 90, 0) * Cylinder(diameter / 2, length)


def stepped(thin: float) -> Any:
    return Cylinder(10, 20) + Pos(0, 0, 15) * Cylinder(thin / 2, 10)


def cross_hole(lean_deg: float) -> Any:
    return Cylinder(10, 40) - Rot(lean_deg, 0, 0) * Cylinder(2, 80)


def slotted(gap: float) -> Any:
    return Box(40, 30, 10) - Pos(0, 0, 3) * Box(gap, 40, 10)


def drilled_from(sides: float) -> Any:
    """A cube with a blind hole in so many of its sides that touch one corner."""
    hole = Pos(0, 0, 12) * Cylinder(3, 10)
    turns = [Rot(0, 0, 0), Rot(0, 90, 0), Rot(90, 0, 0)][: int(sides)]
    return Box(30, 30, 30) - [turn * hole for turn in turns]


def undercut(radius: float) -> Any:
    """A block with a hole of 10 mm that widens inside."""
    return Box(60, 60, 30) - Cylinder(radius, 8) - Pos(0, 0, 10) * Cylinder(5, 20)


def hollow(escape: float) -> Any:
    """A hollow block with two holes of one diameter through its top."""
    ways_out = [Pos(x, 0, 7) * Cylinder(escape / 2, 8) for x in (-10, 10)]
    return Box(40, 40, 18) - Box(30, 30, 10) - ways_out


def pointed(angle_deg: float) -> Any:
    """A rod that runs out into a point of an included angle."""
    return Cylinder(10, 40, align=FOOT) + Pos(0, 0, 40) * Cone(10, 0, 10 / tan(radians(angle_deg / 2)), align=FOOT)


def cored(depth: float) -> Any:
    """A plate on a tower with a blind hole of 4 mm in the middle of its depth, 0.5 degrees of draft."""
    lean = depth * tan(radians(0.5)) / 2
    tower = plate(1) + Pos(0, 0, -8) * Box(20, 20, 20)
    return tower - Pos(0, 0, 2 - depth) * Cone(2 - lean, 2 + lean, depth, align=FOOT)


def drawn_both_ways(depth: float) -> Any:
    """A block that leans inwards up and down from its middle."""
    return plate(1, depth) + mirror(plate(1, depth), Plane.XY)


def side_pocket(pull: float, width: float = 20, height: float = 8) -> Any:
    """A block with two deep pockets open to the top and one in its side."""
    deep = [Pos(-100, y, 20) * Box(60, 40, 80) for y in (-40, 40)]
    return Box(300, 260, 100) - deep - Pos(150 - pull / 2, 0, 0) * Box(pull, width, height)

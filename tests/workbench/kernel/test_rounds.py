"""Holes and pins are found in one place: however the kernel cuts them into faces, and in mirrored solids too."""

import math

import numpy as np
import pytest
from build123d import Box, Cylinder, Plane, Pos, mirror
from OCP.BRepAlgoAPI import BRepAlgoAPI_Fuse
from OCP.TopAbs import TopAbs_ShapeEnum

from workbench.convert.fastened import Shank, fill_fastened_holes
from workbench.kernel.faces import explore
from workbench.kernel.measuring import measure
from workbench.kernel.rounds import (
    HALF_TURN_RAD,
    HELD_TURN_RAD,
    SCREWED_TURN_RAD,
    WHOLE_TURN_RAD,
    Line,
    find_opening,
    list_round_faces,
    list_rounds,
)
from workbench.kernel.solid_view import read_solid

UP = Line(np.zeros(3), np.array([0.0, 0.0, 1.0]))


def sector(turn_deg: float, radius: float = 5.0, height: float = 10.0):
    """A cylinder cut by two planes through its axis, so that its round face goes only so far around."""
    return Cylinder(radius, height, arc_size=turn_deg)


def plate(*tools):
    return Box(40, 40, 10) - list(tools)


LIMITS = {"half": HALF_TURN_RAD, "held": HELD_TURN_RAD, "screwed": SCREWED_TURN_RAD, "whole": WHOLE_TURN_RAD}


@pytest.mark.parametrize(
    ("turn_deg", "expected"),
    [(90, set()), (179, set()), (181, {"half"}), (241, {"half", "held"}), (301, {"half", "held", "screwed"})],
)
def test_hole_counts_as_far_as_it_goes_around(turn_deg, expected):
    shape = plate(sector(turn_deg)).solid().wrapped
    (face,) = list_round_faces(shape)
    assert face.turn_rad == pytest.approx(math.radians(turn_deg)) and face.is_hole
    assert {name for name, limit in LIMITS.items() if list_rounds(shape, limit)} == expected
    assert math.isfinite(find_opening(shape)) == ("half" in expected)
    assert any(found.is_hole for found in read_solid(shape).faces) == ("half" in expected)


def test_hole_of_several_faces_is_one_whole_hole():
    """Two plates that share a half of the hole each, fused: the kernel keeps two round faces."""
    halves = [(Pos(side * 10, 0, 0) * Box(20, 40, 10) - Cylinder(5, 10)).solid().wrapped for side in (-1, 1)]
    shape = next(explore(BRepAlgoAPI_Fuse(*halves).Shape(), TopAbs_ShapeEnum.TopAbs_SOLID))
    assert len(list_round_faces(shape)) == 2 and find_opening(shape) == pytest.approx(5.0)
    for least in LIMITS.values():
        (hole,) = list_rounds(shape, least)
        assert hole.is_hole and hole.span(UP) == pytest.approx((-5.0, 5.0)) and hole.diameter_mm == pytest.approx(10)


def test_holes_in_line_count_as_one_only_where_they_are_alike():
    clevis = Box(40, 40, 30) - Pos(10, 0, 0) * Box(40, 40, 10)
    alike = clevis - Cylinder(4, 30)
    (hole,) = list_rounds(alike.solid().wrapped, SCREWED_TURN_RAD)
    assert hole.span(UP) == pytest.approx((-15.0, 15.0))
    stepped = clevis - Cylinder(4, 30) - Pos(0, 0, 10) * Cylinder(5, 10)
    assert {round(hole.diameter_mm) for hole in list_rounds(stepped.solid().wrapped, SCREWED_TURN_RAD)} == {8, 10}


def test_pins_are_no_holes():
    (pin,) = list_rounds(Cylinder(5, 10).solid().wrapped, WHOLE_TURN_RAD)
    assert not pin.is_hole and math.isinf(find_opening(Cylinder(5, 10).solid().wrapped))


def test_mirrored_solid_has_the_same_holes_and_they_are_filled():
    solid = plate(Pos(8, 3, 0) * Cylinder(2, 10))
    for shape, x in ((solid, 8.0), (mirror(solid, about=Plane.YZ), -8.0)):
        kernel = shape.solid().wrapped
        (hole,) = list_rounds(kernel, WHOLE_TURN_RAD)
        assert hole.is_hole and hole.line.point_mm[:2] == pytest.approx([x, 3.0])
        screw = Shank((x, 3.0, 5.0), (0.0, 0.0, -1.0), diameter_mm=4.0, length_mm=16.0)
        assert measure(fill_fastened_holes(kernel, [screw])).volume_mm3 == pytest.approx(16_000.0)

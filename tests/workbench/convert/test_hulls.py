"""Collision geometry: primitives, exact polyhedra, curved solids within the bounds, refusals."""

import math
from dataclasses import replace

import numpy as np
import pytest
from build123d import (
    Axis,
    Box,
    Cone,
    Cylinder,
    Edge,
    Helix,
    Plane,
    Polyline,
    Pos,
    Rectangle,
    Rot,
    Solid,
    Sphere,
    extrude,
    fillet,
    make_face,
    revolve,
    sweep,
)
from manifold3d import Manifold, OpType
from OCP.TopoDS import TopoDS_Shape

from performance.corpus import build_corpus
from workbench.convert.decompose import Unresolved, decompose
from workbench.convert.facets import as_manifold
from workbench.convert.fastened import Shank, fill_fastened_holes
from workbench.convert.hulls import find_hulls
from workbench.convert.pieces import MOST_WORK
from workbench.convert.primitives import recognise
from workbench.kernel.features import name_feature
from workbench.kernel.measuring import measure
from workbench.kernel.meshes import tessellate

CHEVRON = Polyline((0, 0), (60, 40), (60, 60), (0, 20), (-60, 60), (-60, 40), close=True)
HALF_FUNNEL = Polyline((20, -30), (24, -30), (24, 0), (44, 30), (40, 30), (20, 0), close=True)
CROSS = Box(80, 20, 20) + Box(20, 80, 20) + Box(20, 20, 80)
POLYHEDRA = {
    "u_channel": (Box(300, 60, 30) - Pos(0, 0, 4) * Box(300, 52, 30), 3),
    "l_bracket": (Box(60, 40, 6) + Pos(-27, 0, 20) * Box(6, 40, 40), 2),
    "tray": (Box(120, 80, 25) - Pos(0, 0, 3) * Box(114, 74, 25), 5),
    "two_bins": (Box(120, 80, 25) - Pos(-29, 0, 3) * Box(55, 74, 25) - Pos(29, 0, 3) * Box(55, 74, 25), 6),
    "frame": (Box(100, 100, 10) - Box(80, 80, 10), 4),
    "cross": (CROSS, 5),
    "chevron": (extrude(make_face(CHEVRON), 10), 2),
    "overhanging": (Box(100, 20, 10) + Pos(0, 0, 10) * Box(20, 100, 10), 2),
    "overhanging_three": (Box(100, 20, 10) + Pos(0, 0, 10) * Box(20, 100, 10) + Pos(0, 0, 20) * Box(60, 60, 10), 3),
    "overhanging_turned": (Box(100, 20, 10) + Pos(0, 0, 10) * Rot(0, 0, 37) * Box(100, 20, 10), 2),
    "step_by_half": (Box(100, 60, 10) + Pos(50, 0, 10) * Box(100, 60, 10), 2),
}
CURVED = {
    "tube": Cylinder(30, 100) - Cylinder(26, 100),
    "half_pipe": Cylinder(40, 200) - Cylinder(36, 200) - Pos(0, 40, 0) * Box(100, 80, 220),
    "six_holes": Box(120, 80, 8) - [Pos(x, y, 0) * Cylinder(3, 20) for x in (-40, 0, 40) for y in (-25, 25)],
    "cup": Cylinder(30, 60) - Pos(0, 0, 4) * Cylinder(26, 60),
    "pocket": Box(80, 60, 20) - fillet((Pos(0, 0, 5) * Box(60, 40, 20)).edges().filter_by(Axis.Z), 6),
}


def wrapped(part: object) -> TopoDS_Shape:
    solids = part.solids()  # type: ignore[attr-defined] - build123d has it
    assert len(solids) == 1
    return solids[0].wrapped


def difference(shape: TopoDS_Shape, pieces: tuple[np.ndarray, ...]) -> float:
    """Return the symmetric difference of the pieces' hulls and a fine tessellation ÷ volume."""
    fine = as_manifold(*tessellate(shape, 0.005, 0.05))
    union = Manifold.batch_boolean([Manifold.hull_points(points) for points in pieces], OpType.Add)
    return float((union - fine).volume() + (fine - union).volume()) / measure(shape).volume_mm3


@pytest.mark.parametrize("name", POLYHEDRA)
def test_polyhedron_is_split_exactly(name: str) -> None:
    part, count = POLYHEDRA[name]
    shape = wrapped(Pos(17, -3, 9) * Rot(20, 30, 40) * part)
    pieces = decompose(shape)
    assert not isinstance(pieces, Unresolved)
    assert len(pieces) == count
    assert difference(shape, pieces) < 1e-5


@pytest.mark.parametrize("name", CURVED)
def test_curved_solid_stays_within_the_bound(name: str) -> None:
    shape = wrapped(CURVED[name])
    pieces = decompose(shape)
    assert not isinstance(pieces, Unresolved)
    assert difference(shape, pieces) <= 0.02


def test_decomposition_is_the_same_each_time() -> None:
    first, second = decompose(wrapped(CURVED["tube"])), decompose(wrapped(CURVED["tube"]))
    assert not isinstance(first, Unresolved)
    assert not isinstance(second, Unresolved)
    assert [points.tobytes() for points in first] == [points.tobytes() for points in second]


def test_holes_stay_open() -> None:
    pieces = decompose(wrapped(CURVED["six_holes"]))
    assert not isinstance(pieces, Unresolved)
    pin = Manifold.cylinder(20, 0.9 * 3, center=True).translate((40, 25, 0))
    assert all((Manifold.hull_points(points) ^ pin).volume() < 1e-6 for points in pieces)


def test_part_beyond_the_limits_is_refused() -> None:
    holes = [Pos(24 * i, 24 * j, 0) * Cylinder(8, 10) for i in range(8) for j in range(8)]
    found = find_hulls(wrapped(Pos(84, 84, 0) * Box(196, 196, 6) - holes))
    assert isinstance(found, Unresolved)
    assert found.numbers["hulls"] > found.numbers["hulls_limit"] == 256
    assert 0 < found.numbers["error_fraction"] < found.numbers["error_limit"] == 0.02


@pytest.mark.parametrize(
    ("solid", "kind", "size"),
    [
        (Sphere(7), "sphere", (7,)),
        (Cylinder(4, 30), "cylinder", (4, 15)),
        (Cylinder(4, 20) + Pos(0, 0, 10) * Sphere(4) + Pos(0, 0, -10) * Sphere(4), "capsule", (4, 10)),
        (Box(10, 20, 30), "box", (5, 10, 15)),
    ],
)
def test_primitive_is_recognised_at_its_place(solid: Solid, kind: str, size: tuple[float, ...]) -> None:
    hull = recognise(wrapped(Pos(11, -5, 3) * Rot(10, 20, 30) * solid))
    assert hull is not None
    assert hull.kind == kind
    assert hull.frame is not None
    assert sorted(hull.size_mm) == pytest.approx(sorted(size))
    assert hull.frame.origin_m == pytest.approx((0.011, -0.005, 0.003))
    assert np.linalg.det(hull.frame.rotation) == pytest.approx(1.0)


@pytest.mark.parametrize("solid", [Box(10, 10, 10) - Cylinder(2, 20), Cylinder(9, 5) - Cylinder(3, 5), CROSS])
def test_what_is_no_primitive_is_not_taken_for_one(solid: Solid) -> None:
    assert recognise(wrapped(solid)) is None


def test_hole_of_a_fastener_is_filled_and_others_stay() -> None:
    counterbored = Pos(-20, 0, 0) * Cylinder(2, 20) + Pos(-20, 0, 4) * Cylinder(4, 4)
    shape = wrapped(Box(80, 40, 10) - counterbored - Pos(20, 0, 0) * Cylinder(2, 20))
    filled = fill_fastened_holes(shape, [Shank((-20, 0, 2), (0, 0, -1), diameter_mm=4, length_mm=12)])
    assert measure(filled).volume_mm3 == pytest.approx(80 * 40 * 10 - np.pi * (4 * 10 + 16 * 3))


def test_hole_is_filled_only_as_far_as_its_screw_reaches() -> None:
    shape = wrapped(Box(40, 40, 30) - Pos(6, 4, 0) * Cylinder(2.25, 30))
    shank = Shank((6, 4, 15), (0, 0, -1), diameter_mm=4, length_mm=20)
    left_mm3 = np.pi * 2.25**2 * 10
    assert measure(fill_fastened_holes(shape, [shank])).volume_mm3 == pytest.approx(48_000 - left_mm3)
    recessed = wrapped(Box(40, 40, 30) - Pos(6, 4, 0) * Cylinder(2.25, 30) - Pos(6, 4, -10) * Cylinder(4, 10))
    filled = fill_fastened_holes(recessed, [replace(shank, length_mm=30)])
    assert measure(filled).volume_mm3 == pytest.approx(48_000 - np.pi * 4**2 * 10)
    aside = replace(shank, position_mm=(6.2, 4, 15))
    assert fill_fastened_holes(shape, [aside]) is shape


def test_cone_and_slanted_hole_around_a_screw_stay_as_made() -> None:
    cone = Pos(0, 0, 1.5) * Cone(2.25, 25, 9) + Pos(0, 0, -3) * Cylinder(2.25, 6)
    shape, shank = wrapped(Box(80, 60, 12) - cone), Shank((0, 0, -3), (0, 0, -1), diameter_mm=4, length_mm=12)
    plugged_mm3 = measure(fill_fastened_holes(shape, [shank])).volume_mm3 - measure(shape).volume_mm3
    assert plugged_mm3 == pytest.approx(np.pi * 2.25**2 * 3)
    slanted = wrapped(Box(80, 60, 12) - Rot(0, 20, 0) * Cylinder(2.25, 40))
    axis = (math.sin(math.radians(20)), 0, math.cos(math.radians(20)))
    assert fill_fastened_holes(slanted, [Shank((0, 0, 0), axis, diameter_mm=4, length_mm=12)]) is slanted


@pytest.mark.parametrize(
    "name", ["helical_trough", *(pytest.param(n, marks=pytest.mark.slow) for n in ("spiral_ramp", "helical_chute"))]
)
def test_swept_solid_is_cut_into_short_pieces(name: str) -> None:
    shape = next(build_corpus(name)).solid.wrapped
    pieces = decompose(shape)
    assert not isinstance(pieces, Unresolved), pieces
    assert len(pieces) <= 256
    wall_mm = measure(shape).thickness_mm
    assert difference(shape, pieces) <= 0.02 + (0.05 / wall_mm if wall_mm < 3 else 0)


@pytest.mark.slow
@pytest.mark.parametrize("wall_mm", [2, 4, 6])
def test_quarter_turn_chute_stays_within_the_bound(wall_mm: float) -> None:
    path, across = Helix(160, 40, 80), Plane((80, 0, 0), x_dir=(1, 0, 0), z_dir=(0, -1, 0))
    section = Rectangle(40, 18) - Pos(0, wall_mm) * Rectangle(40 - 2 * wall_mm, 18)
    shape = wrapped(sweep(across * section, path, binormal=Edge.make_line((0, 0, 0), (0, 0, 1))))
    pieces = decompose(shape)
    assert not isinstance(pieces, Unresolved), pieces
    assert difference(shape, pieces) <= 0.02 + (0.05 / measure(shape).thickness_mm if wall_mm < 3 else 0)


@pytest.mark.slow
def test_cylinder_with_two_hundred_holes_is_refused_with_what_was_measured() -> None:
    row = [Rot(0, 0, 18 * i) * Pos(38, 0, 0) * Rot(0, 90, 0) * Cylinder(1.5, 8) for i in range(20)]
    holes = [Pos(0, 0, 8 * j - 36) * hole for j in range(10) for hole in row]
    shape = wrapped(Cylinder(40, 80) - Cylinder(37, 80) - holes)
    found = decompose(shape)
    assert isinstance(found, Unresolved)
    assert found.numbers["error_fraction"] > found.numbers["error_limit"] or found.numbers["hulls"] > 256
    assert found.numbers["cuts_tried"] >= found.numbers["cuts_limit"] == MOST_WORK
    assert name_feature(shape) == "200 round holes"


@pytest.mark.slow
def test_funnel_stays_within_the_bound() -> None:
    shape = wrapped(revolve(Plane.XZ * make_face(HALF_FUNNEL), Axis.Z))
    pieces = decompose(shape)
    assert not isinstance(pieces, Unresolved)
    assert difference(shape, pieces) <= 0.02

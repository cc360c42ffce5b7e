"""Solids that pass through themselves are found, however thin the overlap; sound ones never are."""

import pytest
from bd_warehouse.gear import SpurGear
from build123d import (
    Axis,
    Box,
    Circle,
    Cylinder,
    Helix,
    Line,
    Plane,
    Pos,
    Rot,
    Solid,
    Sphere,
    ThreePointArc,
    Torus,
    Wire,
    make_face,
    revolve,
    sweep,
)
from OCP.BRep import BRep_Builder
from OCP.BRepBuilderAPI import BRepBuilderAPI_MakePolygon, BRepBuilderAPI_MakeSolid, BRepBuilderAPI_Sewing
from OCP.BRepPrimAPI import BRepPrimAPI_MakeRevol
from OCP.gp import gp_Ax1, gp_Dir, gp_Pnt
from OCP.TopoDS import TopoDS, TopoDS_Solid

from performance.corpus import build_corpus
from schemas.reasons import ReasonCode
from workbench.convert.decompose import Unresolved
from workbench.convert.hulls import find_hulls
from workbench.kernel.crossings import find_crossing
from workbench.kernel.loading import find_solid_fault
from workbench.kernel.measuring import measure


def hollow(outer, *cavities):
    """Return a kernel solid with every cavity as a shell of its own, whether or not they meet."""
    builder, made = BRep_Builder(), TopoDS_Solid()
    builder.MakeSolid(made)
    builder.Add(made, outer.shells()[0].wrapped)
    for cavity in cavities:
        builder.Add(made, cavity.shells()[0].wrapped.Reversed())
    return made


def turn(*profile):
    """Return what a closed line of points (r, z) sweeps around the z axis, as one shell."""
    line = BRepBuilderAPI_MakePolygon()
    for r, z in profile:
        line.Add(gp_Pnt(r, 0, z))
    if profile[0][0] > 0:
        line.Close()
    sewing = BRepBuilderAPI_Sewing(1e-6)
    sewing.Add(BRepPrimAPI_MakeRevol(line.Wire(), gp_Ax1(gp_Pnt(0, 0, 0), gp_Dir(0, 0, 1))).Shape())
    sewing.Perform()
    made = BRepBuilderAPI_MakeSolid(TopoDS.Shell_s(sewing.SewedShape())).Solid()
    return made if measure(made).volume_mm3 > 0 else TopoDS.Solid_s(made.Reversed())


def coil(pitch):
    line = Helix(pitch, 3 * pitch, 20)
    return sweep(Plane(line @ 0, z_dir=line % 0) * Circle(2.5), path=Wire([line])).solid().wrapped


def lemon():
    """Return what is inside of a torus of radii 5 and 10 only: it ends on the axis."""
    tip = 75**0.5
    half = make_face([ThreePointArc((0, -tip), (5, 0), (0, tip)), Line((0, tip), (0, -tip))])
    return revolve(Plane.XZ * half, Axis.Z).solid().wrapped


BLOCK = Box(100, 40, 20)
BAR = Rot(45, 0, 0) * Box(90, 8, 8)
CROSSED = {
    "a cavity many times": lambda: hollow(BLOCK, *(Box(90 + n / 10, 8, 8) for n in range(11))),
    "a thin cavity many times": lambda: hollow(BLOCK, *(Box(90 + n / 10, 30, 0.1) for n in range(8))),
    "two cavities that overlap": lambda: hollow(BLOCK, BAR, Pos(0, 0.5, 0) * BAR),
    "a cavity that pokes out": lambda: hollow(BLOCK, Pos(6, 0, 0) * BAR),
    "a cavity that is hardly out": lambda: hollow(BLOCK, Pos(0, 0, 1) * Box(98, 38, 19)),
    "a pit deeper than its disc": lambda: turn((0, 0), (30, 0), (30, 10), (25, 10), (0, -26)),
    "a ring whose profile is an eight": lambda: turn((20, 0), (40, 0), (40, 10), (22, 10), (39, -12), (20, -12)),
    "a rod that crosses itself": lambda: turn((0, 0), (10, 0), (10, 40), (3, 40), (3, -20), (0, -20)),
    "a coil that overlaps": lambda: coil(3),
    "a torus without a hole": lambda: Solid.make_torus(5, 10).wrapped,
}
SOUND = {
    "a cavity": lambda: hollow(BLOCK, BAR),
    "two cavities a hair apart": lambda: hollow(BLOCK, Pos(-20, 0, 0) * Sphere(6), Pos(-7.99, 0, 0) * Sphere(6)),
    "a foil that is rolled": lambda: (Cylinder(20, 30) - Cylinder(19.98, 30)).solid().wrapped,
    "a ball of foil": lambda: hollow(Sphere(20), Sphere(19.99)),
    "a pit": lambda: turn((0, 0), (30, 0), (30, 10), (25, 10), (0, 0.02)),
    "a coil": lambda: coil(5.1),
    "a ring that is all but closed": lambda: Torus(10, 9.98).solid().wrapped,
    "a lemon": lemon,
    "a gear": lambda: SpurGear(2, 20, 20, 10).solid().wrapped,
}


@pytest.mark.parametrize("make", CROSSED.values(), ids=CROSSED)
def test_solid_that_passes_through_itself_is_refused_with_the_place(make):
    fault = find_solid_fault("block", make())
    assert fault and fault.code is ReasonCode.GEOMETRY_INVALID
    assert "block: passes through itself near (" in fault.message
    layers = next(number.value for number in fault.numbers if number.name == "layers")
    assert layers != 1


def test_solid_that_passes_through_itself_has_no_pieces():
    assert isinstance(find_hulls(CROSSED["a pit deeper than its disc"]()), Unresolved)


@pytest.mark.parametrize("make", SOUND.values(), ids=SOUND)
def test_sound_solid_passes_through_itself_nowhere(make):
    assert find_crossing(make()) is None


@pytest.mark.slow
def test_parts_of_the_corpus_pass_through_themselves_nowhere():
    turned = Rot(31, 47, 11)
    assert not [part.name for part in build_corpus() if find_crossing((turned * part.solid).wrapped)]

"""Cheats by geometry: solids that are none, that overlap, that stand where none may stand."""

import pytest
from build123d import Box, Cylinder, Face, Pos, Rot, Solid, Sphere
from OCP.BRep import BRep_Builder
from OCP.ShapeFix import ShapeFix_ShapeTolerance
from OCP.TopAbs import TopAbs_ShapeEnum
from OCP.TopoDS import TopoDS_Solid

from schemas.jobs import Budgets
from tests.workbench.judge.cheats.machine import is_sound, judge_files, pack, swap_solid
from tests.workbench.judge.scenes import OVER_GOAL, box, codes, plate, scene
from workbench.kernel.faces import explore


def put(solid, **named):
    """A loose part, or several."""
    parts = {"block": solid} | named
    return lambda made: [made.part(name, s, "pla", "fdm_printing", loose=True) for name, s in parts.items()]


def join_shells(*solids):
    """Return one kernel solid out of the shells of several."""
    builder, joined = BRep_Builder(), TopoDS_Solid()
    builder.MakeSolid(joined)
    for solid in solids:
        for shell in explore(solid.wrapped, TopAbs_ShapeEnum.TopAbs_SHELL):
            builder.Add(joined, shell)
    return joined


def swap_sides(solid):
    return solid.solid().wrapped.Reversed()


def carve(*cavities):
    """Return the plate with each cavity as a shell of its own, whether or not they meet."""
    return join_shells(plate(), *(Solid(swap_sides(cavity)) for cavity in cavities))


def loosen(mm, kind=TopAbs_ShapeEnum.TopAbs_SHAPE):
    """Return a plate that claims to meet to a tolerance, which every Boolean believes."""
    solid = plate().solid().wrapped
    ShapeFix_ShapeTolerance().SetTolerance(solid, mm, kind)
    return solid


FAR = box((0, 0, 50), (10, 10, 60))
NO_SOLIDS = {
    "no thickness": lambda: Face.make_rect(40, 50).wrapped,
    "inside out": lambda: swap_sides(plate()),
    "open": lambda: next(explore(plate().wrapped, TopAbs_ShapeEnum.TopAbs_SHELL)),
    "two lumps": lambda: join_shells(plate(), FAR),
    "two lumps that overlap": lambda: join_shells(plate(), box((-85, 0, 50), (10, 10, 60))),
    "counted twice": lambda: join_shells(plate(), box((-88, -5, 45), (-86, 5, 50))),
    "one cavity many times": lambda: carve(*(box((-89, -10 - n, 45), (-85, 10, 50)) for n in range(12))),
    "a cavity that pokes out": lambda: carve(box((-89, -20, 45), (-80, 20, 50))),
    "two solids in one file": lambda: (plate() + FAR).wrapped,
    "faces that meet to 4 mm": lambda: loosen(4.0),
    "corners that meet to a tenth of a millimetre": lambda: loosen(0.1, TopAbs_ShapeEnum.TopAbs_VERTEX),
    "as large as a house": lambda: box((-9e3, -9e3, 0), (9e3, 9e3, 9e3)).scale(2).wrapped,
}


@pytest.mark.parametrize("make", NO_SOLIDS.values(), ids=NO_SOLIDS)
def test_what_is_no_solid_is_no_part(make):
    verdict = judge_files(swap_solid(make()))
    assert not verdict.passed and codes(verdict.reasons) == {"GEOMETRY_INVALID"}


def test_the_same_solid_handed_in_by_hand_passes():
    assert is_sound(swap_solid(plate().solid().wrapped)) and is_sound(swap_solid(loosen(0.04)))


WEB = box((-45, 39, 0), (-35, 49, 10)) + box((-30, 39, 0), (-20, 49, 10))


def notched(side):
    """A floor of 2 mm with three right-angled notches from below: 2.66 mm wide sides leave 0.12 mm of it."""
    notches = [Pos(x, 0, -1) * Rot(0, 45, 0) * Box(side, 30, side) for x in (-6, 0, 6)]
    return Pos(-30, 40, 1) * (Box(20, 20, 2) - notches)


def hollow(side):
    """A cube around a closed cavity, which prints while its ceiling bridges."""
    return Pos(-30, 35, 10) * (Box(20, 20, 20) - Box(side, side, side))


TOO_THIN = {
    "foil": (Pos(-30, 40, 0.01) * Box(20, 20, 0.02), Pos(-30, 40, 1) * Box(20, 20, 2)),
    "foil over notches": (notched(2.66), notched(1.0)),
    "hollow without a hole": (hollow(16), hollow(8)),
    "two lumps on a hair": (WEB + box((-35, 44, 5), (-30, 44.02, 5.02)), WEB + box((-35, 42, 3), (-30, 46, 7))),
}


@pytest.mark.parametrize(("thin", "sane"), TOO_THIN.values(), ids=TOO_THIN)
def test_what_nobody_can_make_is_refused(thin, sane):
    assert "NOT_MANUFACTURABLE" in codes(judge_files(pack(put(thin))).reasons)
    assert is_sound(pack(put(sane)))


BLOCK = Pos(-30, 35, 10) * Box(20, 20, 20)
NEEDLE = Pos(100, 0, 60) * Cylinder(0.15, 10)
WIDE = ((-90, -60, 0), (145, 60, 200))
OVERLAPS = {
    "hidden in another": (put(BLOCK, core=Pos(-30, 35, 10) * Box(8, 8, 8)), put(BLOCK)),
    "ball in a ball": (put(Pos(-30, 35, 12) * Sphere(12), core=Pos(-30, 35, 12) * Sphere(5)), put(BLOCK)),
    "listed twice": (put(BLOCK, again=BLOCK), put(BLOCK)),
    "in the floor": (put(Pos(0, 0, -5) * BLOCK), put(BLOCK)),
    "where the payload starts": (put(Pos(100, 0, 75) * Box(30, 30, 4)), put(BLOCK)),
    "a needle in the payload": (put(Pos(0, 0, 6) * NEEDLE), put(BLOCK)),
}


@pytest.mark.parametrize(("cheat", "sane"), OVERLAPS.values(), ids=OVERLAPS)
def test_solids_that_overlap_are_refused(cheat, sane):
    environment = scene(OVER_GOAL, build=WIDE)
    assert "INTERSECTION" in codes(judge_files(pack(cheat), environment).reasons)
    assert is_sound(pack(sane), environment)


PLACES = {
    "half a millimetre out of the build zone": (Box(10, 10, 10), (-20, 55.5, 5), (-20, 55, 5), "OUTSIDE_BUILD_ZONE"),
    "the goal's floor": (Box(60, 60, 4), (100, 0, 2), (0, 0, 2), "OUTSIDE_BUILD_ZONE"),
    "beside the goal": (Box(10, 10, 10), (51, 0, 5), (49, 0, 5), "OUTSIDE_BUILD_ZONE"),
    "in the forbid zone": (Box(10, 10, 10), (-30, -40, 5), (-30, -20, 5), "FORBIDDEN_ZONE"),
}


@pytest.mark.parametrize(("solid", "place", "sane", "code"), PLACES.values(), ids=PLACES)
def test_parts_stand_only_where_they_may(solid, place, sane, code):
    environment = scene(OVER_GOAL, build=WIDE, forbidden={"hazard": ((-50, -60, 0), (-10, -35, 50))})
    assert codes(judge_files(pack(put(Pos(*place) * solid)), environment).reasons) == {code}
    assert is_sound(pack(put(Pos(*sane) * solid)), environment)


def test_loose_parts_count_too():
    environment = scene(OVER_GOAL, max_parts=3)
    cubes = {f"cube{n}": Pos(-60 + 15 * n, 40, 5) * Box(10, 10, 10) for n in range(2)}
    assert codes(judge_files(pack(put(BLOCK, **cubes)), environment).reasons) == {"TOO_MANY_PARTS"}
    assert is_sound(pack(put(**cubes, solid=BLOCK)), scene(OVER_GOAL, max_parts=4))


def buy(across, width):
    """A loose 608 bearing, 22 mm across and 7 mm wide, of any size that somebody draws."""

    def add(made):
        made.component("ring", Pos(-30, 35, width / 2) * (Cylinder(across / 2, width) - Cylinder(4, width)), "brg_608")
        made.loose.append("ring")

    return add


@pytest.mark.parametrize(("across", "width"), [(40, 7), (22, 20), (12, 7), (22, 3), (22, 5)])
def test_component_is_drawn_as_it_is_sold(across, width):
    assert codes(judge_files(pack(buy(across, width))).reasons) == {"GEOMETRY_INVALID"}


def test_component_used_as_a_block_is_paid_for():
    plain = judge_files(pack(), trials=1, must_pass=1, purpose="preview").appraisal
    tight = Budgets(max_cost_usd=float(plain.price.unit_cost_usd), max_mass_g=1e6)
    assert is_sound(pack(), budgets=tight) and is_sound(pack(buy(22, 7)))
    assert codes(judge_files(pack(buy(22, 7)), budgets=tight).reasons) == {"OVER_COST"}

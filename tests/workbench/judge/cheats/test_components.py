"""Cheats with what is bought: carved, bent, filled, stretched or turned so that it measures less."""

from functools import partial

import pytest
from build123d import Box, Cone, Cylinder, Pos, Rot, Sphere, extrude

from tests.workbench.judge.cheats.machine import is_sound, judge_files, pack
from tests.workbench.judge.scenes import scene
from workbench.authoring import bought_solid

LYING = Rot(0, 90, 0)


def bar(name, length=60.0):
    return LYING * bought_solid(name, length=length)


def ring(outer, bore, length):
    return Cylinder(outer / 2, length) - Cylinder(bore / 2, length)


CARVED = {
    "profile as a trough": ("ext_2040", bar("ext_2040") - Pos(0, 0, 2) * Box(200, 36, 20)),
    "profile as a trough on its narrow side": ("ext_2040", bar("ext_2040") - Pos(0, 2, 0) * Box(200, 40, 16)),
    "profile as a chute with a round bed": ("ext_3030", bar("ext_3030") - Pos(30, 0, 15) * LYING * Cylinder(13, 80)),
    "profile with a pocket": ("ext_2020", bar("ext_2020") - Pos(30, 0, 10) * Box(20, 16, 6)),
    "profile with holes that no screw fills": ("ext_2020", bar("ext_2020") - Pos(30, 0, 0) * Cylinder(2.25, 50)),
    "profile that tapers": ("ext_2020", Pos(30, 0, 0) * LYING * extrude(Box(20, 20, 1).faces()[-1], 60, taper=1)),
    "gear as a tray": ("gear_m1_60_pom", bought_solid("gear_m1_60_pom") - Pos(0, 0, 9) * ring(56, 12, 14)),
    "gear without teeth or rim": ("gear_m1_60_pom", Pos(0, 0, 7.5) * (ring(16, 8, 15) + ring(62, 8, 2))),
    "pulley as a bowl": ("pulley_gt2_60_8", bought_solid("pulley_gt2_60_8") - Pos(0, 0, 10) * ring(34, 12, 14)),
    "bearing with a filled bore": ("brg_608", Pos(0, 0, 3.5) * Cylinder(11, 7)),
    "bearing as a funnel": ("brg_608", Pos(0, 0, 3.5) * (Cylinder(11, 7) - Cone(4, 10.5, 7))),
    "bearing as a dome": ("brg_608", Pos(0, 0, -9) * Sphere(16) & Pos(0, 0, 3.5) * ring(22, 8, 7)),
    "rail with a groove": ("rail_mgn12", bar("rail_mgn12") - Pos(30, 0, -4) * Box(80, 4, 2)),
    "shaft cut to half its round": ("shaft_12", bar("shaft_12") - Pos(30, 0, 6) * Box(80, 12, 12)),
    "power supply as a ramp": (
        "psu_lrs75_12",
        Pos(0, 0, 15) * Box(99, 97, 30) - Pos(0, 0, 34) * Rot(0, 20, 0) * Box(150, 99, 30),
    ),
    "driver as a wall": ("driver_vnh5019", Box(38, 28, 1) + Pos(0, 13.5, 5) * Box(38, 1, 9)),
    "motor with an arm for a shaft": ("gm37d_12v_50", bought_solid("gm37d_12v_50", length=40)),
    "hinge with a scoop": ("hinge_50", bought_solid("hinge_50") - Pos(10, 0.5, 25) * Box(12, 1, 40)),
    "screw of another length": ("shcs_m4x16", bought_solid("shcs_m4x20")),
    "nut as a cube": ("nut_m8", Pos(0, 0, 3.25) * Box(13, 13, 6.5)),
}


def lay(name, solid):
    def add(made):
        made.component("thing", Pos(-60, 30, 30) * solid, name)
        made.loose.append("thing")

    return add


@pytest.mark.parametrize(("name", "solid"), CARVED.values(), ids=CARVED)
def test_component_is_shaped_as_its_row(name, solid):
    faults = judge_files(pack(lay(name, solid))).reasons
    assert any(f.code.value == "GEOMETRY_INVALID" and f.where == "thing" and name in f.message for f in faults), faults


@pytest.mark.parametrize("name", ["ext_2040", "gear_m1_40_pom", "brg_608"])
def test_component_as_it_is_bought_is_sound(name):
    high = {"ext_2040": 10.0}.get(name, 0.0)
    solid = bar(name) if high else bought_solid(name)
    add = lambda made: (made.component("thing", Pos(-60, 25, high) * solid, name), made.loose.append("thing"))  # noqa: E731
    assert is_sound(pack(add))


@pytest.mark.parametrize("turn", [Rot(0, 0, 45), Rot(0, 35.2644, 45)], ids=["in the plane", "through the room"])
def test_profile_that_is_turned_weighs_and_costs_its_length(turn):
    """Its box is 30 % shorter than 80 mm in the plane, 42 % through the room (R2)."""
    straight = Pos(-50, 0, 110) * bar("ext_2020", 80)
    turned = Pos(-50, 0, 110) * turn * bar("ext_2020", 80)
    quick = {"trials": 1, "must_pass": 1, "purpose": "preview"}
    wide = scene((100.0, 0.0, 75.0), build=((-90, -120, 0), (60, 120, 240)))
    found = [judge_files(pack(partial(put, solid)), wide, **quick).appraisal for solid in (straight, turned)]
    assert found[0].mass_g == pytest.approx(found[1].mass_g, rel=1e-6)
    assert found[0].price.unit_cost_usd == found[1].price.unit_cost_usd
    assert {mass.body: mass.mass_g for mass in found[1].masses}["1 x ext_2020"] == pytest.approx(0.08 * 490, rel=1e-6)


def put(solid, made):
    made.component("thing", solid, "ext_2020")
    made.loose.append("thing")

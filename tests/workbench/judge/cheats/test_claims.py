"""Cheats by what a bundle says: numbers, fields, files, controllers and names that it has no right to."""

import pytest
from build123d import Cylinder, Pos

from schemas.jobs import Budgets
from tests.workbench.judge.cheats.machine import body, forge, is_sound, judge_files, pack
from tests.workbench.judge.scenes import box, codes, plate

MOTOR = {"id": "m", "component_id": "gm37d_12v_50", "joint": "axle", "supply": "plate"}
AXLE = {"id": "axle", "kind": "hinge", "child": "plate"}


def add_motor(controller):
    """A motor whose controller is whatever somebody writes."""
    return lambda r: (r["joints"].append(AXLE), r["motors"].append(MOTOR | {"controller": controller}))


FORGED = {
    "mass": lambda r: r["bodies"][0].update(mass_g=0.001),
    "density": lambda r: r["bodies"][0].update(density_kg_m3=1.0),
    "friction": lambda r: r["bodies"][0].update(friction=50.0),
    "cost": lambda r: r.update(unit_cost_usd=0.01),
    "verdict": lambda r: r.update(verdict={"passed": True}),
    "trials": lambda r: r.update(trials=[{"passed": True}] * 16),
    "zones": lambda r: r.update(zones={}),
    "payloads": lambda r: r.update(payloads=[{"body": "cube", "jitter": {}}]),
    "one geometry file for two bodies": lambda r: r["bodies"].append(body(r, id="other")),
    "128 bodies and one": lambda r: r["bodies"].extend(body(r, id=f"b{n}") for n in range(128)),
    "far away by infinity": lambda r: r["bodies"][0]["pose"].update(position_mm=[float("inf"), 0, 0]),
    "not a rotation": lambda r: r["bodies"][0]["pose"].update(quaternion_wxyz=[2.0, 0.0, 0.0, 0.0]),
    "controller that is not a number": add_motor({"kind": "constant", "level": float("nan")}),
    "controller that is code": add_motor({"kind": "python", "code": "time.time()"}),
    "schedule by the clock": add_motor({"kind": "schedule", "points": [{"time_s": "time.time()", "level": 1.0}]}),
    "schedule by the draws": add_motor({"kind": "constant", "level": 1.0, "phase": "draw.phase"}),
    "controller with a sensor": add_motor({"kind": "constant", "level": 1.0, "sensor": "cube.x"}),
    "attachment to the payload": lambda r: r["attachments"][0].update(b="cube", mount_id=None),
    "joint of a fixture": lambda r: r["joints"].append(AXLE | {"child": "floor"}),
    "interface with the payload": lambda r: r["interfaces"].append(
        {"kind": "slide", "component": "plate", "body": "cube"}
    ),
}


@pytest.mark.parametrize("edit", FORGED.values(), ids=FORGED)
def test_forged_record_is_no_bundle(edit):
    verdict = judge_files(forge(edit))
    assert not verdict.passed and verdict.stage == "bundle" and codes(verdict.reasons) == {"BUNDLE_INVALID"}


FORGED_FILES = {
    "swapped": lambda files: files | {"plate.brep": pack(solid=plate(thickness=5.0))["plate.brep"]},
    "missing": lambda files: {"bundle.json": files["bundle.json"]},
    "verdict beside it": lambda files: files | {"verdict.json": b'{"passed": true}'},
    "geometry that nobody names": lambda files: files | {"spare.brep": files["plate.brep"]},
    "record that nobody can read": lambda files: files | {"bundle.json": files["bundle.json"][:-1]},
}


@pytest.mark.parametrize("edit", FORGED_FILES.values(), ids=FORGED_FILES)
def test_forged_files_are_no_bundle(edit):
    verdict = judge_files(edit(pack()))
    assert verdict.stage == "bundle" and codes(verdict.reasons) == {"BUNDLE_INVALID"}


def test_record_edited_within_its_rights_passes():
    assert is_sound(forge(lambda r: r["bodies"][0].update(colour="#00ff00")))


@pytest.mark.parametrize(
    ("material", "process"),
    [
        ("silicone_60a", "fdm_printing"),
        ("superglue", "fdm_printing"),
        ("pla", "laser_cutting"),
        ("pla", "injection_molding"),
        ("petg", "fdm_printing"),
    ],
)
def test_material_or_process_of_ones_own_choice_is_refused(material, process):
    verdict = judge_files(forge(lambda r: r["bodies"][0].update(material_id=material, process=process)))
    assert not verdict.passed and verdict.stage == "manufacturing"
    assert "PROCESS_MATERIAL_MISMATCH" in codes(verdict.reasons)


def add_block(made):
    made.part("block", box((-40, 20, 0), (-10, 50, 30)), "pla", "fdm_printing", loose=True)


def add_bought(made):
    made.component("rest", Pos(-30, 35, 3.5) * (Cylinder(11, 7) - Cylinder(4, 7)), "brg_608")
    made.loose.append("rest")


@pytest.mark.parametrize("field", ["material_id", "process"])
def test_component_is_of_the_catalogues_material(field):
    """What is bought is neither made of what rubs best nor by a process of one's own."""
    claim = {"material_id": "silicone_60a", "process": "fdm_printing"}[field]
    verdict = judge_files(forge(lambda r: r["bodies"][1].update({field: claim}), pack(add_bought)))
    assert verdict.stage == "bundle" and codes(verdict.reasons) == {"BUNDLE_INVALID"}


@pytest.mark.parametrize("add", [add_block, add_bought], ids=["part", "component"])
def test_nothing_in_a_design_is_free_or_weightless(add):
    quick = {"trials": 1, "must_pass": 1, "purpose": "preview"}
    plain, full = judge_files(pack(), **quick).appraisal, judge_files(pack(add), **quick).appraisal
    assert full.price.unit_cost_usd > plain.price.unit_cost_usd and full.mass_g > plain.mass_g
    tight = Budgets(max_cost_usd=float(plain.price.unit_cost_usd), max_mass_g=plain.mass_g + 1e-6)
    assert is_sound(pack(), budgets=tight)
    assert codes(judge_files(pack(add), budgets=tight).reasons) == {"OVER_COST", "OVER_MASS"}

"""Cheats with machines: power from nowhere, springs wound up, gears and bearings that are not what they claim."""

import math
import re
from functools import cache
from pathlib import Path

import pytest
from build123d import Cylinder, Pos

from tests.workbench.judge.cheats.machine import Files, Record, forge, is_sound, judge_files, pack, save
from tests.workbench.judge.machines import belt_drive, bench
from tests.workbench.judge.scenes import OVER_GOAL, box, catalogue, codes, load, plate, scene
from workbench.components.cores import BELT_TOOTH_MM
from workbench.judge.static.belts import list_loops
from workbench.judge.static.couplings import belt_length_mm
from workbench.judge.static.design import find_design_faults
from workbench.judge.static.placed_design import PlacedDesign
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.kernel.measuring import measure

PROGRAMS = Path(__file__).parents[2] / "physics" / "programs"


def run_program(name: str, **constants: object):
    """Return what a program of the physics cases makes, before it is saved."""
    source = (PROGRAMS / f"{name}.py").read_text()
    for constant, value in constants.items():
        source, count = re.subn(rf"^{constant} = .*$", f"{constant} = {value!r}", source, flags=re.MULTILINE)
        assert count == 1, constant
    names: dict[str, object] = {}
    exec(compile(re.sub(r"^\w+\.save\(\)$", "", source, flags=re.MULTILINE), name, "exec"), names)
    return names.get("design") or names["scene"]


@cache
def ground() -> LoadedBundle:
    return load(run_program("sweeper_scene").save)


@cache
def sweeper(**constants: object) -> Files:
    """A geared motor that sweeps a cube into its goal, fed by an outlet of the scene."""
    return save(run_program("sweeper", **constants))


def judge_sweeper(edit=None, **constants: object):
    files = sweeper(**constants)
    quick = {"purpose": "preview", "trials": 1, "must_pass": 1}
    return judge_files(forge(edit, files) if edit else files, ground(), **quick)


def motor(**fields):
    return lambda r: r["motors"][0].update(fields)


def joint(number: int, **fields):
    return lambda r: r["joints"][number].update(fields)


def drop(section: str, number: int):
    return lambda r: r[section].pop(number)


def swap(old: str, new: str):
    """Claim another component for a body that stays as it is."""

    def edit(record: Record):
        for body in record["bodies"]:
            if body["component_id"] == old:
                body["component_id"] = new

    return edit


STRONGER = "gm37d_12v_50"
MACHINES = {
    "more torque than the motor has": (motor(component_id=STRONGER), "JOINT_INVALID"),
    "motor that nobody sells": (motor(component_id="gm37d_12v_9999"), "UNKNOWN_COMPONENT"),
    "motor without a supply": (motor(supply="plug"), "POWER_BUDGET"),
    "motor fed by a bracket": (motor(supply="bracket"), "POWER_BUDGET"),
    "motor without a driver": (swap("driver_vnh5019", "brg_608"), "POWER_BUDGET"),
    "two motors on one shaft": (lambda r: r["motors"].append(r["motors"][0] | {"id": "again"}), "JOINT_INVALID"),
    "ratio that multiplies the torque": (lambda r: r["couplings"][0].update(ratio=-0.01), "COUPLING_INVALID"),
    "ratio of the other sign": (lambda r: r["couplings"][0].update(ratio=1 / 3), "COUPLING_INVALID"),
    "gears that nobody has mounted": (
        lambda r: r["couplings"][0].update(components=["gear_m1_20_st"]),
        "COUPLING_INVALID",
    ),
    "joint through a bearing that holds nothing": (joint(1, through="driver"), "JOINT_INVALID"),
    "joint beside its bearing": (joint(1, anchor_mm=[15.0, -20.0, 94.0]), "JOINT_INVALID"),
    "joint on a tilted axis": (joint(1, axis=[0.0, 0.6, 0.8]), "JOINT_INVALID"),
    "joint with a spring of its own": (joint(1, stiffness=5.0), "JOINT_INVALID"),
    "joint with a damper of its own": (joint(1, damping=5.0), "JOINT_INVALID"),
    "joint that hangs on nothing": (joint(1, parent=None), "JOINT_INVALID"),
    "bearing that slides": (joint(1, kind="slide"), "JOINT_INVALID"),
    "gears as a means of overlap": (
        lambda r: r["interfaces"].append({"kind": "mesh", "component": "gear", "body": "bracket"}),
        "COUPLING_INVALID",
    ),
    "press fit where nothing fits": (
        lambda r: r["interfaces"].append({"kind": "press", "component": "driver", "body": "arm"}),
        "ATTACHMENT_INVALID",
    ),
    "motor claimed as a smaller one": (swap("gm37d_12v_18p75", "n20_lp6v_30"), "GEOMETRY_INVALID"),
}


@pytest.mark.parametrize(("edit", "code"), MACHINES.values(), ids=MACHINES)
def test_machine_that_can_not_exist_is_refused(edit, code):
    verdict = judge_sweeper(edit)
    assert not verdict.passed and code in codes(verdict.reasons), verdict.reasons


def test_sane_machine_passes():
    assert judge_sweeper().passed


@pytest.mark.slow
def test_level_beyond_full_voltage_gives_no_more_than_full_voltage():
    over, full = (judge_sweeper(motor(controller={"kind": "constant", "level": level})) for level in (50.0, 1.0))
    assert [t.end_s for t in over.trials] == [t.end_s for t in full.trials]


def coil(top_mm: float, claimed_mm: float, further=None, names=("coil",)):
    """A spring of 60 mm between a ledge of the plate, 66 mm above the floor, and a block on the floor."""

    def add(made):
        block = box((-80, -15, 0), (-50, 15, top_mm)) + ([] if further is None else further)
        made.part("block", block, "pla", "fdm_printing", loose=True)
        for name in names:
            made.spring(name, "spring_c_2_20_60", "plate", "block", (-65, 0, 66), (-65, 0, top_mm), claimed_mm)

    return pack(add, solid=plate() + box((-90, -20, 66), (-45, 20, 72)))


@pytest.mark.parametrize(
    ("top_mm", "claimed_mm"), [(26, 20), (26, 0), (2, 0), (6, 10)], ids=["wound up", "secretly", "short", "on paper"]
)
def test_spring_stores_nothing_that_the_scene_does_not_allow(top_mm, claimed_mm):
    assert codes(judge_files(coil(top_mm, claimed_mm)).reasons) == {"JOINT_INVALID"}
    assert is_sound(coil(6, 0))


CROWDED_SPRINGS = {
    "two springs in one place": ({"names": ("coil", "twin")}, {}, "INTERSECTION"),
    "spring within the block that it stands on": ({"further": box((-75, -10, 0), (-55, 10, 60))}, {}, "INTERSECTION"),
    "spring through a wall of its block": ({"further": box((-74, -15, 0), (-72, 15, 30))}, {}, "INTERSECTION"),
    "spring where the payload starts": ({}, {"spawn": (-65, 0, 30)}, "INTERSECTION"),
    "spring in a forbid zone": ({}, {"forbidden": {"no": ((-67, -2, 30), (-63, 2, 40))}}, "FORBIDDEN_ZONE"),
    "guide inside its coils": ({"further": Pos(-65, 0, 20) * Cylinder(7, 40)}, {}, set()),
}


@pytest.mark.parametrize(("made", "place", "code"), CROWDED_SPRINGS.values(), ids=CROWDED_SPRINGS)
def test_spring_needs_room_of_its_own(made, place, code):
    environment = scene(**({"spawn": OVER_GOAL} | place))
    found = codes(find_design_faults(environment, load_bundle(coil(6, 0, **made)), catalogue()))
    assert found == ({code} if code else set())


WAYS = {
    "wall through a belt": (box((-28, -40, 98), (-22, 40, 130)), None, "INTERSECTION"),
    "pole in one run of a belt": (Pos(-20, -12, 114) * Cylinder(2, 32), None, "INTERSECTION"),
    "belt in a forbid zone": (None, ((-28, -40, 114), (-22, 40, 118)), "FORBIDDEN_ZONE"),
    "pole within the loop": (Pos(-20, 0, 114) * Cylinder(2, 32), None, set()),
}


@pytest.mark.parametrize(("solid", "zone", "code"), WAYS.values(), ids=WAYS)
def test_belt_needs_a_way(solid, zone, code):
    made = belt_drive()
    if solid is not None:
        made.part("wall", solid, "pla", "fdm_printing", loose=True)
    found = codes(find_design_faults(bench(zone), load_bundle(save(made)), catalogue()))
    assert found == ({code} if code else set())


def test_loop_is_as_long_as_its_belt():
    """Its middle runs 0.31 mm within the pitch line."""
    placed = PlacedDesign(bench(), load_bundle(save(belt_drive())), catalogue())
    (loop,) = list_loops(placed)
    rows = [catalogue().components[name] for name in ("pulley_gt2_20_8", "pulley_gt2_60_8")]
    length_mm = belt_length_mm(*rows, 58.61) - 2 * math.pi * (BELT_TOOTH_MM - 1.38 / 2)
    assert measure(loop.shape).volume_mm3 == pytest.approx(length_mm * 1.38 * 6, rel=5e-3)
    assert loop.box_mm[:, 2] == pytest.approx([113, 119])

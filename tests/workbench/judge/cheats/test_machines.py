"""Cheats with machines: power from nowhere, springs wound up, gears and bearings that are not what they claim."""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.workbench.judge.cheats.machine import Files, Record, forge, is_sound, judge_files, pack
from tests.workbench.judge.scenes import box, codes, load, plate
from workbench.kernel.loading import LoadedBundle

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
    with TemporaryDirectory() as folder:
        run_program("sweeper", **constants).save(Path(folder))
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


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


def coil(top_mm: float, claimed_mm: float):
    """A spring of 60 mm between a ledge of the plate, 66 mm above the floor, and a block on the floor."""

    def add(made):
        made.part("block", box((-80, -15, 0), (-50, 15, top_mm)), "pla", "fdm_printing", loose=True)
        made.spring("coil", "spring_c_2_20_60", "plate", "block", (-65, 0, 66), (-65, 0, top_mm), claimed_mm)

    return pack(add, solid=plate() + box((-90, -20, 66), (-45, 20, 72)))


@pytest.mark.parametrize(
    ("top_mm", "claimed_mm"), [(26, 20), (26, 0), (2, 0), (6, 10)], ids=["wound up", "secretly", "short", "on paper"]
)
def test_spring_stores_nothing_that_the_scene_does_not_allow(top_mm, claimed_mm):
    assert codes(judge_files(coil(top_mm, claimed_mm)).reasons) == {"JOINT_INVALID"}
    assert is_sound(coil(6, 0))

"""Cheats on the environment: a design contains, shadows, moves or removes what is not its own (mechanics §4)."""

import mujoco
import pytest
from build123d import Box, Pos

from tests.workbench.judge.cheats.machine import body, forge, is_sound, judge_files, pack, solved
from tests.workbench.judge.scenes import OVER_GOAL, catalogue, codes, scene
from tests.workbench.judge.test_verdict import paddle
from workbench.convert import Conversion, convert
from workbench.kernel.loading import load_bundle

BLOCK = Pos(-30, 35, 10) * Box(20, 20, 20)


def named(name):
    return lambda made: made.part(name, BLOCK, "pla", "fdm_printing", loose=True)


@pytest.mark.parametrize("name", ["floor", "cube"])
def test_body_that_shadows_the_environment_is_refused(name):
    verdict = judge_files(pack(named(name)))
    assert verdict.stage == "bundle" and codes(verdict.reasons) == {"ENVIRONMENT_TAMPERED"}
    assert is_sound(pack(named(f"{name}_2")))


@pytest.mark.parametrize("name", ["part/floor", "Floor", "floor/0", " floor", ""])
def test_body_named_like_what_the_judge_writes_is_no_bundle(name):
    files = forge(lambda r: (r["bodies"][1].update(id=name), r["loose"].clear()), pack(named("block")))
    assert codes(judge_files(files).reasons) == {"BUNDLE_INVALID"}


@pytest.mark.parametrize("role", ["fixture", "mover", "drive", "payload"])
def test_body_with_a_role_of_the_environment_is_refused(role):
    files = forge(lambda r: r["bodies"][1].update(role=role, process=None), pack(named("block")))
    verdict = judge_files(files)
    assert verdict.stage == "bundle" and "ENVIRONMENT_TAMPERED" in codes(verdict.reasons)


def test_scene_handed_in_as_a_design_is_refused():
    record, data = solved().record, {}
    for solid in record.bodies:
        data[solid.geometry] = pack()["plate.brep"]
    files = data | {"bundle.json": record.canonical_json()}
    assert codes(judge_files(files).reasons) == {"BUNDLE_INVALID"}


def axle(joint, child="block"):
    return lambda r: r["joints"].append({"id": joint, "kind": "hinge", "child": child, "through": None})


def test_joint_that_shadows_the_environment_is_refused():
    environment = scene(OVER_GOAL, extra=paddle)
    verdict = judge_files(forge(axle("axle"), pack(named("block"))), environment)
    assert "ENVIRONMENT_TAMPERED" in codes(verdict.reasons)


MOVED = {
    "joint": axle("slip", "floor"),
    "attachment": lambda r: r["attachments"].append(r["attachments"][0] | {"id": "tow", "a": "floor", "b": "block"}),
    "loose": lambda r: r["loose"].append("floor"),
    "interface": lambda r: r["interfaces"].append({"kind": "slide", "component": "block", "body": "floor"}),
    "body of that file": lambda r: r["bodies"].append(body(r, id="copy", geometry="floor.brep")),
}


@pytest.mark.parametrize("edit", MOVED.values(), ids=MOVED)
def test_design_that_moves_or_loosens_the_environment_is_no_bundle(edit):
    assert codes(judge_files(forge(edit, pack(named("block")))).reasons) == {"BUNDLE_INVALID"}


def test_every_simulation_holds_the_whole_stored_environment():
    """Bodies, masses, shapes and places of the environment are those that it has alone."""

    environment, design = scene(OVER_GOAL, extra=paddle), load_bundle(pack(named("block")))
    models = []
    for assembly in (None, design):
        found = convert(environment, assembly, catalogue())
        assert isinstance(found, Conversion), found
        models.append(mujoco.MjModel.from_xml_string(found.xml.decode(), dict(found.assets)))
    alone, composed = models
    for solid in environment.record.bodies:
        one, other = alone.body(solid.id), composed.body(solid.id)
        for field in ("mass", "inertia", "pos", "quat", "ipos", "geomnum", "jntnum"):
            assert (getattr(one, field) == getattr(other, field)).all(), (solid.id, field)
    pairs = [{model.pair(number).name for number in range(model.npair)} for model in models]
    assert pairs[0] <= pairs[1] and all("part/" in name for name in pairs[1] - pairs[0])


def test_draws_do_not_change_with_what_a_design_is_called():
    """The stored scene's hash and the draws are the same whatever the design says."""
    quick = {"purpose": "preview", "trials": 1, "must_pass": 1}
    one, other = (judge_files(pack(named(name)), **quick) for name in ("block", "brick"))
    assert one.hashes.scene == other.hashes.scene and one.trials[0].end_s == other.trials[0].end_s
    assert one.hashes.assembly != other.hashes.assembly

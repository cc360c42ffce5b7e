"""What `performance.necessity` takes away and freezes leaves bundles that the judge takes."""

from performance.necessity import freeze, remove, replace_bundle, swap_payload
from schemas.benchmark import Benchmark, ItemKey
from schemas.bundle import AssemblyBundle, Role, SceneBundle, parse_bundle
from schemas.jobs import BUNDLE_FILE, JudgeDesign
from steps.building import build_program, design_files, scene_files
from steps.context import RunContext
from steps.generating import make_item
from steps.judging import ask_judge

TWO = """from build123d import Box, Pos
from workbench.authoring import Assembly
assembly = Assembly()
assembly.part("one", Pos(0, 0, 200) * Box(20, 20, 20), "pla", "fdm_printing", loose=True)
assembly.part("two", Pos(0, 0, 230) * Box(20, 20, 20), "pla", "fdm_printing", loose=True)
assembly.save()
"""


def test_part_goes_with_what_holds_on_to_it(context: RunContext) -> None:
    built = build_program(context, TWO, 1, "assembly")
    design = AssemblyBundle.from_json(built.files[BUNDLE_FILE])
    left = remove(design, "one")
    assert [body.id for body in left.bodies] == ["two"] and left.loose == ("two",)
    files = replace_bundle(built.files, left)
    assert parse_bundle(files[BUNDLE_FILE]) == left and set(files) == {BUNDLE_FILE, left.body("two").geometry}
    assert remove(left, "two") is None


def test_frozen_scene_is_judged_and_has_nothing_that_moves(context: RunContext, minted: Benchmark) -> None:
    moving = make_item(context, "0" * 64, ItemKey(family="turntable", seed=7, index=2))
    files = context.store.load_bundle_files(moving.scene_hash)
    scene = SceneBundle.from_json(files[BUNDLE_FILE])
    frozen = freeze(scene)
    assert scene.drives and not (frozen.drives or frozen.surfaces or frozen.motion_contracts)
    assert {body.role for body in frozen.bodies} == {Role.FIXTURE, Role.PAYLOAD}
    swapped = swap_payload(scene)
    assert [a.material_id for a in swapped.bodies if a.role is Role.PAYLOAD] != [
        a.material_id for a in scene.bodies if a.role is Role.PAYLOAD
    ]
    job = JudgeDesign(draws=context.draws("0" * 64, "preview"))
    ends = [
        ask_judge(context, job, scene_files(replace_bundle(files, one)) | design_files({})).verdict
        for one in (scene, frozen, swapped)
    ]
    assert all(end.stage == "simulation" and end.trials for end in ends) and ends[0].trials != ends[1].trials

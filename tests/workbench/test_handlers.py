"""Jobs through the worker's own entry points, with files in folders as a sandbox has them."""

from pathlib import Path

import pytest

from schemas import jobs
from schemas.errors import InputError
from tests.workbench.judge.scenes import OVER_GOAL, codes, design, draws, scene
from workbench.authoring.solids import write_brep
from workbench.jobs.handlers import handle
from workbench.kernel.loading import LoadedBundle

PROGRAM = """
from build123d import Box
from workbench.authoring import Assembly
made = Assembly()
made.part("block", Box(10, 10, 10), "pla", "fdm_printing", loose=True)
made.save()
"""


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    return tmp_path / "in", tmp_path / "out"


def put(folder: Path, prefix: str, bundle: LoadedBundle) -> None:
    (folder / f"{prefix}bundle.json").write_bytes(bundle.record.canonical_json())
    for body in bundle.record.bodies:
        shape = bundle.solids[body.id].shape
        data = write_brep(shape.Located(type(shape.Location())()))
        (folder / f"{prefix}{body.geometry}").write_bytes(data)


def ask(kind: str, job, folders):
    return jobs.parse_reply(handle(kind, job.canonical_json(), *folders), job)


def build(folders, program: str, expects="assembly"):
    return ask("builder", jobs.BuildProgram(program=program, seed=1, expects=expects), folders)


def test_build_leaves_the_same_bytes_again(folders):
    assert build(folders, PROGRAM) == jobs.BuildReply()
    first = (folders[1] / "bundle.json").read_bytes()
    assert build(folders, PROGRAM) == jobs.BuildReply() and (folders[1] / "bundle.json").read_bytes() == first


def test_build_lets_the_programs_error_through(folders):
    with pytest.raises(ZeroDivisionError):
        build(folders, "1 / 0")


def test_judge_session_answers_every_job(folders):
    put(folders[0], jobs.SCENE_PREFIX, scene(OVER_GOAL))
    put(folders[0], jobs.ASSEMBLY_PREFIX, design())
    assert ask("judge", jobs.JudgeDesign(draws=draws()), folders).verdict.passed
    assert ask("judge", jobs.AppraiseDesign(), folders).appraisal.mass_g > 1.0
    assert ask("judge", jobs.ConvertBundle(), folders).mjcf_sha256
    assert codes(ask("judge", jobs.VerifySimulation(draws=draws()), folders).report.reasons) == {"TRIVIAL"}
    rendered = ask("judge", jobs.RenderDesign(width_px=64, height_px=48, times_s=(0.0, 0.5), film=True), folders)
    written = {path.name for path in folders[1].iterdir()}
    assert rendered.reasons == () and {"model.xml", "view_0.png", "view_1.png", "drawing_plate.svg"} <= written
    assert {"trial.gif", "trial.glb", "design.step"} <= written


def test_judge_refuses_a_damaged_bundle_with_a_verdict(folders):
    put(folders[0], jobs.SCENE_PREFIX, scene(OVER_GOAL))
    put(folders[0], jobs.ASSEMBLY_PREFIX, design())
    (folders[0] / "assembly.plate.brep").write_bytes(b"garbage")
    verdict = ask("judge", jobs.JudgeDesign(draws=draws()), folders).verdict
    assert not verdict.passed and verdict.stage == "bundle" and codes(verdict.reasons) == {"BUNDLE_INVALID"}


def test_sessions_answer_only_their_own_jobs(folders):
    with pytest.raises(InputError, match="does not answer"):
        ask("builder", jobs.ConvertBundle(), folders)
    with pytest.raises(InputError, match="needs the scene"):
        ask("judge", jobs.ConvertBundle(), folders)

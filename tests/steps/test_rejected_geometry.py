"""Geometry that kills or stalls the judge is the design's; what happens once only is the machine's."""

import os
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from agents.protocols import Built
from sandbox import JobOutcome
from schemas import jobs
from schemas.benchmark import Benchmark
from schemas.bundle import parse_bundle
from schemas.errors import DefectError
from schemas.llm import EpisodeLimits
from schemas.messages import ToolReturn
from schemas.reasons import Outcome, ReasonCode
from schemas.sandbox import JobEnding, Usage
from schemas.settings import SandboxSettings
from steps.building import text_of
from steps.context import RunContext
from steps.episodes import work_episode
from steps.judging import judge_design
from steps.sandboxes import Sandboxes, ended_by_geometry
from steps.verifying import verify_built
from tests.fuzz import sound_files
from tests.killing import find_processes, wait_until
from tests.sandbox.cad_attacks import DRAWS, crash_kernel, replace_solid, sieve
from tests.steps.scripts import make_engineer, plan, review, turn
from tests.steps.test_wire_faults import find_reward

LABEL = f"brief-{os.getpid()}"
BRIEF = SandboxSettings(builders=1, judges=1, program_cpu_s=9.0, judge_cpu_s=2.0, judge_memory_mb=1024)
DEEP = "<mujoco><option timestep='1e-5'/><worldbody>{}</worldbody></mujoco>".format(
    "".join(f"<body pos='0 0 {z}'><freejoint/><geom size='.1'/></body>" for z in range(600))
)
SIEVE = """
from build123d import Face, Location, Pos, Solid, Vector, Wire
from workbench.authoring import Assembly
holes = [Wire.make_circle(0.3).moved(Location((1.2 * i - 22, 1.2 * j - 22, 0))) for i in range(36) for j in range(36)]
made = Assembly()
solid = Solid.extrude(Face(Wire.make_rect(50, 50), holes), Vector(0, 0, 4))
made.part("sieve", Pos(0, 0, 200) * solid, "pla", "fdm_printing", loose=True)
made.save()
"""
CRASH = """
import hashlib, json, os, pathlib
from build123d import Box, Pos
from workbench.authoring import Assembly
made = Assembly()
made.part("block", Pos(0, 0, 200) * Box(10, 10, 10), "pla", "fdm_printing", loose=True)
made.save()
folder = pathlib.Path(os.environ["WORKPIECE_OUT"])
brep = (folder / "block.brep").read_bytes()
brep = brep[:-73] + b"\\xff" + brep[-72:]
(folder / "block.brep").write_bytes(brep)
bundle = json.loads((folder / "bundle.json").read_bytes())
bundle["bodies"][0]["geometry_sha256"] = hashlib.sha256(brep).hexdigest()
(folder / "bundle.json").write_text(json.dumps(bundle))
"""
KINDS = (jobs.JudgeDesign(draws=DRAWS), jobs.AppraiseDesign(), jobs.MeasureDesign(), jobs.ConvertBundle(),
         jobs.RenderDesign(), jobs.VerifySimulation(draws=DRAWS))  # fmt: skip


@pytest.fixture(scope="module")
def brief(context: RunContext) -> Iterator[RunContext]:
    """The context with a judge of 2 CPU seconds."""
    with closing(Sandboxes(BRIEF, LABEL)) as sandboxes:
        yield replace(context, sandboxes=sandboxes)


def damaged(design: bool = True) -> dict[str, bytes]:
    """Files of a sound scene and design of which one solid ends the kernel by signal 11."""
    files = dict(sound_files())
    replace_solid(crash_kernel, *(() if design else ("scene", "floor")))(files)
    return files


def unprefixed(files: Mapping[str, bytes], prefix: str) -> dict[str, bytes]:
    return {name.removeprefix(prefix): data for name, data in files.items() if name.startswith(prefix)}


def split_files(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], Built]:
    """Return the scene's files and the built design."""
    design = unprefixed(files, jobs.ASSEMBLY_PREFIX)
    digest = parse_bundle(design[jobs.BUNDLE_FILE]).digest()
    return unprefixed(files, jobs.SCENE_PREFIX), Built(text_of(""), digest, design, (), 0.0)


def find_reasons(reply: object) -> str:
    return str(getattr(reply, "report", None) or getattr(reply, "verdict", None) or reply)


@pytest.mark.parametrize("job", KINDS, ids=lambda job: job.job)
def test_every_kind_of_job_refuses_geometry_that_ends_it_by_signal(brief: RunContext, job: jobs.GeometryJob) -> None:
    answer = brief.call(job, damaged(design=not isinstance(job, jobs.VerifySimulation)))
    assert answer.reply is not None and answer.reply.job == job.job
    assert "GEOMETRY_REJECTED" in find_reasons(answer.reply) and "SIGSEGV" in find_reasons(answer.reply)
    sound = brief.call(jobs.MeasureDesign(), sound_files())
    assert isinstance(sound.reply, jobs.MeasureReply) and sound.reply.bodies and sound.reply.reasons == ()


@pytest.mark.parametrize("job", [jobs.AppraiseDesign(), jobs.MeasureDesign()], ids=lambda job: job.job)
def test_geometry_that_takes_too_long_is_refused_with_the_limit(brief: RunContext, job: jobs.GeometryJob) -> None:
    files = dict(sound_files())
    replace_solid(sieve)(files)
    (found,) = brief.call(job, files).reply.reasons
    assert found.code is ReasonCode.GEOMETRY_REJECTED and "time limit of" in found.message


def test_model_that_takes_too_long_is_refused_with_the_limit(brief: RunContext) -> None:
    reply = brief.call(jobs.VerifyMjcf(), {jobs.MODEL_FILE: DEEP.encode()}).reply
    assert isinstance(reply, jobs.VerifyMjcfReply) and not reply.report.passed
    assert [(r.code, "time limit of" in r.message) for r in reply.report.reasons] == [
        (ReasonCode.GEOMETRY_REJECTED, True)
    ]


def test_verdict_on_rejected_geometry_is_whole(brief: RunContext) -> None:
    scene, design = split_files(damaged())
    verdict = judge_design(brief, scene, design, None, DRAWS)
    assert not verdict.passed and verdict.stage == "geometry" and verdict.trials == ()
    assert [reason.code for reason in verdict.reasons] == [ReasonCode.GEOMETRY_REJECTED]
    sound = judge_design(brief, *split_files(sound_files()), None, DRAWS)
    assert verdict.hashes == sound.hashes.model_copy(update={"assembly": design.bundle_hash, "mjcf": None})
    assert verdict.hashes.scene == parse_bundle(scene[jobs.BUNDLE_FILE]).digest()


def test_scene_that_ends_the_judge_fails_its_check(brief: RunContext) -> None:
    scene, _ = split_files(damaged(design=False))
    report = verify_built(brief, Built(text_of(""), parse_bundle(scene[jobs.BUNDLE_FILE]).digest(), scene, (), 0.0))
    assert [(check.number, check.passed) for check in report.checks] == [(1, True), (2, False)]
    assert [reason.code for reason in report.reasons] == [ReasonCode.GEOMETRY_REJECTED]


def test_judge_that_dies_once_is_the_machines_and_the_good_answer_counts(brief: RunContext) -> None:
    files = sound_files()
    wanted = brief.call(jobs.JudgeDesign(draws=DRAWS), files).reply
    before = set(find_processes(LABEL))

    def kill_job() -> None:
        assert wait_until(lambda: bool(set(find_processes(LABEL)) - before), 60.0)
        os.kill(max(set(find_processes(LABEL)) - before), signal.SIGSEGV)

    killer = threading.Thread(target=kill_job)
    killer.start()
    answer = brief.call(jobs.JudgeDesign(draws=DRAWS), files)
    killer.join()
    assert (answer.reply, answer.outcome.ending) == (wanted, JobEnding.COMPLETED)
    assert answer.outcome.waited_s > 1.0  # for the fresh sandbox


def test_failure_of_the_judge_itself_is_a_defect_with_its_traceback(brief: RunContext) -> None:
    with pytest.raises(DefectError, match=r"Traceback(?s:.*)needs the scene bundle's files"):
        brief.call(jobs.MeasureDesign(), {})


@pytest.mark.parametrize(
    ("ending", "detail", "blamed"),
    [
        (JobEnding.PROGRAM_ERROR, "Traceback\n  gp_Dir(0, 0, 0)\nOCP.OCP.Standard.Standard_Failure: zero\n", True),
        (JobEnding.PROGRAM_ERROR, "Traceback\n  OCP.gp\nKeyError: 'OCP.gp'\n", False),
        (JobEnding.PROGRAM_MEMORY, "", True),
        (JobEnding.SANDBOX_VIOLATION, "the reply is forged", True),
        (JobEnding.COMPLETED, "", False),
    ],
)
def test_end_of_a_judge_is_blamed_on_geometry_or_on_the_judge(ending: JobEnding, detail: str, blamed: bool) -> None:
    assert ended_by_geometry(JobOutcome(ending, detail, None, {}, "", "", Usage())) is blamed


@pytest.mark.parametrize(
    "source", [pytest.param(CRASH, id="crash"), pytest.param(SIEVE, id="hang", marks=pytest.mark.slow)]
)
def test_episode_with_rejected_geometry_is_told_and_counts(
    brief: RunContext, minted: Benchmark, tmp_path: Path, source: str
) -> None:
    write = turn(("write_file", {"name": "a.py", "text": source}), ("simulate", {"name": "a.py", "trials": 1}))
    tools = ("measure", "price_assembly", "render")
    replies = (plan(), write, turn(*((tool, {"name": "a.py"}) for tool in tools)), turn(("submit", {"name": "a.py"})))
    limits = EpisodeLimits(max_submissions=1)
    engineer = make_engineer(tmp_path / "s.json", *replies, review("before_submission"), limits=limits)
    episode = work_episode(brief, minted, engineer, 0)
    assert episode.outcome is Outcome.BUDGET_SUBMISSIONS and find_reward(brief, episode) == 0
    assert [s.verdict.reasons[0].code for s in episode.submissions] == [ReasonCode.GEOMETRY_REJECTED]
    told = [m.body.body for m in episode.messages if isinstance(m.body, ToolReturn)]
    assert ["GEOMETRY_REJECTED" in text for text in told] == [False, *[True] * 5]

"""What a program says of its own bundle is not believed: the host reads, compares and hashes it."""

# ruff: noqa: E501  one scene a line

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.procedural_generator import generate_draft
from sandbox import JobOutcome
from schemas import jobs
from schemas.benchmark import ItemKey
from schemas.bundle import SceneBundle
from schemas.errors import InputError
from schemas.reasons import ReasonCode
from schemas.sandbox import JobEnding, Usage
from steps.building import build_program, build_twice
from steps.context import RunContext
from steps.sandboxes import read_answer
from tests.fuzz import sound_files
from tests.sandbox.cad_attacks import DRAWS, reply

ROOT = Path(__file__).parents[2]
SCENE, SWING = (
    generate_draft(ItemKey(family=family, seed=7, index=3)).program.source
    for family in ("drop_chute", "pendulum_hazard")
)
START = "import json, os, pathlib, random, sys\nout = pathlib.Path(os.environ['WORKPIECE_OUT'])\n"
CHANGE = (
    START
    + "file = out / 'bundle.json'\nbundle = json.loads(file.read_text())\n{}\nfile.write_text(json.dumps(bundle))\n"
)
AT_RANDOM = CHANGE.format("bundle['task']['horizon_s'] = 5 + random.SystemRandom().random()")
FORGE = (
    START
    + """
from schemas.wire import WireFrame
from schemas.sandbox import JobReport
frame = sys._getframe()
while 'ends' not in frame.f_locals: frame = frame.f_back
token = {token}
payload = b'{payload}'
os.write(3, WireFrame(JobReport(token=token, ending='COMPLETED'), {{'payload': payload}}).encode())
os._exit(0)
"""
)
CLAIM = '{"job":"build","bundle_hash":"' + "0" * 64 + '","reasons":[{"code":"TRIVIAL","message":"x"}]}'
STOLEN = "frame.f_locals['ends'].token"
BELT = "bundle['surfaces'] = [{{'body': 'floor', 'velocity_mm_s': [100.0, 0.0, 0.0], 'schedule': {}}}]"
MOST = sys.float_info.max
BAD_SCENES = {
    "forged reply": (SCENE + AT_RANDOM + FORGE.format(token="'0' * 32", payload=CLAIM), "SANDBOX_VIOLATION", "forged"),
    "forged reply in the worker's name": (SCENE + AT_RANDOM + FORGE.format(token=STOLEN, payload=CLAIM), "SANDBOX_VIOLATION", "bundle_hash"),
    "sound reply in the worker's name": (SCENE + AT_RANDOM + FORGE.format(token=STOLEN, payload='{"job":"build"}'), "NOT_REPRODUCIBLE", "two runs"),
    "reply of another class": (SCENE + AT_RANDOM + reply(CLAIM.encode()), "SANDBOX_VIOLATION", "bundle_hash"),
    "random": (SCENE + AT_RANDOM, "NOT_REPRODUCIBLE", "two runs"),
    "no bundle": (SCENE + START + "(out / 'bundle.json').unlink()", "BUNDLE_INVALID", "save()"),
    "no geometry": (SCENE + START + "next(out.glob('*.brep')).unlink()", "BUNDLE_INVALID", "is missing"),
    "other geometry": (SCENE + START + "next(out.glob('*.brep')).write_bytes(b'x')", "BUNDLE_INVALID", "is not the hash"),
    "two kinds": (SCENE + START + "f = out / 'bundle.json'\nf.write_text(f.read_text().replace('{', '{\"kind\":\"assembly\",', 1))", "BUNDLE_INVALID", "'kind' twice"),
    "two goals": (SCENE + START + "f = out / 'bundle.json'\nf.write_text(f.read_text().replace('\"zones\":', '\"zones\":1,\"zones\":'))", "BUNDLE_INVALID", "'zones' twice"),
    "one file of two bodies": (SCENE + CHANGE.format("bundle['bodies'][0]['geometry'] = bundle['bodies'][1]['geometry']"), "BUNDLE_INVALID", ""),
    "masses beyond any": (SCENE + CHANGE.format(f"bundle['task']['ranges']['payload_mass'] = {{'min': -{MOST}, 'max': {MOST}}}"), "BUNDLE_INVALID", "ranges.payload_mass.min"),
    "torques of 1e9": (SCENE + CHANGE.format("bundle['task']['ranges']['motor_torque'] = {'min': 1e9, 'max': 1e9}"), "BUNDLE_INVALID", "motor_torque 1000000000.0 to 1000000000.0"),
    "masses of nothing": (SCENE + CHANGE.format("bundle['task']['ranges']['payload_mass'] = {'min': 0.0, 'max': 1.0}"), "BUNDLE_INVALID", "payload_mass 0.0 to 1.0"),
    "swing of no time": (SWING + CHANGE.format("bundle['motion_contracts'][0]['period_s'] = 5e-324"), "BUNDLE_INVALID", "motion_contracts.0.period_s"),
    "swing beyond any": (SWING + CHANGE.format(f"bundle['motion_contracts'][0]['max'] = {MOST}"), "BUNDLE_INVALID", "motion_contracts.0.max"),
    "joint beyond any": (SWING + CHANGE.format("bundle['joints'][0]['range'] = {'min': -1e300, 'max': 0.0}"), "BUNDLE_INVALID", "joints.0.range.min"),
    **{
        f"belt of {value} {name}": (SCENE + CHANGE.format(BELT.format({"kind": "square", "low": 0.0, "high": 1.0, "period_s": 1.0} | {name: value})), "BUNDLE_INVALID", f"schedule.square.{name}")
        for name, value in (("high", 1e307), ("low", -MOST), ("period_s", 1e-310))
    },
    "other program": (SCENE + CHANGE.format("bundle['program_sha256'] = '0' * 64"), "BUNDLE_INVALID", "program_sha256"),
    "an assembly": ("from build123d import *\nfrom workbench.authoring import Assembly\nmade = Assembly()\nmade.part('b', Box(9, 9, 9), 'pla', 'fdm_printing', loose=True)\nmade.save()", "BUNDLE_INVALID", "expected a bundle of kind 'scene'"),
}  # fmt: skip
REPLIES = {
    "nothing": None,
    "garbage": b"\xff\xfe\x00",
    "NaN": b'{"job":"measure","bodies":[NaN]}',
    "deep": b"[" * 100_000,
    "many keys": b"{" + b",".join(b'"%d":1' % n for n in range(250_000)) + b"}",
    "another kind": b'{"job":"build"}',
    "half a surrogate": b'{"job":"measure","\\ud83d":1}',
    "two replies": b'{"job":"measure"}{"job":"measure"}',
}


@pytest.mark.parametrize("name", BAD_SCENES)
def test_scene_that_deceives_gets_its_code_and_spares_the_next(context: RunContext, name: str) -> None:
    source, code, words = BAD_SCENES[name]
    built = build_twice(context, source, 1)
    assert (built.bundle_hash, dict(built.files)) == (None, {})
    assert [(reason.code.value, words in reason.message) for reason in built.reasons] == [(code, True)]
    assert build_program(context, "x = 1", 0, "scene").reasons[0].code is ReasonCode.BUNDLE_INVALID


def test_bundle_has_the_hash_that_it_always_had(context: RunContext) -> None:
    built = build_twice(context, SCENE, 1)
    assert built.bundle_hash == SceneBundle.from_json(built.files[jobs.BUNDLE_FILE]).digest()
    assert {path.name for path in context_folder(context).rglob("*.brep")} >= set(built.files) - {jobs.BUNDLE_FILE}


def context_folder(context: RunContext) -> Path:
    """Return where this context keeps what programs have made."""
    return context.settings.workspace.workspace / "tests"


@pytest.mark.parametrize("name", REPLIES)
@pytest.mark.parametrize("job", [jobs.BuildProgram(program="", seed=0, expects="scene"), jobs.RenderDesign(),
                                 jobs.JudgeDesign(draws=DRAWS)], ids=lambda job: job.job)  # fmt: skip
def test_reply_of_no_own_kind_is_a_violation_with_its_reason(job: jobs.Job, name: str) -> None:
    payload = REPLIES[name] if job.job != "build" or name != "another kind" else b'{"job":"render"}'
    outcome = JobOutcome(JobEnding.COMPLETED, "", payload, {"a": b""}, "", "", Usage())
    answer = read_answer(job, outcome)
    assert (answer.reply, dict(answer.outcome.files)) == (None, {})
    assert (
        answer.reasons[0].code is ReasonCode.SANDBOX_VIOLATION and "the reply is forged: " in answer.reasons[0].message
    )


@pytest.mark.parametrize(("source", "words"), [("#" * 200_001, "200001 characters: at most 200000"),
                                               ("#" * 2_000_000, "2000000 characters"), ("'\ud83d'", "lone surrogate at character 1")])  # fmt: skip
def test_text_that_is_no_program_is_refused_before_it_runs(context: RunContext, source: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        build_program(context, source, 0, "scene")


@pytest.mark.parametrize("command", [["verify"], ["judge", "scene"]], ids=lambda command: command[0])
def test_command_refuses_a_program_that_is_too_long_in_one_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "scene").mkdir()
    for name, data in sound_files().items():
        if name.startswith(jobs.SCENE_PREFIX):
            (tmp_path / "scene" / name.removeprefix(jobs.SCENE_PREFIX)).write_bytes(data)
    (tmp_path / "long.py").write_text("#" * 200_001)
    words = [sys.executable, "-m", "service", *command, "long.py"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1 and "200001 characters" in done.stderr

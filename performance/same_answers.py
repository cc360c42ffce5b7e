"""Writes every answer of the judge to fixed scenes and designs, or compares today's with those written before.

`record FILE` before a move that may change nothing, `compare FILE` after it. The inputs are items of every family with
the reference engineer's first guesses, the tests' programs, machines and cheats, and the parts of `corpus.csv`; answers
come through the worker's own entry point, without a sandbox.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from agents.families import FAMILIES
from agents.mechanisms import MECHANISMS
from agents.mechanisms.mechanism import survey
from agents.procedural_generator import generate_draft
from agents.protocols import Problem
from performance.corpus import build_corpus
from schemas import jobs
from schemas.benchmark import ItemKey
from schemas.bundle import SceneBundle
from schemas.record import hash_bytes
from tests.workbench.judge import machines
from tests.workbench.judge.cheats import machine, test_fastening, test_machines, test_solids
from tests.workbench.judge.scenes import OVER_GOAL, design, scene
from tests.workbench.test_handlers import put
from workbench.authoring import Assembly
from workbench.jobs.handlers import handle

Files = Mapping[str, bytes]
PROGRAMS = Path(__file__).parents[1] / "tests" / "workbench" / "physics" / "programs"
ITEMS = 4
KEY = {"key_hex": "00112233445566778899aabbccddeeff", "benchmark": "ab" * 32}
QUICK = {"trials": 3, "must_pass": 3, "half_step_trials": 1, "half_step_must_pass": 1}
JUDGE = jobs.JudgeDesign(draws=jobs.Draws(purpose="certify", **KEY, **QUICK))
VERIFY = (jobs.VerifyGeometry(), jobs.VerifySchema(), jobs.VerifySimulation(draws=jobs.Draws(purpose="verdict", **KEY)))
SCENE_JOBS = (*VERIFY, jobs.ConvertBundle(), JUDGE)
DESIGN_JOBS = (JUDGE, jobs.AppraiseDesign(), jobs.MeasureDesign(), jobs.ConvertBundle())


class Case(NamedTuple):
    """A scene, and a design in it unless the scene itself is looked at."""

    name: str
    scene: Files
    design: Files | None = None


def pack(write: Callable[[Path], object]) -> dict[str, bytes]:
    """Return the files that something writes to a folder."""
    with TemporaryDirectory() as folder:
        write(Path(folder))
        return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def run_job(kind: str, job: jobs.Job, files: Files) -> dict[str, bytes]:
    """Return the files that a job leaves, and its reply as `reply`."""
    with TemporaryDirectory() as given:
        for name, data in files.items():
            (Path(given) / name).write_bytes(data)
        replies: list[bytes] = []
        left = pack(lambda made: replies.append(handle(kind, job.canonical_json(), Path(given), made)))
        return left | {"reply": replies[0]}


def build(program: str) -> dict[str, bytes]:
    """Return the bundle's files of a program."""
    job = jobs.BuildProgram(program=program, seed=0, expects="scene" if "Scene" in program else "assembly")
    return {name: data for name, data in run_job("builder", job, {}).items() if name != "reply"}


def list_items() -> Iterator[Case]:
    """Yield generated scenes, and the first guess of every mechanism that suits them."""
    for name, index in product(FAMILIES, range(ITEMS)):
        files = build(generate_draft(ItemKey(family=name, seed=7, index=index)).program.source)
        yield Case(f"{name} {index}", files)
        record = SceneBundle.from_json(files[jobs.BUNDLE_FILE])
        site = survey(Problem(record, record.task.statement))
        for mechanism in MECHANISMS:
            if guess := {knob.name: knob.clip(knob.guess) for knob in mechanism.knobs(site)}:
                yield Case(f"{name} {index} {mechanism.name}", files, build(mechanism.write(site, guess)))


def list_tested() -> Iterator[Case]:
    """Yield what the tests judge, and every part of the corpus printed and cut."""
    made = {path.stem: build(path.read_text()) for path in sorted(PROGRAMS.glob("*.py"))}
    scenes = {name: files for name, files in made.items() if b'"kind":"scene"' in files[jobs.BUNDLE_FILE]}
    yield from (Case(name, files) for name, files in scenes.items())
    for name in made.keys() - scenes.keys():
        yield Case(name, scenes["sweeper_scene" if name == "sweeper" else "stand"], made[name])
    for name, (edit, _) in test_machines.MACHINES.items():
        yield Case(name, scenes["sweeper_scene"], machine.forge(edit, made["sweeper"]))
    room, over = (pack(lambda to, it=it: put(to, "", it)) for it in (machines.bench(), scene(OVER_GOAL)))
    for make in (machines.belt_drive, machines.rack_drive, machines.screw_drive, machines.flap):
        yield Case(make.__name__, room, pack(make().save))
    yield Case("plate", over, pack(lambda to: put(to, "", design())))
    for name, (solid, screws) in test_fastening.FASTENINGS.items():
        yield Case(name, over, machine.pack(solid=solid, fasteners=screws))
    for name, (extra, _) in (test_fastening.HOLDS | test_solids.OVERLAPS).items():
        yield Case(name, over, machine.pack(extra))
    for part, way in product(build_corpus(), (("pla", "fdm_printing"), ("plywood_birch", "laser_cutting"))):
        assembly = Assembly()
        assembly.part("part", part.solid, *way, loose=True)
        yield Case(f"{part.name} {way[0]}", over, pack(assembly.save))


def list_answers() -> Iterator[tuple[str, object]]:
    """Yield what every job answers, with the hashes of its files."""
    for case in chain(list_items(), list_tested()):
        files = {jobs.SCENE_PREFIX + name: data for name, data in case.scene.items()}
        files |= {jobs.ASSEMBLY_PREFIX + name: data for name, data in (case.design or {}).items()}
        for job in SCENE_JOBS if case.design is None else DESIGN_JOBS:
            made = run_job("judge", job, files)
            reply = json.loads(made.pop("reply"))
            yield f"{case.name}: {job.job}", [reply, {name: hash_bytes(data) for name, data in made.items()}]
            if "model.xml" in made:
                yield f"{case.name}: mjcf", json.loads(run_job("judge", jobs.VerifyMjcf(), made)["reply"])


def main() -> int:
    """Write the answers, or say which differ from those written; 1 where any does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["record", "compare"])
    parser.add_argument("file", type=Path)
    options = parser.parse_args()
    sys.modules["__main__"].__file__ = None  # bundles hold the hash of the running program: this one may change
    answers = dict(list_answers())
    if options.what == "record":
        options.file.write_text(json.dumps(answers, sort_keys=True, indent=0))
    known = json.loads(options.file.read_text())
    differ = sorted(name for name in answers.keys() | known.keys() if answers.get(name) != known.get(name))
    print(*differ, f"{len(answers)} answers, {len(differ)} differ", sep="\n")
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main())

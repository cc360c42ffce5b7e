"""Measures the judge against plain `mujoco.rollout` on the same model, and the verifier's time on scenes.

Prints a table, or with --json one object per line: name, value, unit, reference, ratio.
"""

import argparse
import os
import runpy
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar
from unittest.mock import patch

import mujoco
import numpy as np
from mujoco import rollout

from agents.mechanisms import CHUTE
from agents.mechanisms.mechanism import guess, survey
from agents.procedural_generator import generate_draft
from agents.protocols import Problem
from performance.printing import Figure, print_figures
from schemas.benchmark import ItemKey
from schemas.catalogue_files import read_catalogue
from schemas.jobs import Draws
from tests.workbench.judge.machines import bench, screw_drive
from tests.workbench.judge.scenes import load, verify_scene
from workbench.convert import Conversion, contact_pairs, convert
from workbench.judge.static.beams import read_beams
from workbench.judge.trial.draws import draw_trials
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trial_model import TrialModel, compile_model
from workbench.judge.trial.trials import RunOptions, run_trials
from workbench.judge.verdict import Case, judge
from workbench.kernel.loading import LoadedBundle, load_bundle

TRIALS, REPEATS, ITEMS = 16, 5, 4
SCENES = {"static": ("drop_chute",), "moving": ("pendulum_hazard", "conveyor_divert")}
Made = TypeVar("Made")


def build(source: str) -> LoadedBundle:
    """Run a program and load its bundle; raises ValueError if it can't be read."""
    with TemporaryDirectory() as folder, TemporaryDirectory() as out:
        os.environ["WORKPIECE_OUT"] = out
        program = Path(folder) / "program.py"
        program.write_text(source)
        runpy.run_path(str(program), run_name="__main__")
        loaded = load_bundle({path.name: path.read_bytes() for path in Path(out).iterdir()})
    if not isinstance(loaded, LoadedBundle):
        raise ValueError(str(loaded))
    return loaded


def measure_throughput(threads: int) -> Figure:
    """Return the judge's steps per second, with that of plain rollout from the same states as reference."""
    catalogue = read_catalogue()
    scene = build(generate_draft(ItemKey(family="drop_chute", seed=11, index=0)).program.source)
    site = survey(Problem(scene.scene, scene.scene.task.statement))
    design = build(CHUTE.write(site, guess(CHUTE.knobs(site))))
    conversion = convert(scene, design, catalogue)
    if not isinstance(conversion, Conversion):
        raise ValueError(str(conversion))
    subject = compile_model(scene.scene, conversion)
    if not isinstance(subject, TrialModel):
        raise ValueError(str(subject))
    draws = Draws(key_hex="00" * 16, benchmark=scene.bundle_hash, purpose="verdict", trials=TRIALS)
    drawn, beams = draw_trials(subject.scene, draws, TRIALS), read_beams(design, catalogue)
    judged, plain, steps = [], [], 0
    for _ in range(REPEATS):
        seconds, run = clock(lambda: run_trials(subject, drawn, RunOptions(threads=threads), beams))
        steps = sum(trial.steps for trial in run.trials.values())
        judged.append(steps / seconds)
        batch = TrialBatch(subject, drawn, threads, 0.001)
        states = np.array(batch.simulations.state)[
            :, : mujoco.mj_stateSize(subject.model, mujoco.mjtState.mjSTATE_FULLPHYSICS)
        ]
        datas = [mujoco.MjData(subject.model) for _ in range(threads)]
        count = steps // TRIALS
        seconds, _ = clock(partial(rollout.rollout, subject.model, datas, states, nstep=count))
        plain.append(count * TRIALS / seconds)
    value, reference = statistics.median(judged), statistics.median(plain)
    return Figure("judge_throughput", value / reference, "ratio of steps per second", reference, value / reference)


def measure_verification(kind: str, threads: int) -> Figure:
    """Return the median seconds that checks 2–8 of freshly read scenes of a kind take, warm."""
    seconds = list[float]()
    keys = [ItemKey(family=family, seed=11, index=index) for index in range(ITEMS) for family in SCENES[kind]]
    for key in (keys[0], *keys):
        scene = build(generate_draft(key).program.source)
        draws = Draws(key_hex="00" * 16, benchmark=scene.bundle_hash, purpose="verdict", threads=threads)
        spent, report = clock(partial(verify_scene, scene, draws))
        seconds += [spent] if report.passed else []
    return Figure(f"verify_{kind}_seconds", statistics.median(seconds[1:]), "s")


def measure_machine() -> Figure:
    """Return the CPU seconds of a verdict on a lead screw, with those of one that keeps every pair as reference."""
    scene, catalogue, spent = bench(), read_catalogue(), []
    draws = Draws(key_hex="00" * 16, benchmark=scene.bundle_hash, purpose="verdict", trials=TRIALS)
    every = partial(patch.object, contact_pairs, "find_apart", lambda _, __, sides: np.zeros([*map(len, sides)], bool))
    for keeping in (nullcontext, nullcontext, every):  # the first one warms
        case = Case(scene, load(screw_drive().save), draws, None, catalogue)
        start = time.process_time()
        with keeping():
            judge(case)
        spent.append(time.process_time() - start)
    return Figure("machine_verdict_cpu_seconds", spent[1], "s", spent[2], spent[1] / spent[2])


def clock(work: Callable[[], Made]) -> tuple[float, Made]:
    """Return the wall-clock seconds of a call and what it returned."""
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    print_figures([measure_throughput(options.threads)])
    for kind in SCENES:
        print_figures([measure_verification(kind, options.threads)])
    print_figures([measure_machine()])
    return 0


if __name__ == "__main__":
    sys.exit(main())

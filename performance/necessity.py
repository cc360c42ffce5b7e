"""Asks of stored benchmarks whether what is in them is needed: parts, the right design, the payload, what moves.

`python -m performance.necessity [--count 100] [--json]` judges, in WORKPIECE_WORKSPACE, of every certified benchmark:
its expected solution without each of its parts in turn, the next benchmark's of its family in its place, the same with
a payload of another material, and doing nothing while movers and drives stand still. Nothing is stored.
"""

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping

from performance.printing import Figure, print_figures
from records.selecting import select_benchmarks
from schemas.benchmark import Benchmark
from schemas.bundle import AssemblyBundle, Role, SceneBundle
from schemas.episode import Solution
from schemas.errors import InputError
from schemas.evaluation import SPLITS
from schemas.jobs import BUNDLE_FILE, JudgeDesign
from schemas.settings import read_one_shot_settings
from schemas.verdict import Verdict
from steps.building import design_files
from steps.building import scene_files as name_scene
from steps.context import RunContext, open_context
from steps.judging import ask_judge

OTHERS = ("pom", "al_6061", "abs")
"""Materials of payloads, of different weight and friction: the first that is another one is taken."""
MOVING = (Role.MOVER, Role.DRIVE)
FAR_MM = 10.0
"""Doing nothing ends elsewhere where its mean distance from the goal changes by more."""
Files = Mapping[str, bytes]


def main() -> None:
    """Judge, and print the shares."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--count", type=int, default=100)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    counts: Counter[tuple[str, bool]] = Counter()
    with open_context(read_one_shot_settings(), "necessity") as context:
        benchmarks = select_benchmarks(context.store, SPLITS["all"], most=given.count)
        family = {one.key.family: [o for o in benchmarks if o.key.family == one.key.family] for one in benchmarks}
        for one in benchmarks:
            alike = family[one.key.family]
            following = alike[(alike.index(one) + 1) % len(alike)]
            for figure, found in _ask(context, one, None if following is one else following):
                counts[figure, found] += 1
    names = ("part_is_needed", "neighbour_fails", "payload_matters", "motion_changes_reasons", "motion_changes_end")
    wholes = {name: counts[name, True] + counts[name, False] for name in names}
    shares = [Figure(f"{n}_share", counts[n, True] / wholes[n], f"of {wholes[n]}") for n in names if wholes[n]]
    print_figures([Figure("benchmarks_asked", len(benchmarks), "benchmarks"), *shares])


def _ask(context: RunContext, benchmark: Benchmark, neighbour: Benchmark | None) -> Iterator[tuple[str, bool]]:
    """Yield what was asked, and whether it is as it should be."""
    store, draws = context.store, context.draws(benchmark.benchmark_id or "", "preview")
    scene_files = store.load_bundle_files(benchmark.scene_hash or "")
    solution = _find(context, benchmark)
    files = store.load_bundle_files(solution.bundle_hash)
    scene, design = SceneBundle.from_json(scene_files[BUNDLE_FILE]), AssemblyBundle.from_json(files[BUNDLE_FILE])

    def judge(scene: Files, assembly: Files | None) -> Verdict:
        job = JudgeDesign(draws=draws, budgets=benchmark.budgets)
        return ask_judge(context, job, name_scene(scene) | ({} if assembly is None else design_files(assembly))).verdict

    for body in design.bodies:
        if body.role is Role.PART:
            rest = remove(design, body.id)
            yield "part_is_needed", not judge(scene_files, None if rest is None else replace_bundle(files, rest)).passed
    if neighbour is not None:
        other = store.load_bundle_files(_find(context, neighbour).bundle_hash)
        yield "neighbour_fails", not judge(scene_files, other).passed
    known, changed = judge(scene_files, files), judge(replace_bundle(scene_files, swap_payload(scene)), files)
    yield "payload_matters", known.trials != changed.trials
    if any(body.role in MOVING for body in scene.bodies) or scene.surfaces:
        still = judge(replace_bundle(scene_files, freeze(scene)), None)
        moved = judge(scene_files, None)
        yield "motion_changes_reasons", list_codes(still) != list_codes(moved)
        yield "motion_changes_end", abs(measure_closest_mm(still) - measure_closest_mm(moved)) > FAR_MM


def _find(context: RunContext, benchmark: Benchmark) -> Solution:
    """Return the cheapest solution of a certified benchmark."""
    solution = context.store.find_solution(benchmark.benchmark_id or "")
    if solution is None:
        raise InputError(f"benchmark {benchmark.benchmark_id} is certified without a solution")
    return solution


def list_codes(verdict: Verdict) -> set[str]:
    """Return why a verdict fails, over all trials."""
    return {reason.code for trial in verdict.trials for reason in trial.reasons}


def measure_closest_mm(verdict: Verdict) -> float:
    """Return how far the payload stays from its goal, mean of the trials."""
    return sum(trial.closest_mm for trial in verdict.trials) / len(verdict.trials)


def remove(design: AssemblyBundle, body: str) -> AssemblyBundle | None:
    """Return a design without a body and whatever holds on to it; None where nothing is left."""
    bodies = tuple(one for one in design.bodies if one.id != body)
    joints = tuple(one for one in design.joints if body not in {one.parent, one.child, one.through})
    left = {one.id for one in joints}
    changes = {
        "bodies": bodies,
        "joints": joints,
        "attachments": tuple(one for one in design.attachments if body not in {one.a, one.b}),
        "couplings": tuple(one for one in design.couplings if {one.joint_a, one.joint_b} <= left),
        "interfaces": tuple(one for one in design.interfaces if body not in {one.component, one.body}),
        "loose": tuple(one for one in design.loose if one != body),
        "springs": tuple(one for one in design.springs if body not in {one.a, one.b}),
        "motors": tuple(one for one in design.motors if one.joint in left and one.supply != body),
    }
    return design.model_copy(update=changes) if bodies else None


def swap_payload(scene: SceneBundle) -> SceneBundle:
    """Return a scene whose payloads are of another material."""

    def swap(material: str | None) -> str:
        return next(one for one in OTHERS if one != material)

    return scene.model_copy(
        update={
            "bodies": tuple(
                body.model_copy(update={"material_id": swap(body.material_id)}) if body.role is Role.PAYLOAD else body
                for body in scene.bodies
            )
        }
    )


def freeze(scene: SceneBundle) -> SceneBundle:
    """Return a scene in which movers, drives and surfaces stand still."""
    moving = {body.id for body in scene.bodies if body.role in MOVING}
    bodies = (body.model_copy(update={"role": Role.FIXTURE}) if body.id in moving else body for body in scene.bodies)
    changes = {"joints": tuple(joint for joint in scene.joints if joint.child not in moving), "bodies": tuple(bodies)}
    return scene.model_copy(update=changes | {"drives": (), "surfaces": (), "motion_contracts": ()})


def replace_bundle(files: Files, bundle: SceneBundle | AssemblyBundle) -> Files:
    """Return the files of a bundle that has changed: its record, and the geometry that it names."""
    named = {body.geometry for body in bundle.bodies}
    return {name: files[name] for name in files if name in named} | {BUNDLE_FILE: bundle.canonical_json()}


if __name__ == "__main__":
    main()

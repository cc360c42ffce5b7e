"""Lets the lazy engineer try a certified benchmark: what a flat plate or a straight trough solves is easy."""

from collections.abc import Mapping

from agents.lazy_engineer import list_lazy_designs
from agents.protocols import Problem
from agents.reference import UNREADABLE
from schemas.benchmark import Benchmark
from schemas.bundle import SceneBundle
from schemas.jobs import BUNDLE_FILE, Budgets
from steps.building import build_program
from steps.context import RunContext
from steps.judging import judge_design


def try_lazy_designs(
    context: RunContext, benchmark: Benchmark, scene: Mapping[str, bytes], benchmark_id: str, budgets: Budgets
) -> tuple[str, ...]:
    """Return the lazy designs that pass under the full rules and the final budgets.

    Each is judged on the draws of a preview, and its set stops once its outcome is known. A statement by another hand
    that can't be read gives none.
    """
    draws = context.draws(benchmark_id, "preview").model_copy(update={"stop_early": True})
    problem = Problem(scene=SceneBundle.from_json(scene[BUNDLE_FILE]), statement=benchmark.statement)
    passed = []
    try:
        designs = list(list_lazy_designs(problem))
    except UNREADABLE:
        return ()
    for name, program in designs:
        built = build_program(context, program, benchmark.key.seed, "assembly")
        if built.bundle_hash is not None and judge_design(context, scene, built, budgets, draws).passed:
            passed.append(name)
    return tuple(passed)

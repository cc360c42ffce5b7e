"""Lets the lazy engineer try a certified benchmark: what a flat plate or a straight trough solves is easy."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from agents.lazy_engineer import list_careless_designs, list_lazy_designs
from agents.protocols import Problem
from agents.reference import UNREADABLE
from schemas.benchmark import Benchmark
from schemas.bundle import SceneBundle
from schemas.episode import Preview
from schemas.jobs import BUNDLE_FILE, Budgets
from steps.building import build_program
from steps.context import RunContext
from steps.judging import judge_design


def try_lazy_designs(
    context: RunContext, benchmark: Benchmark, scene: Mapping[str, bytes], benchmark_id: str, budgets: Budgets
) -> dict[str, Preview]:
    """Return what the judge found of every lazy design, by its name, under the full rules and the final budgets.

    Each is judged on the draws of a preview, and its set stops once its outcome is known. A statement by another hand
    that can't be read gives none.
    """
    return dict(_try(context, benchmark, scene, benchmark_id, budgets, list_lazy_designs))


def find_careless_design(
    context: RunContext, benchmark: Benchmark, scene: Mapping[str, bytes], benchmark_id: str, budgets: Budgets
) -> tuple[Preview, ...]:
    """Return the first careless design that fails, judged as lazy ones are, or none."""
    tried = _try(context, benchmark, scene, benchmark_id, budgets, list_careless_designs)
    return tuple(islice((one for _, one in tried if one.reasons), 1))


def _try(
    context: RunContext,
    benchmark: Benchmark,
    scene: Mapping[str, bytes],
    benchmark_id: str,
    budgets: Budgets,
    list_designs: Callable[[Problem], Iterator[tuple[str, str]]],
) -> Iterator[tuple[str, Preview]]:
    draws = context.draws(benchmark_id, "preview").model_copy(update={"stop_early": True})
    problem = Problem(scene=SceneBundle.from_json(scene[BUNDLE_FILE]), statement=benchmark.statement)
    try:
        designs = list(list_designs(problem))
    except UNREADABLE:
        return
    for name, program in designs:
        built = build_program(context, program, benchmark.key.seed, "assembly")
        same = Preview(kind="lazy", program=built.program, bundle_hash=built.bundle_hash, cpu_s=built.cpu_s)
        same = same.model_copy(update={"output": built.output})
        found: dict[str, Any] = {"reasons": built.reasons, "output": built.output}
        if built.bundle_hash is not None:
            verdict = judge_design(context, scene, built, budgets, draws)
            found |= {"reasons": verdict.reasons, "verdict": verdict, "draw": draws.submission, "trials": draws.trials}
            found["simulated_s"] = sum(trial.end_s for trial in verdict.trials)
        yield name, same.model_copy(update=found)


def pick_telling(tried: Iterable[Preview]) -> tuple[Preview, ...]:
    """Return the first of those that ended alike, at one stage for the same reasons: the others teach nothing more."""
    first: dict[object, Preview] = {}
    for one in tried:
        codes = frozenset(reason.code for reason in one.reasons)
        first.setdefault((one.verdict and one.verdict.stage, codes), one)
    return tuple(first.values())

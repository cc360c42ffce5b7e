"""Derives tasks from certified benchmarks: a design that fails to be repaired, one that passes to be made cheaper."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import cast

from agents.breaking import list_breaks, list_excesses
from agents.lazy_engineer import list_careless_designs
from agents.protocols import Built, Problem
from agents.reference import UNREADABLE, ReferenceEngineer
from agents.splits import TEST_SPLITS
from agents.submitting import record_submission, tell_submission
from records.selecting import list_dearer_programs
from schemas.benchmark import Benchmark, DerivedTask, mint_benchmark_id
from schemas.bundle import SceneBundle
from schemas.episode import Episode, EpisodeKey, EpisodeUse, Preview, Solution
from schemas.errors import InputError
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.messages import EpisodeGoal, RequestComplete, Thought
from schemas.reasons import BenchmarkState, Outcome
from schemas.verdict import Verdict
from steps.budgets import round_up, state_budgets
from steps.building import build_program
from steps.context import RunContext
from steps.judging import judge_design
from steps.sandbox_workbench import add_used
from steps.solving import MessageList

LEAST_EXCESS = 1.05
"""What is to be cheapened costs at least so many times the budget."""
UNBOUND_USD = 1e6
MOST_TRIES = 24
"""So many starts are built and judged before a task is given up: about a second each."""


def derive(context: RunContext, origin: Benchmark, task: DerivedTask) -> Benchmark:
    """Return the repair or cheapening of a certified benchmark, made and certified unless it is stored.

    It has the origin's scene and split. A repair has its budgets and begins with a program that fails under them: the
    solution with one thing broken, or a careless design; of a test split careless ones alone, which tell no solution.
    A cheapening may cost what the cheapest known design does, rounded up; it begins with one that passes at
    1.05 times that or more. Raises InputError where there is no certified solution, no start is found or the known
    design does not pass again, and for a cheapening of a test split.
    """
    solution = _require_solution(context, origin, task)
    key = origin.key.model_copy(update={"task": task, "judge": context.judge})
    stored = context.store.find_item(key.item_id)
    if stored is not None and stored.state is BenchmarkState.CERTIFIED:
        if stored.derived_from != origin.benchmark_id:
            raise InputError(f"{_name(origin)}: its draw has a {task} already, of {str(stored.derived_from)[:12]}")
        return stored
    limits, files = origin.budgets, context.store.load_bundle_files(origin.scene_hash or "")
    assert limits is not None
    budgets = (
        limits
        if task == "repair"
        else Budgets(max_cost_usd=round_up(solution.unit_cost_usd), max_mass_g=limits.max_mass_g)
    )
    context = replace(context, turn=key.item_id)
    start = _find_start(context, origin, task, solution, files, budgets)
    benchmark_id = mint_benchmark_id(origin.scene_hash or "", budgets, start.program, context.judge)
    design = context.store.load_bundle_files(solution.bundle_hash)
    built = Built(solution.program, solution.bundle_hash, design, (), 0.0)
    verdict = judge_design(context, files, built, budgets, context.draws(benchmark_id, "verdict", 1))
    certificate = judge_design(context, files, built, budgets, context.certificate_draws(benchmark_id))
    if not (verdict.passed and certificate.passed):
        raise InputError(f"{_name(origin)}: its known design does not pass the {task}'s own draws")
    task_of_scene = SceneBundle.from_json(files[BUNDLE_FILE]).task
    words = state_budgets(task_of_scene.statement, budgets, task_of_scene.target_quantity)
    verified = Benchmark(
        draft=origin.draft.model_copy(update={"key": key}),
        state=BenchmarkState.VERIFIED,
        scene_hash=origin.scene_hash,
        report=origin.report,
        statement=words + _show(task, start),
        draft_budgets=origin.draft_budgets,
        derived_from=origin.benchmark_id,
        start=start.program,
    )
    settled = {
        "state": BenchmarkState.CERTIFIED,
        "budgets": budgets,
        "benchmark_id": benchmark_id,
        "difficulty": origin.difficulty,
        "best_known_cost_usd": solution.unit_cost_usd,
    }
    benchmark = verified.model_copy(update=settled)
    judged = {"benchmark_id": benchmark_id, "verdict": verdict, "certificate": certificate}
    episode = _tell(context, benchmark, built, verdict)
    context.store.record_benchmark(verified, files)
    context.store.record_solving(benchmark, episode, design, solution.model_copy(update=judged), previews=(start,))
    return benchmark


def _require_solution(context: RunContext, origin: Benchmark, task: DerivedTask) -> Solution:
    """Return the cheapest solution of what a task can be derived from."""
    solution = context.store.find_solution(origin.benchmark_id) if origin.benchmark_id else None
    if origin.key.task != "design":
        raise InputError(
            f"{_name(origin)} is a {origin.key.task} already: "
            f"name what it is derived from, {str(origin.derived_from)[:12]}"
        )
    if origin.state is not BenchmarkState.CERTIFIED or solution is None:
        raise InputError(f"{_name(origin)} is {origin.state.value}: a {task} needs a certified solution")
    if task == "cheapen" and origin.draft.split in TEST_SPLITS:
        raise InputError(f"{_name(origin)} is of a test split: what is to be cheapened would tell a solution of it")
    return solution


def _name(origin: Benchmark) -> str:
    return f"benchmark {(origin.benchmark_id or origin.key.item_id)[:12]}"


def _find_start(
    context: RunContext,
    origin: Benchmark,
    task: DerivedTask,
    solution: Solution,
    scene: Mapping[str, bytes],
    budgets: Budgets,
) -> Preview:
    """Return the first try, as it was judged, that fails under the budgets, or passes all of them but the cost."""
    bound = budgets if task == "repair" else budgets.model_copy(update={"max_cost_usd": UNBOUND_USD})
    draws = context.draws(origin.benchmark_id or "", "preview")
    for program in _list_starts(context, origin, task, solution, scene)[:MOST_TRIES]:
        built = build_program(context, program, origin.key.seed, "assembly")
        if built.bundle_hash is None:
            continue
        verdict = judge_design(context, scene, built, bound, draws)
        cost_usd = verdict.appraisal.unit_cost_usd if verdict.appraisal else None
        dear = cost_usd is not None and cost_usd >= LEAST_EXCESS * budgets.max_cost_usd
        if (verdict.passed and dear) if task == "cheapen" else not verdict.passed:
            return Preview(
                kind="simulate",
                program=built.program,
                bundle_hash=built.bundle_hash,
                draw=draws.submission,
                trials=draws.trials,
                reasons=verdict.reasons,
                verdict=verdict,
                simulated_s=sum(trial.end_s for trial in verdict.trials),
                cpu_s=built.cpu_s,
                output=built.output,
            )
    raise InputError(f"{_name(origin)}: of the designs at hand none is fit to begin a {task} with")


def _list_starts(
    context: RunContext, origin: Benchmark, task: DerivedTask, solution: Solution, scene: Mapping[str, bytes]
) -> list[str]:
    """Return programs to begin with; of a repair in an order that the item's id gives, so that all kinds come first."""
    bundle = SceneBundle.from_json(scene[BUNDLE_FILE])
    made, source = bundle.task, solution.program.source
    if task == "cheapen":
        stored = list_dearer_programs(context.store, origin.key.item_id, LEAST_EXCESS * solution.unit_cost_usd)
        ways = [process.value for process in made.allowed_processes], made.allowed_materials
        return [*stored, *(program for _, program in list_excesses(source, *ways))]
    found = [] if origin.draft.split in TEST_SPLITS else list(list_breaks(source, made.allowed_materials))
    with suppress(*UNREADABLE):
        found += list_careless_designs(Problem(scene=bundle, statement=origin.statement))
    first = int(origin.key.item_id[:8], 16) % max(1, len(found))
    return [program for _, program in found[first:] + found[:first]]


def _show(task: DerivedTask, start: Preview) -> str:
    """Return what a statement says of the design that it begins with."""
    verdict = start.verdict
    assert verdict is not None
    if task == "repair":
        told = "".join(f"\n- {reason.code.value}: {reason.message}" for reason in verdict.reasons)
        words = f"A design is there already, and fails:{told}\n\nHand in one that passes."
    else:
        assert verdict.appraisal is not None
        cost_usd = verdict.appraisal.unit_cost_usd
        words = f"A design is there already; it costs {cost_usd:.2f} USD a piece and passes otherwise. Make it cheaper."
    return f"\n\n{words} Its program:\n\n```python\n{start.program.source.strip()}\n```"


def _tell(context: RunContext, benchmark: Benchmark, built: Built, verdict: Verdict) -> Episode:
    """Return the episode in which the known design is handed in."""
    reference = ReferenceEngineer(simulations=context.settings.reference.simulations)
    context.store.record_engineer(reference.name, reference.version, reference.recipe)
    key = EpisodeKey(
        scene_hash=benchmark.scene_hash or "",
        benchmark_id=benchmark.benchmark_id,
        engineer=reference.name,
        engineer_version=reference.version,
        seed=benchmark.key.seed,
        judge=context.judge,
    )
    messages = MessageList(key.episode_id)
    messages.say("system", EpisodeGoal(statement=benchmark.statement, budgets=cast(Budgets, benchmark.budgets)))
    messages.say(
        "engineer", Thought(text=f"I hand in the known design of benchmark {str(benchmark.derived_from)[:12]}.")
    )
    for author, body in tell_submission(1, built, verdict):
        messages.say(author, body)
    messages.say("system", RequestComplete(answers_seq=0, outcome=Outcome.SOLVED))
    return Episode(
        key=key,
        policy="reference_search",
        outcome=Outcome.SOLVED,
        reasons=(),
        use=add_used(EpisodeUse(previews=1), context.used),
        submissions=(record_submission(1, built, verdict),),
        messages=tuple(messages.messages),
    )

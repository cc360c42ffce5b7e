"""Repairs and cheapenings: benchmarks of their own whose start fails, or costs more, and whose solution is known."""

from dataclasses import replace

import pytest

from agents.protocols import Problem
from agents.statement_reading import read_statement
from records import DEFAULT_NAMES, export, query
from records.selecting import select_benchmarks
from schemas.benchmark import Benchmark, ItemKey
from schemas.bundle import SceneBundle
from schemas.errors import InputError
from schemas.evaluation import SolvingOrder
from schemas.jobs import BUNDLE_FILE
from schemas.reasons import BenchmarkState
from steps.building import build_program
from steps.context import RunContext
from steps.deriving import LEAST_EXCESS, derive
from steps.generating import make_item
from steps.judging import judge_design
from steps.planning import plan_solving
from steps.solving import solve_item


def judge_start(context: RunContext, made: Benchmark, **changes: float) -> list[str]:
    """Judge what a derived benchmark begins with anew, on draws of its own."""
    assert made.start and made.budgets and made.benchmark_id
    built = build_program(context, made.start.source, made.key.seed, "assembly")
    scene = context.store.load_bundle_files(made.scene_hash)
    draws = context.draws(made.benchmark_id, "verdict", 7)
    verdict = judge_design(context, scene, built, made.budgets.model_copy(update=changes), draws)
    return [reason.code for reason in verdict.reasons]


def test_repair_begins_with_a_design_that_fails_and_is_certified(context: RunContext, minted: Benchmark) -> None:
    made = derive(context, minted, "repair")
    assert (made.state, made.key.task, made.derived_from) == (BenchmarkState.CERTIFIED, "repair", minted.benchmark_id)
    assert (made.draft.split, made.budgets, made.scene_hash) == (minted.draft.split, minted.budgets, minted.scene_hash)
    assert made.benchmark_id != minted.benchmark_id and made.key.item_id != minted.key.item_id
    assert judge_start(context, made)
    solution, known = (context.store.find_solution(one.benchmark_id) for one in (made, minted))
    assert solution.bundle_hash == known.bundle_hash and solution.certificate.passed
    assert solution.certificate.trials != known.certificate.trials, "it is judged on draws of its own"
    assert derive(context, minted, "repair") == context.store.find_benchmark(made.benchmark_id)


def test_statement_shows_the_start_and_tells_the_problem_as_before(context: RunContext, minted: Benchmark) -> None:
    made = derive(context, minted, "repair")
    assert minted.statement in made.statement and made.start.source.strip() in made.statement
    assert read_statement(made.statement) == read_statement(minted.statement)
    first = context.store.find_benchmark(made.benchmark_id).statement.partition(minted.statement)[2]
    assert "A design is there already, and fails:\n- " in first


def test_cheapening_begins_with_a_design_that_costs_more_and_passes_otherwise(
    context: RunContext, minted: Benchmark
) -> None:
    made = derive(context, minted, "cheapen")
    known = context.store.find_solution(minted.benchmark_id)
    assert known.unit_cost_usd <= made.budgets.max_cost_usd < minted.budgets.max_cost_usd
    assert made.budgets.max_mass_g == minted.budgets.max_mass_g
    assert judge_start(context, made) == ["OVER_COST"]
    assert judge_start(context, made, max_cost_usd=LEAST_EXCESS * made.budgets.max_cost_usd) == ["OVER_COST"]
    assert judge_start(context, made, max_cost_usd=1e6) == []


def test_derived_are_worked_on_when_they_are_asked_for(context: RunContext, minted: Benchmark) -> None:
    made = derive(context, minted, "repair")
    assert {one.key.task for one in select_benchmarks(context.store, ["train"])} == {"design"}
    order = SolvingOrder(engineer="reference", split="train", task="repair")
    assert made.key.item_id in {one.benchmark.key.item_id for one in plan_solving(context, order)}
    assert "task" not in SolvingOrder(engineer="reference").model_dump(mode="json"), "earlier orders keep their ids"
    assert "task" not in minted.key.model_dump(mode="json"), "and so do items"


def test_data_sets_tell_what_is_derived_and_whose_verdicts_are_whose(context: RunContext, minted: Benchmark) -> None:
    made = derive(context, minted, "repair")
    folder = context.settings.workspace.workspace / "derived"
    export(context.store, folder, DEFAULT_NAMES, checked=True)
    told = query(f"SELECT task, derived_from FROM benchmarks WHERE item_id = '{made.key.item_id}'", folder)
    assert told.rows == (("repair", minted.benchmark_id),)
    judged = query(
        "SELECT v.item_id, count(*) FROM solutions s JOIN verdicts v USING (verdict_id) GROUP BY ALL", folder
    )
    assert {minted.key.item_id, made.key.item_id} <= {item for item, _ in judged.rows}
    same = "SELECT count(*) FROM solutions s JOIN verdicts v USING (verdict_id) WHERE v.item_id <> s.item_id"
    assert query(same, folder).rows == ((0,),)


def test_what_can_not_be_derived_is_refused(context: RunContext, minted: Benchmark) -> None:
    tested = minted.model_copy(update={"draft": minted.draft.model_copy(update={"split": "test_within"})})
    with pytest.raises(InputError, match="would tell a solution of it"):
        derive(context, tested, "cheapen")
    unsolved = minted.model_copy(update={"state": BenchmarkState.OPEN})
    with pytest.raises(InputError, match="is open: a repair needs a certified solution"):
        derive(context, unsolved, "repair")
    with pytest.raises(InputError, match=f"already: name what it is derived from, {minted.benchmark_id[:12]}"):
        derive(context, derive(context, minted, "repair"), "cheapen")


def test_repair_of_a_test_split_tells_no_solution(context: RunContext, minted: Benchmark) -> None:
    tested = minted.model_copy(update={"draft": minted.draft.model_copy(update={"split": "test_within"})})
    from steps.deriving import _list_starts

    scene = context.store.load_bundle_files(minted.scene_hash)
    solution = context.store.find_solution(minted.benchmark_id)
    starts = _list_starts(context, tested, "repair", solution, scene)
    assert starts and solution.program.source not in starts
    problem = Problem(scene=SceneBundle.from_json(scene[BUNDLE_FILE]), statement=minted.statement)
    assert problem.statement and set(starts) < set(_list_starts(context, minted, "repair", solution, scene))


def test_draw_that_another_judge_has_certified_is_another_benchmark(context: RunContext, minted: Benchmark) -> None:
    other = replace(context, key_hex="1" * 64)
    key = ItemKey(family="drop_chute", seed=7, index=7, judge=other.judge)
    again = solve_item(other, make_item(other, "0" * 64, key))
    assert again.scene_hash == minted.scene_hash and again.budgets == minted.budgets
    assert again.state is BenchmarkState.CERTIFIED and again.benchmark_id != minted.benchmark_id
    assert context.store.find_benchmark(again.benchmark_id).key.judge == other.judge != context.judge
    derive(context, minted, "repair")
    with pytest.raises(InputError, match=f"its draw has a repair already, of {minted.benchmark_id[:12]}"):
        derive(context, again, "repair")

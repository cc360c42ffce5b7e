"""Which episodes an order asks for."""

import pytest
from pydantic import ValidationError

from schemas.benchmark import Benchmark
from schemas.errors import InputError
from schemas.evaluation import EvaluationOrder, OptimizingOrder, SolvingOrder
from steps.context import RunContext
from steps.optimizing import plan
from steps.planning import plan_evaluation, plan_solving


def test_benchmark_that_is_named_twice_is_worked_on_once(context: RunContext, minted: Benchmark) -> None:
    names = (minted.benchmark_id, minted.benchmark_id[:12], minted.key.item_id[:12])
    planned = plan_solving(context, SolvingOrder(benchmarks=names, engineer="reference", seed=3))
    assert [(one.benchmark.benchmark_id, one.seed, one.learns) for one in planned] == [(minted.benchmark_id, 3, True)]


@pytest.mark.parametrize(
    "more", [{"count": 2}, {"split": "train"}, {"difficulty": (1,)}, {"families": ("drop_chute",)}]
)
def test_names_and_other_fields_are_not_given_together(context: RunContext, minted: Benchmark, more: dict) -> None:
    order = SolvingOrder(benchmarks=(minted.benchmark_id,), engineer="reference", **more)
    with pytest.raises(InputError, match="not both"):
        plan_solving(context, order)


def test_levels_choose_among_the_stored(context: RunContext, minted: Benchmark) -> None:
    others = tuple({1, 2, 3, 4, 5} - {minted.difficulty})
    chosen = plan_solving(context, SolvingOrder(engineer="reference", difficulty=(minted.difficulty,)))
    assert minted.benchmark_id in [one.benchmark.benchmark_id for one in chosen]
    with pytest.raises(InputError, match="no certified benchmark"):
        plan_solving(context, SolvingOrder(engineer="reference", difficulty=others, families=("teleporter",)))


def test_engineers_are_compared_in_the_order_of_benchmarks(context: RunContext, minted: Benchmark) -> None:
    order = EvaluationOrder(engineers=("reference",), split="all", attempts=2, previews=(0, 1), count=1)
    labels = [(one.evaluated.label, one.seed) for one in plan_evaluation(context, order).attempts]
    assert labels == [(f"reference, {n} previews", seed) for n in (0, 1) for seed in (0, 1)]
    with pytest.raises(InputError, match="named twice"):
        plan_evaluation(context, EvaluationOrder(engineers=("reference", "reference"), split="all"))


@pytest.mark.parametrize(
    "wrong", [{"engineers": ()}, {"engineers": ("llm",), "attempts": 0}, {"engineers": ("llm",), "previews": (-1,)}]
)
def test_orders_that_mean_nothing_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        EvaluationOrder(**wrong)


def test_prompts_are_those_of_language_models(context: RunContext) -> None:
    with pytest.raises(InputError, match="only language models have prompts"):
        plan(context, OptimizingOrder(engineer="reference"))

"""Which episodes an operator's order asks for: engineers by name, on stored benchmarks by id or by what they are."""

from collections.abc import Sequence
from itertools import product

from records.selecting import select_benchmarks
from schemas.benchmark import Benchmark
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from schemas.evaluation import SPLITS, EpisodesOrder, EvaluationOrder, SolvingOrder
from steps.context import RunContext
from steps.engineers import choose_engineer, describe_engineer
from steps.evaluating import EvaluationPlan, PlannedAttempt
from steps.learned_skills import load_shelf


def plan_evaluation(context: RunContext, order: EvaluationOrder) -> EvaluationPlan:
    """Return who plays on what; raises InputError where there is nothing, and for an engineer that can't be had."""
    shelf, engineers = load_shelf(context.store), []
    for name, previews in product(order.engineers, order.previews or (None,)):
        engineer = choose_engineer(context.settings, name, previews, shelf)
        engineers.append((describe_engineer(name, engineer, previews), engineer))
    if len({evaluated.label for evaluated, _ in engineers}) < len(engineers):
        raise InputError("an engineer is named twice")
    return EvaluationPlan(tuple(engineers), _select(context, order), order.attempts, read_catalogue().hash)


def plan_solving(context: RunContext, order: SolvingOrder) -> tuple[PlannedAttempt, ...]:
    """Return one episode for each benchmark, from which skills are learned; raises InputError as `plan_evaluation`."""
    engineer = choose_engineer(context.settings, order.engineer, shelf=load_shelf(context.store))
    evaluated = describe_engineer(order.engineer, engineer, None)
    if order.benchmarks and (order.families or order.difficulty or order.count or order.split != "all"):
        raise InputError("name benchmarks, or say by the other fields which are meant, not both")
    named = {one.key.item_id: one for one in map(context.store.find_benchmark, order.benchmarks)}
    return tuple(
        PlannedAttempt(benchmark, evaluated, engineer, order.seed, learns=True)
        for benchmark in tuple(named.values()) or _select(context, order, order.difficulty)
    )


def _select(context: RunContext, order: EpisodesOrder, levels: Sequence[int] = ()) -> tuple[Benchmark, ...]:
    found = select_benchmarks(context.store, SPLITS[order.split], order.families, order.count, levels, order.task)
    if not found:
        raise InputError(
            f"no certified benchmark of split '{order.split}' is stored that is asked for: make some (`workpiece run`"
            f"{'' if order.task == 'design' else f', then `workpiece derive {order.task}`'})"
        )
    return found

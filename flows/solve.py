"""An engineer at work on stored benchmarks."""

from prefect import flow

from agents.families import FamilyName
from flows.episodes import play_all, tell_solved
from flows.runner import CHOSEN_RUNNER, complete
from flows.side_by_side import open_run
from schemas.benchmark import Task
from schemas.evaluation import Attempt, Level, SolvingOrder, SplitName
from schemas.jobs import Seed
from schemas.run import Count, Engineer
from steps.planning import plan_solving
from tasks.attempt import attempt
from tasks.export import export


@flow(name="solve", persist_result=False, task_runner=CHOSEN_RUNNER)
def solve(  # noqa: PLR0913, PLR0917 - one for each field of the form
    benchmarks: tuple[str, ...] = (),
    split: SplitName = "all",
    families: tuple[FamilyName, ...] = (),
    difficulty: tuple[Level, ...] = (),
    count: Count | None = None,
    engineer: Engineer = "llm",
    seed: Seed = 0,
    task: Task = "design",
) -> tuple[Attempt, ...]:
    """Let an engineer work on certified benchmarks, and learn skills from those of the training split.

    Episodes that are stored are not played again; another seed is another episode.

    Args:
        benchmarks: Ids, or their beginnings, of those to work on; none given: what the other fields leave.
        split: Only benchmarks of this split.
        families: Only these kinds of problem; none chosen: all.
        difficulty: Only these levels, 1 to 5; none given: all.
        count: So many benchmarks at most.
        engineer: Who works; llm takes the models of the worker's settings.
        seed: Tells episodes of the same engineer on the same benchmark apart.
        task: What is asked for: a design from nothing, the repair of one, or a cheaper one.

    """
    return complete(tell_solved, solve_order, SolvingOrder.model_validate(locals()))


def solve_order(order: SolvingOrder) -> tuple[Attempt, ...]:
    """Play the episodes that an order asks for."""
    with open_run(order.run_id, (order.engineer, *order.families)) as (context, client):
        return play_all(context, client, order.run_id, plan_solving(context, order), attempt, export)

"""Engineers compared on stored benchmarks, by episodes from which nothing is learned."""

from prefect import flow

from agents.families import FamilyName
from flows.episodes import play_all
from flows.pages import report
from flows.runner import CHOSEN_RUNNER, complete
from flows.side_by_side import open_run
from schemas.benchmark import Task
from schemas.evaluation import Attempts, Engineers, Evaluation, EvaluationOrder, Previews, SplitName
from schemas.run import Count
from steps.evaluating import sum_plan_up, write_evaluation
from steps.planning import plan_evaluation
from tasks.attempt import attempt
from tasks.export import export


@flow(name="evaluate", persist_result=False, task_runner=CHOSEN_RUNNER)
def evaluate(  # noqa: PLR0913, PLR0917 - one for each field of the form
    engineers: Engineers = ("reference", "llm"),
    split: SplitName = "test",
    families: tuple[FamilyName, ...] = (),
    count: Count | None = None,
    attempts: Attempts = 1,
    previews: tuple[Previews, ...] = (),
    task: Task = "design",
) -> Evaluation:
    """Compare engineers on certified benchmarks; episodes that are stored are not played again.

    Args:
        engineers: Who is compared, by name: reference, llm or scripted:FILE; @FOLDER behind a name takes its prompts.
        split: Only benchmarks of this split.
        families: Only these kinds of problem; none chosen: all.
        count: So many benchmarks at most.
        attempts: Episodes of each engineer on each benchmark, 1 to 100.
        previews: Budgets of simulations, as 0, 10, 100; each engineer is compared at each of them.
        task: What is asked for: a design from nothing, the repair of one, or a cheaper one.

    """
    return complete(lambda done: done.verdict, evaluate_order, EvaluationOrder.model_validate(locals()))


def evaluate_order(order: EvaluationOrder) -> Evaluation:
    """Play the episodes of an evaluation and sum them up."""
    with open_run(order.run_id, (order.split, *order.engineers)) as (context, client):
        plan = plan_evaluation(context, order)
        done = sum_plan_up(plan, play_all(context, client, order.run_id, plan.attempts, attempt, export))
        folder = write_evaluation(context.settings, done)
    lines = [f"# {done.verdict}\n", f"Figures: `{folder.absolute()}`; `workpiece evaluate` draws them.\n"]
    lines += ["| on | engineer | solved@1 | solved@k | cost ratio | seconds |", "| --- | --- | --- | --- | --- | --- |"]
    for row in done.rows:
        shares = (
            f"{share.solved} of {share.benchmarks}" if share else "–" for share in (row.solved_at_1, row.solved_at_k)
        )
        figures = ("–" if value is None else f"{value:.2f}" for value in (row.cost_ratio, row.elapsed_s))
        lines.append(f"| {' | '.join((row.group, row.label, *shares, *figures))} |")
    report(lines, (), done.verdict)
    return done

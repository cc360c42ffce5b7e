"""A better prompt from verdicts on the training split."""

from prefect import flow

from flows.pages import report
from flows.runner import CHOSEN_RUNNER, complete
from flows.side_by_side import SideBySide, Work, open_run
from schemas.errors import InfrastructureError
from schemas.evaluation import Episodes, OptimizedPrompt, OptimizingOrder, PromptName
from schemas.run import Count
from steps.optimizing import plan
from tasks.export import export
from tasks.optimize import optimize as improve


@flow(name="optimize", persist_result=False, task_runner=CHOSEN_RUNNER)
def optimize(prompt: PromptName = "engineer", count: Count = 20, episodes: Episodes = 120) -> OptimizedPrompt:
    """Improve a prompt of the settings' language models; the result is a folder of the workspace.

    Args:
        prompt: Whose prompt.
        count: So many training benchmarks at most.
        episodes: About so many episodes, 2 at least.

    """
    return complete(lambda done: done.verdict, optimize_order, OptimizingOrder.model_validate(locals()))


def optimize_order(order: OptimizingOrder) -> OptimizedPrompt:
    """Carry an order out; what was learned to be better is told of in a report."""
    done: list[OptimizedPrompt] = []
    with open_run(order.run_id, (order.prompt,)) as (context, client):
        plan(context, order)  # what the user must mend is told of before anything begins
        crew = SideBySide(order.run_id, client, 1)
        work = Work(context, "optimize", f"prompt of the {order.prompt}")
        crew.work(iter((work,)), lambda _: done.append(improve.submit(order.run_id, order).result()))
        export.submit(order.run_id, "at the end").result()
    if not done:
        raise InfrastructureError("; ".join(f"{one.label}: {one.fault}" for one in crew.lost))
    report(
        [f"# {done[0].verdict}\n", f"Compare: `workpiece evaluate --engineer llm@{done[0].folder}`"],
        (),
        done[0].verdict,
    )
    return done[0]

"""Sums a run up, also one that was made before: one row per item, with checks, outcome, reason, cost and mass."""

from collections.abc import Iterable

from schemas.benchmark import MOST_ATTEMPTS, Benchmark
from schemas.reasons import BenchmarkState, Outcome
from schemas.run import RunOrder, RunSummary, SummaryRow
from steps.context import RunContext
from steps.exporting import export_datasets
from steps.generating import plan_key
from steps.rendering import locate_pictures


def recall_run(context: RunContext, order: RunOrder) -> RunSummary | None:
    """Return the table of an order of which nothing is left to do but to export, which is done; else None.

    Whether anything is left to language models, which may be others by now, only they can say: for them it is None.
    """
    finished = any(done and RunOrder.from_json(known.encode()) == order for known, done in context.store.list_runs())
    if not finished or order.engineer == "llm":
        return None
    made = [one for index in range(order.count) if (one := _recall_item(context, order, index)) is not None]
    if len(made) < order.count:
        return None
    rows = [summarise_item(context, benchmark, None) for benchmark in made]
    return summarise(context, order, rows, export_datasets(context).rows)


def _recall_item(context: RunContext, order: RunOrder, index: int) -> Benchmark | None:
    """Return what was made at an index, its last draw, or None where anything is left to do for it."""
    made: Benchmark | None = None
    for attempt in range(MOST_ATTEMPTS):
        drawn = context.store.find_item(plan_key(context, order, index, attempt).item_id)
        if drawn is None:
            break
        made = drawn
    if made is None or made.state in (BenchmarkState.VERIFIED, BenchmarkState.REDRAWN):
        return None
    pictured = not order.pictures or made.scene_hash is None or locate_pictures(context, made).exists()
    return made if pictured else None


def summarise(context: RunContext, order: RunOrder, rows: Iterable[SummaryRow], exported_rows: int) -> RunSummary:
    """Return the table of a run, in order of index."""
    ordered = tuple(sorted(rows, key=lambda row: row.index))
    return RunSummary(
        run_id=order.run_id,
        count=order.count,
        rows=ordered,
        certified=sum(row.outcome == "certified" for row in ordered),
        easy=sum(row.difficulty == 1 for row in ordered),
        exported_rows=exported_rows,
        job_cpu_s=context.sandboxes.cpu_s,
        job_busy_s=context.sandboxes.busy_s,
    )


def summarise_item(context: RunContext, item: Benchmark, engineered: Outcome | None) -> SummaryRow:
    """Return the row of one item; `engineered` is how language models fared on it, if they worked on it."""
    passed = sum(check.passed for check in item.report.checks)
    solution = context.store.find_solution(item.benchmark_id) if item.benchmark_id else None
    reasons = item.reasons or (context.store.episode_reasons(item.scene_hash) if item.scene_hash else ())
    return SummaryRow(
        index=item.draft.key.index,
        item=item.draft.key.item_id[:12],
        benchmark=(item.benchmark_id or item.draft.key.item_id)[:12],
        family=item.draft.key.family,
        checks=f"{passed}/{len(item.report.checks)}",
        outcome=item.state.value,
        difficulty=item.difficulty,
        reason=", ".join(dict.fromkeys(reason.code.value for reason in reasons)),
        cost_usd=solution.unit_cost_usd if solution else None,
        mass_g=solution.mass_g if solution else None,
        engineer=engineered,
    )

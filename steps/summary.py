"""Sums a run up: one row per item, with checks, outcome, reason, cost and mass."""

from collections.abc import Iterable

from schemas.benchmark import Benchmark
from schemas.reasons import Outcome
from schemas.run import RunSummary, SummaryRow
from steps.context import RunContext


def summarise(context: RunContext, run_id: str, rows: Iterable[SummaryRow], exported_rows: int) -> RunSummary:
    """Return the table of a run, in order of index."""
    ordered = tuple(sorted(rows, key=lambda row: row.index))
    return RunSummary(
        run_id=run_id,
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
    reasons = item.report.reasons or (context.store.episode_reasons(item.scene_hash) if item.scene_hash else ())
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

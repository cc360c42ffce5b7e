"""Sums a run up: one row per item, with checks, outcome, reason, cost and mass."""

from collections.abc import Mapping, Sequence

from records import ExportReport
from schemas.benchmark import Benchmark
from schemas.reasons import Outcome
from schemas.record import Record, Sha256
from steps.context import RunContext


class SummaryRow(Record):
    """One item as the table shows it, in its order; `engineer` is how language models fared, if they worked on it."""

    index: int
    benchmark: str
    family: str
    checks: str
    outcome: str
    difficulty: int | None
    reason: str
    cost_usd: float | None
    mass_g: float | None
    engineer: Outcome | None = None


class RunSummary(Record):
    """What a run made; `easy` counts the items of difficulty 1."""

    run_id: Sha256
    rows: tuple[SummaryRow, ...]
    certified: int
    easy: int
    exported_rows: int
    job_cpu_s: float


def summarise(
    context: RunContext, run_id: str, made: Sequence[Benchmark], engaged: Mapping[str, Outcome], exported: ExportReport
) -> RunSummary:
    """Return the table of a run, in order of index; `engaged` are the outcomes of language models by item."""
    rows = tuple(_row(context, item, engaged) for item in sorted(made, key=lambda item: item.draft.key.index))
    certified = sum(row.outcome == "certified" for row in rows)
    easy = sum(row.difficulty == 1 for row in rows)
    return RunSummary(
        run_id=run_id,
        rows=rows,
        certified=certified,
        easy=easy,
        exported_rows=exported.rows,
        job_cpu_s=context.sandboxes.cpu_s,
    )


def _row(context: RunContext, item: Benchmark, engaged: Mapping[str, Outcome]) -> SummaryRow:
    passed = sum(check.passed for check in item.report.checks)
    solution = context.store.find_solution(item.benchmark_id) if item.benchmark_id else None
    reasons = item.report.reasons or (context.store.episode_reasons(item.scene_hash) if item.scene_hash else ())
    return SummaryRow(
        index=item.draft.key.index,
        benchmark=(item.benchmark_id or item.draft.key.item_id)[:12],
        family=item.draft.key.family,
        checks=f"{passed}/{len(item.report.checks)}",
        outcome=item.state.value,
        difficulty=item.difficulty,
        reason=", ".join(dict.fromkeys(reason.code.value for reason in reasons)),
        cost_usd=solution.unit_cost_usd if solution else None,
        mass_g=solution.mass_g if solution else None,
        engineer=engaged.get(item.draft.key.item_id),
    )

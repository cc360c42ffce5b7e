"""Prints tables, reports and verdicts to a terminal, or the same as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

from schemas.reasons import Reason
from schemas.record import Record
from schemas.verdict import Verdict, VerificationReport

CONSOLE = Console()


def print_json(content: Record | Sequence[object] | Mapping[str, object]) -> None:
    """Print a record, a list of plain rows or one of them as one JSON document."""
    plain = content.model_dump(mode="json") if isinstance(content, Record) else content
    CONSOLE.print_json(json.dumps(plain, default=str))


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a title; None shows as a dash."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(_write(cell) for cell in row))
    CONSOLE.print(table)


def _write(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 10_000 else f"{cell:.4g}"
    return "–" if cell is None else str(cell)


def print_reasons(reasons: Iterable[Reason]) -> None:
    """Print each reason with its place and numbers."""
    for reason in reasons:
        numbers = ", ".join(f"{n.name} = {n.value:.4g}{' ' + n.unit if n.unit else ''}" for n in reason.numbers)
        place = f" at {reason.where}" if reason.where else ""
        CONSOLE.print(f"  [bold red]{reason.code.value}[/]{place}: {reason.message}", highlight=False)
        if numbers:
            CONSOLE.print(f"    {numbers}", highlight=False)


def print_report(report: VerificationReport) -> None:
    """Print the checks of a scene in order, then why those that failed did."""
    rows = [
        (check.number, check.name, "passed" if check.passed else "FAILED", len(check.numbers))
        for check in report.checks
    ]
    print_table("Checks", ("no.", "check", "result", "numbers"), rows)
    print_reasons(report.reasons)


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict: outcome, statistics, cost and mass, reasons."""
    head = "[bold green]PASSED[/]" if verdict.passed else f"[bold red]FAILED[/] at {verdict.stage}"
    CONSOLE.print(head)
    if verdict.pass_fraction is not None:
        passed = sum(trial.passed for trial in verdict.trials)
        CONSOLE.print(
            f"  {passed} of {len(verdict.trials)} trials; true rate between {verdict.wilson_low:.2f} and "
            f"{verdict.wilson_high:.2f} (95 %); worst passing margin {verdict.margin_mm or 0.0:.1f} mm"
        )
    if verdict.appraisal is not None:
        price = verdict.appraisal.price
        cost = f"{price.unit_cost_usd} USD a piece at {price.quantity}, " if price else ""
        CONSOLE.print(f"  {cost}{verdict.appraisal.mass_g:.1f} g")
    print_reasons(verdict.reasons)
    for warning in verdict.warnings:
        CONSOLE.print(f"  warning: {warning}", highlight=False)

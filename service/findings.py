"""Prints what was found out: reasons with their numbers, the checks of a scene, verdicts."""

from collections.abc import Iterable

from rich.text import Text

from schemas.reasons import Reason
from schemas.verdict import Verdict, VerificationReport
from service.printing import CONSOLE, escape, print_line, print_table


def print_reasons(reasons: Iterable[Reason]) -> None:
    """Print each reason with its place and numbers."""
    for reason in reasons:
        numbers = ", ".join(f"{n.name} = {n.value:.4g}{' ' + n.unit if n.unit else ''}" for n in reason.numbers)
        place = f" at {reason.where}" if reason.where else ""
        message = f"{place}: {reason.message}".replace("\n", "\n      ")
        CONSOLE.print(Text.assemble((f"  {reason.code.value}", "bold red"), escape(message)), soft_wrap=True)
        if numbers:
            print_line(f"    {numbers}")


def print_report(report: VerificationReport) -> None:
    """Print the checks of a scene in order, then why those that failed did."""
    rows = [(c.number, c.name, "passed" if c.passed else "FAILED", len(c.numbers)) for c in report.checks]
    print_table("Checks", ("no.", "check", "result", "numbers"), rows)
    print_reasons(report.reasons)


def print_verdict(verdict: Verdict) -> None:
    """Print a verdict: outcome, statistics, cost and mass, reasons."""
    print_line(*("PASSED", "bold green") if verdict.passed else (f"FAILED at {verdict.stage}", "bold red"))
    if verdict.pass_fraction is not None:
        passed = sum(trial.passed for trial in verdict.trials)
        print_line(
            f"  {passed} of {len(verdict.trials)} trials; true rate between {verdict.wilson_low:.2f} and "
            f"{verdict.wilson_high:.2f} (95 %); worst passing margin {verdict.margin_mm or 0.0:.1f} mm"
        )
    if verdict.appraisal is not None:
        price = verdict.appraisal.price
        cost = f"{price.unit_cost_usd} USD a piece at {price.quantity}, " if price else ""
        print_line(f"  {cost}{verdict.appraisal.mass_g:.1f} g")
    print_reasons(verdict.reasons)
    for warning in verdict.warnings:
        print_line(f"  warning: {warning}")

"""Prints what was found out: reasons with their numbers, the checks of a scene, verdicts."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from schemas.reasons import Reason
from schemas.record import Measure
from schemas.verdict import Verdict, VerificationReport
from service.printing import CONSOLE, escape, print_line

LIKENESS = 9
"""Its numbers say where every body is: for programs to compare."""
ASKED = {
    1: "Two runs of the program give the same bytes.",
    2: "Bodies are whole solids, neither thin as paper nor out of all size.",
    3: "No two bodies are in one place, wherever movers and payloads may be.",
    4: "Zones lie inside the workspace and out of each other's way.",
    5: "The MJCF fits its schema, and MuJoCo compiles it.",
    6: "It simulates stably from the start.",
    7: "Movers and drives move as their contracts promise.",
    8: "Doing nothing does not solve it.",
    LIKENESS: "No stored scene is nearly the same, however turned or mirrored.",
    10: "The reviewer agrees.",
}
ALLOWED = {
    "mean thickness": "at least 0.4; no wall is thinner either",
    "extent": "at most 3000",
    "shortest edge": "at least 10",
    "deepest contact mm": "at most 2 or ¼ of the thinner body",
    "energy rise": "at most 1",
    "range over": "at most 1",
    "speed over": "at most 1",
    "lag over": "at most 1",
    "top surface speed": "as promised, ± 5 %",
    "warnings": "0",
    "trials passed": "at most 2 of 16",
    "canned designs": "any; 2 or more make it easy",
}
"""By how a number's name begins: what it must be."""


def print_reasons(reasons: Iterable[Reason]) -> None:
    """Print each reason with its place and numbers."""
    for reason in reasons:
        numbers = ", ".join(f"{n.name} = {n.value:.4g}{' ' + n.unit if n.unit else ''}" for n in reason.numbers)
        told = reason.message.startswith(f"{reason.where}: ")
        place = f" at {reason.where}" if reason.where and not told else ""
        message = f"{place}: {reason.message}".replace("\n", "\n      ")
        CONSOLE.print(Text.assemble((f"  {reason.code.value}", "bold red"), escape(message)), soft_wrap=True)
        if numbers:
            print_line(f"    {numbers}")


def print_report(report: VerificationReport) -> None:
    """Print the checks in order, each with what it asks, found and allows, then why those that failed did."""
    for check in report.checks:
        style = "bold" if check.passed else "bold red"
        print_line(f"{check.number}. {check.name}: {'passed' if check.passed else 'FAILED'}", style)
        print_line(f"   {ASKED[check.number]}")
        for measured in () if check.number == LIKENESS else _sum_up(check.numbers):
            print_line(f"     {measured}")
    print_reasons(report.reasons)
    print_line("Valid" if report.passed else "Refused: mend what is told in red", "bold")


def _sum_up(numbers: Iterable[Measure]) -> Iterator[str]:
    """Yield a line for each kind of number: its range over all bodies or contracts, its unit, and what is allowed."""
    kinds: dict[tuple[str, str], list[float]] = {}
    for number in numbers:
        kinds.setdefault((number.name.rpartition(": ")[2], number.unit), []).append(number.value)
    width = max((len(name) for name, _ in kinds), default=0)
    for (name, unit), values in kinds.items():
        low, high = f"{min(values) + 0.0:.4g}", f"{max(values) + 0.0:.4g}"  # no -0
        found = f"{low if low == high else f'{low} to {high}'} {unit}".rstrip()
        allowed = next((rule for kind, rule in ALLOWED.items() if f"{name} {unit}".startswith(kind)), "")
        yield f"{name:<{width}}  {found}" + (f"   ({allowed})" if allowed else "")


def print_unbuilt(reasons: Iterable[Reason]) -> None:
    """Print why a program gave no design to judge."""
    print_line("FAILED at program", "bold red")
    print_reasons(reasons)


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

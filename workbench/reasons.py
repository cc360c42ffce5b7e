"""Writes reasons, the numbers behind them and the reports of checks, each in one call."""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import CheckReport

UNITS = {"mm": "mm", "mm3": "mm3", "m": "m", "s": "s", "deg": "deg", "n": "N", "v": "V", "a": "A", "j": "J", "b": "B"}


@dataclass(frozen=True)
class Refused:
    """Why there is nothing to return: every reason that was found, one at least."""

    reasons: tuple[Reason, ...]


def measures(**numbers: float) -> tuple[Measure, ...]:
    """Return numbers named by keywords that may end in their unit, as in `gap_mm`."""
    found = []
    for keyword, value in numbers.items():
        words = keyword.split("_")
        unit = UNITS.get(words[-1], "")
        found.append(Measure(name=" ".join(words[:-1] if unit else words), value=value, unit=unit))
    return tuple(found)


def reason(code: ReasonCode, where: str, message: str, /, **numbers: float) -> Reason:
    """Return a reason whose message stands alone, with its numbers, named as by `measures`."""
    return Reason(code=code, message=message, where=where[:400], numbers=measures(**numbers))


def reason_at(code: ReasonCode, where: str, message: str, /, **numbers: float) -> Reason:
    """Return the reason `where: message` with its numbers, named as by `measures`."""
    return reason(code, where, f"{where}: {message}", **numbers)


def finish(number: int, name: str, reasons: Iterable[Reason], numbers: Iterable[Measure] = ()) -> CheckReport:
    """Return the report of a check, which has passed where there is no reason against it."""
    reasons = tuple(reasons)
    return CheckReport(number=number, name=name, passed=not reasons, reasons=reasons, numbers=tuple(numbers))

"""Writes a reason with its numbers in one call."""

from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure

UNITS = {"mm": "mm", "mm3": "mm3", "deg": "deg", "n": "N", "v": "V", "a": "A", "j": "J"}


def refuse(code: ReasonCode, where: str, message: str, **numbers: float) -> Reason:
    """Return `where: message` with numbers named by keywords that may end in their unit, as in `gap_mm`."""
    found = []
    for keyword, value in numbers.items():
        words = keyword.split("_")
        unit = UNITS.get(words[-1], "")
        found.append(Measure(name=" ".join(words[:-1] if unit else words), value=value, unit=unit))
    return Reason(code=code, message=f"{where}: {message}", where=where[:400], numbers=tuple(found))

"""Figures over everything that was recorded in a span of time."""

from datetime import date
from typing import Literal

from schemas.record import Record, ShortText


class Metric(Record):
    """One figure: a share is `part` of `whole`, any other a median, mean or difference of `whole` values.

    None without data; `low` and `high` are the 95 % interval of a difference.
    """

    name: ShortText
    of: ShortText
    value: float | None
    unit: Literal["share", "s", "calls"]
    part: int | None
    whole: int
    low: float | None = None
    high: float | None = None

    @property
    def shown(self) -> str | None:
        """Return the value as tables show it, None without data."""
        if self.value is None:
            return None
        return {"share": f"{100 * self.value:.1f} %", "s": f"{self.value:.1f} s", "calls": f"{self.value:g}"}[self.unit]

    @property
    def counted(self) -> str:
        """Return what it was counted over."""
        if self.low is not None and self.high is not None:
            return f"{100 * self.low:+.1f} to {100 * self.high:+.1f} %, of {self.whole}"
        return f"of {self.whole}" if self.part is None else f"{self.part} of {self.whole}"


class MetricsReport(Record):
    """The figures since a day (UTC), under a version of the judge; without one of all time."""

    since: date | None
    judge_version: ShortText
    metrics: tuple[Metric, ...]

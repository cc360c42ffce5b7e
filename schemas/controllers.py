"""Controllers: how a motor, drive or conveyor is commanded over time; data only, no code and no sensors."""

from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from schemas.record import Amount, Fraction, NonNegative, Period, Positive, Record


class Started(Record):
    """What every controller has: when it begins."""

    start_s: NonNegative = 0.0


class Constant(Started):
    """A fixed level: fraction of the supply voltage for motors, rad/s, m/s, N·m or N for drives."""

    kind: Literal["constant"] = "constant"
    level: Amount


class Sinusoidal(Started):
    """amplitude · sin(2π (t / period_s + phase)) + offset."""

    kind: Literal["sinusoidal"] = "sinusoidal"
    amplitude: Amount
    period_s: Period
    phase: Fraction = 0.0
    offset: Amount = 0.0


class Square(Started):
    """`high` for the first `duty` of each period, `low` for the rest."""

    kind: Literal["square"] = "square"
    low: Amount
    high: Amount
    period_s: Period
    duty: Fraction = 0.5
    phase: Fraction = 0.0


class Trapezoidal(Started):
    """One move from 0 to `level`: ramp up, hold, ramp down."""

    kind: Literal["trapezoidal"] = "trapezoidal"
    level: Amount
    ramp_s: Positive
    hold_s: NonNegative


class Point(Record):
    """A level that is reached at a time; linear in between."""

    time_s: NonNegative
    level: Amount


class Schedule(Started):
    """A piecewise linear level over time, constant before the first and after the last point."""

    kind: Literal["schedule"] = "schedule"
    points: tuple[Point, ...] = Field(min_length=1, max_length=64)

    @model_validator(mode="after")
    def _rising(self) -> "Schedule":
        if any(one.time_s >= other.time_s for one, other in pairwise(self.points)):
            raise ValueError("the times of a schedule's points must rise")
        return self


class Hold(Started):
    """The motor's own position loop at a target (degrees or mm) with a proportional gain per degree or mm."""

    kind: Literal["hold"] = "hold"
    target: Amount
    gain: Positive


class Oscillate(Started):
    """The motor's own position loop along centre + amplitude · sin(2π t / period_s) (degrees or mm)."""

    kind: Literal["oscillate"] = "oscillate"
    centre: Amount
    amplitude: Amount
    period_s: Period
    gain: Positive


Levels = Constant | Sinusoidal | Square | Trapezoidal | Schedule
Places = Hold | Oscillate
Controller = Annotated[Levels | Places, Field(discriminator="kind")]

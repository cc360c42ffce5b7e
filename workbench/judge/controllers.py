"""Evaluates the data-only controllers of drives and surfaces over arrays of times."""

import numpy as np
from numpy.typing import NDArray

from schemas.controllers import (
    ConstantController,
    Controller,
    HoldController,
    OscillateController,
    ScheduleController,
    SinusoidalController,
    SquareController,
    TrapezoidalController,
)

Floats = NDArray[np.float64]


def evaluate(controller: Controller, times_s: Floats) -> Floats:
    """Return the level at each time: 0 before `start_s` (schedules: their first level), position loops' targets."""
    t = times_s - controller.start_s
    match controller:
        case ScheduleController():
            points = controller.points
            return np.interp(t, [point.time_s for point in points], [point.level for point in points])
        case HoldController():
            return np.full_like(t, controller.target)
        case _:
            return np.where(t >= 0.0, _level(controller, np.maximum(t, 0.0)), 0.0)


def _level(controller: Controller, t: Floats) -> Floats:
    match controller:
        case ConstantController():
            return np.full_like(t, controller.level)
        case SinusoidalController():
            wave = np.sin(2 * np.pi * (t / controller.period_s + controller.phase))
            return controller.amplitude * wave + controller.offset
        case SquareController():
            place = np.mod(t / controller.period_s + controller.phase, 1.0)
            return np.where(place < controller.duty, controller.high, controller.low)
        case TrapezoidalController():
            ramp, hold = controller.ramp_s, controller.hold_s
            corners = [0.0, ramp, ramp + hold, 2 * ramp + hold]
            return np.interp(t, corners, [0.0, controller.level, controller.level, 0.0])
        case OscillateController():
            return controller.centre + controller.amplitude * np.sin(2 * np.pi * t / controller.period_s)
        case _:
            raise AssertionError(f"{controller.kind} has no level of its own")

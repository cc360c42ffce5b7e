"""Evaluates the data-only controllers of drives and surfaces over arrays of times."""

import numpy as np

from schemas.controllers import Controller
from workbench.kernel.arrays import Floats


def evaluate(controller: Controller, times_s: Floats) -> Floats:
    """Return the level at each time: 0 before `start_s` (schedules: their first level), position loops' targets."""
    t = times_s - controller.start_s
    match controller.kind:
        case "schedule":
            points = controller.points
            return np.interp(t, [point.time_s for point in points], [point.level for point in points])
        case "hold":
            return np.full_like(t, controller.target)
        case _:
            return np.where(t >= 0.0, _level(controller, np.maximum(t, 0.0)), 0.0)


def _level(controller: Controller, t: Floats) -> Floats:
    match controller.kind:
        case "constant":
            return np.full_like(t, controller.level)
        case "sinusoidal":
            wave = np.sin(2 * np.pi * (t / controller.period_s + controller.phase))
            return controller.amplitude * wave + controller.offset
        case "square":
            place = np.mod(t / controller.period_s + controller.phase, 1.0)
            return np.where(place < controller.duty, controller.high, controller.low)
        case "trapezoidal":
            ramp, hold = controller.ramp_s, controller.hold_s
            corners = [0.0, ramp, ramp + hold, 2 * ramp + hold]
            return np.interp(t, corners, [0.0, controller.level, controller.level, 0.0])
        case "oscillate":
            return controller.centre + controller.amplitude * np.sin(2 * np.pi * t / controller.period_s)
        case _:
            raise AssertionError(f"{controller.kind} has no level of its own")

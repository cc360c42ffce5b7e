"""Watches for what a trial must never do: leave the workspace, or touch a forbid zone (mechanics §8)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.judge.goals import read_box_m
from workbench.judge.model import TrialModel
from workbench.judge.motion import Stretch, rotate
from workbench.judge.shapes import Shape

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TOUCH_M = 1e-6
NEAR_M = 0.005
"""Farther off, a bounding sphere is a good enough bound."""
PART_TOLERANCE_M = 1e-4


@dataclass(frozen=True)
class HazardSight:
    """What is true at every sample (A, K); `clearance_m` bounds the least distance from forbid zones so far."""

    out: Bools
    part_out: Bools
    forbidden: Bools
    clearance_m: Floats


@dataclass(frozen=True)
class _Track:
    """The motion of one body in every step (A, S, ...) of a stretch; `middle` is its centre of mass."""

    shape: Shape
    places: Floats
    turns: Floats

    @property
    def middle(self) -> Floats:
        centre: Floats = self.places + self.turns @ self.shape.centre_m
        return centre


class HazardWatch:
    """The hazards of every trial between stretches."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        zones = subject.scene.zones
        self._subject = subject
        self._workspace = read_box_m(zones.workspace)
        self._forbidden = [read_box_m(zone) for zone in zones.forbid_zones]
        self._clearance_m = np.full(trials, np.inf)

    def see(self, stretch: Stretch) -> HazardSight:
        """Take in a stretch of motion."""
        low, high = self._workspace
        centres = stretch.centres
        outside = ((centres < low) | (centres > high)).any(axis=(2, 3))
        forbidden, clearance_m = self._see_zones(stretch)
        return HazardSight(
            out=stretch.worst((~outside).astype(float)) < 0.5,
            part_out=self._see_parts(stretch),
            forbidden=forbidden,
            clearance_m=clearance_m,
        )

    def _see_parts(self, stretch: Stretch) -> Bools:
        """Say where a moving part of the assembly reaches out of the workspace."""
        low, high = self._workspace
        out = np.zeros((len(stretch.rows), len(stretch.sample_times_s)), dtype=bool)
        for body, shape in self._subject.moving_parts.items():
            turns = rotate(stretch.xquat[:, stretch.samples, body])
            reach_low, reach_high = shape.bounds(stretch.xpos[:, stretch.samples, body], turns)
            gap = np.minimum(reach_low - low, high - reach_high).min(axis=-1)
            out |= gap < -PART_TOLERANCE_M
        return out

    def _see_zones(self, stretch: Stretch) -> tuple[Bools, Floats]:
        shape = (len(stretch.rows), len(stretch.sample_times_s))
        touched, clearance_m = np.zeros(shape, dtype=bool), np.full(shape, np.inf)
        tracks = [
            _Track(found, stretch.places[:, :, index], stretch.turns[:, :, index])
            for index, found in enumerate(self._subject.payload_shapes)
        ]
        for body, found in self._subject.moving_parts.items():
            tracks.append(_Track(found, stretch.xpos[:, :, body], rotate(stretch.xquat[:, :, body])))
        for low, high in self._forbidden:
            for track in tracks:
                gap_m = self._approach(stretch, track, low, high)
                touched |= gap_m <= TOUCH_M
                clearance_m = np.minimum(clearance_m, gap_m)
        lasting = np.minimum.accumulate(np.minimum(clearance_m, self._clearance_m[stretch.rows, None]), axis=1)
        self._clearance_m[stretch.rows] = lasting[:, -1]
        return touched, lasting

    def _approach(self, stretch: Stretch, track: _Track, low: Floats, high: Floats) -> Floats:
        """Return a lower bound (A, K) on a body's distance from a box in any step: its sphere, box or exact pieces."""
        middle, steps = track.middle, stretch.steps_per_sample
        spheres = np.linalg.norm(middle - np.clip(middle, low, high), axis=-1) - track.shape.radius_m
        gap_m = stretch.worst(spheres)
        for row, sample in np.argwhere(gap_m < NEAR_M):
            span = slice(sample * steps, (sample + 1) * steps)
            gap_m[row, sample] = _sweep(track, int(row), span, low, high)
        return gap_m


def _sweep(track: _Track, row: int, span: slice, low: Floats, high: Floats) -> float:
    """Return the least distance over some steps of one trial: boxes first, then the exact pieces."""
    places, turns = track.places[row, span], track.turns[row, span]
    reach_low, reach_high = track.shape.bounds(places, turns)
    apart = np.maximum(np.maximum(low - reach_high, reach_low - high), 0.0)
    gaps_m = np.linalg.norm(apart, axis=-1)
    for step in np.flatnonzero(gaps_m <= TOUCH_M):
        gaps_m[step] = track.shape.gap(places[step], turns[step], low, high)
        if gaps_m[step] <= TOUCH_M:
            return 0.0
    return float(gaps_m.min())

"""Watches for what a trial must never do: leave the workspace, or touch a forbid zone (mechanics §8)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from schemas.units import M_PER_MM
from workbench.judge.trial.collision_shapes import Shape
from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.frames import read_zone, rotate

TOUCH_M = 1e-6
NEAR_M = 0.005
"""Farther off, a bounding sphere is a good enough bound."""
LEAST_WAY_M = 1e-5
"""Between two poses that are nearer to each other than this nothing is looked for."""
PART_TOLERANCE_M = 1e-4


@dataclass(frozen=True)
class HazardReadings:
    """What is true at every sample (A, K); `clearance_m` bounds the least distance from forbid zones so far."""

    out: Bools
    part_out: Bools
    forbidden: Bools
    clearance_m: Floats


class _Pose(NamedTuple):
    """Where a body stands: position (..., 3) and rotation matrix (..., 3, 3)."""

    place: Floats
    turn: Floats


class HazardMonitor:
    """The hazards of every trial between stretches."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        zones = subject.scene.zones
        self._subject = subject
        self._workspace = read_zone(zones.workspace) * M_PER_MM
        self._forbidden = [read_zone(zone) * M_PER_MM for zone in zones.forbid_zones]
        self._clearance_m = np.full(trials, np.inf)
        bodies = len(subject.payload_shapes) + len(subject.moving_parts)
        self._poses = _Pose(np.full((bodies, trials, 3), np.nan), np.full((bodies, trials, 3, 3), np.nan))

    def observe(self, stretch: Stretch) -> HazardReadings:
        """Take in a stretch of motion."""
        low, high = self._workspace
        centres = stretch.centres
        outside = ((centres < low) | (centres > high)).any(axis=(2, 3))
        out = stretch.worst((~outside).astype(float)) < 0.5
        return HazardReadings(out, self._observe_parts(stretch), *self._observe_zones(stretch))

    def _observe_parts(self, stretch: Stretch) -> Bools:
        """Say where a moving part of the assembly reaches out of the workspace."""
        low, high = self._workspace
        out = np.zeros((len(stretch.rows), len(stretch.sample_times_s)), dtype=bool)
        for body, shape in self._subject.moving_parts.items():
            places, turns = stretch.xpos[:, stretch.samples, body], rotate(stretch.xquat[:, stretch.samples, body])
            middle = places + turns @ shape.centre_m
            if (np.minimum(middle - low, high - middle) > shape.radius_m).all():
                continue
            reach_low, reach_high = shape.bounds(places, turns)
            gap = np.minimum(reach_low - low, high - reach_high).min(axis=-1)
            out |= gap < -PART_TOLERANCE_M
        return out

    def _observe_zones(self, stretch: Stretch) -> tuple[Bools, Floats]:
        size = (len(stretch.rows), len(stretch.sample_times_s))
        touched, clearance_m = np.zeros(size, dtype=bool), np.full(size, np.inf)
        tracks = self._follow(stretch) if self._forbidden else []
        for box, (shape, poses) in product(self._forbidden, tracks):
            gap_m = _approach(stretch, shape, poses, box)
            touched |= gap_m <= TOUCH_M
            clearance_m = np.minimum(clearance_m, gap_m)
        lasting = np.minimum.accumulate(np.minimum(clearance_m, self._clearance_m[stretch.rows, None]), axis=1)
        self._clearance_m[stretch.rows] = lasting[:, -1]
        return touched, lasting

    def _follow(self, stretch: Stretch) -> list[tuple[Shape, _Pose]]:
        """Return payloads and moving parts, each with its poses (A, S + 1, ...) before the first step and after each.

        A trial's first pose stands for the one before it too.
        """
        shapes = (*self._subject.payload_shapes, *self._subject.moving_parts.values())
        parts = list(self._subject.moving_parts)
        places = [*np.moveaxis(stretch.centres, 2, 0), *np.moveaxis(stretch.xpos[:, :, parts], 2, 0)]
        turns = [*np.moveaxis(stretch.turns, 2, 0), *np.moveaxis(rotate(stretch.xquat[:, :, parts]), 2, 0)]
        tracks = []
        for number, shape in enumerate(shapes):
            joined = []
            for known, seen in zip(self._poses, (places[number], turns[number]), strict=True):
                before = known[number, stretch.rows]
                before = np.where(np.isnan(before), seen[:, 0], before)
                known[number, stretch.rows] = seen[:, -1]
                joined.append(np.concatenate([before[:, None], seen], axis=1))
            tracks.append((shape, _Pose(*joined)))
        return tracks


def _approach(stretch: Stretch, shape: Shape, poses: _Pose, box: Floats) -> Floats:
    """Return a lower bound (A, K) on a body's distance from a box at any step, 0 where it touches between steps."""
    middle, steps = poses.place + poses.turn @ shape.centre_m, stretch.steps_per_sample
    spheres = np.linalg.norm(middle - np.clip(middle, *box), axis=-1) - shape.radius_m
    gap_m = stretch.worst(spheres[:, 1:])
    near_m = NEAR_M + float(np.linalg.norm(np.diff(middle, axis=1), axis=-1).max())
    for row, sample in np.argwhere(gap_m < near_m):
        cut = row, slice(sample * steps, (sample + 1) * steps + 1)
        gap_m[row, sample] = _sweep(shape, _Pose(poses.place[cut], poses.turn[cut]), box)
    return gap_m


def _sweep(shape: Shape, poses: _Pose, box: Floats) -> float:
    """Return the least distance over some steps of one trial: boxes first, the exact pieces where these may touch."""
    low, high = box
    reach_low, reach_high = shape.bounds(*poses)
    gaps_m = np.linalg.norm(np.maximum(np.maximum(low - reach_high, reach_low - high), 0.0), axis=-1)
    steps = [_Pose(place, turn) for place, turn in zip(*poses, strict=True)]
    ways_m = [_bound_way(shape, one, other) for one, other in pairwise(steps)]
    for step, way_m in enumerate(ways_m, start=1):
        if gaps_m[step - 1] + gaps_m[step] <= max(way_m, TOUCH_M):
            ends_m = [shape.gap(*end, low, high) for end in steps[step - 1 : step + 1]]
            gaps_m[step] = ends_m[1]
            if min(ends_m) <= TOUCH_M or _touches_between(shape, (steps[step - 1], steps[step]), ends_m, box):
                return 0.0
    return float(gaps_m[1:].min())


def _touches_between(shape: Shape, ends: tuple[_Pose, _Pose], gaps_m: Sequence[float], box: Floats) -> bool:
    """Say whether a body touches a box on its way between two poses: no point goes farther than the way between them.

    Conservative advancement (Mirtich 1996) by halves.
    """
    way_m = _bound_way(shape, *ends)
    if way_m < max(sum(gaps_m), LEAST_WAY_M):
        return False
    middle = _halve(shape, *ends)
    gap_m = shape.gap(*middle, *box)
    return (
        gap_m <= TOUCH_M
        or _touches_between(shape, (ends[0], middle), (gaps_m[0], gap_m), box)
        or _touches_between(shape, (middle, ends[1]), (gap_m, gaps_m[1]), box)
    )


def _bound_way(shape: Shape, one: _Pose, other: _Pose) -> float:
    """Return a bound on the way of every point of a body between two poses: of its centre, plus angle times radius."""
    shift = other.place - one.place + (other.turn - one.turn) @ shape.centre_m
    chord = min(float(np.linalg.norm(other.turn - one.turn)) / math.sqrt(8.0), 1.0)
    return float(np.linalg.norm(shift)) + 2.0 * math.asin(chord) * shape.radius_m


def _halve(shape: Shape, one: _Pose, other: _Pose) -> _Pose:
    """Return the pose half-way between two."""
    left, _, right = np.linalg.svd(one.turn + other.turn)
    turn = left @ right
    centre = (one.place + other.place + (one.turn + other.turn) @ shape.centre_m) / 2.0
    return _Pose(centre - turn @ shape.centre_m, turn)

"""Follows the payloads towards their goals (mechanics §8): settled inside, or passed through a face.

Decisions fall at samples (10 ms); crossings are looked for in every step.
"""

from dataclasses import dataclass

import numpy as np

from schemas.bundle import Payload
from schemas.units import M_PER_MM
from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.standstill import StandstillMonitor
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats
from workbench.kernel.frames import read_zone

SETTLE_S, RUN_ON_S = 1.0, 2.0
SLOW_CENTRE_M_S, SLOW_SURFACE_M_S = 0.01, 0.02
INSIDE_TOLERANCE_M = 1e-4
"""Resting contacts sink in by some hundredths of a millimetre; that much does not leave a goal."""
_LATE_S = 1e-9


@dataclass(frozen=True)
class GoalReadings:
    """What is true at every sample: (A, K), of payloads (A, K, P)."""

    met: Bools
    pending: Bools
    resting: Bools
    inside: Bools
    entered_s: Floats
    closest_m: Floats
    margin_m: Floats
    crossing_m_s: Floats


@dataclass(frozen=True)
class _Progress:
    """One payload at the samples (A, K): in time and inside, or so if it stays as it is; first entry, clearance."""

    secured: Bools
    certain: Bools
    inside: Bools
    entered_s: Floats
    margin_m: Floats


class GoalMonitor:
    """The state of every trial's goals between stretches."""

    def __init__(self, subject: TrialModel, trials: int, run_on_s: float = RUN_ON_S) -> None:
        count = len(subject.scene.payloads)
        self._run_on_s = run_on_s
        zones = {zone.id: zone for zone in subject.scene.zones.goal_zones}
        self._subject = subject
        self._zones = [read_zone(zones[payload.goal.zone]) * M_PER_MM for payload in subject.scene.payloads]
        self._entered_s = np.full((trials, count), np.inf)
        self._unsettled_s = np.zeros((trials, count))
        self._standstill = StandstillMonitor(subject, trials)
        self._closest_m = np.full((trials, count), np.inf)
        self._margin_m = np.full((trials, count), np.inf)
        self._crossing_m_s = np.zeros((trials, count))

    def observe(self, stretch: Stretch) -> GoalReadings:
        """Take in a stretch of motion."""
        payloads = self._subject.scene.payloads
        progress = [
            self._track_settling(stretch, index)
            if payload.goal.mode == "settle"
            else self._track_crossing(stretch, index, payload)
            for index, payload in enumerate(payloads)
        ]
        times_s = stretch.sample_times_s
        secured = np.stack([p.secured for p in progress], axis=2)
        entered_s = np.stack([p.entered_s for p in progress], axis=2)
        closest_m = np.stack([self._approach(stretch, index) for index in range(len(payloads))], axis=2)
        pending: Bools = np.all(secured, axis=2)
        ran_on = times_s[:, None] >= entered_s + self._run_on_s - _LATE_S
        standstill = self._standstill.observe(stretch)
        fixed = standstill.all & np.stack([p.certain for p in progress], axis=2).all(axis=2)
        return GoalReadings(
            met=np.asarray((pending & ran_on.all(axis=2)) | fixed),
            pending=pending,
            resting=standstill.free,
            inside=np.stack([p.inside for p in progress], axis=2),
            entered_s=entered_s,
            closest_m=closest_m,
            margin_m=np.stack([p.margin_m for p in progress], axis=2).min(axis=2),
            crossing_m_s=np.repeat(self._crossing_m_s[stretch.rows, None], len(times_s), axis=1),
        )

    def _track_settling(self, stretch: Stretch, index: int) -> _Progress:
        low, high = self._zones[index]
        times_s, rows = stretch.sample_times_s, stretch.rows
        reach_low, reach_high = (bound[:, :, index] for bound in stretch.bounds)
        clearance = np.concatenate([reach_low - low, high - reach_high], axis=-1)
        inside: Bools = np.all(clearance >= -INSIDE_TOLERANCE_M, axis=-1)
        centre_m_s, surface_m_s = self._speeds(stretch, index)
        good = inside & (centre_m_s < SLOW_CENTRE_M_S) & (surface_m_s < SLOW_SURFACE_M_S)
        unsettled_s = _last(~good, times_s, self._unsettled_s[rows, index])
        entered_s = _first(inside, times_s, self._entered_s[rows, index])
        self._unsettled_s[rows, index], self._entered_s[rows, index] = unsettled_s[:, -1], entered_s[:, -1]
        settled_s = unsettled_s + SETTLE_S
        certain = good & (settled_s <= self._subject.scene.task.horizon_s + _LATE_S)
        secured = certain & (times_s >= settled_s - _LATE_S)
        return _Progress(secured, certain, inside, entered_s, clearance[..., [0, 1, 3, 4, 5]].min(axis=-1))

    def _track_crossing(self, stretch: Stretch, index: int, payload: Payload) -> _Progress:
        goal, rows, times_s = payload.goal, stretch.rows, stretch.sample_times_s
        path = np.concatenate([stretch.centres_before[:, None, index], stretch.centres[:, :, index]], axis=1)
        found, margin_m = find_crossings(path, self._zones[index], str(goal.face), goal.direction)
        speed_m_s = np.linalg.norm(stretch.velocities[:, :, index], axis=-1)
        slow = speed_m_s <= float(goal.max_exit_speed_m_s or 0.0)
        self._crossing_m_s[rows, index] = np.maximum(
            self._crossing_m_s[rows, index], np.where(found & ~slow, speed_m_s, 0.0).max(axis=1)
        )
        valid: Bools = found & slow & (stretch.times_s <= self._subject.scene.task.horizon_s + _LATE_S)
        entered_s = _first(valid, stretch.times_s, self._entered_s[rows, index])[:, stretch.samples]
        margins_m = np.where(valid & np.isinf(self._entered_s[rows, index])[:, None], margin_m, np.inf)
        lasting_m = np.minimum.accumulate(
            np.minimum(stretch.worst(margins_m), self._margin_m[rows, index, None]), axis=1
        )
        self._entered_s[rows, index], self._margin_m[rows, index] = entered_s[:, -1], lasting_m[:, -1]
        done: Bools = np.asarray(times_s >= entered_s)
        return _Progress(done, done, done, entered_s, lasting_m)

    def _approach(self, stretch: Stretch, index: int) -> Floats:
        """Return how near the centre has come to its goal zone so far (A, K)."""
        low, high = self._zones[index]
        centres = stretch.centres[:, stretch.samples, index]
        gap_m = np.linalg.norm(centres - np.clip(centres, low, high), axis=-1)
        gap_m = np.minimum.accumulate(np.minimum(gap_m, self._closest_m[stretch.rows, index, None]), axis=1)
        self._closest_m[stretch.rows, index] = gap_m[:, -1]
        return gap_m

    def _speeds(self, stretch: Stretch, index: int) -> tuple[Floats, Floats]:
        """Return the centre's speed and a bound on that of every surface point, (A, K) each."""
        centre = np.linalg.norm(stretch.velocities[:, stretch.samples, index], axis=-1)
        spin = np.linalg.norm(stretch.spins[:, stretch.samples, index], axis=-1)
        return centre, centre + spin * self._subject.payload_shapes[index].radius_m


def find_crossings(path: Floats, box: Floats, face: str, direction: str) -> tuple[Bools, Floats]:
    """Find the steps (A, S) in which a path (A, S + 1, 3) crosses a face of a box, in or out, within its outline.

    Returns also how far inside the outline each step's crossing point lies.
    """
    low, high = box
    axis = "xyz".index(face[1])
    across = [other for other in range(3) if other != axis]
    plane, inward = (low[axis], 1.0) if face[0] == "-" else (high[axis], -1.0)
    depth = (path[..., axis] - plane) * (inward if direction == "in" else -inward)
    start, end = depth[:, :-1], depth[:, 1:]
    crossed = (start < 0.0) & (end >= 0.0)
    share = np.where(crossed, -start / np.where(crossed, end - start, 1.0), 0.0)[..., None]
    point = (path[:, :-1] + share * (path[:, 1:] - path[:, :-1]))[..., across]
    margin_m = np.minimum(point - low[across], high[across] - point).min(axis=-1)
    return crossed & (margin_m >= 0.0), margin_m


def _last(true: Bools, times_s: Floats, before_s: Floats) -> Floats:
    """Return at every time (A, K) when a condition was true last, `before_s` (A,) where not in this stretch."""
    latest: Floats = np.maximum.accumulate(np.where(true, times_s, -np.inf), axis=1)
    return np.maximum(latest, before_s[:, None])


def _first(true: Bools, times_s: Floats, before_s: Floats) -> Floats:
    """Return at every time (A, K) when a condition was true first, infinity where it has not been."""
    earliest: Floats = np.minimum.accumulate(np.where(true, times_s, np.inf), axis=1)
    return np.minimum(earliest, before_s[:, None])

"""One stretch of simulated motion of several trials, recorded every step and looked at every 10 ms.

Axes: A trials, S steps, K samples, P payloads. Lengths are metres, times seconds.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.frames import rotate

SAMPLE_S = 0.01
STEP_S = 0.001


@dataclass(frozen=True)
class Stretch:
    """The recorded states after every step: qpos (A, S, nq), qvel (A, S, nv), energy (A, S, 2) and body poses.

    `sensors` (A, S, n) are the readings of contacts and of a design's joints, `forces` (A, S, nu) those of actuators.
    Sensors, energies and actuators read what holds at the beginning of their step. `before` and `speeds_before` hold
    qpos (A, nq) and qvel (A, nv) at the start, `times_s` (S,) the times of the steps; `rows` names the trials.
    """

    subject: TrialModel
    rows: Ints
    times_s: Floats
    before: Floats
    speeds_before: Floats
    qpos: Floats
    qvel: Floats
    energy: Floats
    xpos: Floats
    xquat: Floats
    sensors: Floats
    forces: Floats
    steps_per_sample: int

    @property
    def samples(self) -> slice:
        """Return the steps that are samples."""
        return slice(self.steps_per_sample - 1, None, self.steps_per_sample)

    @property
    def step_s(self) -> float:
        """Return the time step."""
        return SAMPLE_S / self.steps_per_sample

    def read_sensor(self, name: str) -> Floats:
        """Return what a sensor read at the beginning of every step (A, S, n)."""
        sensor = self.subject.model.sensor(name)
        return self.sensors[:, :, sensor.adr[0] : sensor.adr[0] + sensor.dim[0]]

    @property
    def sample_times_s(self) -> Floats:
        """Return the times (K,) of the samples."""
        return self.times_s[self.samples]

    def most(self, values: Floats) -> Floats:
        """Return the greatest value (A, K, ...) of every sample's steps from values (A, S, ...)."""
        return -self.worst(-values)

    def worst(self, values: Floats) -> Floats:
        """Return the least value (A, K, ...) of every sample's steps from values (A, S, ...)."""
        shape = (len(self.rows), -1, self.steps_per_sample, *values.shape[2:])
        least: Floats = values.reshape(shape).min(axis=2)
        return least

    def total(self, values: Floats) -> Floats:
        """Return the sum (A, K) over every sample's steps of values (A, S)."""
        summed: Floats = values.reshape(len(self.rows), -1, self.steps_per_sample).sum(axis=2)
        return summed

    @cached_property
    def turns(self) -> Floats:
        """Return the payloads' rotation matrices (A, S, P, 3, 3)."""
        return rotate(self._slice(self.qpos, self.subject.payload_places + 3, 4))

    @cached_property
    def centres(self) -> Floats:
        """Return the payloads' centres of mass (A, S, P, 3), where the converter puts the origins of their frames."""
        return self._slice(self.qpos, self.subject.payload_places, 3)

    @cached_property
    def centres_before(self) -> Floats:
        """Return the payloads' centres of mass (A, P, 3) at the start."""
        return self._slice(self.before, self.subject.payload_places, 3)

    @cached_property
    def spins(self) -> Floats:
        """Return the payloads' angular velocities (A, S, P, 3) in their own frames."""
        return self._slice(self.qvel, self.subject.payload_speeds + 3, 3)

    @cached_property
    def velocities(self) -> Floats:
        """Return the velocities (A, S, P, 3) of the payloads' centres of mass."""
        return self._slice(self.qvel, self.subject.payload_speeds, 3)

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Return the payloads' exact axis-aligned bounds (A, K, P, 3) at the samples."""
        turns = rotate(self._slice(self.qpos[:, self.samples], self.subject.payload_places + 3, 4))
        pairs = [
            shape.bounds(self.centres[:, self.samples, index], turns[:, :, index])
            for index, shape in enumerate(self.subject.payload_shapes)
        ]
        return np.stack([pair[0] for pair in pairs], axis=2), np.stack([pair[1] for pair in pairs], axis=2)

    @staticmethod
    def _slice(values: Floats, starts: Ints, count: int) -> Floats:
        sliced: Floats = values[..., starts[:, None] + np.arange(count)]
        return sliced

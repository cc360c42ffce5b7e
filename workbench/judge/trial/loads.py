"""Estimates how hard payloads and joints load the parts of a design, by one documented beam rule (mechanics §8)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workbench.judge.static.beams import Beam
from workbench.judge.trial.contacts import EVERY_SAMPLES, ContactReadings
from workbench.judge.trial.motion import SAMPLE_S, Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats

WARN_SHARE = 0.8
LOOK_S = EVERY_SAMPLES * SAMPLE_S
HISTORY = 4
"""Looks (80 ms) over which the least force counts as lasting; what exceeds it is an impact."""


@dataclass(frozen=True)
class LoadReadings:
    """The greatest share (A, K) of the allowed stress up to every sample, and the part that bore it."""

    share: Floats
    parts: list[list[str]]


class LoadMonitor:
    """Follows the stress that payloads and joints cause in every part, as a share of what is allowed."""

    def __init__(self, subject: TrialModel, beams: Mapping[str, Beam], trials: int) -> None:
        payloads = len(subject.scene.payloads)
        self._subject, self._beams = subject, beams
        self._forces_n = np.zeros((trials, payloads, HISTORY))
        self._before = np.zeros((trials, payloads, 3))
        self._fresh = np.ones(trials, dtype=bool)
        self._peak = np.zeros(trials)
        self._peak_part = [""] * trials

    def observe(self, stretch: Stretch, contacts: ContactReadings, masses_kg: Floats) -> LoadReadings:
        """Return the greatest share of the allowed stress so far, and which part bore it.

        The force is m (Δv/Δt − g) over each 20 ms; above the least of the last 80 ms it is an impact of speed v that
        adds v √(m k). The force in a joint is its mean over the 20 ms, and bears on the bodies that the joint names.
        """
        share = np.zeros((len(stretch.rows), len(stretch.sample_times_s)))
        parts = [[""] * share.shape[1] for _ in stretch.rows]
        if not self._beams:
            return LoadReadings(share, parts)
        gravity = np.array(self._subject.model.opt.gravity)
        velocities = stretch.velocities[:, stretch.samples]
        forces_n = self._average_joints(stretch)
        for sample in range(EVERY_SAMPLES - 1, share.shape[1], EVERY_SAMPLES):
            now, rows = velocities[:, sample], stretch.rows
            before = np.where(self._fresh[rows, None, None], now, self._before[rows])
            kicks = np.linalg.norm(now - before - gravity * LOOK_S, axis=-1)
            self._before[rows], self._fresh[rows] = now, False
            history = np.roll(self._forces_n[rows], 1, axis=-1)
            history[..., 0] = masses_kg * kicks / LOOK_S
            self._forces_n[rows] = history
            for (place, seen, payload), bodies in contacts.touched.items():
                if seen == sample:
                    mass_kg = float(masses_kg[place, payload])
                    self._bear_payload(int(rows[place]), history[place, payload], mass_kg, bodies)
            for place, row in enumerate(rows):
                for joint, force_n in zip(self._subject.conversion.joints, forces_n[place, sample], strict=True):
                    for body in sorted(filter(None, {joint.child, joint.parent, joint.through})):
                        self._bear(int(row), body, float(force_n))
                share[place, sample:] = self._peak[row]
                parts[place][sample:] = [self._peak_part[row]] * (share.shape[1] - sample)
        return LoadReadings(share, parts)

    def _average_joints(self, stretch: Stretch) -> Floats:
        """Return at every sample (A, K, joints) the length of the mean force over the 20 ms of its look."""
        count, steps = len(self._subject.conversion.joints), EVERY_SAMPLES * stretch.steps_per_sample
        shape = (len(stretch.rows), len(stretch.times_s) // steps, steps, count, 3)
        looks = stretch.sensors.reshape(shape).mean(axis=2)
        return np.asarray(np.repeat(np.linalg.norm(looks, axis=-1), EVERY_SAMPLES, axis=1))

    def _bear_payload(self, row: int, forces_n: Floats, mass_kg: float, bodies: frozenset[str]) -> None:
        lasting_n = float(forces_n.min())
        impact_m_s = float(forces_n[:2].sum() - 2.0 * lasting_n) * LOOK_S / mass_kg
        for body in sorted(bodies & self._beams.keys()):
            self._bear(row, body, lasting_n + impact_m_s * math.sqrt(mass_kg * self._beams[body].stiffness_n_m))

    def _bear(self, row: int, body: str, force_n: float) -> None:
        """Note a force on a body; one that is no beam bears any."""
        if (beam := self._beams.get(body)) is not None:
            share = force_n * beam.stress_pa_n / beam.allowed_pa
            if share > self._peak[row]:
                self._peak[row], self._peak_part[row] = share, body

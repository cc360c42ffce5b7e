"""Watches the energy of passive scenes, which may only fall (mechanics §6.6)."""

import numpy as np

from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats

RISE_SHARE = 0.01
LEAST_HEIGHT_M = 0.1
"""The rise is measured against the greatest kinetic energy, or this height of all payloads where they hardly move."""
BLOCK_SAMPLES = 10
"""Energy hides in a bounce for about 10 ms, so blocks of 100 ms are compared by their maxima."""


class EnergyMonitor:
    """Follows block maxima of the total energy of every trial."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        weight_n = float(subject.model.body_mass[subject.payload_bodies].sum() * -subject.model.opt.gravity[2])
        self._passive = subject.model.nu == 0 and not subject.scene.surfaces  # nothing feeds energy in
        self._floor_j = np.full(trials, np.inf)
        self._scale_j = np.full(trials, weight_n * LEAST_HEIGHT_M)

    def observe(self, stretch: Stretch) -> Floats:
        """Return at every sample (A, K) how far the energy has risen, in units of what is allowed."""
        rows, samples = stretch.rows, len(stretch.sample_times_s)
        rises = np.zeros((len(rows), samples))
        if not self._passive:
            return rises
        blocks = stretch.energy.reshape(len(rows), samples // BLOCK_SAMPLES, -1, 2)
        start_j = blocks[:, 0, 0].sum(axis=1)  # recorded energies lag a step, so the very first is that of t = 0
        self._floor_j[rows] = np.where(np.isinf(self._floor_j[rows]), start_j, self._floor_j[rows])
        for number in range(blocks.shape[1]):
            self._scale_j[rows] = np.maximum(self._scale_j[rows], blocks[:, number, :, 1].max(axis=1))
            top_j = blocks[:, number].sum(axis=2).max(axis=1)
            rise = (top_j - self._floor_j[rows]) / (RISE_SHARE * self._scale_j[rows])
            rises[:, (number + 1) * BLOCK_SAMPLES - 1] = rise
            self._floor_j[rows] = np.minimum(self._floor_j[rows], top_j)
        return rises

"""Watches that energy rises by no more than what motors, drives and conveyors give (mechanics §6.6)."""

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
    """Follows block maxima of every trial's energy, less the work that has been done on it."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        model = subject.model
        weight_n = float(model.body_mass[subject.payload_bodies].sum() * -model.opt.gravity[2])
        self._joints = model.actuator_trnid[:, 0]
        self._dofs = model.jnt_dofadr[self._joints] if model.nu else np.zeros(0, dtype=np.int64)
        self._belts = {surface.body for surface in subject.scene.surfaces}
        self._work_j = np.zeros((trials, 2))
        self._floor_j = np.full(trials, np.inf)
        self._scale_j = np.full(trials, weight_n * LEAST_HEIGHT_M)

    def observe(self, stretch: Stretch, limits: Floats, surfaces: dict[str, Floats]) -> Floats:
        """Return at every sample (A, K) how far the energy has risen, in units of what is allowed.

        Limits (A, nu) are the greatest forces of actuators; surfaces (A, S, 3) conveyors' velocities in the world.
        What is done in all, both ways, is allowed its share too: work is only known to the order of the step. Speeds
        are those of half a step before, so half a step's gain of height is taken off: without that the energy of a
        swing wavers by 1 %, and one that starts where it is low seems to gain.
        """
        rows, samples = stretch.rows, len(stretch.sample_times_s)
        work_j, turnover_j = self._sum_work(stretch, limits, surfaces)
        rises = np.zeros((len(rows), samples))
        own_j = stretch.energy.sum(axis=2) - np.gradient(stretch.energy[:, :, 0], axis=1) / 2
        total_j = own_j - work_j
        blocks = total_j.reshape(len(rows), samples // BLOCK_SAMPLES, -1)
        kinetic = stretch.energy[:, :, 1].reshape(blocks.shape)
        turned = turnover_j.reshape(blocks.shape)
        self._floor_j[rows] = np.where(np.isinf(self._floor_j[rows]), total_j[:, 0], self._floor_j[rows])
        for number in range(blocks.shape[1]):
            self._scale_j[rows] = np.maximum(self._scale_j[rows], kinetic[:, number].max(axis=1))
            top_j = blocks[:, number].max(axis=1)
            allowed_j = RISE_SHARE * (self._scale_j[rows] + turned[:, number, -1])
            rises[:, (number + 1) * BLOCK_SAMPLES - 1] = (top_j - self._floor_j[rows]) / allowed_j
            self._floor_j[rows] = np.minimum(self._floor_j[rows], top_j)
        return rises

    def _sum_work(self, stretch: Stretch, limits: Floats, surfaces: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Return the work (A, S) done until the beginning of every step since t = 0, and its sum without signs."""
        done = np.zeros(stretch.energy.shape[:2])
        before, after = self._read_speeds(stretch)
        if len(self._dofs):
            done += (self._read_forces(stretch, after - before, limits) * (before + after) / 2).sum(axis=2)
        for one, other in stretch.subject.conversion.touching:
            if one in self._belts:
                done += (stretch.read_sensor(f"{one}|{other}") * surfaces[one]).sum(axis=2)
        steps_j = np.stack([done, np.abs(done)], axis=2) * stretch.step_s
        sums = self._work_j[stretch.rows][:, None] + np.cumsum(steps_j, axis=1)
        self._work_j[stretch.rows] = sums[:, -1]
        sums = sums - steps_j
        return sums[:, :, 0], sums[:, :, 1]

    def _read_speeds(self, stretch: Stretch) -> tuple[Floats, Floats]:
        """Return the speeds (A, S, nu) of actuated joints before and after every step."""
        after = stretch.qvel[:, :, self._dofs]
        first = stretch.speeds_before[:, None, self._dofs]
        return np.concatenate([first, after[:, :-1]], axis=1), after

    def _read_forces(self, stretch: Stretch, gained: Floats, limits: Floats) -> Floats:
        """Return the forces (A, S, nu) that act during every step: `implicitfast` takes dampers at its end.

        A force at its limit does not change.
        """
        forces, model = stretch.forces, stretch.subject.model
        free = np.abs(forces) < limits[:, None] * (1.0 - 1e-9)
        return np.asarray(forces + np.where(free, model.actuator_biasprm[:, 2] * gained, 0.0))

"""Commands a design's motors as their controllers say, and watches that none is overloaded (MOTOR_OVERLOAD)."""

from dataclasses import dataclass

import mujoco
import numpy as np

from schemas.units import joint_unit
from workbench.convert.conversion import MotorLine
from workbench.judge.trial.controllers import evaluate
from workbench.judge.trial.motion import SAMPLE_S, Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats, Ints

WINDOW_S = 2.0


def has_loop(line: MotorLine) -> bool:
    """Say whether a motor follows a target by its own position loop, which runs every millisecond."""
    return line.motor.controller.kind in ("hold", "oscillate")


def command(line: MotorLine, subject: TrialModel, times_s: Floats, qpos: Floats) -> Floats:
    """Return a motor's command in ±1 at some times (A, S) from the state (A, nq) at their beginning.

    Position loops command gain · (target − position) in degrees or mm; nothing is commanded before `start_s`.
    """
    control = line.motor.controller
    level = np.broadcast_to(evaluate(control, times_s), (len(qpos), len(times_s)))
    if control.kind in ("hold", "oscillate"):
        joint = subject.model.joint(f"part/{line.motor.joint}")
        unit = joint_unit("slide" if subject.model.jnt_type[joint.id] == mujoco.mjtJoint.mjJNT_SLIDE else "hinge")
        place = qpos[:, joint.qposadr[0], None] / unit
        level = np.where(times_s >= control.start_s, control.gain * (level - place), 0.0)
    return np.asarray(np.clip(level, -1.0, 1.0))


@dataclass(frozen=True)
class MotorReadings:
    """At every sample (A, K) the worst motor's RMS torque over the last 2 s, as a share of its rating, and which."""

    share: Floats
    worst: Ints


class MotorMonitor:
    """Follows the torque of every motor at its shaft, before the losses of its couplings, over every trial."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        self._lines = subject.conversion.motors
        self._rows = [subject.model.actuator(f"part/{line.motor.id}").id for line in self._lines]
        self._squares = np.zeros((trials, round(WINDOW_S / SAMPLE_S), len(self._lines)))

    def observe(self, stretch: Stretch) -> MotorReadings:
        """Take in a stretch of motion; a trial younger than 2 s counts as at rest before."""
        shape = (len(stretch.rows), len(stretch.sample_times_s))
        if not self._lines:
            return MotorReadings(np.zeros(shape), np.zeros(shape, dtype=np.int64))
        scale = np.array([line.rated_nm * line.efficiency for line in self._lines])
        shares = stretch.forces[:, :, self._rows] / scale
        means = (shares**2).reshape(*shape, stretch.steps_per_sample, -1).mean(axis=2)
        known = self._squares[stretch.rows]
        window = known.shape[1]
        sums = np.cumsum(np.concatenate([np.zeros_like(known[:, :1]), known, means], axis=1), axis=1)
        rms = np.sqrt(np.maximum(sums[:, window + 1 :] - sums[:, 1 : shape[1] + 1], 0.0) / window)
        self._squares[stretch.rows] = np.concatenate([known, means], axis=1)[:, -window:]
        return MotorReadings(rms.max(axis=2), rms.argmax(axis=2))

"""Compares the motion of movers and drives with what the scene promises (motion contracts, mechanics §§6, 8)."""

import math
from dataclasses import dataclass

import numpy as np

from schemas.bundle import Drive, Joint, MotionContract
from schemas.units import M_PER_MM, joint_unit
from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats

SLACK = 0.05
SPIN_UP_S = 0.2
LEAST_WAY = 1e-3
"""A window in which a drive is told to go less far (m, rad), as in a pause, is measured against this way."""
WINDOW_S = 1.0
"""Drives without a period must cover their commanded way over every window of this length; swings their range."""


@dataclass(frozen=True)
class Follower:
    """A contract with the columns of its joint; `unit` is rad per degree or m per mm."""

    contract: MotionContract
    place: slice
    speed: slice
    unit: float
    start: Floats
    drive: Drive | None

    def read_way(self, qpos: Floats) -> Floats:
        """Return the way (...) from the start in the bundle's unit, from qpos (..., nq); of a ball its turn."""
        place = qpos[..., self.place]
        if len(self.start) == 1:
            return np.asarray((place - self.start)[..., 0] / self.unit)
        return np.asarray(2.0 * np.arccos(np.clip(np.abs(place @ self.start), 0.0, 1.0)) / self.unit)

    def read_speed(self, qvel: Floats) -> Floats:
        """Return the speed (...) in rad/s or m/s from qvel (..., nv)."""
        return np.asarray(np.linalg.norm(qvel[..., self.speed], axis=-1))

    @property
    def turns_freely(self) -> bool:
        """Say whether the range spans a whole turn, which bounds nothing."""
        return self.unit != M_PER_MM and self.contract.max - self.contract.min >= 360.0

    @property
    def swings(self) -> bool:
        """Say whether the contract promises that the body goes to and fro through its whole range."""
        moves = self.contract.max > self.contract.min and not self.turns_freely
        return self.contract.period_s is not None and moves

    @property
    def swing_speed(self) -> float:
        """Return the mean speed (rad/s, m/s) of a body that goes to and fro: twice its range in a period."""
        return 2.0 * (self.contract.max - self.contract.min) * self.unit / (self.contract.period_s or math.inf)

    @property
    def window_s(self) -> float:
        """Return how long the way is measured: a drive's period, or the periods of a swing that fill a second."""
        period_s = self.contract.period_s or WINDOW_S
        return period_s if self.drive is not None else period_s * math.ceil(WINDOW_S / period_s)


@dataclass(frozen=True)
class Breach:
    """How far a contract is broken at every sample (A, K), in units of its allowance: above 1 is broken."""

    contract: MotionContract
    range_excess: Floats
    speed_excess: Floats
    lag: Floats

    @property
    def broken(self) -> Bools:
        """Say where any of the three is broken."""
        found: Bools = np.maximum(np.maximum(self.range_excess, self.speed_excess), self.lag) > 1.0
        return found


def read_followers(subject: TrialModel) -> tuple[Follower, ...]:
    """Return the contracts of joints; conveyor surfaces can't be disturbed and need no watching."""
    joints = {joint.id: joint for joint in subject.scene.joints}
    drives = {drive.joint: drive for drive in subject.scene.drives}
    found = []
    for contract in subject.scene.motion_contracts:
        if contract.joint is not None:
            found.append(_follow(subject, contract, joints[contract.joint], drives.get(contract.joint)))
    return tuple(found)


def _follow(subject: TrialModel, contract: MotionContract, joint: Joint, drive: Drive | None) -> Follower:
    row = subject.model.joint(joint.id)
    widths = (4, 3) if joint.kind == "ball" else (1, 1)
    place, speed = (slice(at, at + w) for at, w in zip((row.qposadr[0], row.dofadr[0]), widths, strict=True))
    return Follower(contract, place, speed, joint_unit(joint.kind), subject.model.qpos0[place].copy(), drive)


class ContractMonitor:
    """Follows every contract over every trial; `commands` gives a drive's commanded speed at the stretch's steps."""

    def __init__(self, subject: TrialModel, trials: int) -> None:
        self.followers = read_followers(subject)
        self._way = np.zeros((trials, len(self.followers), 2))
        self._window_end_s = np.full((trials, len(self.followers)), np.nan)

    def observe(self, stretch: Stretch, commands: dict[str, Floats]) -> tuple[Breach, ...]:
        """Take in a stretch; commands (A, S) by drive id, in rad/s or m/s."""
        return tuple(self._observe_one(stretch, number, commands) for number in range(len(self.followers)))

    def _observe_one(self, stretch: Stretch, number: int, commands: dict[str, Floats]) -> Breach:
        follower = self.followers[number]
        contract = follower.contract
        way = follower.read_way(stretch.qpos)
        speed = follower.read_speed(stretch.qvel) / follower.unit
        allowance = max(SLACK * (contract.max - contract.min), 1e-3)
        excess = np.maximum(contract.min - way, way - contract.max) / allowance
        if follower.turns_freely:
            excess = np.zeros_like(excess)
        speed_allowance = max(SLACK * contract.max_speed, 1e-3)
        speed_excess = (speed - contract.max_speed) / speed_allowance
        lag = self._lag(stretch, number, commands)
        return Breach(contract, -stretch.worst(-excess), -stretch.worst(-speed_excess), lag)

    def _lag(self, stretch: Stretch, number: int, commands: dict[str, Floats]) -> Floats:
        """Return the missing share of the promised way over the last full window, in units of SLACK."""
        follower, rows = self.followers[number], stretch.rows
        lag = np.zeros((len(rows), len(stretch.sample_times_s)))
        if follower.drive is None and not follower.swings:
            return lag
        if follower.drive is not None and follower.drive.mode == "torque":
            return lag
        step_s = stretch.step_s
        actual = stretch.total(follower.read_speed(stretch.qvel)) * step_s
        promised = follower.swing_speed if follower.drive is None else commands[follower.drive.id]
        wanted = stretch.total(np.abs(np.broadcast_to(promised, stretch.qvel.shape[:2]))) * step_s
        window_s = follower.window_s
        for sample, time_s in enumerate(stretch.sample_times_s):
            if time_s <= SPIN_UP_S + 1e-9:
                self._window_end_s[rows, number] = time_s + window_s
                continue
            self._way[rows, number, 0] += actual[:, sample]
            self._way[rows, number, 1] += wanted[:, sample]
            done = time_s >= self._window_end_s[rows, number] - 1e-9
            covered = self._way[rows, number]
            missing = (covered[:, 1] - covered[:, 0]) / np.maximum(covered[:, 1], LEAST_WAY)
            lag[:, sample] = np.where(done, missing / SLACK, 0.0)
            self._way[rows[done], number] = 0.0
            self._window_end_s[rows[done], number] = time_s + window_s
        return lag

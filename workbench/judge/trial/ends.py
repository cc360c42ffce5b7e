"""Finds the first event that ends a trial and says what happened, with its numbers."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.units import M_PER_MM
from schemas.verdict import Trial
from workbench.judge.trial.contacts import ContactReadings
from workbench.judge.trial.contracts import Breach
from workbench.judge.trial.goals import GoalReadings
from workbench.judge.trial.hazards import HazardReadings
from workbench.judge.trial.loads import WARN_SHARE, LoadReadings
from workbench.judge.trial.motor_loads import MotorReadings
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats, Ints
from workbench.reasons import measures, reason

_NEVER_MM = 1e6


@dataclass(frozen=True)
class TrialEnd:
    """How and when a trial ended: `place` is its row in the readings, `sample` the last one that counts."""

    row: int
    place: int
    sample: int
    reasons: tuple[Reason, ...]
    warnings: frozenset[str]


@dataclass(frozen=True)
class Readings:
    """What all monitors read in one stretch; arrays (A, K), speeds (A, K, P), diverged (A,)."""

    times_s: Floats
    rows: Ints
    goals: GoalReadings
    hazards: HazardReadings
    contacts: ContactReadings
    held: Bools
    rises: Floats
    breaches: tuple[Breach, ...]
    loads: LoadReadings
    motors: MotorReadings
    diverged: Bools
    speeds_m_s: Floats

    def find_ends(self, subject: TrialModel) -> Iterator[TrialEnd]:
        """Yield the first end of every trial that ends in this stretch, failures before successes."""
        faults = dict(self._find_faults(subject))
        ends: Bools = np.logical_or.reduce([*faults.values(), self.goals.met])
        for place in np.flatnonzero(ends.any(axis=1)).tolist():
            sample = int(np.argmax(ends[place]))
            codes = [code for code, true in faults.items() if true[place, sample]]
            reasons = tuple(self._explain(code, place, sample, subject) for code in codes)
            yield TrialEnd(int(self.rows[place]), place, sample, reasons, self._find_warnings(place, sample))

    def _find_warnings(self, place: int, sample: int) -> frozenset[str]:
        if self.loads.share[place, sample] <= WARN_SHARE:
            return frozenset()
        return frozenset({f"part '{self.loads.part(place, sample)}' is loaded beyond 80 % of what it may bear"})

    def _find_faults(self, subject: TrialModel) -> Iterator[tuple[ReasonCode, Bools]]:
        """Yield where (A, K) each fault holds."""
        unstable = self.contacts.too_deep | (self.rises > 1.0)
        yield ReasonCode.UNSTABLE, unstable | self.diverged[:, None]
        yield ReasonCode.OUT_OF_BOUNDS, self.hazards.out | self.hazards.part_out
        yield ReasonCode.FORBIDDEN_ZONE, self.hazards.forbidden
        broken = np.zeros_like(unstable)
        for breach in self.breaches:
            if breach.contract.interaction == "must_keep_contract":
                broken |= breach.broken
        yield ReasonCode.DRIVE_BLOCKED, broken
        yield ReasonCode.MOTOR_OVERLOAD, self.motors.share > 1.0
        yield ReasonCode.PART_OVERLOADED, self.loads.share > 1.0
        yield ReasonCode.GOAL_MISSED, self._find_misses(subject)

    def _find_misses(self, subject: TrialModel) -> Bools:
        """Say where the goal can't be met any more: too late, all at rest elsewhere, or a part holds the payload."""
        late = (self.times_s > subject.scene.task.horizon_s - 1e-9) & ~self.goals.pending
        resting = self.goals.resting & ~self.goals.inside.all(axis=-1)
        missed: Bools = late | resting | (self.goals.met & self.held)
        return missed

    def _explain(self, code: ReasonCode, place: int, sample: int, subject: TrialModel) -> Reason:
        time_s = float(self.times_s[sample])
        match code:
            case ReasonCode.UNSTABLE:
                return self._explain_unstable(place, sample)
            case ReasonCode.OUT_OF_BOUNDS:
                who = "a payload" if self.hazards.out[place, sample] else "a part of the design"
                return reason(code, "", f"{who} left the workspace", time_s=time_s)
            case ReasonCode.FORBIDDEN_ZONE:
                return reason(code, "", "a payload or part touched a forbid zone", time_s=time_s)
            case ReasonCode.DRIVE_BLOCKED:
                return self._explain_blocked(place, sample)
            case ReasonCode.MOTOR_OVERLOAD:
                motor = subject.conversion.motors[self.motors.worst[place, sample]].motor.id
                share = float(self.motors.share[place, sample])
                message = f"motor '{motor}' is overloaded for 2 s: take a stronger one, gear it down or let it rest"
                return reason(code, motor, message, RMS_torque_over_rated=share, time_s=time_s)
            case ReasonCode.PART_OVERLOADED:
                part = self.loads.part(place, sample)
                share = float(self.loads.share[place, sample])
                message = f"part '{part}' is loaded beyond its strength: make it thicker or support it closer"
                return reason(code, part, message, share_of_allowed_stress=share, time_s=time_s)
            case _:
                return self._explain_miss(place, sample, subject)

    def _explain_unstable(self, place: int, sample: int) -> Reason:
        depth_m, where = self.contacts.find_worst(place)
        rise = float(self.rises[place, sample])
        numbers = {"deepest_contact_mm": depth_m / M_PER_MM, "energy_rise_over_allowance": rise}
        message = "the simulation is unstable: a contact too deep, energy from nowhere, or not a number"
        message += f"; the deepest contact is between {where}" if where else ""
        return reason(ReasonCode.UNSTABLE, where, message, **numbers, time_s=float(self.times_s[sample]))

    def _explain_blocked(self, place: int, sample: int) -> Reason:
        contract = next(b for b in self.breaches if b.broken[place, sample]).contract
        numbers = [*measures(time_s=float(self.times_s[sample]))]
        for breach in self.breaches:
            if breach.contract.id == contract.id:
                for name in ("range_excess", "speed_excess", "lag"):
                    value = float(getattr(breach, name)[place, sample])
                    numbers.append(Measure(name=f"{name} over allowance", value=value))
        message = f"the design kept '{contract.id}' from moving as promised"
        return Reason(code=ReasonCode.DRIVE_BLOCKED, message=message, where=contract.id, numbers=tuple(numbers))

    def _explain_miss(self, place: int, sample: int, subject: TrialModel) -> Reason:
        closest_m = self.goals.closest_m[place, sample]
        entered_s = self.goals.entered_s[place, sample]
        index = int(np.argmax(np.where(np.isinf(entered_s), closest_m + _NEVER_MM, self.speeds_m_s[place, sample])))
        payload = subject.scene.payloads[index]
        numbers = [
            *measures(time_s=float(self.times_s[sample]), closest_mm=float(closest_m[index] / M_PER_MM)),
            Measure(name="speed at the end", value=float(self.speeds_m_s[place, sample, index]), unit="m/s"),
        ]
        crossing = float(self.goals.crossing_m_s[place, sample, index])
        if self.goals.met[place, sample]:
            what = "ends on the design, but must end on the environment"
        elif np.isfinite(entered_s[index]):
            what = "entered its goal but did not settle there in time"
            numbers += measures(entered_s=float(entered_s[index]))
        elif crossing > 0.0:
            what = "crossed its goal's face too fast"
            numbers.append(Measure(name="crossing speed", value=crossing, unit="m/s"))
        else:
            what = "never got wholly into its goal"
        message = f"payload '{payload.body}' {what} '{payload.goal.zone}'"
        return Reason(code=ReasonCode.GOAL_MISSED, message=message, where=payload.body, numbers=tuple(numbers))


def describe_end(end: TrialEnd, index: int, readings: Readings, steps_per_sample: int) -> Trial:
    """Return the record of an ended trial; margins are in mm, capped where nothing is near."""
    place, sample = end.place, end.sample
    end_s = float(readings.times_s[sample])
    entered_s = float(readings.goals.entered_s[place, sample].max())
    margin_m = min(float(readings.goals.margin_m[place, sample]), float(readings.hazards.clearance_m[place, sample]))
    passed = not end.reasons
    return Trial(
        index=index,
        passed=passed,
        reasons=end.reasons,
        end_s=round(end_s, 9),
        entered_s=entered_s if np.isfinite(entered_s) else None,
        margin_mm=min(margin_m / M_PER_MM, _NEVER_MM) if passed else None,
        closest_mm=float(readings.goals.closest_m[place, sample].max() / M_PER_MM),
        steps=round(end_s / 0.01) * steps_per_sample,
    )

"""Estimates how hard contacts and joints load the parts of a design, by one documented beam rule (mechanics §8)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from schemas.units import GRAVITY_M_S2
from workbench.convert.conversion import Group
from workbench.judge.static.beams import Beam
from workbench.judge.trial.contacts import Prober
from workbench.judge.trial.motion import Stretch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats, Ints

WARN_SHARE = 0.8
WINDOW_S = 0.020
JAM, LEAST_ARM_M = 10.0, 0.001
"""In a jam MuJoCo's forces have no bound. What bodies press with is bounded by all drives, springs and weights, torques
on an arm of 1 mm, and ten times their own inertia and weight."""


@dataclass(frozen=True)
class LoadReadings:
    """The greatest share (A, K) of the allowed stress up to every sample, and the part that bore it, by its number."""

    share: Floats
    worst: Ints
    parts: tuple[str, ...]

    def part(self, place: int, sample: int) -> str:
        """Return the part that has borne the greatest share."""
        return self.parts[int(self.worst[place, sample])]


@dataclass(frozen=True)
class _Touch:
    """A sensed pair of MuJoCo's bodies with the bundle's bodies in each; the parts in `bears` may bear its force."""

    one: str
    other: str
    bodies: tuple[tuple[str, ...], tuple[str, ...]]
    bears: tuple[str, ...]


class LoadMonitor:
    """Follows the stress that contacts and joints cause in every part, as a share of what is allowed."""

    def __init__(self, subject: TrialModel, beams: Mapping[str, Beam], trials: int) -> None:
        self._subject, self._beams, self._trials = subject, beams, trials
        self._parts = tuple(sorted(beams))
        self._touches = tuple(_list_touches(subject, beams))
        self._tail: dict[str, Floats] = {}
        self._driven_n = _sum_drives(subject)
        self._peak = np.zeros((trials, max(len(self._parts), 1)))

    @cached_property
    def _prober(self) -> Prober:
        return Prober(self._subject)

    def observe(self, stretch: Stretch, masses_kg: Floats) -> LoadReadings:
        """Return the greatest share of the allowed stress so far, and which part bore it; masses (A, P) of payloads.

        A force is its mean over the last 20 ms, at every step. An impact adds v √(m k): v is the speed that the two
        bodies have lost against each other meanwhile, m what moves, k the part's stiffness.
        """
        shape = (len(stretch.rows), len(stretch.sample_times_s), self._peak.shape[1])
        shares = np.zeros(shape)
        if self._parts:
            for joint in self._subject.conversion.joints:
                forces_n = self._average(stretch, f"part/{joint.id}")
                for part in {joint.child, joint.parent, joint.through} & set(self._parts):
                    self._note(shares, str(part), stretch.most(forces_n) * self._stress(str(part)))
            for touch in self._touches:
                self._bear(stretch, touch, masses_kg, shares)
        known = np.concatenate([self._peak[stretch.rows][:, None], shares], axis=1)
        reached = np.maximum.accumulate(known, axis=1)[:, 1:]
        self._peak[stretch.rows] = reached[:, -1]
        return LoadReadings(reached.max(axis=2), reached.argmax(axis=2), self._parts or ("",))

    def _bear(self, stretch: Stretch, touch: _Touch, masses_kg: Floats, shares: Floats) -> None:
        forces_n, lost_m_s = self._average(stretch, f"{touch.one}|{touch.other}"), self._lost_speed(stretch, touch)
        if not forces_n.any():
            return
        mass_kg = self._find_mass(touch, masses_kg)[:, None]
        inertial_n = mass_kg * (lost_m_s + GRAVITY_M_S2 * WINDOW_S) / WINDOW_S
        forces_n = np.minimum(forces_n, self._driven_n + JAM * inertial_n)
        speeds_m_s = np.minimum(lost_m_s, forces_n * WINDOW_S / mass_kg)
        for part in touch.bears:
            impact_n = speeds_m_s * np.sqrt(mass_kg * self._beams[part].stiffness_n_m)
            seen = stretch.most((forces_n + impact_n) * self._stress(part))
            self._note(shares, part, self._keep_touched(stretch, touch, part, seen))

    def _keep_touched(self, stretch: Stretch, touch: _Touch, part: str, seen: Floats) -> Floats:
        """Return the shares (A, K) of a part that is fastened to others: those beyond 80 % where it is touched.

        It is looked for in the state of the greatest force of the 20 ms.
        """
        if len(touch.bears) == 1:
            return seen
        kept = np.zeros_like(seen)
        partner = touch.bodies[1] if part in touch.bodies[0] else touch.bodies[0]
        raw = np.linalg.norm(stretch.read_sensor(f"{touch.one}|{touch.other}"), axis=-1)
        for place, sample in np.argwhere(seen > WARN_SHARE).tolist():
            last = (sample + 1) * stretch.steps_per_sample
            first = max(last - stretch.steps_per_sample - round(WINDOW_S / stretch.step_s), 1)
            step = first + int(np.argmax(raw[place, first:last]))
            pairs = self._prober.find_touched(stretch.qpos[place, step - 1])
            if any((part, body) in pairs or (body, part) in pairs for body in partner):
                kept[place, sample] = seen[place, sample]
        return kept

    def _average(self, stretch: Stretch, name: str) -> Floats:
        """Return the length (A, S) of a force's mean over the 20 ms that end with each step."""
        count = round(WINDOW_S / stretch.step_s)
        whole = self._extend(stretch, name, stretch.read_sensor(name), count, np.zeros((len(stretch.rows), count, 3)))
        sums = np.cumsum(np.concatenate([np.zeros_like(whole[:, :1]), whole], axis=1), axis=1)
        means = (sums[:, count + 1 :] - sums[:, 1 : len(stretch.times_s) + 1]) / count
        return np.asarray(np.linalg.norm(means, axis=-1))

    def _lost_speed(self, stretch: Stretch, touch: _Touch) -> Floats:
        """Return by how much (A, S) the velocity of two bodies' centres against each other has changed in 20 ms."""
        count = round(WINDOW_S / stretch.step_s)
        name = f"{touch.one}|{touch.other}|way"
        one, other = (stretch.xpos[:, :, self._subject.model.body(body).id] for body in (touch.one, touch.other))
        ways = self._extend(stretch, name, one - other, count + 1, np.repeat((one - other)[:, :1], count + 1, axis=1))
        speeds = np.diff(ways, axis=1) / stretch.step_s
        return np.asarray(np.linalg.norm(speeds[:, count:] - speeds[:, :-count], axis=-1))

    def _extend(self, stretch: Stretch, name: str, values: Floats, count: int, first: Floats) -> Floats:
        """Return values (A, count + S, ...) with those of the steps before the stretch, and keep its last."""
        if name not in self._tail:
            self._tail[name] = np.zeros((self._trials, *first.shape[1:]))
            self._tail[name][stretch.rows] = first
        whole = np.concatenate([self._tail[name][stretch.rows], values], axis=1)
        self._tail[name][stretch.rows] = whole[:, -count:]
        return whole

    def _find_mass(self, touch: _Touch, masses_kg: Floats) -> Floats:
        """Return the reduced mass (A,) of two bodies, of which fixed ones do not give way."""
        inverse = np.zeros(len(masses_kg))
        payloads = [payload.body for payload in self._subject.scene.payloads]
        for name in (touch.one, touch.other):
            body = self._subject.model.body(name)
            if name in payloads:
                inverse += 1.0 / masses_kg[:, payloads.index(name)]
            elif self._subject.model.body_weldid[body.id]:
                inverse += 1.0 / float(body.mass[0])
        return 1.0 / inverse

    def _stress(self, part: str) -> float:
        return self._beams[part].stress_pa_n / self._beams[part].allowed_pa

    def _note(self, shares: Floats, part: str, seen: Floats) -> None:
        number = self._parts.index(part)
        shares[:, :, number] = np.maximum(shares[:, :, number], seen)


def _list_touches(subject: TrialModel, beams: Mapping[str, Beam]) -> Iterator[_Touch]:
    groups: Mapping[str, Group] = {group.name: group for group in subject.conversion.groups}
    for one, other in subject.conversion.touching:
        bodies = groups[one].body_ids, groups[other].body_ids
        bears = tuple(body for body in (*bodies[0], *bodies[1]) if body in beams)
        if bears:
            yield _Touch(one, other, bodies, bears)


def _sum_drives(subject: TrialModel) -> float:
    """Return the force that all drives, motors, springs and weights together can press with, torques on 1 mm of arm."""
    model, slides = subject.model, {joint.id for joint in subject.scene.joints if joint.kind == "slide"}
    driven_n = sum(drive.limit / (1.0 if drive.joint in slides else LEAST_ARM_M) for drive in subject.scene.drives)
    motors_n = sum(line.stall_nm * line.efficiency / LEAST_ARM_M for line in subject.conversion.motors)
    springs_n = float((model.tendon_stiffness * (model.tendon_lengthspring[:, 0] - model.tendon_range[:, 0])).sum())
    moving = model.body_weldid > 0
    return driven_n + motors_n + springs_n + float(model.body_mass[moving].sum()) * GRAVITY_M_S2

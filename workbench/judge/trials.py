"""Runs trials side by side and decides each one's fate; results do not depend on threads or on the chunk length."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from schemas.verdict import Trial
from workbench.convert.model import M_PER_MM
from workbench.geometry import Bools, Floats, Ints
from workbench.judge.contacts import ContactSight, ContactWatch
from workbench.judge.contracts import Breach, ContractWatch
from workbench.judge.draws import TrialDraw
from workbench.judge.energy import EnergyWatch
from workbench.judge.fates import Fate, Sights, describe_fate
from workbench.judge.goals import RUN_ON_S, GoalWatch
from workbench.judge.hazards import HazardWatch
from workbench.judge.loads import Beam, LoadWatch
from workbench.judge.model import TrialModel
from workbench.judge.motion import SAMPLE_S, STEP_S, Stretch
from workbench.judge.motors import MotorWatch, has_loop
from workbench.judge.spawn import Fleet

STATES = ("qpos", "qvel", "energy", "xpos", "xquat")


@dataclass(frozen=True)
class Pace:
    """How trials are run: `chunk_samples` is a multiple of 10, `run_all_s` runs every trial for a fixed time.

    `run_on_s` is how long a trial runs on after a payload's first entry.
    """

    threads: int = 1
    half_step: bool = False
    chunk_samples: int = 20
    run_all_s: float | None = None
    run_on_s: float = RUN_ON_S

    @property
    def steps_per_sample(self) -> int:
        """Return the steps between samples."""
        return round(SAMPLE_S / STEP_S) * (2 if self.half_step else 1)


@dataclass
class TrialRun:
    """The trials of one set: fates by index, simulated time, and the worst that contracts and stability saw."""

    trials: dict[int, Trial] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)
    simulated_s: float = 0.0
    breaches: dict[str, tuple[float, ...]] = field(default_factory=dict)
    deepest_mm: float = 0.0
    worst_rise: float = 0.0
    unstable: bool = False


def run_trials(
    subject: TrialModel, draws: tuple[TrialDraw, ...], pace: Pace, beams: Mapping[str, Beam] | None = None
) -> TrialRun:
    """Run every draw to the end of its own trial."""
    course = _Course(subject, draws, pace, beams or {})
    course.run()
    return course.record


class _Course:
    """A set of trials under way."""

    def __init__(
        self, subject: TrialModel, draws: tuple[TrialDraw, ...], pace: Pace, beams: Mapping[str, Beam]
    ) -> None:
        count = len(draws)
        self._subject, self._draws, self._pace = subject, draws, pace
        self._step_s = SAMPLE_S / pace.steps_per_sample
        self._fleet = Fleet(subject, draws, pace.threads, self._step_s)
        self._goals, self._hazards = GoalWatch(subject, count, pace.run_on_s), HazardWatch(subject, count)
        self._contacts, self._energy = ContactWatch(subject, count), EnergyWatch(subject, count)
        self._contracts, self._loads = ContractWatch(subject, count), LoadWatch(subject, beams, count)
        self._motors = MotorWatch(subject, count)
        conversion = subject.conversion
        further = [(conversion.joints, "sensordata"), (conversion.motors, "actuator_force")]
        self._recorded = (*STATES, "ncon", *(name for needed, name in further if needed))
        self.record = TrialRun()

    def run(self) -> None:
        """Simulate chunk after chunk until every trial has ended."""
        horizon_s = self._pace.run_all_s or self._subject.scene.task.horizon_s + RUN_ON_S
        rows, chunk, decides = np.arange(len(self._draws)), 0, self._pace.run_all_s is None
        while len(rows) and chunk * self._pace.chunk_samples * SAMPLE_S < horizon_s - 1e-9:
            stretch, unstable = self._advance(rows, chunk)
            sights = self._look(stretch, unstable)
            ended = {fate.row: fate for fate in sights.find_fates(self._subject)} if decides else {}
            for fate in ended.values():
                self._note(fate, sights)
            rows = rows[[row not in ended for row in rows]]
            chunk += 1

    def _advance(self, rows: Ints, chunk: int) -> tuple[Stretch, Bools]:
        samples, per = self._pace.chunk_samples, self._pace.steps_per_sample
        steps = samples * per
        times_s = self._step_s * np.arange(chunk * steps, (chunk + 1) * steps, dtype=np.float64)
        piece_steps = self._count_piece_steps(steps)
        pieces = [range(start, start + piece_steps) for start in range(0, steps, piece_steps)]
        before = np.array(self._fleet.batch.bind("qpos")[rows])
        warned = self._fleet.batch.warning[:, :, 1].sum(axis=1)
        seen: list[dict[str, Floats]] = []
        for piece in pieces:
            self._fleet.set_surfaces(float(times_s[piece.start]))
            control = self._fleet.control(rows, times_s[piece.start : piece.stop]) if self._subject.model.nu else None
            seen.append(self._fleet.batch.rollout(len(piece), control, record=self._recorded, ids=rows))
        joined = {name: np.concatenate([part[name] for part in seen], axis=1) for name in self._recorded}
        self.record.simulated_s += len(rows) * samples * SAMPLE_S
        nothing = np.zeros((len(rows), steps, 0))
        stretch = Stretch(
            subject=self._subject,
            rows=rows,
            times_s=times_s + self._step_s,
            before=before,
            **{name: joined[name] for name in STATES},
            contacts=joined["ncon"],
            sensors=joined.get("sensordata", nothing),
            forces=joined.get("actuator_force", nothing),
            steps_per_sample=per,
        )
        return stretch, (self._fleet.batch.warning[:, :, 1].sum(axis=1) > warned)[rows]

    def _count_piece_steps(self, steps: int) -> int:
        """Return for how many steps at most the controls and surfaces of a stretch are known beforehand."""
        per = self._pace.steps_per_sample
        if any(has_loop(line) for line in self._subject.conversion.motors):
            return round(per * STEP_S / SAMPLE_S)
        return per if any(surface.schedule is not None for surface in self._subject.scene.surfaces) else steps

    def _look(self, stretch: Stretch, diverged: Bools) -> Sights:
        contacts: ContactSight = self._contacts.see(stretch)
        commands = self._fleet.command_speeds(stretch.rows, stretch.times_s)
        breaches = self._contracts.see(stretch, commands)
        masses_kg = self._fleet.masses_kg[stretch.rows]
        self._note_breaches(breaches)
        rises = self._energy.see(stretch)
        self.record.deepest_mm = max(self.record.deepest_mm, float(contacts.worst_m.max() / M_PER_MM))
        self.record.worst_rise = max(self.record.worst_rise, float(rises.max()))
        self.record.unstable |= bool(contacts.too_deep.any() or (rises > 1.0).any() or diverged.any())
        return Sights(
            times_s=stretch.sample_times_s,
            rows=stretch.rows,
            goals=self._goals.see(stretch),
            hazards=self._hazards.see(stretch),
            contacts=contacts,
            rises=rises,
            breaches=breaches,
            loads=self._loads.see(stretch, contacts, masses_kg),
            motors=self._motors.see(stretch),
            diverged=diverged,
            speeds_m_s=np.linalg.norm(stretch.velocities[:, stretch.samples], axis=-1),
        )

    def _note_breaches(self, breaches: tuple[Breach, ...]) -> None:
        for breach in breaches:
            worst = [float(part.max()) for part in (breach.range_excess, breach.speed_excess, breach.lag)]
            known = self.record.breaches.get(breach.contract.id, (-np.inf,) * 3)
            self.record.breaches[breach.contract.id] = tuple(map(max, worst, known))

    def _note(self, fate: Fate, sights: Sights) -> None:
        index = self._draws[fate.row].index
        self.record.trials[index] = describe_fate(fate, index, sights, self._pace.steps_per_sample)
        self.record.warnings |= fate.warnings

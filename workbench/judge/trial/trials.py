"""Runs trials side by side, in waves where a set may stop early, and sums up why they failed.

Results do not depend on threads or on the chunk length.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from schemas.reasons import Reason, ReasonCode
from schemas.units import M_PER_MM
from schemas.verdict import Trial
from workbench.judge.static.beams import Beam
from workbench.judge.trial.contacts import ContactMonitor, ContactReadings
from workbench.judge.trial.contracts import Breach, ContractMonitor
from workbench.judge.trial.draws import TrialDraw
from workbench.judge.trial.ends import Readings, TrialEnd, describe_end
from workbench.judge.trial.energy import EnergyMonitor
from workbench.judge.trial.goals import RUN_ON_S, GoalMonitor
from workbench.judge.trial.hazards import HazardMonitor
from workbench.judge.trial.loads import LoadMonitor
from workbench.judge.trial.motion import SAMPLE_S, STEP_S, Stretch
from workbench.judge.trial.motor_loads import MotorMonitor, has_loop
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Bools, Floats, Ints
from workbench.reasons import measures

STATES = ("qpos", "qvel", "energy", "xpos", "xquat")
FIRST_WAVE = 2


@dataclass(frozen=True)
class RunOptions:
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
    """The trials of one set: ends by index, simulated time, and the worst that contracts and stability saw."""

    trials: dict[int, Trial] = field(default_factory=dict)
    warnings: set[str] = field(default_factory=set)
    simulated_s: float = 0.0
    breaches: dict[str, tuple[float, ...]] = field(default_factory=dict)
    deepest_mm: float = 0.0
    deepest: str = ""
    worst_rise: float = 0.0
    unstable: bool = False


def run_trials(
    subject: TrialModel, draws: tuple[TrialDraw, ...], options: RunOptions, beams: Mapping[str, Beam] | None = None
) -> TrialRun:
    """Run every draw to the end of its own trial."""
    loop = _TrialLoop(subject, draws, options, beams or {})
    loop.run()
    return loop.record


class _TrialLoop:
    """A set of trials under way."""

    def __init__(
        self, subject: TrialModel, draws: tuple[TrialDraw, ...], options: RunOptions, beams: Mapping[str, Beam]
    ) -> None:
        count = len(draws)
        self._subject, self._draws, self._options = subject, draws, options
        self._step_s = SAMPLE_S / options.steps_per_sample
        self._batch = TrialBatch(subject, draws, options.threads, self._step_s)
        self._goals, self._hazards = GoalMonitor(subject, count, options.run_on_s), HazardMonitor(subject, count)
        self._contacts, self._energy = ContactMonitor(subject, count), EnergyMonitor(subject, count)
        self._contracts, self._loads = ContractMonitor(subject, count), LoadMonitor(subject, beams, count)
        self._motors = MotorMonitor(subject, count)
        self._recorded = (*STATES, "sensordata", *(("actuator_force",) if subject.model.nu else ()))
        self.record = TrialRun()

    def run(self) -> None:
        """Simulate chunk after chunk until every trial has ended."""
        horizon_s = self._options.run_all_s or self._subject.scene.task.horizon_s + RUN_ON_S
        rows, chunk, decides = np.arange(len(self._draws)), 0, self._options.run_all_s is None
        while len(rows) and chunk * self._options.chunk_samples * SAMPLE_S < horizon_s - 1e-9:
            stretch, unstable = self._advance(rows, chunk)
            readings = self._look(stretch, unstable)
            ended = {end.row: end for end in readings.find_ends(self._subject)} if decides else {}
            for end in ended.values():
                self._note(end, readings)
            rows = rows[[row not in ended for row in rows]]
            chunk += 1

    def _advance(self, rows: Ints, chunk: int) -> tuple[Stretch, Bools]:
        samples, per = self._options.chunk_samples, self._options.steps_per_sample
        steps = samples * per
        times_s = self._step_s * np.arange(chunk * steps, (chunk + 1) * steps, dtype=np.float64)
        piece_steps = self._count_piece_steps(steps)
        pieces = [range(start, start + piece_steps) for start in range(0, steps, piece_steps)]
        before = np.array(self._batch.simulations.bind("qpos")[rows])
        speeds_before = np.array(self._batch.simulations.bind("qvel")[rows])
        warned = self._batch.simulations.warning[:, :, 1].sum(axis=1)
        seen: list[dict[str, Floats]] = []
        for piece in pieces:
            self._batch.set_surfaces(float(times_s[piece.start]))
            control = self._batch.control(rows, times_s[piece.start : piece.stop]) if self._subject.model.nu else None
            seen.append(self._batch.simulations.rollout(len(piece), control, record=self._recorded, ids=rows))
        joined = {name: np.concatenate([part[name] for part in seen], axis=1) for name in self._recorded}
        self.record.simulated_s += len(rows) * samples * SAMPLE_S
        stretch = Stretch(
            subject=self._subject,
            rows=rows,
            times_s=times_s + self._step_s,
            before=before,
            speeds_before=speeds_before,
            **{name: joined[name] for name in STATES},
            sensors=joined["sensordata"],
            forces=joined.get("actuator_force", np.zeros((len(rows), steps, 0))),
            steps_per_sample=per,
        )
        return stretch, (self._batch.simulations.warning[:, :, 1].sum(axis=1) > warned)[rows]

    def _count_piece_steps(self, steps: int) -> int:
        """Return for how many steps at most the controls and surfaces of a stretch are known beforehand."""
        per = self._options.steps_per_sample
        if any(has_loop(line) for line in self._subject.conversion.motors):
            return round(per * STEP_S / SAMPLE_S)
        return per if self._subject.has_schedule else steps

    def _look(self, stretch: Stretch, diverged: Bools) -> Readings:
        contacts: ContactReadings = self._contacts.observe(stretch)
        begins_s = stretch.times_s - stretch.step_s
        commands = self._batch.command_speeds(stretch.rows, begins_s)
        breaches = self._contracts.observe(stretch, commands)
        masses_kg = self._batch.masses_kg[stretch.rows]
        self._note_breaches(breaches)
        surfaces = self._batch.surface_velocities(stretch.rows, begins_s)
        rises = self._energy.observe(stretch, self._batch.force_limits(stretch.rows), surfaces)
        goals = self._goals.observe(stretch)
        if contacts.deepest_m.max() / M_PER_MM > self.record.deepest_mm:
            depth_m, self.record.deepest = contacts.find_worst(int(np.argmax(contacts.deepest_m)))
            self.record.deepest_mm = depth_m / M_PER_MM
        self.record.worst_rise = max(self.record.worst_rise, float(rises.max()))
        self.record.unstable |= bool(contacts.too_deep.any() or (rises > 1.0).any() or diverged.any())
        return Readings(
            times_s=stretch.sample_times_s,
            rows=stretch.rows,
            goals=goals,
            hazards=self._hazards.observe(stretch),
            contacts=contacts,
            held=self._contacts.find_held(stretch, goals.met),
            rises=rises,
            breaches=breaches,
            loads=self._loads.observe(stretch, masses_kg),
            motors=self._motors.observe(stretch),
            diverged=diverged,
            speeds_m_s=np.linalg.norm(stretch.velocities[:, stretch.samples], axis=-1),
        )

    def _note_breaches(self, breaches: tuple[Breach, ...]) -> None:
        for breach in breaches:
            worst = [float(part.max()) for part in (breach.range_excess, breach.speed_excess, breach.lag)]
            known = self.record.breaches.get(breach.contract.id, (-np.inf,) * 3)
            self.record.breaches[breach.contract.id] = tuple(map(max, worst, known))

    def _note(self, end: TrialEnd, readings: Readings) -> None:
        index = self._draws[end.row].index
        self.record.trials[index] = describe_end(end, index, readings, self._options.steps_per_sample)
        self.record.warnings |= end.warnings


@dataclass(frozen=True)
class TrialSet:
    """The trials that ran, in order of index; `stopped` says whether the set ended before all of them had run."""

    trials: tuple[Trial, ...]
    warnings: tuple[str, ...]
    simulated_s: float
    stopped: bool

    @property
    def passes(self) -> int:
        """Return how many passed."""
        return sum(trial.passed for trial in self.trials)


def run_set(
    subject: TrialModel,
    draws: Sequence[TrialDraw],
    must_pass: int,
    options: RunOptions,
    beams: Mapping[str, Beam] | None = None,
    stop_early: bool = False,
) -> TrialSet:
    """Run all draws, or with `stop_early` a first wave of two, then as many again while the outcome is open.

    Waves follow the index, so that the outcome does not depend on the number of threads.
    """
    waves = _split_waves(draws) if stop_early else iter([draws])
    trials: dict[int, Trial] = {}
    warnings: set[str] = set()
    simulated_s = 0.0
    for wave in waves:
        if stop_early and _is_decided(trials.values(), len(draws), must_pass):
            break
        run = run_trials(subject, tuple(wave), options, beams)
        trials |= run.trials
        warnings |= run.warnings
        simulated_s += run.simulated_s
    ordered = tuple(trials[index] for index in sorted(trials))
    return TrialSet(ordered, tuple(sorted(warnings)), simulated_s, len(ordered) < len(draws))


def _split_waves(draws: Sequence[TrialDraw]) -> Iterator[Sequence[TrialDraw]]:
    start, end = 0, FIRST_WAVE
    while start < len(draws):
        yield draws[start:end]
        start, end = end, 2 * end


def _is_decided(done: Collection[Trial], count: int, must_pass: int) -> bool:
    passes = sum(trial.passed for trial in done)
    return passes >= must_pass or len(done) - passes > count - must_pass


def sum_up_failures(trials: Sequence[Trial]) -> tuple[Reason, ...]:
    """Return one reason per code over all failed trials, the most frequent first, with the worst trial's numbers."""
    found: dict[ReasonCode, list[Reason]] = defaultdict(list)
    for trial in trials:
        for reason in trial.reasons:
            found[reason.code].append(reason)
    summed = []
    for code, reasons in sorted(found.items(), key=lambda item: (-len(item[1]), item[0])):
        worst = max(reasons, key=_badness)
        counts = measures(failed_trials=len(reasons), trials=len(trials))
        message = f"in {len(reasons)} of {len(trials)} trials: {worst.message}"
        summed.append(Reason(code=code, message=message, where=worst.where, numbers=(*counts, *worst.numbers)))
    return tuple(summed)


def _badness(reason: Reason) -> tuple[float, ...]:
    """Order by the numbers after the time: farther from the goal, deeper, more."""
    return tuple(measure.value for measure in reason.numbers if measure.name != "time")

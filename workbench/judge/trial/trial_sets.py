"""Runs a set of trials, stops it early where asked, and sums up why trials failed."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from schemas.reasons import Reason, ReasonCode
from schemas.verdict import Trial
from workbench.judge.static.beams import Beam
from workbench.judge.trial.draws import TrialDraw
from workbench.judge.trial.trial_model import TrialModel
from workbench.judge.trial.trials import RunOptions, run_trials
from workbench.reasons import measures

FIRST_WAVE = 2


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

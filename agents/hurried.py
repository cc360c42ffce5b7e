"""The reference engineer under a small budget of previews: where its search finds nothing, its first guess counts."""

from dataclasses import dataclass

from agents.mechanisms.mechanism import survey
from agents.reference import NOTHING_FOUND, ReferenceEngineer
from agents.submitting import submit_design
from agents.workshop import Bench, Ending, Log, Policy, Problem
from schemas.messages import VerdictGiven
from schemas.reasons import Outcome

TRIALS_EACH = 16
"""Simulated runs of one preview, the most that `simulate` gives a language model."""


@dataclass(frozen=True)
class HurriedReference:
    """As many simulated runs as `previews` previews have; it never leaves without a submission."""

    previews: int

    @property
    def name(self) -> str:
        """Return who it is."""
        return "reference"

    @property
    def version(self) -> str:
        """Return the version of the search, and the budget."""
        return f"{self._engineer.version}/hurried"

    @property
    def policy(self) -> Policy:
        """Return what kind of engineer it is."""
        return "reference_search"

    @property
    def limits(self) -> None:
        """Return nothing: its budget of simulations is its own."""

    @property
    def _engineer(self) -> ReferenceEngineer:
        return ReferenceEngineer(simulations=TRIALS_EACH * self.previews)

    def work(self, problem: Problem, bench: Bench, log: Log, seed: int) -> Ending:
        """Search, and hand in what was found or the first guess."""
        design = self._engineer.design(problem, bench, log, seed)
        built = bench.build(self._guess(problem)) if design is None else design.built
        if built.bundle_hash is None:
            return Ending(Outcome.BUDGET_SIMULATION, (NOTHING_FOUND, *built.reasons))
        entry = log.once(lambda body: isinstance(body, VerdictGiven), lambda: submit_design(bench, built, 1)[0])
        told = entry.said[-1][1]
        assert isinstance(told, VerdictGiven)
        return Ending(Outcome.SOLVED if told.passed else Outcome.FAILED, told.reasons)

    def _guess(self, problem: Problem) -> str:
        site = survey(problem)
        suited = [(one, one.knobs(site)) for one in self._engineer.mechanisms]
        mechanism, knobs = next((one, knobs) for one, knobs in suited if knobs)
        return mechanism.write(site, {knob.name: knob.clip(knob.guess) for knob in knobs})

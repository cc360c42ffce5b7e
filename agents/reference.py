"""The reference engineer: designs by search over known mechanisms, through the same previews as any other engineer."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agents.mechanisms import MECHANISMS
from agents.mechanisms.mechanism import AS_USUAL, Knob, Making, Makings, Mechanism, Site, find_suited, guess, survey
from agents.protocols import Built, EpisodeEnd, EpisodeLog, Policy, Previewer, Problem, Transcript, Workbench
from agents.search_notes import SearchNotes
from agents.submitting import submit_design
from schemas.bundle import ProcessName
from schemas.errors import InputError
from schemas.jobs import CheckedPart, CheckParts
from schemas.messages import VerdictGiven
from schemas.reasons import Outcome, Reason, ReasonCode
from schemas.verdict import Verdict

REFERENCE_VERSION = "5"

SearchStage = Literal["coarse", "full", "confirm"]
TRIALS: Mapping[SearchStage, int] = {"coarse": 4, "full": 16, "confirm": 32}
DRAWS: Mapping[SearchStage, int] = {"coarse": 1, "full": 2, "confirm": 3}
WANTED_MARGIN_MM = 2.5
"""A certificate asks for 2 mm in its worst trial (mechanics §6); previews see fewer draws, so they ask for more."""
SPREAD = 0.2
"""First standard deviation of the search, as a share of each knob's range."""
POPULATION, GENERATIONS = 6, 4
"""A search that has not passed after so many generations starts anew from a random point."""
SLIM_STEPS = (0.6, 0.3)
MOST_REMADE = 4
"""So many cheaper ways of making a part are simulated; which ones are cheaper is known before."""
NOTHING_FOUND = Reason(code=ReasonCode.GOAL_MISSED, message="the reference engineer found no design that passes")
UNREADABLE = (InputError, LookupError, ValueError)
"""What looking at a statement by another hand raises, which lacks what is looked for."""
REFUSED_SCORE = 1e6
FAILED_SCORE = 1e3


@dataclass
class Design:
    """One set of knob values with what is known of it; the verdict is that of its last preview."""

    mechanism: Mechanism
    values: Mapping[str, float]
    built: Built
    verdict: Verdict
    makings: Makings = field(default_factory=dict)
    searched: int = 0  # simulated runs until a first design passed

    @property
    def score(self) -> float:
        """Return what the search minimises."""
        return score_verdict(self.verdict)

    @property
    def good(self) -> bool:
        """Say whether every trial of the last preview passed with room."""
        verdict = self.verdict
        roomy = verdict.margin_mm is not None and verdict.margin_mm >= WANTED_MARGIN_MM
        return verdict.passed and roomy and all(trial.passed for trial in verdict.trials)

    @property
    def unit_cost_usd(self) -> float:
        """Return the unit cost at the scene's quantity, or infinity."""
        cost_usd = self.verdict.unit_cost_usd
        return float("inf") if cost_usd is None else cost_usd

    @property
    def parts(self) -> int:
        """Return how many parts it has."""
        return sum(name.endswith(".brep") for name in self.built.files)


@dataclass(frozen=True)
class ReferenceEngineer:
    """Searches until a design passes and grows no cheaper; `simulations` bounds the simulated runs of one problem."""

    simulations: int = 400
    mechanisms: tuple[Mechanism, ...] = MECHANISMS

    @property
    def name(self) -> str:
        """Return who it is."""
        return "reference"

    @property
    def version(self) -> str:
        """Return the version of search and mechanisms, that of `work`, and the budget."""
        return f"{REFERENCE_VERSION}.1/{self.simulations}"

    @property
    def recipe(self) -> str:
        """Return its budget and the mechanisms that it knows, as JSON."""
        names = [mechanism.name for mechanism in self.mechanisms]
        return json.dumps({"simulations": self.simulations, "mechanisms": names}, sort_keys=True)

    @property
    def policy(self) -> Policy:
        """Return what kind of engineer it is."""
        return "reference_search"

    @property
    def limits(self) -> None:
        """Return nothing: its budget of simulations is its own."""

    def work(self, problem: Problem, workbench: Workbench, log: EpisodeLog, seed: int) -> EpisodeEnd:
        """Search for a design and submit it once; where nothing was found, the first guess."""
        design = self.design(problem, workbench, log, seed)
        built = self._guess(problem, workbench) if design is None else design.built
        if built is None or built.bundle_hash is None:
            return EpisodeEnd(Outcome.BUDGET_SIMULATION, (NOTHING_FOUND,))
        entry = log.once(lambda body: isinstance(body, VerdictGiven), lambda: submit_design(workbench, built, 1)[0])
        told = entry.said[-1][1]
        assert isinstance(told, VerdictGiven)
        return EpisodeEnd(Outcome.SOLVED if told.passed else Outcome.FAILED, told.reasons)

    def design(self, problem: Problem, previewer: Previewer, transcript: Transcript, seed: int) -> Design | None:
        """Return the cheapest design found that passes all of its previews, or None; the same seed finds the same."""
        notes = SearchNotes(transcript)
        try:
            site = survey(problem)
            suited = find_suited(site, self.mechanisms)
        except UNREADABLE as fault:
            notes.pass_over(str(fault))
            return None
        notes.plan(site, [mechanism for mechanism, _ in suited])
        spent = 0
        for mechanism, knobs in suited:
            search = _Search(site, mechanism, knobs, previewer, notes, self.simulations - spent)
            found = search.run(seed)
            if found is not None:
                found.searched = spent + search.spent_on_first
                return found
            spent += search.spent
        notes.give_up(spent)
        return None

    def _guess(self, problem: Problem, workbench: Workbench) -> Built | None:
        try:
            site = survey(problem)
            guesses = [one.write(site, guess(knobs)) for one, knobs in find_suited(site, self.mechanisms)]
        except UNREADABLE:
            return None
        return workbench.build(guesses[0]) if guesses else None


@dataclass
class _Search:
    """The search over one mechanism's knobs."""

    site: Site
    mechanism: Mechanism
    knobs: tuple[Knob, ...]
    previewer: Previewer
    notes: SearchNotes
    left: int
    spent: int = 0
    spent_on_first: int = 0

    def run(self, seed: int) -> Design | None:
        """Find a design that passes, make it slimmer and cheaper, and return the cheapest that more draws confirm.

        Where none is confirmed, the search for another goes on.
        """
        for first in self._find(seed):
            self.spent_on_first = self.spent
            passing = [first, *self._slim(first)]
            passing += self._remake(passing[-1])
            self.notes.start("confirm")
            for candidate in sorted(passing, key=lambda one: (one.unit_cost_usd, -passing.index(one))):
                if self._affords("confirm") and self._passes(candidate, "confirm"):
                    self.notes.conclude(candidate.unit_cost_usd, candidate.values, candidate.makings)
                    return candidate
        return None

    def _find(self, seed: int) -> Iterator[Design]:
        """Try the first guess, then what CMA-ES proposes around it and around random points; yield what passes."""
        self.notes.start("guess")
        first = self._try(guess(self.knobs), "full") if self._affords("full") else None
        if first is not None and first.good:
            yield first
        self.notes.start("search")
        generation = 0
        strategy = _Strategy(self.knobs, seed, generation)
        while self._affords("coarse"):
            proposals = list(strategy.ask())
            scores = []
            for values in proposals:
                candidate = self._try(values, "coarse") if self._affords("coarse") else None
                if candidate is not None and candidate.good and self._passes(candidate, "full"):
                    yield candidate
                    self.notes.start("search")
                scores.append(REFUSED_SCORE if candidate is None else candidate.score)
            strategy.update(scores)
            generation += 1
            if generation % GENERATIONS == 0:
                strategy = _Strategy(self.knobs, seed, generation)

    def _slim(self, start: Design) -> Iterator[Design]:
        """Move every knob towards where it saves material, as far as designs keep passing."""
        self.notes.start("slim")
        best = start
        for step in SLIM_STEPS:
            values = {knob.name: _towards(knob, best.values[knob.name], step) for knob in self.knobs}
            if values == best.values or not self._affords("full"):
                continue
            candidate = self._try(values, "full")
            if candidate is not None and candidate.good and candidate.unit_cost_usd < best.unit_cost_usd:
                best = candidate
                yield candidate

    def _remake(self, best: Design) -> Iterator[Design]:
        """Make every part by the cheapest process and material, of those allowed, with which the design passes."""
        self.notes.start("remake")
        task = self.site.problem.scene.task
        job = CheckParts(
            processes=task.allowed_processes, materials=task.allowed_materials, quantity=task.target_quantity
        )
        checked = list(self._check_parts(best.built, job))
        checked += self._check_shaped(best.values, job)
        for part in dict.fromkeys(one.part for one in checked):
            ways = _sort_ways(one for one in checked if one.part == part)
            made = next(body for body in best.built.bodies if body.id == part)
            now = Making(f"{made.process}", f"{made.material_id}")
            for way in ways[: min(ways.index(now) if now in ways else len(ways), MOST_REMADE)]:
                makings = {**best.makings, part: way}
                candidate = self._try(best.values, "full", makings) if self._affords("full") else None
                if candidate is not None and candidate.good and candidate.unit_cost_usd < best.unit_cost_usd:
                    best = candidate
                    yield candidate
                    break

    def _check_shaped(self, values: Mapping[str, float], job: CheckParts) -> Iterator[CheckedPart]:
        """Yield what parts would come to by the processes for which their mechanism gives them another shape."""
        for part, made in self.mechanism.shaped:
            if made.process not in job.processes or made.material not in job.materials:
                continue
            with suppress(InputError):
                built = self.previewer.build(self.mechanism.write(self.site, values, {part: made}))
                self.notes.record_build(built)
                alone = job.model_copy(update={"processes": (ProcessName(made.process),)})
                yield from self._check_parts(built, alone)

    def _check_parts(self, built: Built, job: CheckParts) -> tuple[CheckedPart, ...]:
        checked = self.previewer.check_parts(built, job).parts
        self.notes.record_ways(built, checked)
        return checked

    def _try(self, values: Mapping[str, float], stage: SearchStage, makings: Makings = AS_USUAL) -> Design | None:
        """Build a design and run it on the preview draws of a stage."""
        built = self.previewer.build(self.mechanism.write(self.site, values, makings))
        self.notes.record_build(built)
        if built.bundle_hash is None:
            return None
        return Design(self.mechanism, values, built, self._simulate(built, stage), makings)

    def _passes(self, candidate: Design, stage: SearchStage) -> bool:
        """Run a candidate that passed so far on more draws."""
        if not self._affords(stage):
            return False
        candidate.verdict = self._simulate(candidate.built, stage)
        return candidate.good

    def _simulate(self, built: Built, stage: SearchStage) -> Verdict:
        verdict = self.previewer.simulate(built, TRIALS[stage], DRAWS[stage])
        self.spent += len(verdict.trials)
        self.notes.record_verdict(built, TRIALS[stage], DRAWS[stage], verdict)
        return verdict

    def _affords(self, stage: SearchStage) -> bool:
        return self.spent + TRIALS[stage] <= self.left


class _Strategy:
    """CMA-ES over the knobs, each scaled to 0–1; its random numbers are its own, so that threads don't disturb it."""

    def __init__(self, knobs: tuple[Knob, ...], seed: int, restart: int) -> None:
        import cma

        self.knobs = knobs
        rng = np.random.default_rng([seed, restart])
        guess = [(knob.guess - knob.low) / max(knob.high - knob.low, 1e-9) for knob in knobs]
        start = rng.uniform(size=len(knobs)) if restart else guess
        options = {
            "bounds": [0, 1],
            "popsize": POPULATION,
            "randn": lambda *shape: rng.standard_normal(shape),
            "seed": np.nan,
            "verbose": -9,
        }
        self._evolution = cma.CMAEvolutionStrategy(np.clip(start, 0, 1), SPREAD, options)
        self._asked: list[NDArray[np.float64]] = []

    def ask(self) -> Iterator[dict[str, float]]:
        """Propose the next generation."""
        self._asked = self._evolution.ask()
        for point in self._asked:
            shares = zip(self.knobs, point, strict=True)
            yield {knob.name: knob.clip(knob.low + float(share) * (knob.high - knob.low)) for knob, share in shares}

    def update(self, scores: list[float]) -> None:
        """Learn from the scores of the last generation, the lower the better."""
        self._evolution.tell(self._asked, scores)


def _sort_ways(checked: Iterable[CheckedPart]) -> list[Making]:
    """Return the ways of making a part that have a price, the cheapest first."""
    priced = [(way.price.unit_cost_usd, way) for one in checked for way in one.ways if way.price is not None]
    return [Making(way.process.value, way.material_id) for _, way in sorted(priced, key=lambda pair: pair[0])]


def score_verdict(verdict: Verdict) -> float:
    """Return what the search minimises: failing trials and how far they miss, then cost, then mass."""
    if not verdict.trials:
        return REFUSED_SCORE
    failed = [trial for trial in verdict.trials if not trial.passed]
    if failed:
        miss = sum(trial.closest_mm for trial in failed) / len(failed)
        return FAILED_SCORE * (1 + len(failed) / len(verdict.trials)) + miss
    if verdict.appraisal is None or verdict.appraisal.price is None:
        return FAILED_SCORE
    return min(FAILED_SCORE, float(verdict.appraisal.price.unit_cost_usd) + 1e-3 * verdict.appraisal.mass_g)


def _towards(knob: Knob, value: float, step: float) -> float:
    goal = knob.low if knob.slimmer < 0 else knob.high
    return knob.clip(value + step * (goal - value)) if knob.slimmer else value

"""Solves one verified benchmark with the reference engineer: search, final budgets, submission, certificate, record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agents.reference import NOTHING_FOUND, REFERENCE_VERSION, ReferenceEngineer
from agents.submitting import announce_design, record_submission, tell_verdict
from agents.workshop import Built, Design, Problem
from schemas.benchmark import Benchmark, mint_benchmark_id
from schemas.bundle import SceneBundle
from schemas.episode import Episode, EpisodeKey, Solution, Submission
from schemas.errors import InfrastructureError
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.messages import (
    Author,
    Body,
    Goal,
    Message,
    RequestComplete,
)
from schemas.reasons import BenchmarkState, Outcome, Reason, ReasonCode
from schemas.verdict import Verdict
from tasks.budgets import final_budgets, state_budgets
from tasks.difficulty import rate_difficulty
from tasks.failures import REASON_CHARACTERS, describe_fault
from tasks.judging import judge_design
from tasks.shop import Shop
from tasks.workshop import SandboxWorkshop


class Ledger:
    """The messages of one episode, in order."""

    def __init__(self, episode_id: str) -> None:
        self._episode_id = episode_id
        self.messages: list[Message] = []

    def say(self, author: Author, body: Body) -> None:
        """Append one message."""
        self.messages.append(
            Message(
                episode_id=self._episode_id,
                seq=len(self.messages),
                author=author,
                at=datetime.now(UTC),
                body=body,
            )
        )


def reference_key(benchmark: Benchmark) -> EpisodeKey:
    """Return the key of the reference engineer's first episode on a verified benchmark."""
    if benchmark.scene_hash is None:
        raise ValueError("a verified benchmark has a scene")
    return EpisodeKey(
        scene_hash=benchmark.scene_hash,
        benchmark_id=None,
        engineer="reference",
        engineer_version=REFERENCE_VERSION,
        seed=benchmark.draft.key.seed,
    )


def solve_item(shop: Shop, benchmark: Benchmark) -> Benchmark:
    """Let the reference engineer work on a verified benchmark; one that is certified or open is returned as it is.

    When the machinery fails, the episode so far is recorded as INFRASTRUCTURE and the benchmark stays verified: the
    next call works on it anew, in an episode of its own.
    """
    if benchmark.state is not BenchmarkState.VERIFIED:
        return benchmark
    key = shop.store.renew_key(reference_key(benchmark))
    scene_files = shop.store.load_bundle_files(key.scene_hash)
    scene = SceneBundle.from_json(scene_files[BUNDLE_FILE])
    shop = replace(shop, turn=key.episode_id)
    workshop = SandboxWorkshop(shop, key.scene_hash, scene_files, key.seed)
    work = _Work(shop, benchmark, scene, scene_files, key, Ledger(key.episode_id), workshop)
    try:
        done = work.solve()
    except InfrastructureError as fault:
        shop.store.record_episode(benchmark.draft.key.item_id, work.interrupt(fault), {})
        raise
    solved = benchmark.model_copy(update=dict(done.changes))
    shop.store.record_solving(solved, done.episode, done.files, done.solution)
    return solved


@dataclass(frozen=True)
class _Done:
    """A finished episode, the files of its last design, and what it makes of the benchmark."""

    episode: Episode
    changes: Mapping[str, object]
    files: Mapping[str, bytes] = field(default_factory=dict)
    solution: Solution | None = None


@dataclass(frozen=True)
class _Work:
    """The reference engineer's episode on one benchmark."""

    shop: Shop
    benchmark: Benchmark
    scene: SceneBundle
    files: Mapping[str, bytes]
    key: EpisodeKey
    ledger: Ledger
    workshop: SandboxWorkshop

    def solve(self) -> _Done:
        """Search for a design, and submit the best one under the final budgets."""
        statement = self.benchmark.statement
        self.ledger.say("system", Goal(statement=statement, budgets=_drafts(self.benchmark)))
        engineer = ReferenceEngineer(simulations=self.shop.settings.reference.simulations)
        problem = Problem(scene=self.scene, statement=statement)
        design = engineer.design(problem, self.workshop, self.ledger, self.key.seed)
        return self._open() if design is None else self._submit(design)

    def interrupt(self, fault: InfrastructureError) -> Episode:
        """Return the episode as far as it got before the machinery failed."""
        text = describe_fault(self.shop, fault)[:REASON_CHARACTERS]
        return self._episode(Outcome.INFRASTRUCTURE, (Reason(code=ReasonCode.INFRASTRUCTURE, message=text),), ())

    def _open(self) -> _Done:
        """End without a design."""
        episode = self._episode(Outcome.BUDGET_SIMULATION, (NOTHING_FOUND,), ())
        return _Done(episode, {"state": BenchmarkState.OPEN})

    def _submit(self, design: Design) -> _Done:
        """Mint the benchmark with its final budgets, judge the design again under them, and certify it."""
        scene_hash = self.key.scene_hash
        budgets = final_budgets(design.unit_cost_usd, design.mass_g, self.benchmark.draft.slack)
        benchmark_id = mint_benchmark_id(scene_hash, budgets)
        built = design.built
        self.ledger.say("engineer", announce_design(1, built))
        verdict = judge_design(self.shop, self.files, built, budgets, self.shop.draws(benchmark_id, "verdict", 1))
        self.ledger.say("judge", tell_verdict(1, verdict))
        certificate = self._certify(built, budgets, benchmark_id) if verdict.passed else None
        certified = certificate is not None and certificate.passed
        outcome = Outcome.SOLVED if verdict.passed else Outcome.FAILED
        submission = record_submission(1, built, verdict)
        episode = self._episode(outcome, verdict.reasons, (submission,))
        changes: dict[str, object] = {
            "state": BenchmarkState.CERTIFIED if certified else BenchmarkState.OPEN,
            "budgets": budgets,
            "benchmark_id": benchmark_id,
            "statement": state_budgets(self.scene.task.statement, budgets, self.scene.task.target_quantity),
        }
        if certified:
            changes["best_known_cost_usd"] = design.unit_cost_usd
            changes["difficulty"] = rate_difficulty(self.benchmark, self.scene, design, self.workshop.use)
        solution = None
        if verdict.passed and built.bundle_hash is not None:
            solution = Solution(
                benchmark_id=benchmark_id,
                program=built.program,
                bundle_hash=built.bundle_hash,
                verdict=verdict,
                certificate=certificate,
                unit_cost_usd=design.unit_cost_usd,
                mass_g=design.mass_g,
            )
        return _Done(episode, changes, built.files, solution)

    def _certify(self, built: Built, budgets: Budgets, benchmark_id: str) -> Verdict:
        return judge_design(self.shop, self.files, built, budgets, self.shop.certificate_draws(benchmark_id))

    def _episode(self, outcome: Outcome, reasons: tuple[Reason, ...], submissions: tuple[Submission, ...]) -> Episode:
        self.ledger.say("system", RequestComplete(answers_seq=0, outcome=outcome))
        return Episode(
            key=self.key,
            policy="reference_search",
            outcome=outcome,
            reasons=reasons,
            use=self.workshop.use,
            submissions=submissions,
            messages=tuple(self.ledger.messages),
        )


def _drafts(benchmark: Benchmark) -> Budgets:
    if benchmark.draft_budgets is None:
        raise ValueError("a verified benchmark has draft budgets")
    return benchmark.draft_budgets

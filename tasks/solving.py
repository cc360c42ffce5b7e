"""Solves one verified benchmark with the reference engineer: search, final budgets, submission, certificate, record."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.reference import REFERENCE_VERSION, ReferenceEngineer
from agents.workshop import Built, Design, Problem
from schemas.benchmark import Benchmark, mint_benchmark_id
from schemas.bundle import SceneBundle
from schemas.episode import Episode, EpisodeKey, Solution, Submission
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.messages import (
    Author,
    Body,
    Goal,
    Message,
    RequestComplete,
    SubmissionMade,
    VerdictGiven,
)
from schemas.reasons import BenchmarkState, Outcome, Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import Verdict
from tasks.budgets import final_budgets, state_budgets
from tasks.difficulty import rate_difficulty
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


def solve_item(shop: Shop, benchmark: Benchmark) -> Benchmark:
    """Let the reference engineer work on a verified benchmark; one that is certified or open is returned as it is."""
    if benchmark.state is not BenchmarkState.VERIFIED or benchmark.scene_hash is None:
        return benchmark
    scene_files = shop.store.load_bundle_files(benchmark.scene_hash)
    scene = SceneBundle.from_json(scene_files[BUNDLE_FILE])
    key = EpisodeKey(
        scene_hash=benchmark.scene_hash,
        benchmark_id=None,
        engineer="reference",
        engineer_version=REFERENCE_VERSION,
        seed=benchmark.draft.key.seed,
    )
    ledger = Ledger(key.episode_id)
    workshop = SandboxWorkshop(shop, benchmark.scene_hash, scene_files, key.seed)
    ledger.say("system", Goal(statement=benchmark.statement, budgets=_drafts(benchmark)))
    engineer = ReferenceEngineer(simulations=shop.settings.reference.simulations)
    problem = Problem(scene=scene, statement=benchmark.statement)
    design = engineer.design(problem, workshop, ledger, key.seed)
    finish = _Finish(shop, benchmark, scene, scene_files, key, ledger, workshop)
    return finish.open() if design is None else finish.submit(design)


@dataclass(frozen=True)
class _Finish:
    """Ends an episode: as open, or by submitting the best design under the final budgets."""

    shop: Shop
    benchmark: Benchmark
    scene: SceneBundle
    files: Mapping[str, bytes]
    key: EpisodeKey
    ledger: Ledger
    workshop: SandboxWorkshop

    def open(self) -> Benchmark:
        """Record that no design was found."""
        reason = Reason(code=ReasonCode.GOAL_MISSED, message="the reference engineer found no design that passes")
        episode = self._episode(Outcome.BUDGET_SIMULATION, (reason,), ())
        return self._record(episode, {}, None, {"state": BenchmarkState.OPEN})

    def submit(self, design: Design) -> Benchmark:
        """Mint the benchmark with its final budgets, judge the design again under them, and certify it."""
        scene_hash = self.key.scene_hash
        budgets = final_budgets(design.unit_cost_usd, design.mass_g, self.benchmark.draft.slack)
        benchmark_id = mint_benchmark_id(scene_hash, budgets)
        built = design.built
        self._announce(built)
        verdict = judge_design(self.shop, self.files, built, budgets, self.shop.draws(benchmark_id, "verdict", 1))
        self._tell(verdict)
        certificate = self._certify(built, budgets, benchmark_id) if verdict.passed else None
        certified = certificate is not None and certificate.passed
        outcome = Outcome.SOLVED if verdict.passed else Outcome.FAILED
        submission = Submission(
            number=1, program=built.program, bundle_hash=built.bundle_hash, verdict=verdict, reasons=verdict.reasons
        )
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
        return self._record(episode, built.files, solution, changes)

    def _certify(self, built: Built, budgets: Budgets, benchmark_id: str) -> Verdict:
        return judge_design(self.shop, self.files, built, budgets, self.shop.certificate_draws(benchmark_id))

    def _announce(self, built: Built) -> None:
        body = SubmissionMade(submission=1, program_sha256=built.program.sha256, bundle_hash=built.bundle_hash)
        self.ledger.say("engineer", body)

    def _tell(self, verdict: Verdict) -> None:
        numbers = [Measure(name="pass_fraction", value=verdict.pass_fraction or 0.0)]
        if verdict.margin_mm is not None:
            numbers.append(Measure(name="margin", value=verdict.margin_mm, unit="mm"))
        body = VerdictGiven(submission=1, passed=verdict.passed, reasons=verdict.reasons, numbers=tuple(numbers))
        self.ledger.say("judge", body)

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

    def _record(
        self,
        episode: Episode,
        files: Mapping[str, bytes],
        solution: Solution | None,
        changes: Mapping[str, object],
    ) -> Benchmark:
        advanced = self.benchmark.model_copy(update=dict(changes))
        self.shop.store.record_solving(advanced, episode, files, solution)
        return advanced


def _drafts(benchmark: Benchmark) -> Budgets:
    if benchmark.draft_budgets is None:
        raise ValueError("a verified benchmark has draft budgets")
    return benchmark.draft_budgets

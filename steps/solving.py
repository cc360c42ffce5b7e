"""Solves one verified benchmark with the reference engineer: search, final budgets, submission, certificate, record."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from agents.protocols import Built, Design, Problem
from agents.reference import NOTHING_FOUND, REFERENCE_VERSION, ReferenceEngineer
from agents.submitting import announce_design, record_submission, report_verdict
from schemas.benchmark import Benchmark, mint_benchmark_id
from schemas.bundle import SceneBundle
from schemas.episode import Episode, EpisodeKey, Solution, Submission
from schemas.errors import InfrastructureError
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.messages import (
    Author,
    EpisodeGoal,
    Message,
    MessageBody,
    RequestComplete,
)
from schemas.reasons import BenchmarkState, Outcome, Reason, ReasonCode
from schemas.verdict import Verdict
from steps.budgets import final_budgets, state_budgets
from steps.context import RunContext
from steps.difficulty import rate_difficulty
from steps.faults import REASON_CHARACTERS, describe_fault
from steps.judging import judge_design
from steps.sandbox_workbench import SandboxPreviewer


class MessageList:
    """The messages of one episode, in order."""

    def __init__(self, episode_id: str) -> None:
        self._episode_id = episode_id
        self.messages: list[Message] = []

    def say(self, author: Author, body: MessageBody) -> None:
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


def solve_item(context: RunContext, benchmark: Benchmark) -> Benchmark:
    """Let the reference engineer work on a verified benchmark; one that is certified or open is returned as it is.

    When the machinery fails, the episode so far is recorded as INFRASTRUCTURE and the benchmark stays verified: the
    next call works on it anew, in an episode of its own.
    """
    if benchmark.state is not BenchmarkState.VERIFIED:
        return benchmark
    key = context.store.renew_key(reference_key(benchmark))
    scene_files = context.store.load_bundle_files(key.scene_hash)
    scene = SceneBundle.from_json(scene_files[BUNDLE_FILE])
    context = replace(context, turn=key.episode_id)
    previewer = SandboxPreviewer(context, key.scene_hash, scene_files, key.seed)
    work = _Work(context, benchmark, scene, scene_files, key, MessageList(key.episode_id), previewer)
    try:
        done = work.solve()
    except InfrastructureError as fault:
        context.store.record_episode(benchmark.draft.key.item_id, work.interrupt(fault), {})
        raise
    solved = benchmark.model_copy(update=dict(done.changes))
    context.store.record_solving(solved, done.episode, done.files, done.solution)
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

    context: RunContext
    benchmark: Benchmark
    scene: SceneBundle
    files: Mapping[str, bytes]
    key: EpisodeKey
    messages: MessageList
    previewer: SandboxPreviewer

    def solve(self) -> _Done:
        """Search for a design, and submit the best one under the final budgets."""
        statement = self.benchmark.statement
        self.messages.say("system", EpisodeGoal(statement=statement, budgets=_drafts(self.benchmark)))
        engineer = ReferenceEngineer(simulations=self.context.settings.reference.simulations)
        problem = Problem(scene=self.scene, statement=statement)
        design = engineer.design(problem, self.previewer, self.messages, self.key.seed)
        return self._open() if design is None else self._submit(design)

    def interrupt(self, fault: InfrastructureError) -> Episode:
        """Return the episode as far as it got before the machinery failed."""
        text = describe_fault(self.context, fault)[:REASON_CHARACTERS]
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
        self.messages.say("engineer", announce_design(1, built))
        verdict = judge_design(self.context, self.files, built, budgets, self.context.draws(benchmark_id, "verdict", 1))
        self.messages.say("judge", report_verdict(1, verdict))
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
            changes["difficulty"] = rate_difficulty(self.benchmark, self.scene, design, self.previewer.use)
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
        return judge_design(self.context, self.files, built, budgets, self.context.certificate_draws(benchmark_id))

    def _episode(self, outcome: Outcome, reasons: tuple[Reason, ...], submissions: tuple[Submission, ...]) -> Episode:
        self.messages.say("system", RequestComplete(answers_seq=0, outcome=outcome))
        return Episode(
            key=self.key,
            policy="reference_search",
            outcome=outcome,
            reasons=reasons,
            use=self.previewer.use,
            submissions=submissions,
            messages=tuple(self.messages.messages),
        )


def _drafts(benchmark: Benchmark) -> Budgets:
    if benchmark.draft_budgets is None:
        raise ValueError("a verified benchmark has draft budgets")
    return benchmark.draft_budgets

"""Takes a verified benchmark through search, manufacturability, final budgets, verdict, certificate and record."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import cast

from agents.protocols import Built, Problem, Said
from agents.reference import NOTHING_FOUND, ReferenceEngineer
from agents.submitting import record_submission, tell_submission
from schemas.benchmark import Benchmark, mint_benchmark_id
from schemas.bundle import SceneBundle
from schemas.episode import Episode, EpisodeKey, Solution
from schemas.errors import StoppedError
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.messages import Author, EpisodeGoal, Interruption, Message, MessageBody, RequestComplete
from schemas.reasons import BenchmarkState, Outcome, Reason
from schemas.stages import Candidate, FoundDesign
from schemas.verdict import Verdict
from steps.budgets import final_budgets, restate_budgets, state_budgets
from steps.context import RunContext
from steps.difficulty import rate_difficulty
from steps.faults import explain_fault
from steps.judging import appraise_design, judge_design
from steps.lazy_designs import find_careless_design, pick_telling, try_lazy_designs
from steps.sandbox_workbench import SandboxPreviewer, add_used

Stage = Callable[[RunContext, Candidate], Candidate]


class MessageList:
    """The messages of one episode, in order."""

    def __init__(self, episode_id: str, messages: tuple[Message, ...] = ()) -> None:
        self._episode_id = episode_id
        self.messages = list(messages)

    def say(self, author: Author, body: MessageBody) -> None:
        """Append one message."""
        seq, at = len(self.messages), datetime.now(UTC)
        self.messages.append(Message(episode_id=self._episode_id, seq=seq, author=author, at=at, body=body))


def solve(context: RunContext, benchmark: Benchmark) -> Candidate:
    """Let the reference engineer search for a design; the bundle of the best one is kept.

    What ends the search early, but for the end of this process, is recorded as an episode of its own; the benchmark
    stays verified, and the next call works on it anew.
    """
    if benchmark.draft_budgets is None:
        raise ValueError("a verified benchmark has draft budgets")
    engineer = ReferenceEngineer(simulations=context.settings.reference.simulations)
    context.store.record_engineer(engineer.name, engineer.version, engineer.recipe)
    key = context.store.renew_key(reference_key(context, benchmark))
    files = context.store.load_bundle_files(key.scene_hash)
    context = replace(context, turn=key.episode_id)
    previewer = SandboxPreviewer(context, key.scene_hash, files, key.seed)
    messages = MessageList(key.episode_id)
    messages.say("system", EpisodeGoal(statement=benchmark.statement, budgets=benchmark.draft_budgets))
    problem = Problem(scene=SceneBundle.from_json(files[BUNDLE_FILE]), statement=benchmark.statement)

    def report(design: FoundDesign | None = None) -> Candidate:
        said, tried = tuple(messages.messages), previewer.take_previews()
        return Candidate(
            benchmark=benchmark, episode=key, messages=said, use=previewer.use, previews=tried, design=design
        )

    try:
        design = engineer.design(problem, previewer, messages, key.seed)
        if design is not None:
            context.store.keep_bundle(design.built.files)
    except Exception as fault:
        abandon(context, report(), fault)
        raise
    if design is None:
        return report()
    built = design.built
    return report(
        FoundDesign(
            program=built.program,
            bundle_hash=cast(str, built.bundle_hash),
            parts=design.parts,
            searched=design.searched,
        )
    )


def _metered(stage: Stage) -> Stage:
    """Let a stage work in its episode's turn, and add what that used to the episode."""

    @wraps(stage)
    def metered(context: RunContext, candidate: Candidate) -> Candidate:
        context = replace(context, turn=candidate.episode.episode_id)
        before, done = context.used, stage(context, candidate)
        return done.model_copy(update={"use": add_used(done.use, context.used.minus(before))})

    return metered


@_metered
def check_manufacturability(context: RunContext, candidate: Candidate) -> Candidate:
    """Check that a design can be made, price and weigh it: what its final budgets come from."""
    if candidate.design is None:
        return candidate
    scene, built = _load(context, candidate)
    found = appraise_design(context, scene, built)
    sound = found.appraisal if found.appraisal is not None and found.appraisal.price is not None else None
    return candidate.model_copy(update={"appraisal": sound, "reasons": found.reasons})


@_metered
def judge(context: RunContext, candidate: Candidate) -> Candidate:
    """Submit a design under the final budgets, with the draws of a first submission."""
    if candidate.appraisal is None:
        return candidate
    benchmark_id, budgets = _mint(context, candidate)
    scene, built = _load(context, candidate)
    verdict = judge_design(context, scene, built, budgets, context.draws(benchmark_id, "verdict", 1))
    return candidate.model_copy(update={"verdict": verdict})


@_metered
def certify(context: RunContext, candidate: Candidate) -> Candidate:
    """Judge a design that passed on the many draws of a certificate; where it gets one, let the lazy engineer try."""
    if candidate.verdict is None or not candidate.verdict.passed:
        return candidate
    benchmark_id, budgets = _mint(context, candidate)
    scene, built = _load(context, candidate)
    certificate = judge_design(context, scene, built, budgets, context.certificate_draws(benchmark_id))
    if not certificate.passed:
        return candidate.model_copy(update={"certificate": certificate})
    others = replace(context, turn="")  # what the lazy engineer uses is not of this episode
    problem = others, candidate.benchmark, scene, benchmark_id, budgets
    lazy = try_lazy_designs(*problem)
    passed = tuple(name for name, tried in lazy.items() if not tried.reasons)
    previews = (*candidate.previews, *pick_telling(lazy.values()))
    if not any(one.reasons for one in previews):  # pairs and repairs need one that fails
        previews += find_careless_design(*problem)
    return candidate.model_copy(update={"certificate": certificate, "lazy_passed": passed, "previews": previews})


def record(context: RunContext, candidate: Candidate) -> Benchmark:
    """Store the episode, the solution if there is one, and the benchmark, `certified` or `open`."""
    verdict = candidate.verdict
    if verdict is None:
        outcome = Outcome.BUDGET_SIMULATION if candidate.design is None else Outcome.FAILED
        episode = _end(candidate, outcome, candidate.reasons or (NOTHING_FOUND,))
        benchmark = candidate.benchmark.model_copy(update={"state": BenchmarkState.OPEN})
        context.store.record_solving(benchmark, episode, {}, None, previews=candidate.previews)
        return benchmark
    scene, built = _load(context, candidate)
    said = tell_submission(1, built, verdict)
    outcome = Outcome.SOLVED if verdict.passed else Outcome.FAILED
    episode = _end(candidate, outcome, verdict.reasons, said)
    episode = episode.model_copy(update={"submissions": (record_submission(1, built, verdict),)})
    benchmark = _advance(context, candidate, SceneBundle.from_json(scene[BUNDLE_FILE]))
    solution = _write_solution(benchmark.benchmark_id, candidate, verdict)
    context.store.record_solving(benchmark, episode, built.files, solution, previews=candidate.previews)
    return benchmark


def solve_item(context: RunContext, benchmark: Benchmark) -> Benchmark:
    """Take a verified benchmark through all stages at once; one that is certified or open is returned as it is."""
    if benchmark.state is not BenchmarkState.VERIFIED:
        return benchmark
    candidate = solve(context, benchmark)
    for stage in (check_manufacturability, judge, certify):
        candidate = stage(context, candidate)
    return record(context, candidate)


def abandon(context: RunContext, candidate: Candidate, fault: Exception) -> None:
    """Record the episode that the machinery, a defect or its operator ended, as far as it got.

    Its benchmark stays verified. Nothing is recorded where this process alone is ending.
    """
    if not isinstance(fault, StoppedError):
        reason, said = explain_fault(context, fault)
        episode = _end(candidate, Outcome(reason.code.value), (reason,), (("system", said),))
    elif fault.cancelled_by is not None:
        episode = _end(candidate, Outcome.CANCELLED, (), (("system", Interruption(by=fault.cancelled_by)),))
    else:
        return
    context.store.record_episode(candidate.key.item_id, episode, {}, previews=candidate.previews)


def find_failed_episode(context: RunContext, benchmark: Benchmark) -> str | None:
    """Return the id of the reference engineer's last episode on a benchmark that a fault has ended, or None."""
    key = context.store.renew_key(reference_key(context, benchmark))
    return key.model_copy(update={"retry": key.retry - 1}).episode_id if key.retry else None


def reference_key(context: RunContext, benchmark: Benchmark) -> EpisodeKey:
    """Return the key of the reference engineer's first episode on a verified benchmark."""
    if benchmark.scene_hash is None:
        raise ValueError("a verified benchmark has a scene")
    return EpisodeKey(
        scene_hash=benchmark.scene_hash,
        benchmark_id=None,
        engineer="reference",
        engineer_version=ReferenceEngineer(simulations=context.settings.reference.simulations).version,
        seed=benchmark.key.seed,
        judge=context.judge,
    )


def _end(candidate: Candidate, outcome: Outcome, reasons: tuple[Reason, ...], said: Said = ()) -> Episode:
    """Return the episode with what is left to say."""
    messages = MessageList(candidate.episode.episode_id, _set_goal(candidate))
    for author, body in (*said, ("system", RequestComplete(answers_seq=0, outcome=outcome))):
        messages.say(author, body)
    return Episode(
        key=candidate.episode,
        policy="reference_search",
        outcome=outcome,
        reasons=reasons,
        use=candidate.use,
        submissions=(),
        messages=tuple(messages.messages),
    )


def _set_goal(candidate: Candidate) -> tuple[Message, ...]:
    """Return the messages, the first with the final budgets where there are some: drafts have bound nobody."""
    goal, *rest = candidate.messages
    if candidate.appraisal is None or not isinstance(goal.body, EpisodeGoal):
        return candidate.messages
    budgets, drafted = _limit(candidate), candidate.benchmark.draft_budgets
    assert drafted is not None
    words = restate_budgets(goal.body.statement, drafted, budgets)
    body = goal.body.model_copy(update={"statement": words, "budgets": budgets})
    return (goal.model_copy(update={"body": body}), *rest)


def _mint(context: RunContext, candidate: Candidate) -> tuple[str, Budgets]:
    """Return the benchmark's id with its final budgets; one that the same draw under another judge has is not taken."""
    budgets, scene, key = _limit(candidate), candidate.episode.scene_hash, candidate.key
    benchmark_id = mint_benchmark_id(scene, budgets)
    if context.store.find_holder(benchmark_id) not in {None, key.item_id}:
        benchmark_id = mint_benchmark_id(scene, budgets, judge=key.judge)
    return benchmark_id, budgets


def _limit(candidate: Candidate) -> Budgets:
    """Return the final budgets, which come from the design's own cost and mass."""
    return final_budgets(*_measure(candidate), candidate.benchmark.draft.slack)


def _measure(candidate: Candidate) -> tuple[float, float]:
    appraisal = candidate.appraisal
    assert appraisal is not None and appraisal.price is not None
    return float(appraisal.price.unit_cost_usd), appraisal.mass_g


def _load(context: RunContext, candidate: Candidate) -> tuple[Mapping[str, bytes], Built]:
    """Return the files of the scene, and the design as it was built."""
    design = candidate.design
    assert design is not None
    files = context.store.load_bundle_files(design.bundle_hash)
    built = Built(design.program, design.bundle_hash, files, (), 0.0)
    return context.store.load_bundle_files(candidate.episode.scene_hash), built


def _advance(context: RunContext, candidate: Candidate, scene: SceneBundle) -> Benchmark:
    """Return the benchmark with its final budgets, and with what its certificate gives it."""
    benchmark_id, budgets = _mint(context, candidate)
    certified = candidate.certificate is not None and candidate.certificate.passed
    changes: dict[str, object] = {
        "state": BenchmarkState.CERTIFIED if certified else BenchmarkState.OPEN,
        "budgets": budgets,
        "benchmark_id": benchmark_id,
        "statement": state_budgets(scene.task.statement, budgets, scene.task.target_quantity),
    }
    if certified and candidate.design is not None:
        changes["best_known_cost_usd"] = _measure(candidate)[0]
        changes["difficulty"] = rate_difficulty(candidate, scene, candidate.design.parts)
        changes["lazy_passed"] = candidate.lazy_passed
    return candidate.benchmark.model_copy(update=changes)


def _write_solution(benchmark_id: str | None, candidate: Candidate, verdict: Verdict) -> Solution | None:
    if candidate.design is None or benchmark_id is None or not verdict.passed:
        return None
    cost_usd, mass_g = _measure(candidate)
    return Solution(
        benchmark_id=benchmark_id,
        program=candidate.design.program,
        bundle_hash=candidate.design.bundle_hash,
        verdict=verdict,
        certificate=candidate.certificate,
        unit_cost_usd=cost_usd,
        mass_g=mass_g,
    )

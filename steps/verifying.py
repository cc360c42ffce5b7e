"""Verifies a proposed scene stage by stage, and admits it to the stock: built twice, checked, recorded."""

from collections.abc import Callable, Mapping

from agents.protocols import Built
from records import StoredScene
from schemas.benchmark import Benchmark, ItemKey
from schemas.bundle import SceneBundle
from schemas.jobs import BUNDLE_FILE, VerifyGeometry, VerifyJob, VerifyReply, VerifySchema, VerifySimulation
from schemas.reasons import BenchmarkState, Reason
from schemas.stages import Proposal, Scene
from schemas.verdict import CheckReport, VerificationReport
from steps.budgets import draft_budgets, state_budgets
from steps.building import build_twice, scene_files
from steps.context import RunContext
from steps.near_copies import check_likeness
from steps.sandboxes import require


def verify_geometry(context: RunContext, proposal: Proposal) -> Scene:
    """Build a proposal's program twice (check 1), keep its bundle and run checks 2–4 on it."""
    built = build_twice(context, proposal.draft.program.source, proposal.key.seed)
    if built.bundle_hash is not None:
        context.store.keep_bundle(built.files)
    return Scene(proposal=proposal, bundle_hash=built.bundle_hash, report=_check_geometry(context, built))


def verify_schema(context: RunContext, scene: Scene) -> Scene:
    """Run check 5 on a scene that is sound so far; any other passes as it is."""
    return _check_further(context, scene, VerifySchema())


def verify_simulation(context: RunContext, scene: Scene) -> Scene:
    """Run checks 6–8 on a scene that is sound so far, and describe it for check 9; any other passes as it is."""
    draws = context.draws(scene.bundle_hash, "preview") if scene.bundle_hash else None
    return scene if draws is None else _check_further(context, scene, VerifySimulation(draws=draws))


def admit(
    context: RunContext, run_id: str, scene: Scene, judge_fit: Callable[[Benchmark], tuple[Reason, ...]] = lambda _: ()
) -> Benchmark:
    """Compare a scene with all that are stored (check 9), record it in its state, and link it to its run.

    Items are admitted in the order of their indices; `judge_fit` says why one that passes is redrawn all the same, for
    the mix of its batch. A review is one more check; whatever it says, what the others refuse stays refused.
    """
    draft, review = scene.proposal.draft, scene.proposal.review
    files = {} if scene.bundle_hash is None else context.store.load_bundle_files(scene.bundle_hash)
    benchmark = Benchmark(draft=draft, state=BenchmarkState.DRAFT, scene_hash=scene.bundle_hash, report=scene.report)
    if files:
        bundle = SceneBundle.from_json(files[BUNDLE_FILE])
        task, budgets = bundle.task, draft_budgets(bundle)
        statement = state_budgets(task.statement, budgets, task.target_quantity)
        benchmark = benchmark.model_copy(update={"statement": statement, "draft_budgets": budgets})

    def compare(benchmark: Benchmark, stored: list[StoredScene]) -> Benchmark:
        report = check_likeness(benchmark.report, stored)
        if files and review is not None:
            passed = report.passed and review.passed
            report = report.model_copy(update={"passed": passed, "checks": (*report.checks, review)})
        reasons = judge_fit(benchmark) if report.passed else report.reasons
        left = BenchmarkState.REDRAWN if report.passed else BenchmarkState.REFUSED
        state = left if reasons or not report.passed else BenchmarkState.VERIFIED
        return benchmark.model_copy(update={"state": state, "report": report, "reasons": reasons})

    admitted = context.store.record_benchmark(benchmark, files, compare)
    context.store.record_run_item(run_id, draft.key.index, draft.key.item_id)
    return admitted


def recall(context: RunContext, run_id: str, key: ItemKey) -> Benchmark | None:
    """Return an item that is stored already, linked to this run too, or None."""
    stored = context.store.find_item(key.item_id)
    if stored is not None:
        context.store.record_run_item(run_id, key.index, key.item_id)
    return stored


def verify_built(context: RunContext, built: Built) -> VerificationReport:
    """Run checks 1–9 on a built scene at once; the same scene, stored, is no near-copy of it."""
    report = _check_geometry(context, built)
    if built.bundle_hash is None:
        return report
    for job in (VerifySchema(), VerifySimulation(draws=context.draws(built.bundle_hash, "preview"))):
        report = report.followed_by(_ask(context, built.files, job)) if report.passed else report
    return check_likeness(report, context.store.list_alike(report, without_scene=built.bundle_hash))


def _check_geometry(context: RunContext, built: Built) -> VerificationReport:
    passed = built.bundle_hash is not None
    first = CheckReport(number=1, name="runs twice alike", passed=passed, reasons=built.reasons)
    report = VerificationReport(passed=passed, checks=(first,), scene_hash=built.bundle_hash)
    return report.followed_by(_ask(context, built.files, VerifyGeometry())) if passed else report


def _check_further(context: RunContext, scene: Scene, job: VerifyJob) -> Scene:
    if not scene.report.passed or scene.bundle_hash is None:
        return scene
    later = _ask(context, context.store.load_bundle_files(scene.bundle_hash), job)
    return scene.model_copy(update={"report": scene.report.followed_by(later)})


def _ask(context: RunContext, files: Mapping[str, bytes], job: VerifyJob) -> VerificationReport:
    return require(VerifyReply, context.call(job, scene_files(files))).report

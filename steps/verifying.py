"""Makes one item: takes its generator's scene program, builds it twice, verifies the scene, records everything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agents.procedural_generator import generate_draft
from agents.protocols import Built
from records import list_scenes
from schemas.benchmark import Benchmark, BenchmarkDraft, ItemKey
from schemas.bundle import SceneBundle
from schemas.jobs import BUNDLE_FILE, VerifyReply, VerifyScene
from schemas.reasons import BenchmarkState
from schemas.verdict import CheckReport, VerificationReport
from steps.budgets import draft_budgets, state_budgets
from steps.building import build_twice, scene_files
from steps.context import RunContext
from steps.near_copies import check_likeness
from steps.sandboxes import require


@dataclass(frozen=True)
class Proposal:
    """What a generator hands over: a draft, and the review of a generator that has one."""

    draft: BenchmarkDraft
    review: CheckReport | None = None


Generate = Callable[[ItemKey], Proposal]


def draw_draft(key: ItemKey) -> Proposal:
    """Return what the procedural generator hands over."""
    return Proposal(generate_draft(key))


def make_item(
    context: RunContext,
    run_id: str,
    key: ItemKey,
    generate: Generate = draw_draft,
    wait: Callable[[], None] = lambda: None,
) -> Benchmark:
    """Generate, verify and record one item; what is stored already is returned as it is.

    `wait` returns when the items that come before this one are recorded: near-copies are found in their order.
    """
    stored = context.store.find_item(key.item_id)
    if stored is None:
        proposal = generate(key)
        stored, files = verify_draft(context, proposal, wait)
        context.store.record_benchmark(stored, files)
    context.store.record_run_item(run_id, key.index, key.item_id)
    return stored


def verify_draft(
    context: RunContext, proposal: Proposal, wait: Callable[[], None]
) -> tuple[Benchmark, Mapping[str, bytes]]:
    """Return the item in state `draft` or `verified` with its report, and the files of its bundle.

    A review is one more check; whatever it says, what the others refuse stays refused.
    """
    draft, review = proposal.draft, proposal.review
    built = build_twice(context, draft.program.source, draft.key.seed)
    if built.bundle_hash is None:
        report = VerificationReport(passed=False, checks=(_first_check(built),), scene_hash=None)
        return Benchmark(draft=draft, state=BenchmarkState.DRAFT, scene_hash=None, report=report), {}
    scene = SceneBundle.from_json(built.files[BUNDLE_FILE])
    report = verify_built(context, built)
    wait()
    report = check_likeness(report, list_scenes(context.store))
    if review is not None:
        passed = report.passed and review.passed
        report = report.model_copy(update={"passed": passed, "checks": (*report.checks, review)})
    budgets = draft_budgets(scene)
    benchmark = Benchmark(
        draft=draft,
        state=BenchmarkState.VERIFIED if report.passed else BenchmarkState.DRAFT,
        scene_hash=built.bundle_hash,
        report=report,
        statement=state_budgets(scene.task.statement, budgets, scene.task.target_quantity),
        draft_budgets=budgets,
    )
    return benchmark, built.files


def verify_built(context: RunContext, built: Built) -> VerificationReport:
    """Run checks 2–9 on a built scene and put check 1 before them; the same scene, stored, is no near-copy of it."""
    if built.bundle_hash is None:
        return VerificationReport(passed=False, checks=(_first_check(built),), scene_hash=None)
    job = VerifyScene(draws=context.draws(built.bundle_hash, "preview"))
    answer = context.call(job, scene_files(built.files))
    if answer.reply is None:
        return VerificationReport(
            passed=False,
            checks=(_first_check(built), CheckReport(number=2, name="solids", passed=False, reasons=answer.reasons)),
            scene_hash=built.bundle_hash,
        )
    report = require(VerifyReply, answer).report
    report = report.model_copy(update={"checks": (_first_check(built), *report.checks)})
    return check_likeness(report, list_scenes(context.store, without_scene=built.bundle_hash))


def _first_check(built: Built) -> CheckReport:
    return CheckReport(number=1, name="runs twice alike", passed=built.bundle_hash is not None, reasons=built.reasons)

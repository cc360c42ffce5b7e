"""Runs checks 2 to 8 of mechanics §6 on a scene and describes it for check 9; reports keep every number."""

from collections.abc import Callable, Sequence

import numpy as np

from schemas.bundle import MotionContract, SceneBundle
from schemas.catalogue import Catalogue
from schemas.jobs import Draws
from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure, hash_bytes
from schemas.units import M_PER_MM
from schemas.verdict import CheckReport, VerificationReport
from workbench.convert import convert
from workbench.judge.trial.contracts import SLACK
from workbench.judge.trial.draws import TrialDraw, draw_nominal, draw_trials
from workbench.judge.trial.motion import SAMPLE_S, STEP_S
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trial_model import TrialModel, compile_model
from workbench.judge.trial.trials import RunOptions, TrialRun, TrialSet, run_set, run_trials, sum_up_failures
from workbench.kernel.loading import LoadedBundle
from workbench.reasons import Refused, finish, measures
from workbench.verify.canned import try_canned
from workbench.verify.likeness import describe_likeness
from workbench.verify.shapes import check_intersections, check_solids, check_zones

FRAMES_S = 0.5
TRIVIAL_TRIALS, MOST_TRIVIAL = 16, 2
MOTION_TRIALS, MOTION_TAIL_S = 4, 2.0


def verify_geometry(scene: LoadedBundle | Refused) -> VerificationReport:
    """Return the report of checks 2–4; geometry that can't be read fails check 2."""
    if isinstance(scene, Refused):
        return VerificationReport(passed=False, checks=(finish(2, "solids", scene.reasons),), scene_hash=None)
    return _report([check_solids(scene), check_intersections(scene), check_zones(scene)], scene)


def verify_schema(
    scene: LoadedBundle | Refused, catalogue: Catalogue, keep: Callable[[bytes], object] = hash_bytes
) -> VerificationReport:
    """Return the report of check 5: the scene's MJCF, which `keep` is given, fits the schema and MuJoCo compiles it."""
    subject = _compile(scene, catalogue)
    if isinstance(subject, Refused):
        return _report([finish(5, "model", subject.reasons)], scene)
    keep(subject.conversion.xml)
    return _report([finish(5, "model", (), _describe_model(subject))], scene, hash_bytes(subject.conversion.xml))


def verify_simulation(scene: LoadedBundle | Refused, draws: Draws, catalogue: Catalogue) -> VerificationReport:
    """Return the report of checks 6–9, up to the first that fails, of a scene that passed check 5.

    Check 9 passes here: its numbers are for who knows the other scenes.
    """
    subject = _compile(scene, catalogue)
    if isinstance(subject, Refused) or isinstance(scene, Refused):
        refused = subject.reasons if isinstance(subject, Refused) else ()
        return _report([finish(6, "frames", refused)], scene)
    checks = [_check_frames(subject), _check_motion(subject, draws)]
    if not all(check.passed for check in checks):
        return _report(checks, scene)
    nothing = _do_nothing(subject, draws)
    passed = try_canned(scene, draws, catalogue)
    checks.append(_check_trivial(nothing, len(passed)))
    if checks[-1].passed:
        checks.append(finish(9, "near copies", (), describe_likeness(scene, subject, nothing.trials, catalogue)))
    failures = sum_up_failures(nothing.trials)
    return _report(checks, scene).model_copy(update={"canned_passed": passed, "nothing_reasons": failures})


def _compile(scene: LoadedBundle | Refused, catalogue: Catalogue) -> TrialModel | Refused:
    if isinstance(scene, Refused):
        return scene
    conversion = convert(scene, None, catalogue)
    return conversion if isinstance(conversion, Refused) else compile_model(scene.scene, conversion)


def _report(
    checks: Sequence[CheckReport], scene: LoadedBundle | Refused, mjcf: str | None = None
) -> VerificationReport:
    passed, digest = all(check.passed for check in checks), None if isinstance(scene, Refused) else scene.bundle_hash
    return VerificationReport(passed=passed, checks=tuple(checks), scene_hash=digest, mjcf_sha256=mjcf)


def _describe_model(subject: TrialModel) -> tuple[Measure, ...]:
    geoms, model = subject.conversion.geoms, subject.model
    return measures(collision_geoms=len(geoms), contact_pairs=model.npair, degrees_of_freedom=model.nv)


def _check_frames(subject: TrialModel) -> CheckReport:
    """Check 6: the nominal trial's first frames are stable."""
    run = run_trials(subject, (draw_nominal(subject.scene),), RunOptions(run_all_s=FRAMES_S))
    return finish(6, "frames", find_instability(run), describe_stability(run))


def describe_stability(run: TrialRun) -> tuple[Measure, ...]:
    """Return the numbers behind UNSTABLE."""
    return measures(deepest_contact_mm=run.deepest_mm, energy_rise_over_allowance=run.worst_rise)


def find_instability(run: TrialRun) -> tuple[Reason, ...]:
    """Return UNSTABLE if a run was."""
    if not run.unstable:
        return ()
    message = "the scene does not simulate stably: look for bodies that start inside each other or hang on nothing"
    message += f"; the deepest contact is between {run.deepest}" if run.deepest else ""
    return (Reason(code=ReasonCode.UNSTABLE, message=message, where=run.deepest, numbers=describe_stability(run)),)


def _check_motion(subject: TrialModel, draws: Draws) -> CheckReport:
    """Check 7: movers and drives stay stable and keep their contracts over 4 draws, and 1 at half the step."""
    contracts, span_s = subject.scene.motion_contracts, find_span_s(subject.scene)
    if span_s == 0.0:
        return finish(7, "motion", ())
    drawn = draw_trials(subject.scene, draws, MOTION_TRIALS + 1, "motion")
    nominal = RunOptions(threads=draws.threads, run_all_s=span_s)
    runs = [
        run_trials(subject, drawn[:MOTION_TRIALS], nominal),
        run_trials(subject, drawn[MOTION_TRIALS:], RunOptions(half_step=True, run_all_s=span_s)),
    ]
    checks = [_check_surface(subject, contract, drawn, span_s) for contract in contracts if contract.body]
    reasons, numbers = [r for c in checks for r in c.reasons], [n for c in checks for n in c.numbers]
    for run, step in zip(runs, ("nominal step", "half step"), strict=True):
        reasons += find_instability(run)
        for contract, excesses in run.breaches.items():
            named = zip(("range", "speed", "lag"), excesses, strict=True)
            measures = [Measure(name=f"{contract}: {what} over allowance, {step}", value=v) for what, v in named]
            numbers += measures
            if max(excesses) > 1.0:
                message = f"'{contract}' does not move as its motion contract promises: mend the contract or the drive"
                broken = ReasonCode.MOTION_CONTRACT_BROKEN
                reasons.append(Reason(code=broken, message=message, where=contract, numbers=tuple(measures)))
    return finish(7, "motion", reasons, numbers)


def find_span_s(scene: SceneBundle) -> float:
    """Return how long check 7 watches: two periods and 2 s, the horizon where a motion never repeats, 0 for none.

    A free body, a contract without a period and a swing that friction or damping slows down never repeat.
    """
    horizon_s, driven = scene.task.horizon_s, {drive.joint for drive in scene.drives}
    periods = {contract.joint or contract.body: contract.period_s for contract in scene.motion_contracts}
    periods |= {surface.body: 0.0 for surface in scene.surfaces if surface.schedule is None}
    slowed = {j.id for j in scene.joints if j.id not in driven and (j.damping or j.friction_loss)}
    moving = {joint.id for joint in scene.joints} | {surface.body for surface in scene.surfaces}
    repeats = [None if name in slowed else periods.get(name) for name in sorted(moving)]
    return max((horizon_s if p is None else min(horizon_s, 2 * p + MOTION_TAIL_S) for p in repeats), default=0.0)


def _check_surface(
    subject: TrialModel, contract: MotionContract, draws: tuple[TrialDraw, ...], span_s: float
) -> CheckReport:
    """Compare the top speed that a conveyor's surface has in the simulations with the promised one."""
    batch, top_mm_s = TrialBatch(subject, draws, 1, STEP_S), 0.0
    for time_s in np.arange(0.0, span_s, SAMPLE_S).tolist():
        batch.set_surfaces(time_s)
        top_mm_s = max(top_mm_s, float(batch.surface_speeds()[str(contract.body)].max()) / M_PER_MM)
    numbers = (
        Measure(name=f"{contract.id}: top surface speed", value=top_mm_s, unit="mm/s"),
        Measure(name=f"{contract.id}: promised", value=contract.max_speed, unit="mm/s"),
    )
    if abs(top_mm_s - contract.max_speed) <= SLACK * contract.max_speed:
        return finish(7, "surface", (), numbers)
    message = f"the surface of '{contract.body}' does not reach or keep the speed that '{contract.id}' promises"
    broken = Reason(code=ReasonCode.MOTION_CONTRACT_BROKEN, message=message, where=contract.id, numbers=numbers)
    return finish(7, "surface", (broken,), numbers)


def _do_nothing(subject: TrialModel, draws: Draws) -> TrialSet:
    drawn = draw_trials(subject.scene, draws, TRIVIAL_TRIALS)
    return run_set(subject, drawn, MOST_TRIVIAL + 1, RunOptions(threads=draws.threads))


def _check_trivial(nothing: TrialSet, canned: int) -> CheckReport:
    """Check 8: doing nothing fails; how many canned designs pass is only recorded."""
    numbers = measures(trials_passed_by_doing_nothing=nothing.passes, canned_designs_that_pass=canned)
    if nothing.passes <= MOST_TRIVIAL:
        return finish(8, "trivial", (), numbers)
    message = f"doing nothing passes {nothing.passes} of {len(nothing.trials)} trials: move the goal or the payload"
    return finish(8, "trivial", (Reason(code=ReasonCode.TRIVIAL, message=message, numbers=numbers),), numbers)

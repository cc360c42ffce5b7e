"""The judge: takes a scene and a submitted design through every stage and writes the verdict (mechanics §§4–8)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import mujoco

from schemas.catalogue import Catalogue
from schemas.jobs import Budgets, Draws
from schemas.reasons import Reason, ReasonCode
from schemas.record import ShortText, hash_bytes
from schemas.statistics import wilson_interval
from schemas.verdict import JUDGE_VERSION, Appraisal, Hashes, Trial, Verdict
from workbench.components.standing import stand_components
from workbench.convert import convert
from workbench.judge.appraise import appraise
from workbench.judge.static.beams import Beam, read_beams
from workbench.judge.static.design import find_design_faults
from workbench.judge.trial.draws import draw_trials
from workbench.judge.trial.rest import find_unrest
from workbench.judge.trial.trial_model import TrialModel, compile_model
from workbench.judge.trial.trials import RunOptions, TrialSet, run_set, sum_up_failures
from workbench.kernel.loading import LoadedBundle
from workbench.reasons import Refused, reason

Stage = Literal["bundle", "geometry", "manufacturing", "model", "rest", "simulation", "passed"]
CERTIFY_MARGIN_MM = 2.0
_STAGES: dict[ReasonCode, Stage] = {
    ReasonCode.BUNDLE_INVALID: "bundle",
    ReasonCode.ENVIRONMENT_TAMPERED: "bundle",
    ReasonCode.SCHEMA_INVALID: "model",
    ReasonCode.MODEL_REJECTED: "model",
    ReasonCode.UNKNOWN_COMPONENT: "manufacturing",
    ReasonCode.PROCESS_MATERIAL_MISMATCH: "manufacturing",
}


@dataclass(frozen=True)
class Case:
    """What is judged: the scene, the design (None: doing nothing), the draws and the budgets."""

    scene: LoadedBundle
    design: LoadedBundle | None
    draws: Draws
    budgets: Budgets | None
    catalogue: Catalogue


@dataclass(frozen=True)
class Judged:
    """What the judge has come to know so far."""

    stage: Stage
    reasons: tuple[Reason, ...] = ()
    appraisal: Appraisal | None = None
    mjcf: str | None = None
    main: TrialSet | None = None
    half: TrialSet | None = None
    warnings: tuple[ShortText, ...] = ()


def judge(case: Case, keep: Callable[[bytes], object] = hash_bytes) -> tuple[Verdict, float]:
    """Return the verdict and the simulated seconds; every reason of the first failing stage is in it.

    `keep` is given the MJCF that is simulated.
    """
    judged = _judge_stages(case, keep)
    hashes = case.scene.bundle_hash, case.design.bundle_hash if case.design else None, case.catalogue.hash
    simulated_s = sum(found.simulated_s for found in (judged.main, judged.half) if found is not None)
    return _write_verdict(case.draws, judged, hashes), simulated_s


def judge_unread(hashes: tuple[str, str | None, str], reasons: tuple[Reason, ...], draws: Draws) -> Verdict:
    """Return the verdict on bundles that could not even be read; hashes are of scene, assembly, catalogue."""
    return _write_verdict(draws, Judged(find_stage(reasons), reasons), hashes)


@cache
def read_cpu_model() -> str:
    """Return the CPU's model name; a judge job calls this first while it is warmed, where /proc is still in reach."""
    text = Path("/proc/cpuinfo").read_text()
    match = re.search(r"^(?:model name|Hardware|CPU part)\s*:\s*(.+)$", text, re.MULTILINE)
    return match.group(1).strip()[:400] if match else "unknown"


def find_stage(reasons: tuple[Reason, ...]) -> Stage:
    """Return the earliest stage that the reasons belong to."""
    order: tuple[Stage, ...] = ("bundle", "geometry", "manufacturing", "model")
    return min((_STAGES.get(reason.code, "geometry") for reason in reasons), key=order.index)


def _judge_stages(case: Case, keep: Callable[[bytes], object]) -> Judged:
    scene, design = case.scene.scene, case.design
    appraisal: Appraisal | None = None
    beams: Mapping[str, Beam] = {}
    if design is not None:
        bought = stand_components(design, case.catalogue)
        design = bought.design
        faults = (*bought.faults, *find_design_faults(case.scene, design, case.catalogue))
        if faults:
            return Judged(find_stage(faults), faults)
        appraisal, reasons = appraise(scene, design, case.budgets, case.catalogue)
        if reasons:
            return Judged("manufacturing", reasons, appraisal)
        beams = read_beams(design, case.catalogue)
    conversion = convert(case.scene, design, case.catalogue)
    if isinstance(conversion, Refused):
        return Judged(find_stage(conversion.reasons), conversion.reasons, appraisal)
    subject = compile_model(scene, conversion)
    if isinstance(subject, Refused):
        return Judged("model", subject.reasons, appraisal)
    keep(conversion.xml)
    unrest = find_unrest(subject) if design is not None else ()
    known = Judged("rest", unrest, appraisal, hash_bytes(conversion.xml))
    return known if unrest else _simulate(case, subject, beams, known)


def _simulate(case: Case, subject: TrialModel, beams: Mapping[str, Beam], known: Judged) -> Judged:
    draws, options = case.draws, RunOptions(threads=case.draws.threads)
    drawn = draw_trials(subject.scene, draws, draws.trials)
    main = run_set(subject, drawn, draws.must_pass, options, beams, draws.stop_early)
    half: TrialSet | None = None
    if draws.half_step_trials and main.passes >= draws.must_pass:
        drawn = draw_trials(subject.scene, draws, draws.half_step_trials, "half")
        half = run_set(
            subject, drawn, draws.half_step_must_pass, replace(options, half_step=True), beams, draws.stop_early
        )
    reasons = _find_failures(draws, main, half)
    warnings = tuple(sorted({*main.warnings, *(half.warnings if half else ())}))
    stage: Stage = "simulation" if reasons else "passed"
    return replace(known, stage=stage, reasons=reasons, main=main, half=half, warnings=warnings)


def _find_failures(draws: Draws, main: TrialSet, half: TrialSet | None) -> tuple[Reason, ...]:
    if main.passes < draws.must_pass:
        return sum_up_failures(main.trials)
    if half is not None and half.passes < draws.half_step_must_pass:
        return sum_up_failures(half.trials)
    margin_mm = least_margin((*main.trials, *(half.trials if half else ())))
    if draws.purpose == "certify" and margin_mm is not None and margin_mm < CERTIFY_MARGIN_MM:
        message = "a certificate needs more clearance to the goal's faces and forbid zones"
        limits = {"margin_mm": margin_mm, "limit_mm": CERTIFY_MARGIN_MM}
        return (reason(ReasonCode.GOAL_MISSED, "margin", message, **limits),)
    return ()


def least_margin(trials: tuple[Trial, ...]) -> float | None:
    """Return the margin of the worst passing trial in mm."""
    return min((trial.margin_mm for trial in trials if trial.passed and trial.margin_mm is not None), default=None)


def _write_verdict(draws: Draws, judged: Judged, hashes: tuple[str, str | None, str]) -> Verdict:
    main, (scene, assembly, catalogue) = judged.main, hashes
    complete = main is not None and not main.stopped
    count = len(main.trials) if main else 0
    low, high = wilson_interval(main.passes, count) if main and complete else (None, None)
    return Verdict(
        passed=judged.stage == "passed",
        purpose=draws.purpose,
        submission=draws.submission,
        stage=judged.stage,
        reasons=judged.reasons,
        appraisal=judged.appraisal,
        trials=main.trials if main else (),
        half_step_trials=judged.half.trials if judged.half else (),
        pass_fraction=main.passes / count if main and complete else None,
        wilson_low=low,
        wilson_high=high,
        margin_mm=least_margin(main.trials) if main else None,
        warnings=judged.warnings,
        hashes=Hashes(
            scene=scene,
            benchmark=draws.benchmark,
            assembly=assembly,
            catalogue=catalogue,
            mjcf=judged.mjcf,
            judge_version=JUDGE_VERSION,
            mujoco_version=mujoco.__version__,
            cpu_model=read_cpu_model(),
        ),
    )

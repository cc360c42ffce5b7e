"""The rows of a verdict: itself, its trials, findings and cost lines."""

from sqlalchemy import Connection

from records.rows import Row, now, plain, put_rows
from records.tables import CostLineRow, PartFindingRow, TrialRow, VerdictRow
from schemas.record import hash_parts
from schemas.verdict import Verdict

SCALARS = {"purpose", "submission", "passed", "stage", "pass_fraction", "wilson_low", "wilson_high", "margin_mm"}


def verdict_id(verdict: Verdict) -> str:
    """Return the natural key of a verdict: hash of hashes, purpose and submission."""
    return hash_parts(verdict.hashes.canonical_json().decode(), verdict.purpose, str(verdict.submission))


def put_verdict(connection: Connection, verdict: Verdict, revision: int) -> str:
    """Store a verdict with everything in it and return its id; raises InfrastructureError when it differs."""
    key = verdict_id(verdict)
    put_rows(connection, VerdictRow, [verdict_row(verdict, revision)])
    put_rows(connection, TrialRow, _trial_rows(verdict, key))
    appraisal = verdict.appraisal
    if appraisal is not None:
        findings = [
            {"verdict_id": key, "number": n, **finding.model_dump(mode="json")}
            for n, finding in enumerate(appraisal.findings)
        ]
        put_rows(connection, PartFindingRow, findings)
        price = appraisal.price
        lines = [
            {"verdict_id": key, "number": n, **line.model_dump(mode="json"), "amount_usd": line.amount_usd}
            for n, line in enumerate(price.lines if price else ())
        ]
        put_rows(connection, CostLineRow, lines)
    return key


def verdict_row(verdict: Verdict, revision: int) -> Row:
    """Return the row of a verdict that the write transaction `revision` stores."""
    appraisal, hashes = verdict.appraisal, verdict.hashes
    price = appraisal.price if appraisal else None
    return {
        **verdict.model_dump(include=SCALARS),
        "verdict_id": verdict_id(verdict),
        "reasons": plain(verdict.reasons),
        "warnings": list(verdict.warnings),
        "mass_g": appraisal.mass_g if appraisal else None,
        "quantity": price.quantity if price else None,
        "total_usd": price.total_usd if price else None,
        "unit_cost_usd": price.unit_cost_usd if price else None,
        "scene_hash": hashes.scene,
        "benchmark_hash": hashes.benchmark,
        "assembly_hash": hashes.assembly,
        "catalogue_hash": hashes.catalogue,
        "mjcf_sha256": hashes.mjcf,
        "judge_version": hashes.judge_version,
        "mujoco_version": hashes.mujoco_version,
        "cpu_model": hashes.cpu_model,
        "record": verdict.canonical_json().decode(),
        "revision": revision,
        "recorded_at": now(),
    }


def _trial_rows(verdict: Verdict, key: str) -> list[Row]:
    return [
        {"verdict_id": key, "half_step": half_step, **trial.model_dump(mode="json")}
        for half_step, trials in ((False, verdict.trials), (True, verdict.half_step_trials))
        for trial in trials
    ]

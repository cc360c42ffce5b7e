"""The rows of a verdict: itself, its trials, findings and cost lines."""

from decimal import Decimal

from sqlalchemy import Connection

from records.rows import Row, Stamp, plain, put_rows
from records.tables import CostLineRow, PartFindingRow, PartRow, TrialRow, VerdictRow
from schemas.record import hash_parts
from schemas.verdict import Appraisal, Verdict

SCALARS = {"purpose", "submission", "passed", "stage", "pass_fraction", "wilson_low", "wilson_high", "margin_mm"}


def verdict_id(verdict: Verdict) -> str:
    """Return the natural key of a verdict: hash of hashes, purpose and submission."""
    return hash_parts(verdict.hashes.canonical_json().decode(), verdict.purpose, str(verdict.submission))


def put_verdict(connection: Connection, verdict: Verdict, stamp: Stamp) -> str:
    """Store a verdict with everything in it and return its id; raises InfrastructureError when it differs."""
    key = verdict_id(verdict)
    put_rows(connection, VerdictRow, [verdict_row(verdict, stamp)])
    put_rows(connection, TrialRow, _trial_rows(verdict, key))
    appraisal = verdict.appraisal
    if appraisal is not None:
        findings = [
            {"verdict_id": key, "number": n, **finding.model_dump(mode="json")}
            for n, finding in enumerate(appraisal.findings)
        ]
        put_rows(connection, PartFindingRow, findings)
        put_rows(connection, PartRow, _part_rows(appraisal, key))
        price = appraisal.price
        lines = [
            {"verdict_id": key, "number": n, **line.model_dump(mode="json"), "amount_usd": line.amount_usd}
            for n, line in enumerate(price.lines if price else ())
        ]
        put_rows(connection, CostLineRow, lines)
    return key


def verdict_row(verdict: Verdict, stamp: Stamp) -> Row:
    """Return the row of a verdict as a write transaction stores it."""
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
        **stamp.columns,
    }


def _part_rows(appraisal: Appraisal, key: str) -> list[Row]:
    """Return the rows of the parts whose making a verdict tells; those of an earlier judge don't."""
    price = appraisal.price
    rows: list[Row] = []
    for one in appraisal.masses:
        if one.size_mm is not None:
            own = [line.amount_usd for line in price.lines if line.subject == one.body] if price else []
            cost_usd = float(sum(own, Decimal()) / price.quantity) if price else None
            size = dict(zip(("size_x_mm", "size_y_mm", "size_z_mm"), one.size_mm, strict=True))
            made = one.model_dump(include={"process", "material_id", "mass_g"})
            rows.append({"verdict_id": key, "part": one.body, **made, "unit_cost_usd": cost_usd, **size})
    return rows


def _trial_rows(verdict: Verdict, key: str) -> list[Row]:
    return [
        {"verdict_id": key, "half_step": half_step, **trial.model_dump(mode="json")}
        for half_step, trials in ((False, verdict.trials), (True, verdict.half_step_trials))
        for trial in trials
    ]

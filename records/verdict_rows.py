"""Verdicts in the store: each with its trials, parts, findings and cost lines."""

from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.orm import Mapped, mapped_column

from records.rows import Row, Stamp, plain, put_rows
from records.tables import Base, CompressedColumn, Made, VerdictRef
from records.texts import Plain
from schemas.record import hash_parts
from schemas.verdict import Appraisal, Verdict

SCALARS = {"purpose", "submission", "passed", "stage", "pass_fraction", "wilson_low", "wilson_high", "margin_mm"}


class VerdictRow(Made, Base):
    """One verdict of the judge; the same hashes, purpose, submission and terms give the same verdict."""

    verdict_id: Mapped[str] = mapped_column(primary_key=True, doc="Hash of hashes, purpose, submission and terms")
    purpose: Mapped[str] = mapped_column(doc="`preview`, `verdict` or `certify`")
    submission: Mapped[int] = mapped_column(doc="Number that picks the draws")
    passed: Mapped[bool] = mapped_column(doc="Pass or fail")
    stage: Mapped[str] = mapped_column(doc="Stage that ended it, `passed` when none did")
    reasons: Mapped[Plain] = mapped_column(doc="Why it failed: code, message, where, numbers")
    pass_fraction: Mapped[float | None] = mapped_column(doc="Passing trials ÷ trials")
    wilson_low: Mapped[float | None] = mapped_column(doc="Lower end of the 95 % Wilson interval of the pass fraction")
    wilson_high: Mapped[float | None] = mapped_column(doc="Upper end of that interval")
    margin_mm: Mapped[float | None] = mapped_column(doc="Least clearance over the passing trials")
    warnings: Mapped[Plain] = mapped_column(doc="Findings that fail nothing")
    mass_g: Mapped[float | None] = mapped_column(doc="Mass of the assembly")
    quantity: Mapped[int | None] = mapped_column(doc="Assemblies that the price is for")
    total_usd: Mapped[Decimal | None] = mapped_column(doc="Price of the whole order; NULL: could not be priced")
    unit_cost_usd: Mapped[Decimal | None] = mapped_column(doc="Price of one assembly")
    key_fingerprint: Mapped[str | None] = mapped_column(doc="Hash that tells keys of draws apart; NULL: not known")
    terms: Mapped[Plain] = mapped_column(
        doc="Trials, how many must pass, budgets: with the hashes, all that decides it"
    )
    scene_hash: Mapped[str] = mapped_column(doc="Hash of the scene that was judged on")
    benchmark_hash: Mapped[str | None] = mapped_column(doc="Hash of scene and budgets that were judged under")
    assembly_hash: Mapped[str | None] = mapped_column(doc="Hash of the assembly bundle")
    catalogue_hash: Mapped[str] = mapped_column(doc="Hash of the catalogue tables")
    mjcf_sha256: Mapped[str | None] = mapped_column(doc="Hash of the MJCF that was simulated")
    judge_version: Mapped[str] = mapped_column(doc="Version of the judge")
    mujoco_version: Mapped[str] = mapped_column(doc="Version of MuJoCo")
    cpu_model: Mapped[str] = mapped_column(doc="CPU model that computed it")
    record: Mapped[CompressedColumn] = mapped_column(doc="The whole verdict as canonical JSON")


class OfVerdict:
    """Rows of a verdict."""

    verdict_id: Mapped[VerdictRef] = mapped_column(primary_key=True, sort_order=-1, doc="The verdict")


class TrialRow(OfVerdict, Base):
    """One simulated run of a verdict: worst numbers, never its draw."""

    half_step: Mapped[bool] = mapped_column(primary_key=True, doc="Whether it ran at half the time step")
    index: Mapped[int] = mapped_column(primary_key=True, doc="Number of the draw, from 0")
    passed: Mapped[bool] = mapped_column(doc="Whether it passed")
    reasons: Mapped[Plain] = mapped_column(doc="Why it did not")
    end_s: Mapped[float] = mapped_column(doc="Simulated time at its end")
    entered_s: Mapped[float | None] = mapped_column(doc="Simulated time when the last payload reached its goal zone")
    margin_mm: Mapped[float | None] = mapped_column(doc="Least clearance of a passing trial")
    closest_mm: Mapped[float] = mapped_column(doc="How far the worst payload's centre stayed from its goal zone")
    steps: Mapped[int] = mapped_column(doc="Time steps simulated")


class PartFindingRow(OfVerdict, Base):
    """One manufacturability finding of a verdict."""

    number: Mapped[int] = mapped_column(primary_key=True, doc="Place in the verdict's list, from 0")
    rule_id: Mapped[str] = mapped_column(doc="Row of process_rules")
    severity: Mapped[str] = mapped_column(doc="`error` or `warning`")
    part: Mapped[str] = mapped_column(doc="The part's id")
    face: Mapped[int | None] = mapped_column(doc="Number of the face")
    point_mm: Mapped[Plain] = mapped_column(doc="Where: x, y, z in mm, or NULL")
    measured: Mapped[float] = mapped_column(doc="The value found, in `unit`")
    limit: Mapped[float] = mapped_column(doc="The value allowed, in `unit`; a keyword of SQL: write it in quotes")
    unit: Mapped[str] = mapped_column(doc="Unit of both")
    advice: Mapped[str] = mapped_column(doc="What to change")


class PartRow(OfVerdict, Base):
    """One part of a judged design: how it is made, what it weighs and costs, how large it is."""

    part: Mapped[str] = mapped_column(primary_key=True, doc="The part's id")
    process: Mapped[str | None] = mapped_column(doc="Manufacturing process")
    material_id: Mapped[str | None] = mapped_column(doc="Its material: a row of materials.csv")
    mass_g: Mapped[float] = mapped_column(doc="Mass, measured on its solid")
    unit_cost_usd: Mapped[float | None] = mapped_column(
        doc="Its own lines of the price for one assembly, twins of it included; NULL: could not be priced"
    )
    size_x_mm: Mapped[float] = mapped_column(doc="Size of its own box along x")
    size_y_mm: Mapped[float] = mapped_column(doc="Along y")
    size_z_mm: Mapped[float] = mapped_column(doc="Along z")


class CostLineRow(OfVerdict, Base):
    """One line of the price in a verdict; the lines sum to its total."""

    number: Mapped[int] = mapped_column(primary_key=True, doc="Place in the price, from 0")
    label: Mapped[str] = mapped_column(doc="What is paid for")
    subject: Mapped[str] = mapped_column(doc="Part or component id; empty for the whole order")
    process: Mapped[str | None] = mapped_column(doc="Manufacturing process")
    amount_usd: Mapped[Decimal] = mapped_column(doc="Amount for the whole order")
    rate: Mapped[str] = mapped_column(doc="How it was computed")
    source_row: Mapped[str] = mapped_column(doc="Row of the catalogue that it comes from")


def verdict_id(verdict: Verdict) -> str:
    """Return the natural key of a verdict: hash of hashes, purpose, submission and, where they are known, its terms."""
    terms = () if verdict.terms is None else (verdict.terms.canonical_json().decode(),)
    return hash_parts(verdict.hashes.canonical_json().decode(), verdict.purpose, str(verdict.submission), *terms)


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
    appraisal, hashes, terms = verdict.appraisal, verdict.hashes, verdict.terms
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
        "key_fingerprint": terms.key_fingerprint if terms else None,
        "terms": terms.model_dump(mode="json", exclude={"key_fingerprint"}) if terms else None,
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

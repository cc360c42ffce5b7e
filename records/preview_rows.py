"""Previews in the store: every program that was tried and counted for nothing, with what was found."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Mapped, mapped_column

from records.bundles import put_program
from records.rows import Row, Stamp, now, plain, put_rows
from records.tables import Base, CompressedColumn, FileRef, OfEpisode, Recorded
from records.texts import Plain
from schemas.episode import Preview
from schemas.record import hash_parts


class PreviewRow(OfEpisode, Recorded, Base):
    """One try of a program that counted for nothing; the same try again is the same row."""

    preview_id: Mapped[str] = mapped_column(primary_key=True, doc="Hash of kind, program, draw and trials")
    number: Mapped[int] = mapped_column(doc="Place among the episode's previews, from 1")
    kind: Mapped[str] = mapped_column(
        doc="`build`, `simulate`, `appraise`, `measure` or `check_parts`; `lazy`: what anyone would try, judged under "
        "the final budgets after the search, a row for each way in which it ended"
    )
    program_sha256: Mapped[FileRef] = mapped_column(doc="Hash of the program")
    bundle_hash: Mapped[str | None] = mapped_column(doc="Hash of its bundle; NULL: it gave none")
    draw: Mapped[int | None] = mapped_column(doc="Number that picks the draws of a simulation")
    trials: Mapped[int | None] = mapped_column(doc="Trials that were asked for; fewer ran where they could not pass")
    passed: Mapped[bool] = mapped_column(doc="Whether nothing was wrong with it")
    reasons: Mapped[Plain] = mapped_column(doc="What was: code, message, where, numbers")
    stage: Mapped[str | None] = mapped_column(doc="Stage that ended a simulated one, `passed` when none did")
    trials_run: Mapped[int | None] = mapped_column(doc="Trials that ran")
    trials_passed: Mapped[int | None] = mapped_column(doc="Trials that passed")
    margin_mm: Mapped[float | None] = mapped_column(doc="Least clearance over the passing trials")
    closest_mm: Mapped[float | None] = mapped_column(
        doc="How far the worst payload's centre stayed from its goal zone, mean of the trials"
    )
    cost_usd: Mapped[float | None] = mapped_column(doc="Unit cost at the target quantity")
    mass_g: Mapped[float | None] = mapped_column(doc="Mass of the assembly")
    simulated_s: Mapped[float] = mapped_column(doc="Simulated seconds of all trials")
    program_cpu_s: Mapped[float] = mapped_column(doc="CPU seconds of the program")
    stdout: Mapped[CompressedColumn | None] = mapped_column(doc="What its program wrote; NULL: nothing, or not now")
    stderr: Mapped[CompressedColumn | None] = mapped_column(doc="The same to the other stream")
    software_id: Mapped[str | None] = mapped_column(doc="What made it: row of software; NULL: not known")
    record: Mapped[CompressedColumn | None] = mapped_column(doc="The whole verdict or appraisal as canonical JSON")


def put_previews(connection: Connection, episode_id: str, previews: Sequence[Preview], stamp: Stamp) -> None:
    """Add what was tried to an episode, in order; what is there already stays."""
    if not previews:
        return
    tried = {_name(one): one for one in previews}
    rows = select(PreviewRow.preview_id).where(PreviewRow.episode_id == episode_id)
    known = set(connection.execute(rows.where(PreviewRow.preview_id.in_(tried))).scalars())
    count = connection.execute(select(func.count()).where(PreviewRow.episode_id == episode_id)).scalar_one()
    new = [(name, one) for name, one in tried.items() if name not in known]
    for one in {one.program.sha256: one for _, one in new}.values():
        put_program(connection, one.program)
    made = [
        _row(one, n) | {"episode_id": episode_id, "preview_id": name, "software_id": stamp.software_id}
        for n, (name, one) in enumerate(new, count + 1)
    ]
    put_rows(connection, PreviewRow, made)


def _name(preview: Preview) -> str:
    return hash_parts(preview.kind, preview.program.sha256, str(preview.draw), str(preview.trials))


def _row(preview: Preview, number: int) -> Row:
    verdict = preview.verdict
    appraisal = verdict.appraisal if verdict else preview.appraisal
    whole = verdict or appraisal
    trials = verdict.trials if verdict else ()
    return {
        **preview.model_dump(include={"kind", "bundle_hash", "draw", "trials", "simulated_s"}),
        "number": number,
        "program_sha256": preview.program.sha256,
        "passed": not preview.reasons,
        "reasons": plain(preview.reasons),
        "stage": verdict.stage if verdict else None,
        "trials_run": len(trials) if verdict else None,
        "trials_passed": sum(trial.passed for trial in trials) if verdict else None,
        "margin_mm": verdict.margin_mm if verdict else None,
        "closest_mm": sum(trial.closest_mm for trial in trials) / len(trials) if trials else None,
        "cost_usd": appraisal.unit_cost_usd if appraisal else None,
        "mass_g": appraisal.mass_g if appraisal else None,
        "program_cpu_s": preview.cpu_s,
        "stdout": preview.output.stdout or None,
        "stderr": preview.output.stderr or None,
        "record": whole.canonical_json().decode() if whole else None,
        "recorded_at": now(),
    }

"""Benchmarks as rows and back."""

from sqlalchemy import Connection, RowMapping, delete, select, update

from records.bundles import put_program, read_program, read_text
from records.rows import Row, Stamp, now, plain, put_rows
from records.scenes import DRAW, list_cells
from records.tables import BenchmarkCheckRow, BenchmarkRow
from schemas.benchmark import Benchmark, BenchmarkDraft, ItemKey, mint_benchmark_id
from schemas.bundle import SceneBundle
from schemas.errors import InfrastructureError
from schemas.features import list_features
from schemas.jobs import Budgets
from schemas.reasons import BenchmarkState
from schemas.verdict import CheckReport, VerificationReport

KEY = (*DRAW, "judge", "task")
UNFINISHED = BenchmarkRow.state == BenchmarkState.DRAFT
"""An item whose generator is at work: its episode needs a row to belong to."""
UNSETTLED = (BenchmarkState.DRAFT, BenchmarkState.VERIFIED)


def begin_item(connection: Connection, empty: Benchmark) -> None:
    """Make room for an item, unless it is there."""
    item_id = empty.draft.key.item_id
    if connection.execute(select(BenchmarkRow.item_id).where(BenchmarkRow.item_id == item_id)).first() is None:
        put_program(connection, empty.draft.program)
        row = _fixed(empty) | _advancing(empty, 0)
        put_rows(connection, BenchmarkRow, [row])


def put_benchmark(connection: Connection, benchmark: Benchmark, stamp: Stamp) -> None:
    """Store an item as verification left it, its scene's files being stored; one that has moved on is left as it is."""
    report, item_id = benchmark.report, benchmark.key.item_id
    connection.execute(delete(BenchmarkRow).where(BenchmarkRow.item_id == item_id, UNFINISHED))
    for program in (benchmark.draft.program, benchmark.start):
        if program is not None:
            put_program(connection, program)
    changing = _advancing(benchmark, stamp.revision) | {"features": _read_features(connection, benchmark)}
    put_rows(connection, BenchmarkRow, [_fixed(benchmark) | changing], frozenset(changing))
    checks = [{"item_id": item_id, **check.model_dump(mode="json")} for check in report.checks]
    put_rows(connection, BenchmarkCheckRow, checks)


def advance_benchmark(connection: Connection, benchmark: Benchmark, stamp: Stamp) -> None:
    """Move a verified benchmark to `certified` or `open`, once; raises InfrastructureError for any other move."""
    item_id, state = benchmark.draft.key.item_id, benchmark.state
    found = select(BenchmarkRow.__table__).where(BenchmarkRow.item_id == item_id)
    stored = connection.execute(found).mappings().one_or_none()
    changes = _advancing(benchmark, stamp.revision)
    if stored is not None and stored["settled_revision"] is not None:
        changes["settled_revision"] = stored["settled_revision"]
    if stored is not None and all(stored[name] == value for name, value in changes.items()):
        return
    if stored is None or stored["state"] != BenchmarkState.VERIFIED or state not in ("certified", "open"):
        raise InfrastructureError(f"item {item_id} can't go from {stored and stored['state']} to {state}")
    scene, budgets = benchmark.scene_hash, benchmark.budgets
    minted = (
        {mint_benchmark_id(scene, budgets, benchmark.start, judge) for judge in ("", benchmark.key.judge)}
        if scene and budgets
        else {None}
    )
    if benchmark.benchmark_id not in minted:
        raise InfrastructureError(f"item {item_id}: its benchmark_id is not the hash of its scene and budgets")
    connection.execute(update(BenchmarkRow).where(BenchmarkRow.item_id == item_id).values(**changes))


def find_item(connection: Connection, item_id: str) -> Benchmark | None:
    """Return the item of that id, or None where it is not there or still being made."""
    found = select(BenchmarkRow.__table__).where(BenchmarkRow.item_id == item_id, ~UNFINISHED)
    row = connection.execute(found).mappings().one_or_none()
    return None if row is None else load_benchmark(connection, row)


def load_benchmark(connection: Connection, row: RowMapping) -> Benchmark:
    """Return the record of a row of benchmarks."""
    checks = select(BenchmarkCheckRow.__table__).where(BenchmarkCheckRow.item_id == row["item_id"])
    ordered = connection.execute(checks.order_by(BenchmarkCheckRow.number)).mappings()
    report = VerificationReport.model_validate(
        {
            "passed": row["verified"],
            "checks": [{name: check[name] for name in CheckReport.model_fields} for check in ordered],
            **{name: row[name] for name in ("canned_passed", "nothing_reasons", "scene_hash", "mjcf_sha256")},
        }
    )
    draft = BenchmarkDraft(
        key=ItemKey(**{name: row[name] for name in KEY}),
        program=read_program(connection, row["program_sha256"]),
        **{name: row[name] for name in ("parameters", "kind", "split", "slack")},
    )
    kept = (
        "state",
        "reasons",
        "scene_hash",
        "statement",
        "benchmark_id",
        "lazy_passed",
        "difficulty",
        "best_known_cost_usd",
        "derived_from",
    )
    begun = row["start_sha256"]
    return Benchmark(
        draft=draft,
        report=report,
        draft_budgets=_budgets(row["draft_max_cost_usd"], row["draft_max_mass_g"]),
        budgets=_budgets(row["max_cost_usd"], row["max_mass_g"]),
        start=None if begun is None else read_program(connection, begun),
        **{name: row[name] for name in kept},
    )


def _fixed(benchmark: Benchmark) -> Row:
    draft, report, drafts = benchmark.draft, benchmark.report, benchmark.draft_budgets
    return {
        "item_id": draft.key.item_id,
        **{name: getattr(draft.key, name) for name in KEY},
        **draft.model_dump(include={"kind", "split", "slack"}),
        "program_sha256": draft.program.sha256,
        "parameters": plain(draft.parameters),
        "verified": report.passed,
        "cell": next(iter(list_cells(report)), None) if report.passed and draft.key.task == "design" else None,
        "derived_from": benchmark.derived_from,
        "start_sha256": benchmark.start and benchmark.start.sha256,
        "scene_hash": benchmark.scene_hash,
        "mjcf_sha256": report.mjcf_sha256,
        "canned_passed": list(report.canned_passed),
        "nothing_reasons": plain(report.nothing_reasons),
        "draft_max_cost_usd": drafts.max_cost_usd if drafts else None,
        "draft_max_mass_g": drafts.max_mass_g if drafts else None,
        "recorded_at": now(),
    }


def _advancing(benchmark: Benchmark, revision: int) -> Row:
    """Return the columns that change once, when the reference engineer is done."""
    budgets = benchmark.budgets
    return {
        **benchmark.model_dump(include={"statement", "benchmark_id", "difficulty", "best_known_cost_usd"}),
        "reasons": plain(benchmark.reasons),
        "lazy_passed": None if benchmark.lazy_passed is None else list(benchmark.lazy_passed),
        "state": benchmark.state.value,
        "max_cost_usd": budgets.max_cost_usd if budgets else None,
        "max_mass_g": budgets.max_mass_g if budgets else None,
        "settled_revision": None if benchmark.state in UNSETTLED else revision,
    }


def _read_features(connection: Connection, benchmark: Benchmark) -> list[str] | None:
    """Return the features of a verified scene, None for any other item."""
    if not benchmark.report.passed or benchmark.scene_hash is None:
        return None
    scene = SceneBundle.from_json(read_text(connection, benchmark.scene_hash))
    return list(list_features(scene, benchmark.draft.program.source))


def _budgets(cost_usd: float | None, mass_g: float | None) -> Budgets | None:
    return None if cost_usd is None or mass_g is None else Budgets(max_cost_usd=cost_usd, max_mass_g=mass_g)

"""What each data set holds: its columns, and where they come from."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.orm import aliased

from records.arrow_schemas import ZONE, Column, list_zones, read_field
from records.dataset import (
    EPISODE_ON_ITEM,
    WITHHELD,
    Dataset,
    Element,
    columns_of,
    later,
    text_column,
    text_of,
    with_keys,
)
from records.llm_rows import LlmCallRow, join_requests
from records.preview_rows import PreviewRow
from records.provenance_rows import EngineerRow, SoftwareRow
from records.skill_rows import SkillRow, SkillUseRow
from records.tables import (
    BenchmarkCheckRow,
    BenchmarkRow,
    EpisodeRow,
    ErrorRow,
    FileRow,
    MessageRow,
    ProgramVersionRow,
    RunItemRow,
    RunRow,
    SolutionRow,
    SubmissionRow,
    TodoItemRow,
    ToolCallRow,
)
from records.verdict_rows import CostLineRow, PartFindingRow, PartRow, TrialRow, VerdictRow
from schemas.benchmark import name_pictures
from schemas.reasons import NOT_THEIRS, Outcome
from schemas.verdict import JUDGE_VERSION

TEST_SPLITS = ("test_within", "test_cross")
CHEAPEST_SHARE = 0.3
"""A design below this share of the best known cost is reviewed before it is rewarded (records page)."""

_program, _scene = aliased(FileRow), aliased(FileRow)
_benchmarks = BenchmarkRow.__table__.join(_program, BenchmarkRow.program_sha256 == _program.sha256).outerjoin(
    _scene, BenchmarkRow.scene_hash == _scene.sha256
)
KNOWING = ("reference_search", "generator")
"""Policies that know expected solutions."""
_shown = ~sa.and_(EpisodeRow.policy.in_(KNOWING), BenchmarkRow.split.in_(TEST_SPLITS))

_call, _return = aliased(MessageRow), aliased(MessageRow)
_designed = sa.and_(BenchmarkRow.verified, BenchmarkRow.task == "design")
_verified_item = sa.func.min(sa.case((_designed, BenchmarkRow.item_id)))
_scenes = (
    sa.select(
        BenchmarkRow.scene_hash,
        sa.func.coalesce(_verified_item, sa.func.min(BenchmarkRow.item_id)).label("item_id"),
        sa.func.min(BenchmarkRow.settled_revision).label("settled_revision"),
    )
    .group_by(BenchmarkRow.scene_hash)
    .subquery()
)
_has_ended = EpisodeRow.outcome != Outcome.RUNNING
_submitters = (
    sa.select(
        SubmissionRow.verdict_id,
        sa.func.min(sa.case((_has_ended, EpisodeRow.episode_id))).label("episode_id"),
        sa.func.min(sa.case((_has_ended, EpisodeRow.revision))).label("revision"),
    )
    .join(EpisodeRow, EpisodeRow.episode_id == SubmissionRow.episode_id)
    .group_by(SubmissionRow.verdict_id)
    .subquery()
)
_under = sa.select(BenchmarkRow.benchmark_id, BenchmarkRow.item_id, BenchmarkRow.settled_revision).subquery()
_judged = (
    VerdictRow.__table__.join(_scenes, _scenes.c.scene_hash == VerdictRow.scene_hash)
    .outerjoin(_under, _under.c.benchmark_id == VerdictRow.benchmark_hash)
    .join(BenchmarkRow.__table__, BenchmarkRow.item_id == sa.func.coalesce(_under.c.item_id, _scenes.c.item_id))
    .outerjoin(_submitters, _submitters.c.verdict_id == VerdictRow.verdict_id)
)
_of_ended = sa.case((_submitters.c.revision > VerdictRow.revision, _submitters.c.revision), else_=VerdictRow.revision)
_verdict_ready = sa.case(
    (sa.and_(_submitters.c.verdict_id.is_not(None), _submitters.c.revision.is_(None)), sa.null()),  # it still runs
    else_=later(_of_ended, sa.func.coalesce(_under.c.settled_revision, _scenes.c.settled_revision)),
)


def _written_by(stream: Element) -> sa.ColumnElement[Any]:
    """Return what the program of a submission wrote when it was built, which it was before."""
    tried = (PreviewRow.episode_id == SubmissionRow.episode_id, PreviewRow.kind == "build")
    same = PreviewRow.program_sha256 == SubmissionRow.program_sha256
    return sa.select(stream).where(*tried, same).scalar_subquery()


_ITEM_KEYS = (
    Column("item_id", pa.string(), "The item", BenchmarkRow.item_id, nullable=False),
    Column(
        "benchmark_id", pa.string(), "The benchmark; NULL where its item never became one", BenchmarkRow.benchmark_id
    ),
    Column("split", pa.string(), "Split of its benchmark", BenchmarkRow.split, nullable=False),
)
_EPISODE_KEYS = (Column("episode_id", pa.string(), "The episode", EpisodeRow.episode_id, nullable=False), *_ITEM_KEYS)
_VERDICT_KEYS = (
    Column("verdict_id", pa.string(), "The verdict", VerdictRow.verdict_id, nullable=False),
    Column("episode_id", pa.string(), "The episode that submitted it; NULL: a certificate", _submitters.c.episode_id),
    *_ITEM_KEYS,
)


def _draft_budgets(judged_under: Element) -> Column:
    doc = "Whether it was under the budgets of the draft, before the final ones"
    return Column("draft_budgets", pa.bool_(), doc, judged_under.is_distinct_from(BenchmarkRow.benchmark_id))


_by_others = (
    sa.select(SubmissionRow.verdict_id)
    .join(EpisodeRow, EpisodeRow.episode_id == SubmissionRow.episode_id)
    .where(SubmissionRow.verdict_id == VerdictRow.verdict_id, EpisodeRow.policy.not_in(KNOWING))
    .correlate(VerdictRow)
    .exists()
)
_solves = (
    sa.select(SolutionRow.benchmark_id)
    .join(BenchmarkRow, BenchmarkRow.benchmark_id == SolutionRow.benchmark_id)
    .where(BenchmarkRow.split.in_(TEST_SPLITS))
    .where(sa.or_(SolutionRow.verdict_id == VerdictRow.verdict_id, SolutionRow.certificate_id == VerdictRow.verdict_id))
    .exists()
)
_expected = sa.or_(_solves, sa.and_(BenchmarkRow.split.in_(TEST_SPLITS), ~_by_others))
"""A verdict of a test split on a solution, or on any design that nobody but those who know the solutions handed in."""

_judged_mjcf = sa.case((_expected, sa.null()), else_=text_of(VerdictRow.mjcf_sha256))


def _of_verdict(doc: str, table: type[Any], *only: sa.ColumnElement[bool]) -> Dataset:
    """Return the data set of a table whose rows belong to verdicts."""
    rows, columns = _judged, columns_of(table, but=("benchmark_hash",))
    if table is VerdictRow:
        mjcf = text_column(
            "mjcf", "The MJCF that was simulated; NULL for test splits' expected solutions", _judged_mjcf
        )
        columns = (*columns, mjcf, _draft_budgets(VerdictRow.benchmark_hash))
    else:
        rows = table.__table__.join(rows, table.verdict_id == VerdictRow.verdict_id)
    columns = with_keys(columns, _VERDICT_KEYS)
    return Dataset(table.__tablename__, doc, columns, table, rows, _verdict_ready, VerdictRow.recorded_at, only)


def _cheapest(value: Element) -> sa.ColumnElement[float]:
    found = sa.select(value).where(SolutionRow.benchmark_id == BenchmarkRow.benchmark_id)
    return found.order_by(SolutionRow.unit_cost_usd, SolutionRow.bundle_hash).limit(1).scalar_subquery()


_episodes: sa.FromClause = EPISODE_ON_ITEM.outerjoin(
    SubmissionRow.__table__,
    sa.and_(SubmissionRow.episode_id == EpisodeRow.episode_id, SubmissionRow.number == EpisodeRow.submission_count),
).outerjoin(VerdictRow.__table__, VerdictRow.verdict_id == SubmissionRow.verdict_id)
_solved = EpisodeRow.outcome == "SOLVED"
_unit_cost = sa.cast(sa.type_coerce(VerdictRow.unit_cost_usd, sa.String), sa.Double)
_cost_ratio = sa.case((_solved, _unit_cost / _cheapest(SolutionRow.unit_cost_usd)), else_=sa.null())
_suspicious = sa.func.coalesce(_cost_ratio < CHEAPEST_SHARE, False)
_unrewarded = sa.or_(
    EpisodeRow.outcome.in_(NOT_THEIRS),
    BenchmarkRow.state == "open",
    EpisodeRow.policy == "generator",
    VerdictRow.judge_version != JUDGE_VERSION,
    _suspicious,
)
_REWARDS = (
    Column(
        "reward_main",
        pa.int64(),
        "1 solved, 0 not; NULL on INFRASTRUCTURE and DEFECT, open benchmarks, generators, another judge version, or "
        "for review",
        sa.case((_unrewarded, sa.null()), (_solved, 1), else_=0),
    ),
    Column("needs_review", pa.bool_(), f"Costs less than {CHEAPEST_SHARE} of the best known design", _suspicious),
    Column("pass_fraction", pa.float64(), "Passing trials ÷ trials of the last submission", VerdictRow.pass_fraction),
    Column("margin_mm", pa.float64(), "Least clearance over its passing trials", VerdictRow.margin_mm),
    Column("cost_ratio", pa.float64(), "Unit cost ÷ that of the expected solution, when solved", _cost_ratio),
    Column(
        "mass_ratio",
        pa.float64(),
        "Mass ÷ that of the expected solution, when solved",
        sa.case((_solved, VerdictRow.mass_g / _cheapest(SolutionRow.mass_g)), else_=sa.null()),
    ),
    Column(
        "static_valid",
        pa.bool_(),
        "Whether the last submission passed every check before simulation",
        VerdictRow.stage.in_(("rest", "simulation", "passed")),
    ),
)
_solution_rows = SolutionRow.__table__.join(
    BenchmarkRow.__table__, SolutionRow.benchmark_id == BenchmarkRow.benchmark_id
).join(_program, SolutionRow.program_sha256 == _program.sha256)


def _solutions(name: str, doc: str, only: sa.ColumnElement[bool]) -> Dataset:
    columns = (*columns_of(SolutionRow), text_column("program", "The solution program", _program.text))
    columns = with_keys(columns, _ITEM_KEYS)
    ready = later(SolutionRow.revision)
    return Dataset(name, doc, columns, SolutionRow, _solution_rows, ready, SolutionRow.recorded_at, (only,))


def _of_episode(
    doc: str, columns: tuple[Column, ...], table: type[Any], rows: sa.FromClause = EPISODE_ON_ITEM
) -> Dataset:
    """Return the data set of a table whose rows belong to episodes."""
    child_key = None if table is EpisodeRow else table.__table__.c.episode_id
    if table is not EpisodeRow:
        rows = rows.join(table.__table__, table.episode_id == EpisodeRow.episode_id)
    ready = sa.case((_has_ended, later(EpisodeRow.revision)), else_=sa.null())
    columns = with_keys(columns, _EPISODE_KEYS)
    return Dataset(table.__tablename__, doc, columns, table, rows, ready, EpisodeRow.recorded_at, child_key=child_key)


def _of_run(doc: str, table: type[Any], *columns: Column, but: Sequence[str] = ()) -> Dataset:
    """Return the data set of a table whose rows are ready as soon as they are stored."""
    split = sa.literal("train")  # a reader wants one; no problem is told
    made = (*columns_of(table, but), *columns, Column("split", pa.string(), "Always `train`", split, nullable=False))
    rows = table.__table__
    return Dataset(table.__tablename__, doc, made, table, rows, table.revision, table.recorded_at, split=split)


def _of_benchmark(doc: str, columns: tuple[Column, ...], table: type[Any], rows: sa.FromClause) -> Dataset:
    """Return the data set of a table whose rows belong to items."""
    ready = BenchmarkRow.settled_revision
    columns = with_keys(columns, _ITEM_KEYS)
    return Dataset(table.__tablename__, doc, columns, table, rows, ready, BenchmarkRow.recorded_at)


_PICTURES = (
    "Folder in `pictures` of the workspace that holds its pictures and drawings of parts, once it is drawn: "
    "a run draws what it keeps, and no folder goes with a backup or a merge"
)
_EPISODE = (*columns_of(EpisodeRow), _draft_budgets(EpisodeRow.benchmark_id), *_REWARDS)
_llm_calls = replace(
    _of_episode(
        "One call of a language model with everything in and out",
        (
            *columns_of(LlmCallRow, but=("head_sha256", "follows", "kept", "messages", "reply")),
            text_column("request", f"The whole request as JSON; {WITHHELD}", text_of(LlmCallRow.head_sha256), _shown),
            text_column(
                "reply", f"The whole reply as JSON, NULL where every try failed; {WITHHELD}", LlmCallRow.reply, _shown
            ),
        ),
        LlmCallRow,
    ),
    needed=(LlmCallRow.follows, LlmCallRow.kept, LlmCallRow.messages),
    finish=join_requests,
)
_tool_calls = replace(
    _of_episode(
        "One call of a tool with everything in and out",
        (
            *columns_of(ToolCallRow),
            text_column("arguments", f"Its arguments as JSON; {WITHHELD}", _call.body, _shown, read_field("arguments")),
            text_column("answer", f"What it answered, as JSON; {WITHHELD}", _return.body, _shown, read_field("body")),
        ),
        ToolCallRow,
    ),
    rows=EPISODE_ON_ITEM.join(ToolCallRow.__table__, ToolCallRow.episode_id == EpisodeRow.episode_id)
    .join(_call, sa.and_(_call.episode_id == ToolCallRow.episode_id, _call.seq == ToolCallRow.seq))
    .outerjoin(_return, sa.and_(_return.episode_id == ToolCallRow.episode_id, _return.seq == ToolCallRow.return_seq)),
)
_run_items = RunItemRow.__table__.join(BenchmarkRow.__table__, BenchmarkRow.item_id == RunItemRow.item_id)


DATASETS: tuple[Dataset, ...] = (
    _of_run(
        "One state of the program and of what decides its answers",
        SoftwareRow,
        text_column(
            "catalogue", "The catalogue's tables: JSON of names and contents", text_of(SoftwareRow.catalogue_sha256)
        ),
    ),
    _of_run("One run that was asked for", RunRow, but=("finished_at",)),
    _of_run("One version of an engineer", EngineerRow),
    _of_run("One failure of the machinery, or defect, that ended an item or episode for good", ErrorRow),
    _of_benchmark(
        "One benchmark, refused and open ones included; no solution",
        (
            *columns_of(BenchmarkRow),
            text_column("program", "The scene program", _program.text),
            text_column("scene", "The scene bundle as canonical JSON, geometry by hash", _scene.text),
            text_column(
                "mjcf", "The scene's MJCF; its meshes are made anew from the program", text_of(BenchmarkRow.mjcf_sha256)
            ),
            Column("zones", pa.list_(ZONE), "The zones of the scene", _scene.text, list_zones),
            Column("pictures", pa.string(), _PICTURES, BenchmarkRow.item_id, name_pictures),
        ),
        BenchmarkRow,
        _benchmarks,
    ),
    _of_benchmark(
        "One numbered check of one benchmark",
        columns_of(BenchmarkCheckRow),
        BenchmarkCheckRow,
        BenchmarkCheckRow.__table__.join(BenchmarkRow.__table__, BenchmarkCheckRow.item_id == BenchmarkRow.item_id),
    ),
    Dataset(
        "run_items",
        "One item that a run has made, or found made",
        (
            *columns_of(RunItemRow),
            Column("split", pa.string(), "Split of its item", BenchmarkRow.split, nullable=False),
        ),
        RunItemRow,
        _run_items,
        later(RunItemRow.revision),
        BenchmarkRow.recorded_at,
    ),
    _of_verdict("One verdict of the judge", VerdictRow),
    _solutions("solutions", "One expected solution; not of test splits", BenchmarkRow.split.not_in(TEST_SPLITS)),
    _of_episode("One engineer working on one benchmark", _EPISODE, EpisodeRow, _episodes),
    _of_episode(
        "One message of an episode",
        (
            *columns_of(MessageRow, but=("body",)),
            text_column("body", f"The typed body as canonical JSON; {WITHHELD}", MessageRow.body, _shown),
        ),
        MessageRow,
    ),
    _of_episode(
        "One counted design of an episode",
        (
            *columns_of(SubmissionRow),
            text_column("program", f"The solution program; {WITHHELD}", text_of(SubmissionRow.program_sha256), _shown),
            text_column("stdout", f"What it wrote; {WITHHELD}", _written_by(PreviewRow.stdout), _shown),
            text_column("stderr", f"The same to the other stream; {WITHHELD}", _written_by(PreviewRow.stderr), _shown),
        ),
        SubmissionRow,
    ),
    _of_episode(
        "One try of a program that counted for nothing, with what was found",
        (
            *columns_of(PreviewRow, but=("stdout", "stderr")),
            text_column("stdout", f"What its program wrote, NULL for nothing; {WITHHELD}", PreviewRow.stdout, _shown),
            text_column("stderr", f"The same to the other stream; {WITHHELD}", PreviewRow.stderr, _shown),
            text_column("program", f"The program; {WITHHELD}", text_of(PreviewRow.program_sha256), _shown),
            text_column(
                "record", f"The whole verdict or appraisal as canonical JSON; {WITHHELD}", PreviewRow.record, _shown
            ),
        ),
        PreviewRow,
    ),
    _llm_calls,
    _tool_calls,
    _of_episode(
        "One version of one file that an agent wrote",
        (
            *columns_of(ProgramVersionRow),
            text_column("text", f"Its text, NULL for a picture; {WITHHELD}", text_of(ProgramVersionRow.sha256), _shown),
        ),
        ProgramVersionRow,
    ),
    _of_episode(
        "One item of one version of a plan",
        (
            *columns_of(TodoItemRow, but=("text", "acceptance")),
            *(
                Column(name, pa.string(), f"{doc}; {WITHHELD}", sa.case((_shown, source), else_=sa.null()))
                for name, doc, source in (
                    ("text", "What to do", TodoItemRow.text),
                    ("acceptance", "How one sees that it is done", TodoItemRow.acceptance),
                )
            ),
        ),
        TodoItemRow,
    ),
    _of_verdict("One simulated run of a verdict", TrialRow),
    _of_verdict(
        "One part that is made for a judged design, screws and whatever is bought not among them; "
        "not of test splits' expected solutions",
        PartRow,
        ~_expected,
    ),
    _of_verdict(
        "One finding on a part of a verdict; not of test splits' expected solutions", PartFindingRow, ~_expected
    ),
    _of_verdict("One line of a verdict's price; not of test splits' expected solutions", CostLineRow, ~_expected),
    _of_episode(
        "One version of one skill; its effect: `skill_uses` with `episodes`, or `workpiece skills effect`",
        (*columns_of(SkillRow), text_column("markdown", "Its SKILL.md", text_of(SkillRow.sha256))),
        SkillRow,
    ),
    _of_episode("One skill that matched an episode's problem", columns_of(SkillUseRow), SkillUseRow),
)
"""What every export writes, parents before children."""

ON_REQUEST: tuple[Dataset, ...] = (
    _solutions(
        "solutions_test",
        "One expected solution of a test split; only exported when asked for by this name",
        BenchmarkRow.split.in_(TEST_SPLITS),
    ),
)
KNOWN = {dataset.name: dataset for dataset in (*DATASETS, *ON_REQUEST)}

"""The tables as typed mappings; every column says what it holds, and the data dictionary is made from that."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from sqlalchemy import BigInteger, Double, ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedColumn, declared_attr, mapped_column

from records.texts import CompressedText, Json, MoneyText, Plain, UtcTime

TIMES = frozenset({"recorded_at", "finished_at", "sent_at", "pruned_at", "at", "date", "program_cpu_s", "latency_s"})
VOLATILE = TIMES | {"revision", "settled_revision", "value", "store_id", "software_id"}
"""Columns that comparisons of two stores or exports leave out, in whichever table or data set they stand: times
with the partition's date, durations, the order of writing, and by which version of the program it was first done."""
CompressedColumn = Annotated[str, mapped_column(CompressedText)]
"""Text of any length, compressed."""


def _refer(column: str) -> MappedColumn[str]:
    """Refer to a column; checked when the transaction ends, so that rows may come in any order."""
    return mapped_column(ForeignKey(column, deferrable=True, initially="DEFERRED"))


FileRef = Annotated[str, _refer("files.sha256")]
RunRef = Annotated[str, _refer("runs.run_id")]
ItemRef = Annotated[str, _refer("benchmarks.item_id")]
BenchmarkRef = Annotated[str, _refer("benchmarks.benchmark_id")]
EpisodeRef = Annotated[str, _refer("episodes.episode_id")]
VerdictRef = Annotated[str, _refer("verdicts.verdict_id")]


class Base(DeclarativeBase):
    """Names and column types of every table: `ToolCallRow` is a row of `tool_calls`."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        str: String,
        int: BigInteger,
        float: Double,
        datetime: UtcTime,
        Decimal: MoneyText,
        Plain: Json,
    }

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805 - SQLAlchemy calls it with the class
        """Return the plural of what one row is."""
        *words, _ = re.findall("[A-Z][a-z]*", cls.__name__)
        return "_".join(words).lower() + "s"


class OfEpisode:
    """Rows of an episode."""

    episode_id: Mapped[EpisodeRef] = mapped_column(primary_key=True, sort_order=-1, doc="The episode")


class Recorded:
    """Rows that tell when they were stored."""

    recorded_at: Mapped[datetime] = mapped_column(sort_order=2, doc="When it was stored")


class Revised(Recorded):
    """Rows that exports read as soon as they are stored."""

    revision: Mapped[int] = mapped_column(sort_order=1, doc="Write transaction that stored it")


class Made(Revised):
    """Rows that tell what made them."""

    software_id: Mapped[str | None] = mapped_column(sort_order=1, doc="What made it: row of software; NULL: not known")


class RevisionRow(Base):
    """One row: the number of the last write transaction; rows that exports read carry the number of theirs."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, doc="Always 1")
    value: Mapped[int] = mapped_column(doc="Number of the last write transaction")
    store_id: Mapped[str] = mapped_column(doc="Drawn when the store was made, so that exports know whose they are")


class FileRow(Base):
    """One content: text is in the row, binary in the file store under its hash."""

    sha256: Mapped[str] = mapped_column(primary_key=True, doc="SHA-256 of the content")
    size_bytes: Mapped[int] = mapped_column(doc="Size of the content")
    text: Mapped[CompressedColumn | None] = mapped_column(doc="The content of a text; NULL: binary, in the file store")
    geometry_sha256: Mapped[str | None] = mapped_column(
        doc="Of a bundle: hash of the zip with its geometry in the file store; NULL: each is a file of its own, or none"
    )
    recorded_at: Mapped[datetime] = mapped_column(doc="When it was stored first")


class RunRow(Made, Base):
    """One execution of the pipeline."""

    run_id: Mapped[str] = mapped_column(primary_key=True, doc="Hash of what was asked for")
    request: Mapped[Plain] = mapped_column(doc="What was asked for: count, seed, families")
    finished_at: Mapped[datetime | None] = mapped_column(doc="When all of it was done first")


class BenchmarkRow(Recorded, Base):
    """One generated item with everything known of it, refused ones included."""

    item_id: Mapped[str] = mapped_column(primary_key=True, doc="Hash of what it is drawn from, and of its judge")
    benchmark_id: Mapped[str | None] = mapped_column(
        unique=True, doc="Hash of scene and final budgets, minted once; NULL before"
    )
    generator: Mapped[str] = mapped_column(doc="`procedural` or `llm`")
    generator_version: Mapped[str] = mapped_column(doc="Version of the generator")
    family: Mapped[str] = mapped_column(doc="Family that the scene was drawn from; `invented` by a language model")
    seed: Mapped[int] = mapped_column(doc="Seed of the draw")
    index: Mapped[int] = mapped_column(doc="Place of the item in the seed's sequence, from 0")
    attempt: Mapped[int] = mapped_column(doc="How many draws at this index were refused before")
    judge: Mapped[str] = mapped_column(doc="Hash of the judge's key and settings; empty: not known")
    kind: Mapped[str] = mapped_column(doc="`static`, `mover` or `drive`")
    split: Mapped[str] = mapped_column(doc="`train`, `validation`, `test_within` or `test_cross`")
    slack: Mapped[float] = mapped_column(
        doc="Final budgets ÷ cost and mass of the reference's best design, before they are rounded up to two digits"
    )
    program_sha256: Mapped[FileRef] = mapped_column(doc="Hash of the scene program")
    parameters: Mapped[Plain] = mapped_column(doc="The drawn values: name, value, unit")
    state: Mapped[str] = mapped_column(doc="`refused`, `redrawn`, `verified`, `certified` or `open`; `draft`: at work")
    reasons: Mapped[Plain] = mapped_column(doc="Why it was refused or redrawn")
    verified: Mapped[bool] = mapped_column(doc="Whether every check passed")
    cell: Mapped[str | None] = mapped_column(
        index=True, doc="Where near-copies of a verified scene are looked for; NULL: it is no verified scene"
    )
    scene_hash: Mapped[FileRef | None] = mapped_column(
        index=True, doc="Hash of the scene bundle: everything but the budgets"
    )
    mjcf_sha256: Mapped[str | None] = mapped_column(doc="Hash of the scene's MJCF")
    statement: Mapped[CompressedColumn] = mapped_column(doc="The problem in words")
    canned_passed: Mapped[Plain] = mapped_column(doc="Canned designs that solve it")
    nothing_reasons: Mapped[Plain] = mapped_column(doc="Why doing nothing fails")
    lazy_passed: Mapped[Plain | None] = mapped_column(
        doc="Flat plates and straight troughs that solve it; NULL before its certificate"
    )
    features: Mapped[Plain | None] = mapped_column(
        doc="What a verified scene has, in the words of schemas/features.py; NULL: it isn't one, or of an older form"
    )
    draft_max_cost_usd: Mapped[float | None] = mapped_column(doc="Cost limit before the reference search, not binding")
    draft_max_mass_g: Mapped[float | None] = mapped_column(doc="Mass limit before the reference search, not binding")
    max_cost_usd: Mapped[float | None] = mapped_column(doc="Unit cost limit at the target quantity")
    max_mass_g: Mapped[float | None] = mapped_column(doc="Mass limit")
    difficulty: Mapped[int | None] = mapped_column(doc="1–5; NULL where no design is known")
    best_known_cost_usd: Mapped[float | None] = mapped_column(doc="Unit cost of the cheapest known design")
    task: Mapped[str] = mapped_column(
        doc="`design` from nothing, `repair` a design that fails, `cheapen` one that passes at a higher cost"
    )
    derived_from: Mapped[str | None] = mapped_column(
        doc="Of a repair or cheapening: benchmark_id of the design task on the same scene; NULL of that itself"
    )
    start_sha256: Mapped[str | None] = mapped_column(
        doc="Hash of the design that it begins with, which its statement shows; NULL: from nothing"
    )
    settled_revision: Mapped[int | None] = mapped_column(doc="Write transaction that made the state final; NULL before")


class RunItemRow(Base):
    """Which items a run has made; an item belongs to every run that asked for it."""

    run_id: Mapped[RunRef] = mapped_column(primary_key=True, doc="The run")
    index: Mapped[int] = mapped_column(primary_key=True, doc="Place in the run, from 0")
    attempt: Mapped[int] = mapped_column(primary_key=True, doc="Attempt at that place")
    item_id: Mapped[ItemRef] = mapped_column(
        primary_key=True, doc="The item; judges of other keys or settings have others there"
    )
    revision: Mapped[int] = mapped_column(doc="Write transaction that stored it")


class BenchmarkCheckRow(Base):
    """One numbered check of one item."""

    item_id: Mapped[ItemRef] = mapped_column(primary_key=True, doc="The item")
    number: Mapped[int] = mapped_column(
        primary_key=True, doc="Number of the check, 1–9; 10: the review of a generator of language models"
    )
    name: Mapped[str] = mapped_column(doc="Name of the check")
    passed: Mapped[bool] = mapped_column(doc="Whether it passed")
    reasons: Mapped[Plain] = mapped_column(doc="Why it did not")
    numbers: Mapped[Plain] = mapped_column(doc="Every number that it saw")


class EpisodeRow(Made, Base):
    """One engineer working on one benchmark, first message to verdict."""

    episode_id: Mapped[str] = mapped_column(
        primary_key=True, doc="Hash of scene, benchmark, engineer, version, judge, seed and retry"
    )
    item_id: Mapped[ItemRef] = mapped_column(index=True, doc="The item worked on")
    scene_hash: Mapped[str] = mapped_column(doc="Hash of its scene; of a generator's episode: the item that it makes")
    benchmark_id: Mapped[BenchmarkRef | None] = mapped_column(
        doc="The benchmark; NULL where it worked under draft budgets"
    )
    engineer: Mapped[str] = mapped_column(doc="Who worked")
    engineer_version: Mapped[str] = mapped_column(doc="Version of the engineer")
    judge: Mapped[str] = mapped_column(doc="Hash of the judge's key and settings; empty: not known")
    seed: Mapped[int] = mapped_column(doc="Seed of the engineer")
    retry: Mapped[int] = mapped_column(doc="How many episodes of the same inputs the machinery has failed before")
    policy: Mapped[str] = mapped_column(
        doc="`reference_search`, `llm` or `scripted`; `generator`: it makes the benchmark"
    )
    outcome: Mapped[str] = mapped_column(doc="How it ended")
    reasons: Mapped[Plain] = mapped_column(doc="Why it ended so")
    message_count: Mapped[int] = mapped_column(doc="Messages in it")
    submission_count: Mapped[int] = mapped_column(doc="Counted submissions in it")
    previews: Mapped[int] = mapped_column(doc="Designs that it had simulated")
    checks: Mapped[int] = mapped_column(doc="Whatever else it asked for: builds, measures, prices, pictures, texts")
    simulations: Mapped[int] = mapped_column(
        doc="Simulated runs, of previews and verdicts; of the reference engineer also of the certificate that it earned"
    )
    simulated_s: Mapped[float] = mapped_column(doc="Simulated seconds of all of them")
    program_cpu_s: Mapped[float] = mapped_column(doc="CPU seconds of its programs")
    turns: Mapped[int] = mapped_column(doc="Turns of the language model")
    tokens: Mapped[int] = mapped_column(doc="Tokens used")
    money_usd: Mapped[float] = mapped_column(doc="Money spent on models")


class MessageRow(OfEpisode, Base):
    """One message of an episode."""

    seq: Mapped[int] = mapped_column(primary_key=True, doc="Place in the episode, from 0 without gaps")
    message_version: Mapped[int] = mapped_column(doc="Version of the message union")
    author: Mapped[str] = mapped_column(doc="Who says it")
    at: Mapped[datetime] = mapped_column(doc="When; a keyword of SQL: write it in quotes")
    kind: Mapped[str] = mapped_column(doc="Kind of the message")
    body: Mapped[CompressedColumn] = mapped_column(doc="The typed body as canonical JSON, without program_cpu_s")
    program_cpu_s: Mapped[float | None] = mapped_column(doc="CPU seconds of a tool return")


class ToolCallRow(OfEpisode, Base):
    """One call of a tool with its return; arguments and answer are the bodies of messages seq and return_seq."""

    call_id: Mapped[str] = mapped_column(primary_key=True, doc="The call, unique in its episode")
    seq: Mapped[int] = mapped_column(doc="The message that calls")
    tool: Mapped[str] = mapped_column(doc="Name of the tool")
    counted: Mapped[bool] = mapped_column(doc="True for submissions; everything else is a preview")
    return_seq: Mapped[int | None] = mapped_column(doc="The message that answers; NULL: none came")
    ok: Mapped[bool | None] = mapped_column(doc="Whether the tool could do it")
    simulated_s: Mapped[float | None] = mapped_column(
        doc="Simulated seconds that it used; of the reference engineer until trials ended, which `previews` round up"
    )
    program_cpu_s: Mapped[float | None] = mapped_column(doc="CPU seconds of programs that it ran")
    file: Mapped[str | None] = mapped_column(doc="Name of the file that it worked on, as its arguments name it")
    file_version: Mapped[int | None] = mapped_column(doc="Version of that file")


class CancellationRow(Base):
    """A wish that an episode stops; it does within 10 s."""

    episode_id: Mapped[str] = mapped_column(primary_key=True, doc="The episode")
    by: Mapped[str] = mapped_column(doc="Who wants it")
    recorded_at: Mapped[datetime] = mapped_column(doc="Since when")


class TodoItemRow(OfEpisode, Base):
    """One item of one version of a plan, with its status when the episode ended."""

    plan_version: Mapped[int] = mapped_column(primary_key=True, doc="Version of the plan")
    item: Mapped[str] = mapped_column(primary_key=True, doc="The item's id")
    position: Mapped[int] = mapped_column(doc="Place in the list, from 0")
    text: Mapped[str] = mapped_column(doc="What to do")
    acceptance: Mapped[str] = mapped_column(doc="How one sees that it is done")
    depends_on: Mapped[Plain] = mapped_column(doc="Items that come first")
    status: Mapped[str] = mapped_column(doc="`open`, `doing`, `done` or `refused`")


class ProgramVersionRow(OfEpisode, Base):
    """One version of one file that an agent wrote."""

    name: Mapped[str] = mapped_column(primary_key=True, doc="Name of the file")
    version: Mapped[int] = mapped_column(primary_key=True, doc="Version of the file, from 1")
    seq: Mapped[int] = mapped_column(doc="The message that tells of it")
    sha256: Mapped[FileRef] = mapped_column(doc="Hash of the content")
    final: Mapped[bool] = mapped_column(doc="Whether it is the episode's final artifact")


class SubmissionRow(OfEpisode, Base):
    """One counted design of an episode."""

    number: Mapped[int] = mapped_column(primary_key=True, doc="Number of the submission, from 1")
    program_sha256: Mapped[FileRef] = mapped_column(doc="Hash of the solution program")
    bundle_hash: Mapped[FileRef | None] = mapped_column(doc="Hash of the assembly bundle")
    verdict_id: Mapped[VerdictRef | None] = mapped_column(doc="Its verdict; NULL where the program gave no design")
    reasons: Mapped[Plain] = mapped_column(doc="Why the program gave no design")


class SolutionRow(Made, Base):
    """One expected solution: a design that passed under the final budgets."""

    benchmark_id: Mapped[BenchmarkRef] = mapped_column(primary_key=True, doc="The benchmark")
    bundle_hash: Mapped[FileRef] = mapped_column(primary_key=True, doc="Hash of the assembly bundle")
    program_sha256: Mapped[FileRef] = mapped_column(doc="Hash of the solution program")
    verdict_id: Mapped[VerdictRef] = mapped_column(doc="The verdict that it passed")
    certificate_id: Mapped[VerdictRef | None] = mapped_column(doc="The certificate's verdict; NULL: not certified")
    unit_cost_usd: Mapped[float] = mapped_column(doc="Unit cost at the target quantity")
    mass_g: Mapped[float] = mapped_column(doc="Mass of the assembly")


class ErrorRow(Revised, Base):
    """One failure of the machinery, never a verdict."""

    error_id: Mapped[str] = mapped_column(primary_key=True, doc="Hash of everything below but the time")
    run_id: Mapped[RunRef | None] = mapped_column(doc="The run")
    item_id: Mapped[str | None] = mapped_column(doc="The item; it may never have been stored")
    episode_id: Mapped[str | None] = mapped_column(doc="The episode; it may never have been stored")
    stage: Mapped[str] = mapped_column(doc="Where in the pipeline")
    error_type: Mapped[str] = mapped_column(doc="Name of the exception")
    text: Mapped[CompressedColumn] = mapped_column(doc="What it says")
    infrastructure: Mapped[bool] = mapped_column(doc="Whether it may succeed when repeated")


class UploadRow(Recorded, Base):
    """What became of sending one file to one bucket; a file without a row that says `sent_at` waits."""

    url: Mapped[str] = mapped_column(primary_key=True, doc="The bucket")
    name: Mapped[str] = mapped_column(primary_key=True, doc="SHA-256 of a content, or file name of a backup")
    tries: Mapped[int] = mapped_column(doc="How often it was tried")
    fault: Mapped[str | None] = mapped_column(doc="Why the last try failed; NULL: it did not")
    size_bytes: Mapped[int | None] = mapped_column(doc="Size of what was sent; NULL: nothing yet")
    checksum: Mapped[str | None] = mapped_column(doc="SHA-256 by which S3 holds it, of a file in parts that of theirs")
    sent_at: Mapped[datetime | None] = mapped_column(doc="When a HEAD agreed with the file; NULL: not yet")


class BackupRow(Recorded, Base):
    """One backup of this store; its file lies in the workspace, and in the bucket where there is one."""

    day: Mapped[str] = mapped_column(primary_key=True, doc="Its date in UTC")
    sha256: Mapped[str] = mapped_column(doc="Hash of its file")
    size_bytes: Mapped[int] = mapped_column(doc="Size of its file")
    rows: Mapped[int] = mapped_column(doc="Rows of all tables in it")
    files: Mapped[int] = mapped_column(doc="Contents of the file store in it")
    pruned_at: Mapped[datetime | None] = mapped_column(doc="When it was removed by the policy; NULL: it is there")

"""The store: writes records once, whole and in one transaction, and reads them again."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from records.benchmark_rows import advance_benchmark, begin_item, find_item, load_benchmark, put_benchmark
from records.bucket import Bucket
from records.bundles import put_bundle, put_contents, put_program, put_text, read_bundle
from records.engine import make_engine, mapped_faults, writing
from records.episode_loading import load_episode, load_solution
from records.episode_rows import put_entry, put_episode
from records.file_store import FileStore
from records.llm_rows import load_calls
from records.preview_rows import put_previews
from records.provenance_rows import EngineerRow, FindProvenance, put_software
from records.rows import Stamp, now, put_rows
from records.scenes import StoredScene, list_alike
from records.tables import (
    BenchmarkRow,
    CancellationRow,
    EpisodeRow,
    ErrorRow,
    FileRow,
    RevisionRow,
    RunItemRow,
    RunRow,
    SolutionRow,
    SubmissionRow,
)
from records.upgrade import is_current, upgrade
from records.verdict_rows import put_verdict
from schemas.benchmark import Benchmark
from schemas.episode import Episode, EpisodeKey, Preview, Solution, Submission
from schemas.errors import InfrastructureError, InputError
from schemas.llm import LlmCall
from schemas.messages import Message
from schemas.reasons import UNFINISHED, Outcome, Reason
from schemas.record import hash_bytes
from schemas.run import RunError
from schemas.verdict import Verdict, VerificationReport

SHORTEST_PREFIX = 4
_REASONS: TypeAdapter[tuple[Reason, ...]] = TypeAdapter(tuple[Reason, ...])


class Store:
    """An open store; any number of threads may use it, and any number of processes may have it open."""

    def __init__(self, engine: Engine, files: FileStore, find_provenance: FindProvenance = lambda: None) -> None:
        self.engine = engine
        self.files = files
        self._find_provenance = find_provenance
        self._software_id: str | None = None
        self._writer = threading.Lock()

    def record_run(self, run_id: str, request_json: str) -> None:
        """Store what a run was asked for."""
        row = {"run_id": run_id, "request": json.loads(request_json), "finished_at": None}
        with self.write() as (connection, stamp):
            put_rows(connection, RunRow, [row | stamp.columns])

    def finish_run(self, run_id: str) -> None:
        """Note that all of a run is done; the first time stays."""
        unfinished = update(RunRow).where(RunRow.run_id == run_id, RunRow.finished_at.is_(None))
        with self.write() as (connection, _):
            connection.execute(unfinished.values(finished_at=now()))

    def list_runs(self) -> tuple[tuple[str, bool], ...]:
        """Return what every run was asked for, as JSON, and whether it is finished; the newest last."""
        with self.read() as connection:
            found = select(RunRow.request, RunRow.finished_at).order_by(RunRow.recorded_at, RunRow.run_id)
            return tuple((json.dumps(request), at is not None) for request, at in connection.execute(found))

    def record_run_item(self, run_id: str, index: int, item_id: str) -> None:
        """Link a stored item to a run that asked for it."""
        with self.write() as (connection, stamp):
            found = select(BenchmarkRow.attempt).where(BenchmarkRow.item_id == item_id)
            attempt = connection.execute(found).scalar()
            if attempt is None:
                raise InfrastructureError(f"item {item_id} is not stored yet: record it before linking it to a run")
            row = {"run_id": run_id, "index": index, "attempt": attempt, "item_id": item_id}
            row |= {"revision": stamp.revision}
            put_rows(connection, RunItemRow, [row])

    def record_benchmark(
        self,
        benchmark: Benchmark,
        files: Mapping[str, bytes],
        review: Callable[[Benchmark, list[StoredScene]], Benchmark] = lambda benchmark, _: benchmark,
    ) -> Benchmark:
        """Store an item as verification left it (`draft` or `verified`), with its scene's files; a stored one stays.

        Return what is stored. `review` has the last word, all verified scenes before it that may be alike, but this
        draw under other judges: no writer comes in between.
        """
        with self.write() as (connection, stamp):
            bundle_hash = put_bundle(connection, self.files, files)
            if benchmark.scene_hash != bundle_hash:
                raise InfrastructureError(f"scene {benchmark.scene_hash} came with the files of bundle {bundle_hash}")
            stored = find_item(connection, benchmark.key.item_id)
            if stored is None:
                stored = review(benchmark, list_alike(connection, benchmark.report, without_draw=benchmark.key))
                put_benchmark(connection, stored, stamp)
            return stored

    def keep_bundle(self, files: Mapping[str, bytes]) -> None:
        """Store the files of a bundle, to be found by its hash; what refers to them comes later."""
        with self.write() as (connection, _):
            put_bundle(connection, self.files, files)

    def keep_text(self, text: str) -> None:
        """Store a text, to be found by its hash, unless it is there; what refers to it comes later."""
        with self.read() as connection:
            known = connection.execute(
                select(FileRow.sha256).where(FileRow.sha256 == hash_bytes(text.encode()))
            ).first()
        if known is None:
            with self.write() as (connection, _):
                put_text(connection, text)

    def begin_item(self, empty: Benchmark) -> None:
        """Make room for an item that a generator works on, unless it is there; until it is recorded it is not found."""
        with self.write() as (connection, _):
            begin_item(connection, empty)

    def record_solving(
        self,
        benchmark: Benchmark,
        episode: Episode,
        files: Mapping[str, bytes],
        solution: Solution | None,
        contents: Iterable[bytes] = (),
        previews: Sequence[Preview] = (),
    ) -> None:
        """Store how an item was worked on and move it to its new state, all or nothing.

        `files` is the bundle of the final design, `previews` what was tried on the way, `contents` what the episode's
        artifact messages name.
        """
        with self.write() as (connection, stamp):
            self._put_contents(connection, files, contents)
            put_episode(connection, benchmark.key.item_id, episode, stamp)
            put_previews(connection, episode.key.episode_id, previews, stamp)
            advance_benchmark(connection, benchmark, stamp)
            if solution is not None:
                _put_solution(connection, solution, stamp)

    def record_episode(
        self,
        item_id: str,
        episode: Episode,
        files: Mapping[str, bytes],
        contents: Iterable[bytes] = (),
        previews: Sequence[Preview] = (),
    ) -> None:
        """Store an episode on an item that stays as it is; arguments as of `record_solving`."""
        with self.write() as (connection, stamp):
            self._put_contents(connection, files, contents)
            put_episode(connection, item_id, episode, stamp)
            put_previews(connection, episode.key.episode_id, previews, stamp)

    def renew_key(self, key: EpisodeKey) -> EpisodeKey:
        """Return the key of the episode to begin or go on with: one that fault or cancellation ended stays as it is."""
        same = [getattr(EpisodeRow, name) == value for name, value in key.model_dump(exclude={"retry"}).items()]
        broken_off = select(func.count()).where(*same, EpisodeRow.outcome.in_(UNFINISHED))
        with self.read() as connection:
            return key.model_copy(update={"retry": connection.execute(broken_off).scalar_one()})

    def open_episode(self, item_id: str, empty: Episode) -> tuple[Episode, tuple[LlmCall, ...]]:
        """Return what is stored of an episode, with its models' calls; one that is not there begins, as given."""
        key = empty.key.episode_id
        with self.write() as (connection, stamp):
            found = select(EpisodeRow.__table__).where(EpisodeRow.episode_id == key)
            if connection.execute(found).first() is None:
                put_episode(connection, item_id, empty, stamp)
            return load_episode(connection, connection.execute(found).mappings().one()), load_calls(connection, key)

    def append_messages(
        self,
        messages: Sequence[Message],
        contents: Iterable[bytes] = (),
        call: LlmCall | None = None,
        submission: Submission | None = None,
        bundle: Mapping[str, bytes] = MappingProxyType({}),
        previews: Sequence[Preview] = (),
    ) -> None:
        """Add messages to a running episode with everything that they name, all or nothing.

        `bundle` holds the files of the submitted design, `previews` what was tried for these messages.
        """
        with self.write() as (connection, stamp):
            self._put_contents(connection, bundle, contents)
            put_entry(connection, messages, call, submission, stamp)
            put_previews(connection, messages[0].episode_id, previews, stamp)

    def request_cancellation(self, prefix: str, by: str) -> str:
        """Ask the one running episode whose id starts so to stop; returns its id, raises InputError if it has ended."""
        with self.write() as (connection, _):
            row = _episode_row(connection, prefix)
            if row["outcome"] != Outcome.RUNNING:
                raise InputError(f"episode {row['episode_id'][:12]} has ended already: {row['outcome']}")
            put_rows(connection, CancellationRow, [{"episode_id": row["episode_id"], "by": by, "recorded_at": now()}])
            return str(row["episode_id"])

    def find_cancellation(self, episode_id: str) -> str | None:
        """Return who wants an episode to stop, or None."""
        with self.read() as connection:
            found = select(CancellationRow.by).where(CancellationRow.episode_id == episode_id)
            return connection.execute(found).scalar()

    def load_content(self, sha256: str) -> bytes:
        """Return a content that a message names; raises InfrastructureError when it is missing or damaged."""
        with self.read() as connection:
            text = connection.execute(select(FileRow.text).where(FileRow.sha256 == sha256)).scalar()
        return self.files.read(sha256) if text is None else text.encode()

    def record_verdict(self, verdict: Verdict) -> None:
        """Store a verdict that belongs to no submission of its own."""
        with self.write() as (connection, stamp):
            put_verdict(connection, verdict, stamp)

    def record_error(self, error: RunError) -> None:
        """Store a failure of the machinery."""
        with self.write() as (connection, stamp):
            row = {"error_id": error.error_id, **error.model_dump()}
            put_rows(connection, ErrorRow, [row | {"revision": stamp.revision, "recorded_at": now()}])

    def record_engineer(self, name: str, version: str, settings_json: str) -> None:
        """Store what a version of an engineer is made of."""
        row = {"engineer": name, "engineer_version": version, "settings": settings_json}
        with self.write() as (connection, stamp):
            put_rows(connection, EngineerRow, [row | stamp.columns])

    def find_item(self, item_id: str) -> Benchmark | None:
        """Return the item of that id, or None where it is not there or still being made."""
        with self.read() as connection:
            return find_item(connection, item_id)

    def find_holder(self, benchmark_id: str) -> str | None:
        """Return the id of the item that is the benchmark of an id, or None."""
        with self.read() as connection:
            return connection.scalar(select(BenchmarkRow.item_id).where(BenchmarkRow.benchmark_id == benchmark_id))

    def list_alike(self, report: VerificationReport, without_scene: str | None = None) -> list[StoredScene]:
        """Return every verified scene that a near-copy may be of; without those of one scene hash."""
        with self.read() as connection:
            return list_alike(connection, report, without_scene)

    def find_benchmark(self, prefix: str) -> Benchmark:
        """Return the one benchmark whose id, or whose item's id, starts so; raises InputError for none or several."""
        with self.read() as connection:
            found = select(BenchmarkRow.__table__)
            row = _one(connection, found, "benchmark", prefix, BenchmarkRow.benchmark_id, BenchmarkRow.item_id)
            return load_benchmark(connection, row)

    def find_episode(self, prefix: str) -> Episode:
        """Return the one episode whose id starts so; raises InputError for none or several."""
        with self.read() as connection:
            return load_episode(connection, _episode_row(connection, prefix))

    def find_solution(self, benchmark_id: str, bundle_hash: str | None = None) -> Solution | None:
        """Return the cheapest expected solution of a benchmark, or the one of that hash, or None."""
        with self.read() as connection:
            found = select(SolutionRow.__table__).where(SolutionRow.benchmark_id == benchmark_id)
            if bundle_hash is not None:
                found = found.where(SolutionRow.bundle_hash == bundle_hash)
            cheapest = found.order_by(SolutionRow.unit_cost_usd, SolutionRow.mass_g, SolutionRow.bundle_hash).limit(1)
            row = connection.execute(cheapest).mappings().one_or_none()
            return None if row is None else load_solution(connection, row)

    def find_subject(self, prefix: str) -> tuple[str, str | None]:
        """Return the hashes of the scene and of the design that a benchmark's or an episode's id stands for.

        The design is the cheapest expected solution or the last submission; raises InputError for none or several.
        """
        with self.read() as connection:
            try:
                row = _episode_row(connection, prefix)
            except InputError:
                benchmark = self.find_benchmark(prefix)
            else:
                scene = connection.scalar(select(BenchmarkRow.scene_hash).where(BenchmarkRow.item_id == row["item_id"]))
                if scene is None:
                    raise InputError(f"episode {prefix} has no scene: its generator came to none")
                last = select(SubmissionRow.bundle_hash).where(SubmissionRow.episode_id == row["episode_id"])
                return scene, connection.scalar(last.order_by(SubmissionRow.number.desc()))
        if benchmark.scene_hash is None:
            raise InputError(f"benchmark {prefix} has no scene: its program failed")
        solution = self.find_solution(benchmark.benchmark_id) if benchmark.benchmark_id else None
        return benchmark.scene_hash, solution.bundle_hash if solution else None

    def episode_reasons(self, scene_hash: str) -> tuple[Reason, ...]:
        """Return why the newest episode on a scene ended as it did."""
        with self.read() as connection:
            newest = select(EpisodeRow.reasons).where(EpisodeRow.scene_hash == scene_hash)
            reasons = connection.execute(newest.order_by(EpisodeRow.revision.desc())).scalar()
            return _REASONS.validate_python(reasons or ())

    def load_bundle_files(self, bundle_hash: str) -> dict[str, bytes]:
        """Return a stored bundle's files by name; raises InfrastructureError when one is missing or damaged."""
        with self.read() as connection:
            return read_bundle(connection, self.files, bundle_hash)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the store throughout."""
        with mapped_faults(self.engine), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, Stamp]]:
        """Open the only write transaction of the moment; yields it and what its rows say of their making."""
        with mapped_faults(self.engine), self._writer, writing(self.engine).begin() as connection:
            counted = update(RevisionRow).values(value=RevisionRow.value + 1).returning(RevisionRow.value)
            revision, known = connection.execute(counted).scalar_one(), self._software_id
            software_id = known or put_software(connection, self._find_provenance(), revision)
            yield connection, Stamp(revision, software_id)
        self._software_id = software_id
        self.files.send_new()

    def _put_contents(self, connection: Connection, bundle: Mapping[str, bytes], contents: Iterable[bytes]) -> None:
        put_bundle(connection, self.files, bundle)
        put_contents(connection, self.files, contents)


@contextmanager
def open_store(
    url: str, files_folder: Path, bucket_url: str | None = None, find_provenance: FindProvenance = lambda: None
) -> Iterator[Store]:
    """Open or create the store at a database URL, its binary files in a folder; its schema is brought up to date.

    With a bucket the folder is what is here of it. `find_provenance` tells what writes to it, when it first does.

    Raises InputError for a URL that can't be used, a file that can't be written and a store of a newer program,
    InfrastructureError where the database can't be reached.
    """
    engine = make_engine(url)
    try:
        with mapped_faults(engine):
            with engine.begin() as connection:
                current = is_current(connection)
            if not current:
                with writing(engine).begin() as connection:
                    upgrade(connection)
        with closing(Bucket(bucket_url)) if bucket_url else nullcontext() as bucket:
            yield Store(engine, FileStore(files_folder, bucket), find_provenance)
    finally:
        engine.dispose()


def read_prefix(prefix: str) -> str:
    """Return how an id begins, in lower case; raises InputError for what can't be an id."""
    if not re.fullmatch(rf"[0-9a-f]{{{SHORTEST_PREFIX},64}}", prefix.lower()):
        raise InputError(f"'{prefix}' is no id: give {SHORTEST_PREFIX} or more of its hexadecimal digits")
    return prefix.lower()


def begins(column: InstrumentedAttribute[Any], prefix: str) -> ColumnElement[bool]:
    """Return whether an id begins so, by its index: LIKE reads every row."""
    return column.between(prefix, prefix + "g")  # after every hexadecimal digit


def _put_solution(connection: Connection, solution: Solution, stamp: Stamp) -> None:
    certificate = solution.certificate
    row = {
        **solution.model_dump(include={"benchmark_id", "bundle_hash", "unit_cost_usd", "mass_g"}),
        "program_sha256": put_program(connection, solution.program),
        "verdict_id": put_verdict(connection, solution.verdict, stamp),
        "certificate_id": put_verdict(connection, certificate, stamp) if certificate else None,
        **stamp.columns,
    }
    put_rows(connection, SolutionRow, [row])


def _episode_row(connection: Connection, prefix: str) -> RowMapping:
    return _one(connection, select(EpisodeRow.__table__), "episode", prefix, EpisodeRow.episode_id)


def _one(
    connection: Connection, found: Select[Any], noun: str, prefix: str, *columns: InstrumentedAttribute[Any]
) -> RowMapping:
    begin = read_prefix(prefix)
    matching = found.where(or_(*(begins(column, begin) for column in columns))).limit(2)
    rows = connection.execute(matching).mappings().all()
    if len(rows) != 1:
        fault = f"more than one {noun} starts with" if rows else f"no {noun} starts with"
        raise InputError(f"{fault} '{prefix}': " + ("give more digits" if rows else "`workpiece episodes` lists ids"))
    return rows[0]

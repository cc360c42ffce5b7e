"""Merges another store into this one: rows by their keys, contents by their hashes, all or nothing.

What is the same here and there is one row. Where the same inputs have come out otherwise, as they do with language
models or beside another stock of scenes, the other's is another item or episode: its `judge` ends with the hash of it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, RowMapping, select

from records.benchmark_rows import KEY
from records.engine import make_engine, mapped_faults
from records.file_store import FileStore
from records.rows import Row, put_rows
from records.store import Store
from records.tables import (
    VOLATILE,
    BackupRow,
    Base,
    BenchmarkCheckRow,
    BenchmarkRow,
    CancellationRow,
    EpisodeRow,
    ErrorRow,
    FileRow,
    MessageRow,
    RevisionRow,
    SubmissionRow,
    UploadRow,
)
from records.upgrade import is_current
from records.verdict_rows import VerdictRow
from schemas.benchmark import ItemKey
from schemas.episode import EpisodeKey
from schemas.errors import InputError
from schemas.reasons import Outcome
from schemas.record import Record, hash_parts
from schemas.settings import WorkspaceSettings

ROWS_AT_ONCE = 200
OF_ONE_STORE = (RevisionRow, CancellationRow, UploadRow, BackupRow)
NAMING = VOLATILE | {"item_id", "episode_id", "judge"}
"""Columns that say which item or episode it is, or when it was stored; the others say what became of it."""
NOTHING = ""


class Merged(Record):
    """What has come from another store: rows and contents that were not here."""

    rows: int
    files: int


@contextmanager
def open_other(workspace: Path, here: WorkspaceSettings) -> Iterator[Store]:
    """Open the store in another workspace as it is; raises InputError where there is none, or of another revision."""
    there = here.model_copy(update={"workspace": workspace, "store_url": None, "files_url": None})
    engine = make_engine(there.database_url)
    if not Path(engine.url.database or "").is_file():
        raise InputError(f"there is no store in {workspace}: name a workspace that holds one")
    try:
        with mapped_faults(engine), engine.begin() as connection:
            if not is_current(connection):
                raise InputError(
                    f"the store in {workspace} has an older schema: `WORKPIECE_WORKSPACE={workspace} workpiece runs` "
                    "brings it up to date; then merge it"
                )
        yield Store(engine, FileStore(there.files_folder))
    finally:
        engine.dispose()


def merge_store(store: Store, other: Store) -> Merged:
    """Put what another store holds into this one; done again, nothing is new.

    What is being worked on there stays out until it has ended. Raises InfrastructureError where a content of the
    other is missing or damaged.
    """
    classes = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    tables = [classes[table] for table in Base.metadata.sorted_tables if classes[table] not in OF_ONE_STORE]
    with other.read() as theirs, store.write() as (ours, stamp):
        binary = select(FileRow.sha256).where(FileRow.text.is_(None))
        new = set(theirs.execute(binary).scalars()) - set(ours.execute(binary).scalars())
        for sha256 in sorted(new):
            store.files.write(other.files.read(sha256))
        merge = _Merge(theirs, ours, stamp.revision)
        merge.find_names()
        return Merged(rows=sum(merge.copy(table) for table in tables), files=len(new))


@dataclass(frozen=True)
class _Merge:
    """A merge under way, with the ids here of what comes from there; what is still at work has none."""

    theirs: Connection
    ours: Connection
    revision: int
    items: dict[str, str] = field(default_factory=dict)
    episodes: dict[str, str] = field(default_factory=dict)
    verdicts: dict[str, str] = field(default_factory=dict)
    judges: dict[str, str] = field(default_factory=dict)

    def find_names(self) -> None:
        """Find the ids; a benchmark that is here, by whatever item, is that one."""
        minted = select(BenchmarkRow.benchmark_id, BenchmarkRow.item_id, BenchmarkRow.judge)
        here = {
            row.benchmark_id: row for row in self.ours.execute(minted.where(BenchmarkRow.benchmark_id.is_not(None)))
        }
        settled = select(BenchmarkRow.__table__).where(BenchmarkRow.settled_revision.is_not(None))
        for row in self.theirs.execute(settled).mappings().all():
            if (known := here.get(row["benchmark_id"])) is not None:
                self.items[row["item_id"]], self.judges[known.item_id] = known.item_id, known.judge
            else:
                key = ItemKey(**{name: row[name] for name in KEY})
                self._place(row, key, (BenchmarkRow, BenchmarkCheckRow), self.items)
        for row in self.theirs.execute(select(EpisodeRow.__table__)).mappings().all():
            if row["outcome"] != Outcome.RUNNING and row["item_id"] in self.items:
                played = EpisodeKey(**{name: row[name] for name in EpisodeKey.model_fields} | self._find_scene(row))
                self._place(row, played, (EpisodeRow, MessageRow), self.episodes)
        made = self.theirs.execute(select(SubmissionRow.verdict_id, SubmissionRow.episode_id)).all()
        ended = {one for one, by in made if by in self.episodes}
        unknown = select(VerdictRow.verdict_id, VerdictRow.record).where(VerdictRow.key_fingerprint.is_(None))
        stored = dict(map(tuple, self.ours.execute(unknown)))
        here_as = {record: one for one, record in stored.items()}
        self.verdicts.update((one, one) for one in self.theirs.execute(select(VerdictRow.verdict_id)).scalars())
        for one, record in self.theirs.execute(unknown):  # before 0010 ids covered neither key nor trials
            self.verdicts[one] = here_as.get(record) or (hash_parts(one, record) if one in stored else one)
        for one in {one for one, _ in made if one is not None} - ended:
            del self.verdicts[one]

    def copy(self, table: type[Base]) -> int:
        """Insert the rows of a table that are not here; return how many they are."""
        everything = frozenset(table.__table__.columns.keys())
        found = self.theirs.execute(select(table.__table__).execution_options(yield_per=ROWS_AT_ONCE))
        return sum(
            put_rows(self.ours, table, [new for row in part if (new := self._rename(table, row))], changing=everything)
            for part in found.mappings().partitions()
        )

    def _place(
        self, row: RowMapping, key: ItemKey | EpisodeKey, tables: tuple[type[Base], type[Base]], names: dict[str, str]
    ) -> None:
        """Find the id of an item or episode: its own, or one with its content where another is under that."""
        name = "item_id" if isinstance(key, ItemKey) else "episode_id"
        content, judge = _hash_content(self.theirs, tables, name, row[name]), key.judge.partition("+")[0]
        for told in (judge, f"{judge}+{content[:16]}"):
            one: str = getattr(key.model_copy(update={"judge": told}), name)
            names[row[name]], self.judges[one] = one, told
            if _hash_content(self.ours, tables, name, one) in (content, NOTHING):
                return

    def _find_scene(self, row: RowMapping) -> Row:
        """Return what an episode worked on; a generator's on its item."""
        return {"scene_hash": self.items.get(row["scene_hash"], row["scene_hash"])}

    def _rename(self, table: type[Base], row: RowMapping) -> Row | None:
        """Return a row under its ids here; None for what is still at work."""
        new = dict(row)
        known = {"item_id": self.items, "episode_id": self.episodes}
        for name, ids in (*known.items(), ("verdict_id", self.verdicts), ("certificate_id", self.verdicts)):
            if (old := row.get(name)) is not None:
                new[name] = ids.get(old, old if table is ErrorRow else None)
                if new[name] is None:
                    return None
        if table is EpisodeRow:
            new |= self._find_scene(row) | {"judge": self.judges[new["episode_id"]]}
        elif table is BenchmarkRow:
            new |= {"judge": self.judges[new["item_id"]]}
        return new | {name: self.revision for name in ("revision", "settled_revision") if row.get(name) is not None}


def _hash_content(connection: Connection, tables: tuple[type[Base], ...], name: str, one: str) -> str:
    """Return the hash of what has become of an item or episode; NOTHING where it is not there."""
    content = []
    for table in (kind.__table__ for kind in tables):
        rows = connection.execute(select(table).where(table.c[name] == one).order_by(*table.primary_key)).mappings()
        content.append([{column: row[column] for column in row if column not in NAMING} for row in rows])
    return hash_parts(json.dumps(content, default=str, sort_keys=True)) if content[0] else NOTHING

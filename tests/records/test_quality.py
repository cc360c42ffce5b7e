"""Data sets whose rows break a rule are not published: the data set, the rows and the rule are named."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from records import Store, export, query
from records.datasets import KNOWN
from records.file_store import write_durably
from records.manifest import DatasetManifest, read_manifest
from schemas.errors import InputError, QualityError
from schemas.record import hash_bytes
from schemas.run import RunError
from tests.records import samples
from tests.records.test_parquet import load
from tests.records.test_store import RUN, record

Change = Callable[[pa.Table], pa.Table]
pytestmark = pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)  # the files are the same


def put(column: str, make: Callable[[pa.Array], object]) -> Change:
    """Change a column of a table."""

    def change(table: pa.Table) -> pa.Table:
        place = table.schema.names.index(column)
        return table.set_column(
            place, table.schema.field(column), pa.array(make(table[column]), table.schema.field(column).type)
        )

    return change


def unknown(reasons: pa.Array) -> list[object]:
    return [[{"code": "BAD_LUCK", "message": "", "where": "", "numbers": []}] for _ in reasons]


FAULTS: dict[str, tuple[str, Change, str]] = {
    "dropped benchmark": ("benchmarks", lambda t: t.slice(1), "item_id leads to benchmarks"),
    "dropped trial": ("trials", lambda t: t.slice(1), "trials: 1 break the rule 'every row of the store'"),
    "dropped message": (
        "messages",
        lambda t: t.slice(0, 6),
        "episodes: 1 break the rule 'as many messages as counted'",
    ),
    "dropped cost line": ("cost_lines", lambda t: t.slice(1), "'price is the sum of its lines'"),
    "doubled key": ("episodes", lambda t: pa.concat_tables([t, t]), "episodes: 2 break the rule 'key is unique'"),
    "dangling reference": (
        "submissions",
        put("verdict_id", lambda c: ["0" * 64] * len(c)),
        "'verdict_id leads to verdicts'",
    ),
    "unknown reason": ("episodes", put("reasons", unknown), "'codes of reasons are known'"),
    "gap in seq": (
        "messages",
        put("seq", lambda c: [n if n < 3 else n + 1 for n in c.to_pylist()]),
        "seq without gaps",
    ),
    "negative mass": ("verdicts", put("mass_g", lambda c: pc.negate(c).to_pylist()), "'mass_g at least 0'"),
    "no verdict": ("submissions", put("verdict_id", lambda c: [None] * len(c)), "'a verdict or reasons'"),
    "wrong split": ("trials", put("split", lambda c: ["validation"] * len(c)), "hold the split of their folder"),
    "unknown state": ("benchmarks", put("state", lambda c: ["finished"] * len(c)), "'state is known'"),
}

GATED, SLOW = (
    ("dropped message", "doubled key", "dangling reference", "unknown reason", "negative mass"),
    pytest.mark.slow,
)


def corrupt(folder: Path, name: str, change: Change, path: str | None = None) -> None:
    """Change the rows of a published file, and the manifest with them."""
    manifest = read_manifest(folder)
    entry = manifest.datasets[name]
    first = entry.files[0]
    table = change(pq.ParquetFile(folder / first.path).read())
    (folder / (path or first.path)).parent.mkdir(exist_ok=True)
    pq.write_table(table, folder / (path or first.path))
    data = (folder / (path or first.path)).read_bytes()
    made = {"path": path or first.path, "rows": table.num_rows, "size_bytes": len(data), "sha256": hash_bytes(data)}
    files = (first.model_copy(update=made), *entry.files[1:])
    DatasetManifest.write(manifest.having({name: entry.model_copy(update={"files": files})}), folder)


def refuse(store: Store, folder: Path) -> str:
    """Export one more item and return why nothing of it was published."""
    before = (folder / "manifest.json").read_bytes()
    record(store, 9)
    with pytest.raises(QualityError) as refused:
        export(store, folder, checked=True)
    assert (folder / "manifest.json").read_bytes() == before
    assert not list(folder.glob("*/*/.*.tmp"))
    apart = next((folder / "quarantine").iterdir())
    assert list(apart.glob("episodes/train/*.parquet")) and "break the rule" in (apart / "quality.html").read_text()
    return str(refused.value)


@pytest.mark.parametrize("fault", [fault if fault in GATED else pytest.param(fault, marks=SLOW) for fault in FAULTS])
def test_fault_in_a_data_set_is_named_and_not_published(store: Store, tmp_path: Path, fault: str) -> None:
    name, change, says = FAULTS[fault]
    record(store, 1)
    export(store, tmp_path)
    corrupt(tmp_path, name, change)
    assert says in refuse(store, tmp_path)


def test_expected_solution_of_a_test_split_is_not_published(store: Store, tmp_path: Path) -> None:
    record(store, 1, split="test_within")
    record(store, 2)
    export(store, tmp_path)
    held = samples.benchmark(1, "test_within").draft.key.item_id
    moved = put("split", lambda c: ["test_within"] * len(c))
    path = read_manifest(tmp_path).datasets["solutions"].files[0].path.replace("train", "test_within")
    corrupt(tmp_path, "solutions", lambda t: put("item_id", lambda c: [held] * len(c))(moved(t)), path)
    assert "solutions: 1 break the rule 'of no test split'" in refuse(store, tmp_path)


def test_edited_manifest_and_cut_file_are_told(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    export(store, tmp_path)
    manifest = (tmp_path / "manifest.json").read_text()
    edited = json.loads(manifest)
    edited["datasets"]["messages"]["files"][0]["rows"] += 1
    write_durably(tmp_path / "manifest.json", json.dumps(edited).encode())
    assert "messages: 1 break the rule 'files have the rows of the manifest'" in refuse(store, tmp_path)
    write_durably(tmp_path / "manifest.json", manifest.encode())
    cut = tmp_path / read_manifest(tmp_path).datasets["trials"].files[0].path
    cut.write_bytes(cut.read_bytes()[:-9])
    with pytest.raises(InputError, match="missing or damaged: `workpiece mend`"):
        export(store, tmp_path, checked=True)


def test_failures_leave_also_of_items_that_were_never_stored(store: Store, tmp_path: Path) -> None:
    """By run, stage and class, without paths of this machine; a test split's item is no other split for that."""
    record(store, 1, split="test_within")
    told = f"no file {Path.home()}/x"
    for item_id in ("1" * 64, samples.benchmark(1, "test_within").key.item_id):
        lost = {"run_id": RUN, "item_id": item_id, "stage": "solve", "error_type": "OSError", "text": told}
        store.record_error(RunError(**lost, infrastructure=True))
    export(store, tmp_path / "d", checked=True)
    rows = query("SELECT run_id, stage, error_type, infrastructure, text FROM errors", tmp_path / "d").rows
    assert len(rows) == 2 and {row[:4] for row in rows} == {(RUN, "solve", "OSError", True)}
    assert str(Path.home()) not in rows[0][4]


def test_sound_data_sets_are_published_with_their_report(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    record(store, 2, passed=False)
    record(store, 3, split="test_cross")
    store.record_benchmark(samples.refused(4), {})
    rows = export(store, tmp_path, checked=True).rows
    assert rows == sum(len(load(tmp_path, name)) for name in read_manifest(tmp_path).datasets) > 80
    page = (tmp_path / "quality.html").read_text()
    assert "every rule holds" in page and all(
        f"<td>{name}" in page or f"<tr><td>{name}" in page for name in KNOWN if name != "solutions_test"
    )
    assert export(store, tmp_path, checked=True).rows == 0

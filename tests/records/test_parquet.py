import signal
from pathlib import Path

import pandas as pd
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from records import Store, export, query
from records.datasets import DATASETS
from records.manifest import read_manifest
from records.parquet import DEFAULT_NAMES
from schemas.errors import InputError
from tests.records import samples
from tests.records.test_store import record, run_child

CLOSED_KEYS = (
    ("benchmark_checks.item_id", "benchmarks.item_id"),
    ("solutions.benchmark_id", "benchmarks.benchmark_id"),
    ("solutions.verdict_id", "verdicts.verdict_id"),
    ("solutions.certificate_id", "verdicts.verdict_id"),
    ("episodes.item_id", "benchmarks.item_id"),
    ("messages.episode_id", "episodes.episode_id"),
    ("skills.episode_id", "episodes.episode_id"),
    ("skill_uses.episode_id", "episodes.episode_id"),
    ("submissions.episode_id", "episodes.episode_id"),
    ("submissions.verdict_id", "verdicts.verdict_id"),
    ("previews.episode_id", "episodes.episode_id"),
    ("tool_calls.episode_id", "episodes.episode_id"),
    ("program_versions.episode_id", "episodes.episode_id"),
    ("todo_items.episode_id", "episodes.episode_id"),
    ("run_items.run_id", "runs.run_id"),
    ("run_items.item_id", "benchmarks.item_id"),
    ("parts.verdict_id", "verdicts.verdict_id"),
    *((f"{name}.software_id", "software.software_id") for name in ("runs", "episodes", "verdicts", "previews")),
    ("trials.verdict_id", "verdicts.verdict_id"),
    ("part_findings.verdict_id", "verdicts.verdict_id"),
    ("cost_lines.verdict_id", "verdicts.verdict_id"),
)


def load(folder: Path, name: str) -> pd.DataFrame:
    """Read a data set as anyone would who knows nothing of the manifest."""
    if not (folder / name).is_dir():
        return pd.DataFrame({column.name: [] for d in DATASETS if d.name == name for column in d.columns})
    return pads.dataset(folder / name).to_table().to_pandas()


def find_orphans(folder: Path) -> list[str]:
    """Return the foreign keys that lead nowhere, as plain readers of the folder see them."""
    orphans = []
    for child, parent in CLOSED_KEYS:
        (name, column), (parents, key) = child.split("."), parent.split(".")
        if set(load(folder, name)[column].dropna()) - set(load(folder, parents)[key]):
            orphans.append(child)
    return orphans


def test_every_data_set_loads_with_its_keys_closed(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    record(store, 2, passed=False)
    store.record_benchmark(samples.refused(3), {})
    report = export(store, tmp_path / "d")
    assert find_orphans(tmp_path / "d") == []
    assert report.rows == sum(len(load(tmp_path / "d", dataset.name)) for dataset in DATASETS)
    assert set(load(tmp_path / "d", "benchmarks")["state"]) == {"certified", "open", "refused"}
    assert len(load(tmp_path / "d", "trials")) == 4 + 4 + 2 + 4


def test_what_made_a_row_and_what_it_worked_on_leave_with_it(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    export(store, tmp_path)
    assert query("SELECT source, catalogue FROM software", tmp_path).rows == (("a commit", samples.PROVENANCE[1]),)
    assert query("SELECT request, index FROM runs JOIN run_items USING (run_id)", tmp_path).rows == (
        ('{"count":1}', 1),
    )
    called = "SELECT tool, file, file_version, arguments, answer FROM tool_calls ORDER BY seq"
    assert query(called, tmp_path).rows == (
        ("write_file", "design.py", 1, '{"name":"design.py","text":"# design"}', "{}"),
        ("simulate", "design.py", 1, '{"name":"design.py","trials":4}', '{"passed":true}'),
    )
    parts = "SELECT DISTINCT part, process, material_id, mass_g, unit_cost_usd, size_x_mm, size_z_mm FROM parts"
    assert query(parts, tmp_path).rows == (("chute", "fdm_printing", "pla", 60.0, 9.001, 90.0, 30.0),)
    assert query("SELECT settings FROM engineers", tmp_path).rows == (('{"simulations":400}',),)


def test_fields_are_documented_and_versioned(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    for path in export(store, tmp_path).files:
        schema = pq.read_schema(tmp_path / path)
        assert all(field.metadata[b"doc"] for field in schema)
        assert schema.metadata[b"schema_version"] == b"2"


def test_second_export_writes_only_what_is_new(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    export(store, tmp_path / "d")
    before = read_manifest(tmp_path / "d")
    assert export(store, tmp_path / "d").rows == 0
    assert read_manifest(tmp_path / "d") == before
    record(store, 2)
    export(store, tmp_path / "d")
    assert len(load(tmp_path / "d", "episodes")) == 2
    assert load(tmp_path / "d", "episodes")["episode_id"].is_unique


def test_items_wait_until_their_state_is_final(store: Store, tmp_path: Path) -> None:
    item = samples.benchmark(1)
    episode = samples.episode(item).model_copy(
        update={"key": samples.episode(item).key.model_copy(update={"engineer": "early"}), "messages": ()}
    )
    store.record_benchmark(item, samples.scene_files(1))
    store.record_episode(item.draft.key.item_id, episode, samples.design_files(1))
    assert export(store, tmp_path / "d").rows == len(load(tmp_path / "d", "software")) == 1
    record(store, 2)
    export(store, tmp_path / "d")
    record(store, 1)
    export(store, tmp_path / "d")
    assert sorted(load(tmp_path / "d", "episodes")["engineer"]) == ["early", "reference", "reference"]
    assert find_orphans(tmp_path / "d") == []


def test_solutions_of_test_splits_leave_only_by_name(store: Store, tmp_path: Path) -> None:
    record(store, 1, split="test_within")
    record(store, 2)
    export(store, tmp_path / "d")
    assert len(load(tmp_path / "d", "solutions")) == 1
    held = samples.benchmark(1, "test_within")
    episode_id = samples.episode(held).key.episode_id
    withheld = (("submissions", "program"), ("messages", "body"), ("previews", "program"), ("previews", "record"))
    for name, column in withheld:
        rows = load(tmp_path / "d", name)
        assert rows[rows.episode_id == episode_id][column].isna().all()
        told = rows[rows.episode_id != episode_id][column].notna()  # a preview that gave no design has no record
        assert told.any() if column == "record" else told.all()
    assert not any(b"# design" in path.read_bytes() for path in (tmp_path / "d/submissions").rglob("*1.parquet"))
    export(store, tmp_path / "d", ["solutions_test"])
    assert list(load(tmp_path / "d", "solutions_test")["program"]) == ["# design"]


def test_rewards_follow_the_rules(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    record(store, 2, passed=False)
    export(store, tmp_path)
    answer = query("SELECT outcome, reward_main, cost_ratio, mass_ratio FROM episodes ORDER BY outcome DESC", tmp_path)
    assert answer.rows == (("SOLVED", 1, 1.0, 1.0), ("FAILED", None, None, None))


def test_folder_of_another_store_is_refused(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    export(store, tmp_path / "d")
    manifest = tmp_path / "d" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"store_id": "', '"store_id": "0'))
    with pytest.raises(InputError, match="another store"):
        export(store, tmp_path / "d")
    with pytest.raises(InputError, match="unknown data set 'skils'"):
        export(store, tmp_path / "d", ["skils"])


def test_folder_whose_manifest_cant_be_read_is_not_taken_for_an_empty_one(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    (tmp_path / "d" / "manifest.json").mkdir(parents=True)
    with pytest.raises(InputError, match=r"manifest\.json can't be read \(Is a directory\): move .*/d away"):
        export(store, tmp_path / "d")


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)  # what is killed here writes files
@pytest.mark.parametrize(("event", "nth"), [("open", 9), ("os.rename", 6), ("os.rename", 11)])
def test_killed_export_leaves_a_valid_data_set(store: Store, url: str, tmp_path: Path, event: str, nth: int) -> None:
    """Eleven renames make an export of ten data sets: ten files, then the manifest."""
    record(store, 1)
    export(store, tmp_path / "datasets")
    record(store, 2)
    assert run_child("leave", url, tmp_path, event, nth).wait() == -signal.SIGKILL
    assert find_orphans(tmp_path / "datasets") == []
    assert len(query("SELECT * FROM episodes", tmp_path / "datasets").rows) == 1
    export(store, tmp_path / "datasets")
    assert len(load(tmp_path / "datasets", "episodes")) == 2
    assert all(load(tmp_path / "datasets", name)[key].is_unique for name, key in (("benchmarks", "item_id"),))
    assert not list((tmp_path / "datasets").rglob("*.tmp"))


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)  # what is killed here writes files
@pytest.mark.parametrize(("event", "nth"), [("open", 9), ("os.rename", 6), ("os.rename", 11), ("os.remove", 3)])
def test_killed_rewriting_leaves_a_valid_data_set(store: Store, url: str, tmp_path: Path, event: str, nth: int) -> None:
    folder = tmp_path / "datasets"
    for seed in (1, 2):
        record(store, seed)
        export(store, folder, [*DEFAULT_NAMES, "solutions_test"])
    assert run_child("rewrite", url, tmp_path, event, nth).wait() == -signal.SIGKILL
    assert find_orphans(folder) == []
    assert len(query("SELECT * FROM episodes", folder).rows) == 2
    assert export(store, folder).rows == 0
    assert sorted(load(folder, "benchmarks")["item_id"]) == sorted(load(folder, "episodes")["item_id"])
    assert not list(folder.rglob("*.tmp"))


def test_rewriting_gives_the_same_rows_in_one_file_a_day_and_split(store: Store, tmp_path: Path) -> None:
    record(store, 1, split="test_within")
    export(store, tmp_path, ["solutions_test"])
    record(store, 2)
    export(store, tmp_path)
    before = {name: query(f"FROM {name} ORDER BY ALL", tmp_path) for name in ("episodes", "trials", "solutions_test")}
    export(store, tmp_path, anew=True)
    assert {name: query(f"FROM {name} ORDER BY ALL", tmp_path) for name in before} == before
    assert len(list((tmp_path / "episodes").rglob("*.parquet"))) == 2  # one split each
    assert export(store, tmp_path).rows == 0


def test_older_files_are_read_with_what_they_lack_as_null(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    report = export(store, tmp_path)
    path = tmp_path / next(file for file in report.files if file.startswith("episodes/"))
    pq.write_table(pq.ParquetFile(path).read().drop_columns(["needs_review"]), path)
    assert query("SELECT needs_review, outcome FROM episodes", tmp_path).rows == ((None, "SOLVED"),)


def test_data_sets_of_a_later_state_of_the_store_are_told(store: Store, tmp_path: Path) -> None:
    """An older copy of the database was put back: what is recorded now would have numbers that were exported."""
    record(store, 1)
    export(store, tmp_path / "d")
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE revisions SET value = value - 1"))
    with pytest.raises(InputError, match=r"holds a later state of this store.*: `workpiece mend`"):
        export(store, tmp_path / "d")
    export(store, tmp_path / "d", anew=True)

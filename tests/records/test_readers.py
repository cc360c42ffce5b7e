"""Whoever loads the data sets with a tool of their own, without glue, reads what is in them."""

from collections.abc import Callable
from pathlib import Path

import datasets
import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as pads
import pyarrow.parquet as pq
import pytest

from records import Store, export, query
from records.datasets import KNOWN
from records.manifest import DatasetManifest, read_manifest
from records.parquet_files import GROUP_BYTES
from tests.records import samples
from tests.records.large import put_messages, run_measured
from tests.records.test_store import record

Rows = list[dict[str, object]]


def load_by_card(folder: Path, name: str) -> Rows:
    """Read every split of a data set as the folder's card names them."""
    loaded = datasets.load_dataset(str(folder), name, cache_dir=str(folder.parent / "cache"))
    return [row for split in loaded.values() for row in split]


READERS: dict[str, Callable[[Path, str], Rows]] = {
    "pyarrow": lambda folder, name: pads.dataset(folder / name).to_table().to_pylist(),
    "pandas": lambda folder, name: pd.read_parquet(folder / name).to_dict("records"),
    "polars": lambda folder, name: pl.read_parquet(folder / name / "*/*.parquet").to_dicts(),
    "duckdb": lambda folder, name: duckdb.sql(f"FROM '{folder}/{name}/*/*.parquet'").to_arrow_table().to_pylist(),
    "datasets": load_by_card,
}


@pytest.fixture
def folder(store: Store, tmp_path: Path) -> Path:
    """An export of three splits, with an item that was refused."""
    record(store, 1)
    record(store, 2, passed=False)
    record(store, 3, split="test_within")
    store.record_benchmark(samples.refused(4), {})
    export(store, tmp_path / "d")
    return tmp_path / "d"


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)  # the files are the same
@pytest.mark.parametrize("reader", READERS)
def test_reader_loads_every_data_set_as_it_is(folder: Path, reader: str) -> None:
    manifest = read_manifest(folder)
    assert manifest is not None and "trials" in manifest.datasets
    for name, entry in manifest.datasets.items():
        if reader == "datasets" and not entry.rows:
            continue  # it loads no split without rows, whoever wrote it
        rows = READERS[reader](folder, name)
        assert len(rows) == entry.rows
        assert all(set(row) == set(KNOWN[name].schema.names) for row in rows)


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_card_names_every_data_set_with_its_splits(folder: Path) -> None:
    named = {name for name, entry in read_manifest(folder).datasets.items() if entry.rows}
    assert set(datasets.get_dataset_config_names(str(folder))) == named
    loaded = datasets.load_dataset(str(folder), "episodes", cache_dir=str(folder.parent / "cache"))
    assert {name: len(split) for name, split in loaded.items()} == {"train": 2, "test_within": 1}


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_data_set_without_rows_has_a_file_with_its_schema_until_it_has_some(store: Store, tmp_path: Path) -> None:
    assert export(store, tmp_path).rows == 0
    for name in read_manifest(tmp_path).datasets:
        assert pads.dataset(tmp_path / name).to_table().schema.names == KNOWN[name].schema.names
    record(store, 1)
    export(store, tmp_path)
    assert not list((tmp_path / "episodes").rglob("empty*")) and list((tmp_path / "skills").rglob("empty*"))
    assert export(store, tmp_path).files == ()


def make_older(folder: Path, name: str, column: str) -> None:
    """Make a data set's files what an older program wrote: without one column, under an older version."""
    manifest = read_manifest(folder)
    for file in manifest.datasets[name].files:
        table = pq.ParquetFile(folder / file.path).read().drop_columns([column])
        pq.write_table(table, folder / file.path)
    entry = manifest.datasets[name]
    files = tuple(f.model_copy(update={"size_bytes": (folder / f.path).stat().st_size}) for f in entry.files)
    older = entry.model_copy(update={"schema_version": entry.schema_version - 1, "schema_hash": "", "files": files})
    DatasetManifest.write(manifest.having({name: older}), folder)


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("reader", READERS)
def test_reader_loads_rows_of_an_older_schema_beside_new_ones(store: Store, tmp_path: Path, reader: str) -> None:
    """C20: the next export gives the older rows the new columns, with what they hold, not NULL."""
    record(store, 1)
    export(store, tmp_path / "d")
    make_older(tmp_path / "d", "episodes", "cost_ratio")
    assert query("SELECT cost_ratio, outcome FROM episodes", tmp_path / "d").rows == ((None, "SOLVED"),)
    record(store, 2)
    export(store, tmp_path / "d")
    assert [row["cost_ratio"] for row in READERS[reader](tmp_path / "d", "episodes")] == [1.0, 1.0]


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("rows", [1000, pytest.param(1500, marks=pytest.mark.slow)])
def test_gigabytes_of_text_leave_in_bounded_memory(store: Store, url: str, tmp_path: Path, rows: int) -> None:
    """C19: 1,000 rows of 2.2 MB are more than one Arrow array of strings holds; 1,500 are more than 3 GiB."""
    record(store, 1)
    put_messages(store, rows, lambda number: f"{number:05d}" + "ab" * 1_100_000)
    assert run_measured("leave", url, tmp_path) < 500e6
    paths = sorted((tmp_path / "datasets/messages").rglob("*.parquet"))
    files = [pq.ParquetFile(path).metadata for path in paths]
    groups = [file.row_group(n).total_byte_size for file in files for n in range(file.num_row_groups)]
    assert (max(groups) <= 2 * GROUP_BYTES, sum(groups) > 2_200_000 * rows) == (True, True)
    lengths = "SELECT count(*), min(length(body)), max(left(body, 5)) FROM messages WHERE seq >= 100"
    assert query(lengths, tmp_path / "datasets").rows == ((rows, 2_200_005, f"{rows - 1:05d}"),)

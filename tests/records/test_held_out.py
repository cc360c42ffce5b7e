"""Every path by which a test split could leave: default export, views as tables and as files, cards, the sample."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from records import export, open_store, query
from records.datasets import DATASETS, TEST_SPLITS
from records.views import VIEWS, write_views
from tests.records import samples
from tests.records.talking import record_talk
from tests.records.test_lineage import TOLD
from tests.records.test_questions import SAMPLE
from tests.records.test_store import record

USUAL = ("train", "validation")
HELD = {2: "test_within", 3: "test_cross"}
KNOWS = "policy IN ('reference_search', 'generator') AND split IN ('test_within', 'test_cross')"


def read_texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield everything that is in a folder as text, hidden files too."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        rows = pq.read_table(path).to_pylist() if path.suffix == ".parquet" else []
        text = json.dumps(rows, default=str, ensure_ascii=False) if rows else path.read_bytes().decode(errors="replace")
        yield path.relative_to(folder).as_posix(), text


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data sets of one benchmark of the training split and one of each test split; models solved all of them."""
    folder = tmp_path_factory.mktemp("held")
    with open_store(f"sqlite:///{folder / 'store.sqlite'}", folder / "files") as store:
        for seed, split in ((1, "train"), *HELD.items()):
            record(store, seed, split=split)
            record_talk(store, seed, split)
        export(store, folder / "d")
    return folder / "d"


def test_no_file_of_a_usual_view_names_what_is_held_out(exported: Path, tmp_path: Path) -> None:
    report = write_views(exported, tmp_path / "v", VIEWS.values(), USUAL)
    assert {file.view for file in report.files} == set(VIEWS)
    held = [samples.settled(samples.benchmark(seed, split)) for seed, split in HELD.items()]
    rows = query(f"SELECT episode_id FROM episodes WHERE split IN {TEST_SPLITS}", exported).rows
    names = {name for one in held for name in (one.benchmark_id, one.key.item_id, one.scene_hash)}
    names |= {episode_id for (episode_id,) in rows}
    assert len(names) == 3 * len(HELD) + 2 * len(HELD)
    told = dict(read_texts(tmp_path / "v"))
    assert {path.split("/")[0] for path in told} == {"README.md", "views.json", *VIEWS}
    assert {path: name for path, text in told.items() for name in names if name in path or name in text} == {}


def test_views_of_a_test_split_hold_no_expected_solution(exported: Path, tmp_path: Path) -> None:
    report = write_views(exported, tmp_path / "v", VIEWS.values(), TEST_SPLITS)
    assert {file.split for file in report.files} == set(TEST_SPLITS)
    told = dict(read_texts(tmp_path / "v"))
    assert any("# by a model" in text for text in told.values()), "what models made of it is theirs"
    assert {path: word for path, text in told.items() for word in TOLD if word in text} == {}


def test_no_file_of_a_default_export_tells_an_expected_solution(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "files") as store:
        for seed, split in HELD.items():
            record(store, seed, split=split)
            verdict = samples.solution(samples.settled(samples.benchmark(seed, split))).verdict
            elsewhere = verdict.hashes.model_copy(update={"cpu_model": "another"})
            store.record_verdict(verdict.model_copy(update={"hashes": elsewhere}))
        export(store, tmp_path / "d")
    rows = query("SELECT mjcf FROM verdicts", tmp_path / "d").rows
    assert len(rows) >= 2 * len(HELD) and set(rows) == {(None,)}, "whoever judged it again"
    told = dict(read_texts(tmp_path / "d"))
    assert {"README.md", "manifest.json", ".lock"} < set(told)
    assert {path: word for path, text in told.items() for word in TOLD if word in text} == {}


def test_sample_tells_no_expected_solution_of_a_test_split(tmp_path: Path) -> None:
    (held,) = query(f"SELECT list(benchmark_id) FROM benchmarks WHERE split IN {TEST_SPLITS}", SAMPLE).rows[0]
    assert held
    for dataset in DATASETS:
        for column in dataset.withheld:
            asked = f"SELECT count(*) FROM {dataset.name} JOIN episodes USING (episode_id, split)"
            assert query(f"{asked} WHERE {KNOWS} AND {dataset.name}.{column} IS NOT NULL", SAMPLE).rows == ((0,),)
    for name in ("solutions", "parts", "part_findings", "cost_lines"):
        assert query(f"SELECT count(*) FROM {name} WHERE split IN {TEST_SPLITS}", SAMPLE).rows == ((0,),)
    write_views(shutil.copytree(SAMPLE, tmp_path / "d"), tmp_path / "v", VIEWS.values(), USUAL)
    assert {path for path, text in read_texts(tmp_path / "v") for name in held if name in text} == set()

"""Small files of closed dates become few, with the same rows, whatever kills the merging."""

import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from records import Store, export, query
from records.compaction import compact
from records.manifest import find_damaged_files, read_manifest
from records.tables import BenchmarkRow, EpisodeRow
from records.verdict_rows import VerdictRow
from tests.records import samples
from tests.records.test_parquet import find_orphans, load
from tests.records.test_store import record, run_child

NAMES = ("benchmarks", "episodes", "messages", "trials", "cost_lines")
FIRST = datetime(2026, 3, 1, 2, tzinfo=UTC)


def export_nights(store: Store, folder: Path, nights: int) -> None:
    """Export one more item each night, as a nightly deployment does."""
    for night in range(nights):
        record(store, night + 1)
        at = FIRST + timedelta(days=night)
        item = samples.benchmark(night + 1)
        with store.engine.begin() as connection:
            for table in (BenchmarkRow, EpisodeRow, VerdictRow):
                mine = update(table).where(table.scene_hash == item.scene_hash)
                connection.execute(mine.values(recorded_at=at))
        export(store, folder)


def read_all(folder: Path) -> dict[str, object]:
    return {name: query(f"FROM {name} ORDER BY ALL", folder) for name in NAMES}


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("nights", [12, pytest.param(100, marks=pytest.mark.slow)])
def test_closed_months_become_one_file_with_the_same_rows(store: Store, tmp_path: Path, nights: int) -> None:
    export_nights(store, tmp_path, nights)
    before, today = read_all(tmp_path), (FIRST + timedelta(days=nights - 2)).date()
    compact(tmp_path, today)
    assert read_all(tmp_path) == before
    months = [f"{FIRST + timedelta(days=night):%Y-%m}" for night in range(nights)]
    in_open_month = sum(month == f"{today:%Y-%m}" for month in months)
    assert len(list((tmp_path / "messages/train").iterdir())) == len({*months}) - 1 + in_open_month
    compact(tmp_path, date(2027, 1, 1))
    assert read_all(tmp_path) == before
    assert len(list((tmp_path / "messages/train").iterdir())) == len({*months})
    assert compact(tmp_path, date(2027, 1, 1)) == 0
    assert find_damaged_files(tmp_path, read_manifest(tmp_path), thorough=True) == ()


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_exports_go_on_after_compaction(store: Store, tmp_path: Path) -> None:
    export_nights(store, tmp_path, 3)
    compact(tmp_path, date(2027, 1, 1))
    record(store, 9)
    export(store, tmp_path)
    assert len(load(tmp_path, "episodes")) == 4 and load(tmp_path, "episodes")["episode_id"].is_unique
    assert find_orphans(tmp_path) == []


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("event", "nth"), [("open", 9), ("os.rename", 3), ("os.rename", 12), ("os.remove", 4)])
def test_killed_compaction_loses_and_doubles_nothing(
    store: Store, url: str, tmp_path: Path, event: str, nth: int
) -> None:
    folder = tmp_path / "datasets"
    export_nights(store, folder, 3)
    before = read_all(folder)
    assert run_child("compact", url, tmp_path, event, nth).wait() == -signal.SIGKILL
    assert read_all(folder) == before
    compact(folder, date(2027, 1, 1))
    assert read_all(folder) == before
    assert len(load(folder, "episodes")) == 3 and not list(folder.rglob("*.tmp"))


@pytest.mark.slow
@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("draw", range(100))
def test_export_killed_anywhere_loses_and_doubles_nothing(store: Store, url: str, tmp_path: Path, draw: int) -> None:
    """The eleven points that the gate knows stand in test_parquet and above."""
    random = np.random.default_rng([12, draw])
    action = str(random.choice(["leave", "rewrite", "compact"]))
    event, nth = str(random.choice(["open", "os.rename", "os.remove", "os.mkdir"])), int(random.integers(1, 40))
    folder = tmp_path / "datasets"
    export_nights(store, folder, 2)
    record(store, 9)
    run_child(action, url, tmp_path, event, nth).wait()
    assert len(query("FROM episodes", folder).rows) in (2, 3) and find_orphans(folder) == []
    export(store, folder)
    assert len(load(folder, "episodes")) == 3 and load(folder, "episodes")["episode_id"].is_unique
    assert find_damaged_files(folder, read_manifest(folder), thorough=True) == ()

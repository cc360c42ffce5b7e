"""The `metrics` command, as a user sees it."""

import json
from pathlib import Path

from records import export, open_store
from tests.records.test_store import record
from tests.service.running import refusal, workpiece


def test_metrics_show_a_dash_where_there_is_nothing(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'workpiece.sqlite'}", tmp_path / "files") as store:
        record(store, 1)
        export(store, tmp_path / "datasets")
    shown = workpiece(tmp_path, "metrics", "--since", "2020-01-01").stdout.splitlines()
    assert max(map(len, shown)) <= 80
    assert ["solved", "reference", "100.0", "%", "1", "of", "1"] in [line.split() for line in shown]
    assert any("conversations" in line and line.split()[-4:] == ["–", "0", "of", "0"] for line in shown)
    told = json.loads(workpiece(tmp_path, "metrics", "--json").stdout)
    assert (told["since"], told["metrics"][0]["value"]) == (None, 1.0)


def test_metrics_refuse_a_day_that_is_none(tmp_path: Path) -> None:
    assert "'tonight' is no day: write it as" in refusal(workpiece(tmp_path, "metrics", "--since", "tonight"), 2)

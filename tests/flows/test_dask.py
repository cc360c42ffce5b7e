"""The same order under threads, and under Dask with two worker processes, Postgres and a shared folder: same rows."""

import json
from pathlib import Path

import pytest

from records import open_store
from tests.flows.test_pipeline import command, finish
from tests.records.comparing import compare_stores
from tests.records.postgres import serve_postgres

ONE_OF_EACH = {"WORKPIECE_SANDBOX_BUILDERS": "1", "WORKPIECE_SANDBOX_JUDGES": "1"}
DASK = {"WORKPIECE_TASK_RUNNER": "dask", "WORKPIECE_DASK_WORKERS": "2"}


@pytest.mark.slow
def test_dask_gives_the_same_rows_as_threads(tmp_path: Path) -> None:
    arguments = ["run", "--count", "6", "--seed", "7", "--json"]
    threads, shared = tmp_path / "threads", tmp_path / "shared"
    finish(command(threads, *arguments))
    with serve_postgres() as url:
        told = json.loads(finish(command(shared, *arguments, **ONE_OF_EACH, **DASK, WORKPIECE_STORE_URL=url)))
        sqlite = f"sqlite:///{threads / 'workpiece.sqlite'}"
        with open_store(sqlite, threads / "files") as one, open_store(url, shared / "files") as other:
            assert compare_stores(one, other) == ()
    assert len(told["rows"]) == 6 and told["job_cpu_s"] == 0.0  # no sandbox of the run's own process did anything

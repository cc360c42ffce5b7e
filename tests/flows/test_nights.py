"""Nights whose orders nobody can carry out any more: each is told of, and none costs another."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from schemas.run import RunOrder
from steps.orders import seed_of
from tests.flows.test_fault_table import QUICK
from tests.flows.test_pipeline import store_of

NIGHTLY = """
import sys
from pathlib import Path
from flows.server import serve_prefect
with serve_prefect(Path(sys.argv[1])):
    from flows.nightly import nightly
    nightly(count=1, families=("drop_chute",))
"""


def owe(workspace: Path, night: date, **changes: object) -> None:
    """Record a night that was killed before its first item."""
    order = RunOrder(count=1, seed=seed_of(night), night=night).model_copy(update=changes)
    with store_of(workspace) as store:
        store.record_run(order.run_id, order.model_dump_json())


def test_night_that_nobody_can_make_costs_no_other(tmp_path: Path) -> None:
    tonight = datetime.now(UTC).date()
    before, yesterday = tonight - timedelta(days=2), tonight - timedelta(days=1)
    owe(tmp_path, before, families=("gone_family",))
    owe(tmp_path, yesterday, engineer="llm")
    environment = os.environ | QUICK | {"WORKPIECE_WORKSPACE": str(tmp_path)}
    command = [sys.executable, "-c", NIGHTLY, str(tmp_path / "prefect")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    said = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and f"night of {before}, 1 benchmarks: unknown family 'gone_family'" in said
    assert f"night of {yesterday}, 1 benchmarks: the architect has no model" in said and str(tonight) not in said
    with store_of(tmp_path) as store:
        runs = {RunOrder.from_json(request.encode()).night: finished for request, finished in store.list_runs()}
    assert runs == {before: False, yesterday: False, tonight: True}

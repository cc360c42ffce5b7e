"""A run whose sandboxes die again and again says so and keeps what it knows."""

import time
from pathlib import Path

from sqlalchemy import text

from tests.flows.test_interrupts import start
from tests.flows.test_pipeline import store_of
from tests.killing import kill_sandboxes


def test_run_without_sandboxes_ends_with_a_message(tmp_path: Path) -> None:
    process = start(tmp_path, faults={}, TEST_RETRY_S="1")
    killed = 0
    while process.poll() is None:
        killed += kill_sandboxes(process.pid)
        time.sleep(0.5)
    errors = process.communicate()[1]
    assert killed > 6
    assert process.returncode == 3
    assert "workpiece: 0 of 2 items are done, lost: drop_chute" in errors
    with store_of(tmp_path) as store, store.read() as connection:
        found = connection.execute(text("SELECT stage, infrastructure, text FROM errors")).all()
    assert [(stage, infrastructure) for stage, infrastructure, _ in found] == 2 * [("verify_geometry", 1)]

"""A run whose sandboxes die again and again says so and keeps what it knows."""

import time
from pathlib import Path

from sqlalchemy import text

from tests.flows.test_pipeline import command, store_of
from tests.killing import kill_sandboxes

ARGUMENTS = ("run", "--count", "1", "--seed", "8", "--family", "drop_chute")


def test_run_without_sandboxes_ends_with_a_message(tmp_path: Path) -> None:
    process = command(tmp_path, *ARGUMENTS)
    killed = 0
    while process.poll() is None:
        killed += kill_sandboxes(process.pid)
        time.sleep(0.5)
    errors = process.communicate()[1]
    assert killed > 3
    assert process.returncode == 3
    assert "workpiece: 0 of 1 items are done, lost: drop_chute 0 at verify_geometry (InfrastructureError: " in errors
    with store_of(tmp_path) as store, store.read() as connection:
        found = connection.execute(text("SELECT stage, infrastructure, text FROM errors")).all()
    assert [(stage, infrastructure) for stage, infrastructure, _ in found] == [("verify_geometry", 1)]

"""A run whose sandboxes die again and again says so, keeps what it knows, and goes on when the machine is mended."""

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.flows.test_pipeline import command, finish, store_of
from tests.killing import kill_sandboxes

ARGUMENTS = ("run", "--count", "1", "--seed", "8", "--family", "drop_chute", "--json")


@pytest.mark.timeout(900)
def test_run_without_sandboxes_ends_with_a_message_and_can_be_repeated(tmp_path: Path) -> None:
    process = command(tmp_path, *ARGUMENTS)
    killed = 0
    while process.poll() is None:
        killed += kill_sandboxes(process.pid)
        time.sleep(0.2)
    errors = process.communicate()[1]
    assert killed > 3
    assert process.returncode == 3
    assert "workpiece: 0 of 1 items are done, the machinery failed on the others: " in errors
    with store_of(tmp_path) as store, store.read() as connection:
        found = connection.execute(text("SELECT stage, infrastructure, text FROM errors")).all()
    assert [(stage, infrastructure) for stage, infrastructure, _ in found] == [("make", 1)]
    summary = json.loads(finish(command(tmp_path, *ARGUMENTS)))
    assert [row["outcome"] for row in summary["rows"]] == ["certified"]

"""Stores with much in them, and processes whose memory is measured."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select

from records import Store
from records.tables import EpisodeRow, MessageRow
from tests.records.test_store import run_child

FIRST_SEQ = 100
AT_ONCE = 100


def put_messages(store: Store, count: int, write: Callable[[int], str]) -> None:
    """Add so many messages with these bodies to the only episode of a store, past the door."""
    with store.engine.begin() as connection:
        episode_id = connection.execute(select(EpisodeRow.episode_id)).scalar_one()
        same = {"episode_id": episode_id, "message_version": 1, "author": "engineer", "at": datetime.now(UTC)}
        for first in range(0, count, AT_ONCE):
            numbers = range(first, min(first + AT_ONCE, count))
            rows = [same | {"seq": FIRST_SEQ + n, "kind": "plan", "body": write(n)} for n in numbers]
            connection.execute(insert(MessageRow), [row | {"program_cpu_s": None} for row in rows])


def run_measured(action: str, url: str, folder: Path) -> int:
    """Run the child to its end and return the most memory that it had, in bytes."""
    child = run_child(f"measured:{action}", url, folder)
    assert child.wait() == 0
    return 1024 * int(re.findall(r"VmHWM:\s+(\d+)", (folder / "peak").read_text())[0])

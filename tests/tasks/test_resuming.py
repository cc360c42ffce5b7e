"""Killed anywhere, an episode goes on from its log to the same end; cancelled, it stops."""

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from records import Store, open_store
from schemas.benchmark import Benchmark
from schemas.episode import Episode
from schemas.messages import Interruption, Resume, ToolReturn
from schemas.reasons import Outcome
from tasks.episodes import work_episode
from tasks.shop import Shop
from tests.tasks.scripts import Programs, make_engineer, plan, turn, whole_episode

ROOT = Path(__file__).parents[2]
WITHIN_S = 120.0


def trace(episode: Episode) -> list[tuple[str, object]]:
    """What happened, without when, how fast, and where it was picked up again."""
    bodies = [(m.author, m.body) for m in episode.messages if not isinstance(m.body, Resume)]
    return [
        (author, body.model_copy(update={"program_cpu_s": 0}) if isinstance(body, ToolReturn) else body)
        for author, body in bodies
    ]


def count_messages(store: Store) -> int:
    with store.read() as connection:
        found = text("SELECT count(*) FROM messages m JOIN episodes e USING (episode_id) WHERE e.seed = 99")
        return connection.execute(found).scalar_one()


@pytest.fixture
def copied(shop: Shop, minted: Benchmark, tmp_path: Path) -> Iterator[Shop]:
    """The same shop with a copy of its store, for the undisturbed episode."""
    with closing(sqlite3.connect(shop.settings.workspace.workspace / "workpiece.sqlite")) as connection:
        connection.execute(f"VACUUM INTO '{tmp_path / 'copy.sqlite'}'")
    with open_store(f"sqlite:///{tmp_path / 'copy.sqlite'}", shop.settings.workspace.files_folder) as store:
        yield replace(shop, store=store)


def kill_at(shop: Shop, minted: Benchmark, script: Path, messages: int) -> None:
    """Let a process of its own work on the episode, and kill it when the log is so long."""
    workspace = str(shop.settings.workspace.workspace)
    words = [sys.executable, "-m", "tests.tasks.episode_child", workspace, minted.draft.key.item_id, str(script), "99"]
    child, give_up = subprocess.Popen(words, cwd=ROOT), time.monotonic() + WITHIN_S
    while count_messages(shop.store) < messages and child.poll() is None and time.monotonic() < give_up:
        time.sleep(0.01)
    child.kill()
    child.wait()


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.timeout(3600)
def test_killed_episode_goes_on_to_the_same_end(
    shop: Shop, copied: Shop, minted: Benchmark, programs: Programs, tmp_path: Path, kills: int
) -> None:
    engineer = make_engineer(tmp_path / "s.json", *whole_episode(programs))
    undisturbed = work_episode(copied, minted, engineer, 99)
    length = len(undisturbed.messages)
    for point in sorted(random.Random(kills).choices(range(2, length), k=kills)):
        kill_at(shop, minted, tmp_path / "s.json", point)
    resumed = work_episode(shop, minted, engineer, 99)
    assert trace(resumed) == trace(undisturbed)
    assert sum(isinstance(m.body, Resume) for m in resumed.messages) >= 1
    assert (resumed.outcome, resumed.use.turns) == (Outcome.SOLVED, undisturbed.use.turns)
    assert [m.seq for m in resumed.messages] == list(range(len(resumed.messages)))


def test_cancelled_episode_stops_soon(shop: Shop, minted: Benchmark, tmp_path: Path) -> None:
    hang = turn(("list_files", {})).model_copy(update={"fault": "hang"})
    engineer = make_engineer(tmp_path / "s.json", plan(), turn(("list_files", {})), hang)
    ended: list[Episode] = []
    worker = threading.Thread(target=lambda: ended.append(work_episode(shop, minted, engineer, 0)))
    worker.start()
    running = wait_for_running(shop.store)
    started = time.monotonic()
    shop.store.request_cancellation(running[:12], "the test")
    worker.join(timeout=10)
    assert time.monotonic() - started < 10
    assert ended[0].outcome is Outcome.CANCELLED
    assert isinstance(ended[0].messages[-2].body, Interruption)


def wait_for_running(store: Store) -> str:
    """Return the id of the running episode once its log has some messages."""
    found = text(
        "SELECT episode_id FROM episodes JOIN messages USING (episode_id) "
        "WHERE outcome = 'RUNNING' AND seed = 0 GROUP BY 1 HAVING count(*) > 6"
    )
    give_up = time.monotonic() + WITHIN_S
    while time.monotonic() < give_up:
        with store.read() as connection:
            running = connection.execute(found).scalar()
        if running is not None:
            return str(running)
        time.sleep(0.05)
    raise AssertionError("no episode is running")

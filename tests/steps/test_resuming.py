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
from schemas.messages import Interruption, Resume, ToolCall, ToolReturn
from schemas.reasons import Outcome
from steps.building import build_program
from steps.context import RunContext
from steps.episodes import work_episode
from steps.sandboxes import Sandboxes
from tests.steps.scripts import Programs, make_engineer, plan, turn, whole_episode

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
        found = text(
            "SELECT count(*) FROM messages JOIN episodes USING (episode_id) WHERE seed = 99 AND kind <> 'resume'"
        )
        return connection.execute(found).scalar_one()


@pytest.fixture
def copied(context: RunContext, minted: Benchmark, tmp_path: Path) -> Iterator[RunContext]:
    """The same context with a copy of its store, for the undisturbed episode."""
    with closing(sqlite3.connect(context.settings.workspace.workspace / "workpiece.sqlite")) as connection:
        connection.execute(f"VACUUM INTO '{tmp_path / 'copy.sqlite'}'")
    with open_store(f"sqlite:///{tmp_path / 'copy.sqlite'}", context.settings.workspace.files_folder) as store:
        yield replace(context, store=store)


def kill_at(context: RunContext, minted: Benchmark, script: Path, messages: int) -> None:
    """Let a process of its own work on the episode, and kill it when the log is so long without its resumptions."""
    workspace = str(context.settings.workspace.workspace)
    words = [sys.executable, "-m", "tests.steps.episode_child", workspace, minted.draft.key.item_id, str(script), "99"]
    with subprocess.Popen(words, cwd=ROOT) as child:
        while count_messages(context.store) < messages and child.poll() is None:
            time.sleep(0.01)
        assert child.returncode in (None, 0)
        child.kill()


@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.timeout(3600)
def test_killed_episode_goes_on_to_the_same_end(
    context: RunContext, copied: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, kills: int
) -> None:
    engineer = make_engineer(tmp_path / "s.json", *whole_episode(programs))
    undisturbed = work_episode(copied, minted, engineer, 99)
    length = len(undisturbed.messages)
    for point in sorted(random.Random(kills).sample(range(2, length), k=kills)):
        kill_at(context, minted, tmp_path / "s.json", point)
    resumed = work_episode(context, minted, engineer, 99)
    assert trace(resumed) == trace(undisturbed)
    assert sum(isinstance(m.body, Resume) for m in resumed.messages) > kills // 2
    assert (resumed.outcome, resumed.use.turns) == (Outcome.SOLVED, undisturbed.use.turns)
    assert [m.seq for m in resumed.messages] == list(range(len(resumed.messages)))


HANG = turn(("list_files", {})).model_copy(update={"fault": "hang"})
SLEEP = {"name": "a.py", "text": "import time; time.sleep(3600)"}
HANGING = {
    "a model": ("list_files", (turn(("list_files", {})), HANG)),
    "a program": ("run_program", (turn(("write_file", SLEEP), ("run_program", {"name": "a.py"})),)),
}


@pytest.fixture
def patient(context: RunContext) -> Iterator[RunContext]:
    """The same context with sandboxes of its own, in which programs may take long."""
    sandbox = context.settings.sandbox.model_copy(update={"program_cpu_s": 1200.0})
    with closing(Sandboxes(sandbox, "cancelled")) as sandboxes:
        yield replace(context, sandboxes=sandboxes)


@pytest.mark.parametrize("what", HANGING)
def test_cancelled_episode_stops_soon_and_leaves_its_sandbox_to_the_next(
    patient: RunContext, minted: Benchmark, tmp_path: Path, what: str
) -> None:
    last, replies = HANGING[what]
    engineer = make_engineer(tmp_path / "s.json", plan(), *replies)
    ended: list[Episode] = []
    worker = threading.Thread(target=lambda: ended.append(work_episode(patient, minted, engineer, 0)))
    worker.start()
    running = wait_for_call(patient.store, last)
    started = time.monotonic()
    patient.store.request_cancellation(running[:12], "the test")
    worker.join()
    assert time.monotonic() - started < 10
    assert ended[0].outcome is Outcome.CANCELLED
    assert isinstance(ended[0].messages[-2].body, Interruption)
    assert build_program(patient, "", 0, "assembly").reasons  # the only builder is free


def wait_for_call(store: Store, tool: str, seed: int = 0) -> str:
    """Return the id of the running episode once it has called that tool."""
    found, give_up = text("SELECT episode_id FROM episodes WHERE outcome = 'RUNNING'"), time.monotonic() + WITHIN_S
    while time.monotonic() < give_up:
        with store.read() as connection:
            running = [store.find_episode(key) for key in connection.execute(found).scalars()]
        for episode in running:
            bodies = [message.body for message in episode.messages]
            if episode.key.seed == seed and tool in [body.tool for body in bodies if isinstance(body, ToolCall)]:
                return episode.key.episode_id
        time.sleep(0.05)
    raise AssertionError("no episode is running")


def test_episode_of_a_cancelled_run_ends_and_begins_anew_when_it_is_asked_for_again(
    context: RunContext, patient: RunContext, minted: Benchmark, tmp_path: Path
) -> None:
    engineer = make_engineer(tmp_path / "s.json", plan(), turn(("list_files", {})), HANG)
    ended: list[Episode] = []
    worker = threading.Thread(target=lambda: ended.append(work_episode(patient, minted, engineer, 17)))
    worker.start()
    wait_for_call(patient.store, "list_files", 17)
    patient.sandboxes.close("cancelled in Prefect")
    worker.join(10.0)
    assert [one.outcome for one in ended] == [Outcome.CANCELLED]
    assert ended[0].messages[-2].body == Interruption(by="cancelled in Prefect")
    assert context.store.renew_key(ended[0].key).retry == 1

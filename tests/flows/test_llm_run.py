"""`workpiece run` with language models at both ends, as an operator runs it: killed, run again, and once more."""

import json
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from agents.models import Script
from schemas.messages import Resume
from tests.flows.test_pipeline import command, finish, store_of
from tests.steps.test_generating import BLOCKED, code, plan, review, scene

ARGUMENTS = ("run", "--count", "1", "--seed", "5", "--generator", "llm", "--engineer", "llm", "--json")
EPISODES = "SELECT policy, outcome, episode_id FROM episodes ORDER BY policy"
LENGTH = "SELECT count(*) FROM messages JOIN episodes USING (episode_id) WHERE policy = 'scripted'"


@pytest.fixture(autouse=True)
def scripted(monkeypatch: pytest.MonkeyPatch, session_folder: Path) -> None:
    """The scripted model in every role: a generator that mends its first scene (no easy one), and the designer."""
    scripts = {
        "generator": Script(replies=(plan(), code(BLOCKED), code(scene(74)), review())),
        "engineer": Script(policy="designer"),
    }
    for name, script in scripts.items():
        (session_folder / f"{name}.json").write_text(script.model_dump_json())
    monkeypatch.setenv("WORKPIECE_MODEL__NAME", f"scripted/{session_folder / 'generator.json'}")
    for role in ("ARCHITECT", "ENGINEER", "CRITIC"):
        monkeypatch.setenv(f"WORKPIECE_MODEL_{role}__NAME", f"scripted/{session_folder / 'engineer.json'}")


def ask(workspace: Path, sql: str) -> list[tuple]:
    with store_of(workspace) as store, store.read() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def kill_when_long(workspace: Path, messages: int) -> None:
    """Kill the run as soon as its engineer's log is so long."""
    workspace.mkdir()
    with command(workspace, *ARGUMENTS) as process:
        while ask(workspace, LENGTH)[0][0] < messages:
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.kill()


@pytest.mark.slow
def test_killed_run_of_language_models_goes_on_and_does_nothing_twice(tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    kill_when_long(workspace, 12)
    summary = json.loads(finish(command(workspace, *ARGUMENTS)))
    assert [(r["family"], r["checks"], r["outcome"], r["engineer"]) for r in summary["rows"]] == [
        ("invented", "10/10", "certified", "SOLVED")
    ]
    episodes = ask(workspace, EPISODES)
    assert [row[:2] for row in episodes] == [(p, "SOLVED") for p in ("generator", "reference_search", "scripted")]
    with store_of(workspace) as store:
        worked = store.find_episode(episodes[-1][2])
    assert [isinstance(message.body, Resume) for message in worked.messages].count(True) == 1
    again = json.loads(finish(command(workspace, *ARGUMENTS)))
    assert (again["rows"], again["exported_rows"]) == (summary["rows"], 0)
    assert ask(workspace, EPISODES) == episodes

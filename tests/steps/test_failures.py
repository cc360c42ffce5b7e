"""What is kept when the machinery fails: sandboxes are killed while the reference engineer works."""

import os
import threading
import time

import pytest
from sqlalchemy import text

from agents.reference import ReferenceEngineer
from records import Store
from schemas.benchmark import Benchmark, ItemKey
from schemas.errors import InfrastructureError
from schemas.reasons import BenchmarkState, Outcome
from steps.context import RunContext
from steps.faults import describe_fault, record_fault
from steps.generating import make_item
from steps.solving import find_failed_episode, reference_key, solve_item
from tests.conftest import KEY
from tests.killing import kill_sandboxes

RUN = "f" * 64
WORKED_CPU_S = 0.7  # within the search, which is the only stage that records its own episode


def kill_at_work(context: RunContext) -> threading.Thread:
    """Kill this process's judge as soon as the sandboxes have worked for a while."""
    end_cpu_s = context.sandboxes.cpu_s + WORKED_CPU_S

    def wait_and_kill() -> None:
        while context.sandboxes.cpu_s < end_cpu_s:
            time.sleep(0.01)
        kill_sandboxes(os.getpid(), "judge")

    thread = threading.Thread(target=wait_and_kill)
    thread.start()
    return thread


def read_rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    """Return what the store answers."""
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


@pytest.fixture(scope="module")
def verified(context: RunContext) -> Benchmark:
    """A verified item of a recorded run."""
    context.store.record_run(RUN, "{}")
    item = make_item(context, RUN, ItemKey(family="drop_chute", seed=7, index=0))
    assert item.state is BenchmarkState.VERIFIED
    return item


def test_interrupted_episode_is_kept_beside_the_one_that_does_it_anew(context: RunContext, verified: Benchmark) -> None:
    key, item_id = reference_key(context, verified), verified.draft.key.item_id
    killer = kill_at_work(context)
    with pytest.raises(InfrastructureError) as raised:
        solve_item(context, verified)
    killer.join()
    assert find_failed_episode(context, verified) == key.episode_id
    record_fault(context, RUN, "solve", raised.value, item_id, key.episode_id)
    interrupted = context.store.find_episode(key.episode_id)
    assert interrupted.outcome is Outcome.INFRASTRUCTURE
    assert [reason.code for reason in interrupted.reasons] == ["INFRASTRUCTURE"]
    assert len(interrupted.messages) > 2
    assert context.store.find_item(item_id) == verified
    sql = f"SELECT stage, episode_id, error_type, infrastructure FROM errors WHERE item_id = '{item_id}'"
    assert read_rows(context.store, sql) == [("solve", key.episode_id, "InfrastructureError", 1)]
    assert solve_item(context, verified).state is not BenchmarkState.VERIFIED
    assert context.store.find_episode(key.episode_id) == interrupted
    retried = key.model_copy(update={"retry": 1})
    assert context.store.find_episode(retried.episode_id).outcome is Outcome.SOLVED


def test_defect_in_a_search_is_recorded_with_its_traceback(
    context: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ReferenceEngineer, "design", lambda *_: 1 / 0)
    fresh = make_item(context, RUN, ItemKey(family="drop_chute", seed=7, index=6))
    with pytest.raises(ZeroDivisionError):
        solve_item(context, fresh)
    episode = context.store.find_episode(find_failed_episode(context, fresh))
    assert (episode.outcome, [reason.code for reason in episode.reasons]) == (Outcome.DEFECT, ["DEFECT"])
    assert "ZeroDivisionError: division by zero" in episode.messages[-2].body.text
    assert "test_failures.py" in episode.messages[-2].body.text


def test_secrets_are_left_out_of_what_a_fault_says(context: RunContext) -> None:
    assert describe_fault(context, InfrastructureError(f"job {{'key_hex': '{KEY}'}} failed")) == (
        "job {'key_hex': '***'} failed"
    )

"""What is stored is listed, newest first: runs with how much of them is done, episodes by item and state."""

import pytest

from records import Store
from records.listing import find_named, list_episodes, list_runs
from schemas.errors import InputError
from schemas.reasons import Outcome
from tests.records import samples

RUNS = ("a" * 64, "b" * 64)


def fill(store: Store) -> None:
    """Two runs: of a certified and a refused item, and of nothing yet; an episode that has ended, one at work."""
    item, other = samples.benchmark(1), samples.benchmark(2)
    for run in RUNS:
        store.record_run(run, '{"count": 2, "seed": 7}')
    store.record_benchmark(item, samples.scene_files(1))
    done = samples.settled(item)
    store.record_solving(done, samples.episode(item), samples.design_files(1), samples.solution(done), [samples.NOTES])
    store.record_benchmark(other, samples.scene_files(2))
    store.open_episode(
        other.draft.key.item_id,
        samples.episode(other).model_copy(update={"outcome": Outcome.RUNNING, "submissions": (), "messages": ()}),
    )
    for index, known in enumerate((item, other)):
        store.record_run_item(RUNS[0], index, known.draft.key.item_id)
    store.finish_run(RUNS[0])


def test_runs_are_listed_with_what_is_done_of_them(store: Store) -> None:
    assert list_runs(store) == ()
    fill(store)
    newest, first = list_runs(store)
    assert (newest["run_id"], newest["items"], newest["certified"], newest["finished_at"]) == (RUNS[1], 0, 0, None)
    assert (first["run_id"], first["items"], first["certified"]) == (RUNS[0], 2, 1)
    assert first["request"] == {"count": 2, "seed": 7} and first["finished_at"] is not None


def test_episodes_are_listed_by_item_and_state(store: Store) -> None:
    fill(store)
    item, other = samples.benchmark(1), samples.benchmark(2)
    ended, at_work = samples.episode(item).key.episode_id, samples.episode(other).key.episode_id
    assert [row["episode_id"] for row in list_episodes(store)] == [at_work, ended]
    assert [row["episode_id"] for row in list_episodes(store, item.draft.key.item_id)] == [ended]
    (row,) = list_episodes(store, running=True)
    assert (row["episode_id"], row["outcome"], row["family"], row["benchmark_id"]) == (
        *(at_work, "RUNNING", "drop_chute"),
        None,
    )
    assert list_episodes(store, item.draft.key.item_id, running=True) == ()


def test_things_are_found_by_how_their_ids_begin(store: Store) -> None:
    fill(store)
    item = samples.benchmark(1)
    minted = samples.settled(item).benchmark_id
    assert minted is not None
    assert find_named(store, minted[:12]) == find_named(store, item.key.item_id) == ("benchmark", item.key.item_id)
    assert find_named(store, "BBBB") == ("run", RUNS[1])
    store.record_run("b" * 63 + "a", '{"count": 2}')
    for prefix, says in (("bbbb", "several ids begin"), ("0123456789", "no id starts"), ("xyz", "is no id")):
        with pytest.raises(InputError, match=says):
            find_named(store, prefix)

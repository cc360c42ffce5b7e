"""Stores that were made with other keys, settings and luck are merged: nothing conflicts, nothing is lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import select, text

from records import Store, export, open_store, query
from records.merging import Merged, merge_store, open_other
from records.tables import BenchmarkRow, EpisodeRow
from schemas.benchmark import Benchmark, mint_benchmark_id
from schemas.episode import Episode
from schemas.errors import InfrastructureError, InputError
from schemas.jobs import Budgets, Draws
from schemas.messages import Thought
from schemas.reasons import BenchmarkState, Outcome
from schemas.run import RunError
from schemas.settings import WorkspaceSettings
from tests.records import child, samples
from tests.records.comparing import compare_stores, count_compared
from tests.records.conftest import NewUrl
from tests.records.test_store import RUN, count_rows, record

OpenNew = Callable[[], Store]
OTHER_KEY = samples.DRAWS.model_copy(update={"key_hex": "f" * 32})


@pytest.fixture
def open_new(new_url: NewUrl, tmp_path: Path) -> Iterator[OpenNew]:
    """Opens stores that hold nothing yet, each with files of its own."""
    with ExitStack() as stack:

        def make() -> Store:
            url = new_url()
            files = tmp_path / f"files-{url.rpartition('/')[2]}"
            return stack.enter_context(open_store(url, files, find_provenance=lambda: samples.PROVENANCE))

        yield make


def under(judge: str, item: Benchmark) -> Benchmark:
    """The same draw under another judge."""
    key = item.key.model_copy(update={"judge": judge})
    return item.model_copy(update={"draft": item.draft.model_copy(update={"key": key})})


def play(item: Benchmark, words: str = "Look.", draws: Draws = samples.DRAWS) -> Episode:
    """An episode with a thought of its own, as language models have, that is judged by these draws."""
    made = samples.episode(item)
    key = made.key.model_copy(update={"judge": item.key.judge})
    said = [message.model_copy(update={"episode_id": key.episode_id}) for message in made.messages]
    said[-2] = said[-2].model_copy(update={"body": Thought(text=words)})
    judged = samples.verdict(item, "verdict").model_copy(update={"terms": draws.terms(samples.BUDGETS)})
    submission = made.submissions[0].model_copy(update={"verdict": judged})
    return made.model_copy(update={"key": key, "messages": tuple(said), "submissions": (submission,)})


def work(store: Store, item: Benchmark, episode: Episode, cost_usd: float = 15.0) -> Benchmark:
    """Record an item with its scene, and an episode that solves it under final budgets of this cost."""
    budgets = Budgets(max_cost_usd=cost_usd, max_mass_g=100.0)
    minted = mint_benchmark_id(item.scene_hash or "", budgets)
    done = samples.settled(item).model_copy(update={"budgets": budgets, "benchmark_id": minted})
    store.record_benchmark(item, samples.scene_files(item.key.seed))
    store.record_run(RUN, '{"count": 1}')
    store.record_run_item(RUN, 0, item.key.item_id)
    store.record_solving(done, episode, samples.design_files(item.key.seed), samples.solution(done), [samples.NOTES])
    return done


def list_items(store: Store) -> list[tuple[str, float | None]]:
    with store.read() as connection:
        found = select(BenchmarkRow.judge, BenchmarkRow.max_cost_usd)
        return sorted(map(tuple, connection.execute(found)))


def test_store_that_shares_nothing_comes_whole_and_once(open_new: OpenNew, tmp_path: Path) -> None:
    one, other, both = open_new(), open_new(), open_new()
    record(one, 1)
    record(other, 2, passed=False)
    for seed, passed in ((1, True), (2, False)):
        record(both, seed, passed)
    export(one, tmp_path / "d")
    made = merge_store(one, other)
    assert compare_stores(one, both) == () and made.files == 2
    assert one.load_bundle_files(samples.benchmark(2).scene_hash or "") == samples.scene_files(2)
    assert merge_store(one, other) == Merged(rows=0, files=0) == merge_store(one, one)
    report = export(one, tmp_path / "d")
    counted = query("SELECT (SELECT count(*) FROM benchmarks), (SELECT count(*) FROM episodes)", tmp_path / "d").rows
    assert counted == ((2, 2),) and report.rows > 0


def test_same_draw_under_other_judges_is_another_item(open_new: OpenNew, tmp_path: Path) -> None:
    """Another key and other budgets: two items, benchmarks, episodes, verdicts and solutions of one scene and run."""
    one, other = open_new(), open_new()
    first, second = under("a", samples.benchmark(1)), under("b", samples.benchmark(1))
    work(one, first, play(first))
    work(other, second, play(second, draws=OTHER_KEY), cost_usd=20.0)
    assert first.key.item_id != second.key.item_id
    merge_store(one, other)
    assert list_items(one) == [("a", 15.0), ("b", 20.0)]
    rows = count_rows(one)
    assert [rows[name] for name in ("runs", "run_items", "episodes", "solutions")] == [1, 2, 2, 2]
    assert one.find_item(second.key.item_id) == other.find_item(second.key.item_id)
    export(one, tmp_path / "d")
    fingerprints = "SELECT count(DISTINCT key_fingerprint) FROM verdicts WHERE purpose = 'verdict'"
    assert query(fingerprints, tmp_path / "d").rows == ((2,),)


def test_benchmark_that_two_judges_found_is_kept_once_with_the_episodes_of_both(open_new: OpenNew) -> None:
    one, other = open_new(), open_new()
    first, second = under("a", samples.benchmark(1)), under("b", samples.benchmark(1))
    done = work(one, first, play(first))
    work(other, second, play(second, draws=OTHER_KEY))
    merge_store(one, other)
    assert list_items(one) == [("a", 15.0)]
    with one.read() as connection:
        found = connection.execute(select(EpisodeRow.item_id, EpisodeRow.benchmark_id, EpisodeRow.judge)).all()
    assert sorted(map(tuple, found)) == [(first.key.item_id, None, "a"), (first.key.item_id, None, "b")]
    assert one.find_benchmark(done.benchmark_id or "").key == first.key


@pytest.mark.parametrize("cost_usd", [15.0, 20.0])
def test_work_that_came_out_otherwise_is_another_under_an_id_of_its_content(open_new: OpenNew, cost_usd: float) -> None:
    """The same judge and inputs, but other words of a model, and at times other budgets; a third store had both."""
    one, other, third = open_new(), open_new(), open_new()
    item = under("a", samples.benchmark(1))
    work(one, item, play(item))
    work(other, item, play(item, "No: build."), cost_usd)
    for into, source in ((one, other), (third, other), (third, one)):
        assert merge_store(into, source).rows > 0
        assert merge_store(into, source).rows == 0
    assert merge_store(one, third).rows == 0
    assert len(list_items(one)) == len(list_items(third)) == (1 if cost_usd == 15.0 else 2)
    for store in (one, third):
        with store.read() as connection:
            ids = connection.execute(select(EpisodeRow.episode_id)).scalars().all()
        assert len(ids) == 2 and {store.find_episode(one).key.episode_id for one in ids} == set(ids)


def test_item_under_an_id_of_its_content_is_read_and_worked_on(open_new: OpenNew) -> None:
    one, other = open_new(), open_new()
    item = samples.benchmark(1)
    work(one, item, play(item))
    done = work(other, item, play(item, "No."), cost_usd=20.0)
    merge_store(one, other)
    twin = one.find_benchmark(done.benchmark_id or "")
    assert twin.key.judge.startswith("+") and one.find_item(twin.key.item_id) == twin
    assert twin.model_copy(update={"draft": done.draft}) == done
    again = play(twin)
    one.record_episode(twin.key.item_id, again, {}, [samples.NOTES])
    assert one.find_episode(again.key.episode_id).key.judge == twin.key.judge


def test_work_that_has_not_ended_stays_out_until_it_has(open_new: OpenNew) -> None:
    one, other = open_new(), open_new()
    item, verified = samples.benchmark(1), samples.benchmark(2)
    done = work(other, item, play(item))
    other.record_benchmark(verified, samples.scene_files(2))
    running = play(under("x", item)).model_copy(update={"outcome": Outcome.RUNNING, "submissions": ()})
    other.open_episode(item.key.item_id, running.model_copy(update={"messages": ()}))
    submission = play(item, draws=OTHER_KEY).submissions[0]
    other.append_messages(running.messages[:1], submission=submission)
    merge_store(one, other)
    rows = count_rows(one)
    assert [rows[name] for name in ("benchmarks", "episodes", "verdicts")] == [1, 1, 2]
    tried, files = samples.episode(verified, False), samples.design_files(2)
    other.record_solving(samples.settled(verified, BenchmarkState.OPEN), tried, files, None, [samples.NOTES])
    other.record_episode(done.key.item_id, play(under("x", item), draws=OTHER_KEY), {}, [samples.NOTES])
    merge_store(one, other)
    assert compare_stores(one, other) == ()


def test_failures_come_along_also_of_items_that_were_never_stored(open_new: OpenNew) -> None:
    one, other = open_new(), open_new()
    other.record_run(RUN, "{}")
    lost = {"run_id": RUN, "item_id": "1" * 64, "stage": "generate", "error_type": "OSError", "text": "no room"}
    other.record_error(RunError(**lost, infrastructure=True))
    merge_store(one, other)
    assert count_rows(one)["errors"] == 1 and compare_stores(one, other) == ()


def test_verdicts_of_unknown_keys_are_told_apart_by_their_content(open_new: OpenNew) -> None:
    """Before their ids covered the key, two keys gave verdicts of one id."""
    one, other = open_new(), open_new()
    for store, passed in ((one, True), (other, False)):
        item = under(str(passed), samples.benchmark(1))
        verdict = samples.verdict(item, "verdict", passed).model_copy(update={"terms": None})
        made = play(item, str(passed))
        submission = made.submissions[0].model_copy(update={"verdict": verdict})
        work(store, item, made.model_copy(update={"submissions": (submission,)}))
    merge_store(one, other)
    merge_store(other, one)
    assert [merge_store(*pair).rows for pair in ((one, other), (other, one), (one, other))] == [0, 0, 0]
    told = "SELECT s.passed FROM submissions u JOIN verdicts s ON s.verdict_id = u.verdict_id ORDER BY 1"
    with one.read() as connection:
        assert [bool(row[0]) for row in connection.execute(text(told))] == [False, True]


def test_content_that_is_damaged_there_stops_the_merge_before_anything(open_new: OpenNew) -> None:
    one, other = open_new(), open_new()
    record(other, 1)
    next(other.files.folder.glob("*/*.zst")).write_bytes(b"x")
    before = count_compared(one)
    with pytest.raises(InfrastructureError, match="can't be read"):
        merge_store(one, other)
    assert count_compared(one) == before


def test_store_of_another_revision_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no store"), open_other(tmp_path, WorkspaceSettings()):
        pass
    with open_store(f"sqlite:///{tmp_path / 'workpiece.sqlite'}", tmp_path / "files") as store:
        for revision, told in (("0009", "older schema.*workpiece runs"), ("9999", "newer than this program")):
            with store.engine.begin() as connection:
                connection.execute(text(f"UPDATE alembic_version SET version_num = '{revision}'"))
            with pytest.raises(InputError, match=told), open_other(tmp_path, WorkspaceSettings()):
                pass


def test_merge_killed_anywhere_is_done_by_the_next(url: str, tmp_path: Path) -> None:
    there = WorkspaceSettings(workspace=tmp_path / "other")
    there.workspace.mkdir()
    with open_store(there.database_url, there.files_folder, find_provenance=lambda: samples.PROVENANCE) as other:
        for seed in range(2):
            work(other, under("b", samples.benchmark(seed)), play(under("b", samples.benchmark(seed))))
    killed = 0
    for point in (*range(10, 130, 30), 10**6):
        died = child.kill("join", url, tmp_path, point)
        killed += died
        with open_store(url, tmp_path / "files") as store, open_store(there.database_url, there.files_folder) as other:
            assert count_rows(store)["episodes"] in ((0, 2) if died else (2,))
            if not died:
                assert killed > 1 and compare_stores(store, other) == ()

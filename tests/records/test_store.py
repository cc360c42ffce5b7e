import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import func, select, text

from records import Store, export, open_store, query
from records.bundles import pack_geometry, read_text
from records.damage import require_texts
from records.preview_rows import PreviewRow
from records.tables import Base
from records.verdict_rows import VerdictRow, verdict_id
from schemas.errors import InfrastructureError, InputError
from schemas.reasons import BenchmarkState
from schemas.run import RunError
from schemas.verdict import Verdict
from tests.records import child, samples
from tests.records.comparing import compare_stores
from tests.records.conftest import NewUrl

RUN = "0" * 64


def record(store: Store, seed: int, passed: bool = True, split: str = "train") -> None:
    """Record everything of one item as the pipeline does."""
    item = samples.benchmark(seed, split)
    store.record_benchmark(item, samples.scene_files(seed))
    store.record_run(RUN, '{"count": 1}')
    store.record_engineer("reference", "1", '{"simulations":400}')
    store.record_run_item(RUN, seed, item.draft.key.item_id)
    state = BenchmarkState.CERTIFIED if passed else BenchmarkState.OPEN
    done = samples.settled(item, state)
    solution = samples.solution(done) if passed else None
    episode = samples.episode(item, passed)
    previews = samples.previews(item)
    store.record_solving(done, episode, samples.design_files(seed), solution, [samples.NOTES], previews)


def count_rows(store: Store) -> dict[str, int]:
    with store.read() as connection:
        tables = Base.metadata.sorted_tables
        return {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}


def test_store_gives_back_what_was_recorded(store: Store) -> None:
    record(store, 1)
    item = samples.benchmark(1)
    done, episode = samples.settled(item), samples.episode(item)
    assert store.find_item(item.draft.key.item_id) == done
    assert store.find_benchmark((done.benchmark_id or "")[:9]) == done
    found = store.find_episode(episode.key.episode_id[:9])
    stamped = [m.model_copy(update={"at": f.at}) for m, f in zip(episode.messages, found.messages, strict=True)]
    assert found == episode.model_copy(update={"messages": tuple(stamped)})
    assert store.find_solution(done.benchmark_id or "") == samples.solution(done)
    assert store.load_bundle_files(item.scene_hash or "") == samples.scene_files(1)


def test_store_gives_back_refused_items(store: Store) -> None:
    item = samples.refused(1)
    store.record_benchmark(item, {})
    assert store.find_item(item.draft.key.item_id) == item
    assert store.find_item(RUN) is None


def test_subject_is_scene_and_design(store: Store) -> None:
    record(store, 1)
    design = samples.solution(samples.settled(samples.benchmark(1))).bundle_hash
    scene = samples.benchmark(1).scene_hash
    assert store.find_subject(samples.episode(samples.benchmark(1)).key.episode_id) == (scene, design)
    assert store.find_subject(samples.benchmark(1).draft.key.item_id) == (scene, design)
    record(store, 2, passed=False)
    assert store.episode_reasons(samples.benchmark(2).scene_hash or "") == (samples.MISSED,)


def test_subject_of_a_generators_episode_is_the_scene_that_it_made(store: Store) -> None:
    record(store, 1)
    item, solved = samples.benchmark(1), samples.episode(samples.benchmark(1))
    key = solved.key.model_copy(update={"engineer": "generator:llm", "scene_hash": item.key.item_id})
    made = {"key": key, "policy": "generator", "messages": (), "submissions": ()}
    store.record_episode(item.key.item_id, solved.model_copy(update=made), {})
    assert store.find_subject(key.episode_id) == (item.scene_hash, None)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE benchmarks SET scene_hash = NULL"))
    with pytest.raises(InputError, match="has no scene: its generator came to none"):
        store.find_subject(key.episode_id)


def test_repeated_writes_change_nothing(store: Store) -> None:
    record(store, 1)
    before = count_rows(store)
    record(store, 1)
    assert count_rows(store) == before
    assert {name for name, rows in before.items() if rows == 0} == {
        "backups",
        "cancellations",
        "errors",
        "llm_calls",
        "skill_uses",
        "skills",
        "uploads",
    }


def test_todo_list_and_tool_calls_are_rows(store: Store) -> None:
    record(store, 1)
    with store.read() as connection:
        assert connection.execute(text("SELECT item, status FROM todo_items")).all() == [("look", "done")]
        assert connection.execute(text("SELECT tool, ok, return_seq FROM tool_calls ORDER BY seq")).all() == [
            ("write_file", 1, 4),
            ("simulate", 1, 6),
        ]


def test_previews_keep_programs_and_findings_in_order(store: Store) -> None:
    """The same design tried twice with the same draws is one row, now and when it is tried again later."""
    record(store, 1)
    store.record_episode(
        samples.benchmark(1).draft.key.item_id,
        samples.episode(samples.benchmark(1)),
        samples.design_files(1),
        previews=samples.previews(samples.benchmark(1))[2:],
    )
    with store.read() as connection:
        found = connection.execute(select(PreviewRow.__table__).order_by(PreviewRow.number)).mappings().all()
        texts = [read_text(connection, row["program_sha256"]) for row in found]
    assert [(row["number"], row["kind"], row["passed"], row["trials_passed"]) for row in found] == [
        (1, "build", False, None),
        (2, "simulate", False, 0),
        (3, "simulate", True, 4),
    ]
    assert texts == ["raise", "# missed", "# design"]
    said = samples.SAID
    assert [(row["stdout"], row["stderr"]) for row in found] == [(said.stdout, said.stderr), (None, None), (None, None)]
    assert [(row["cost_usd"], row["mass_g"]) for row in found] == [(None, None), (9.5, 60.0), (9.5, 60.0)]
    assert Verdict.from_json(found[2]["record"]) == samples.verdict(samples.benchmark(1), "preview")


def test_same_error_is_one_row(store: Store) -> None:
    error = RunError(stage="judge", error_type="InfrastructureError", text="gone", infrastructure=True)
    store.record_error(error)
    store.record_error(error)
    assert count_rows(store)["errors"] == 1


def test_times_are_no_difference_but_contents_are(store: Store) -> None:
    record(store, 1)
    item = samples.benchmark(1)
    store.record_episode(item.draft.key.item_id, samples.episode(item, cpu_s=9.0), samples.design_files(1))
    other = samples.episode(item)
    other = other.model_copy(update={"messages": other.messages[:-1]})
    with pytest.raises(InfrastructureError, match="message_count"):
        store.record_episode(item.draft.key.item_id, other, samples.design_files(1))


def test_failed_write_leaves_nothing(store: Store) -> None:
    item = samples.benchmark(1)
    store.record_benchmark(item, samples.scene_files(1))
    before = count_rows(store)
    done = samples.settled(item)
    liar = samples.solution(done).model_copy(
        update={"program": samples.program("x").model_copy(update={"sha256": RUN})}
    )
    with pytest.raises(InfrastructureError, match="another hash"):
        store.record_solving(done, samples.episode(item), samples.design_files(1), liar, [samples.NOTES])
    assert count_rows(store) == before


def test_missing_artifact_is_refused(store: Store) -> None:
    item = samples.benchmark(1)
    store.record_benchmark(item, samples.scene_files(1))
    with pytest.raises(InfrastructureError, match=r"(?i)foreign key"):
        store.record_episode(item.draft.key.item_id, samples.episode(item), samples.design_files(1))
    with pytest.raises(InfrastructureError, match="with the files of"):
        store.record_benchmark(item, samples.scene_files(2))


@pytest.mark.parametrize("state", [BenchmarkState.DRAFT, BenchmarkState.VERIFIED, BenchmarkState.OPEN])
def test_certified_benchmark_stays_so(store: Store, state: BenchmarkState) -> None:
    record(store, 1)
    done = samples.settled(samples.benchmark(1), state)
    with pytest.raises(InfrastructureError, match="can't go from certified"):
        store.record_solving(done, samples.episode(done), samples.design_files(1), None, [samples.NOTES])


def test_minted_id_must_be_the_hash_of_its_budgets(store: Store) -> None:
    item = samples.benchmark(1)
    store.record_benchmark(item, samples.scene_files(1))
    forged = samples.settled(item).model_copy(update={"benchmark_id": RUN})
    with pytest.raises(InfrastructureError, match="not the hash"):
        store.record_solving(forged, samples.episode(item), samples.design_files(1), None, [samples.NOTES])


@pytest.mark.parametrize(
    ("prefix", "says"),
    [("0000", "no benchmark starts with '0000'"), ("", "4 or more"), ("xyz!", "is no id"), ("%%%%", "is no id")],
)
def test_unknown_prefixes_say_what_to_do(store: Store, prefix: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        store.find_benchmark(prefix)


def test_item_that_is_not_stored_cannot_be_linked(store: Store) -> None:
    with pytest.raises(InfrastructureError, match="not stored yet"):
        store.record_run_item(RUN, 0, RUN)


def test_damaged_and_missing_files_are_named(store: Store) -> None:
    record(store, 1)
    sha256 = store.files.write(pack_geometry(samples.scene_files(1)))
    store.files.path(sha256).write_bytes(store.files.path(store.files.write(b"other")).read_bytes())
    with pytest.raises(InfrastructureError, match=f"{sha256} of the store is damaged"):
        store.load_bundle_files(samples.benchmark(1).scene_hash or "")
    store.files.path(sha256).unlink()
    with pytest.raises(InfrastructureError, match=f"{sha256} of the store can't be read"):
        store.load_bundle_files(samples.benchmark(1).scene_hash or "")


@pytest.mark.parametrize("damage", [b"no zstd", zstandard.compress(b"\xff"), zstandard.compress(b"# another program")])
def test_damaged_texts_of_the_database_are_named(store: Store, damage: bytes) -> None:
    record(store, 1)
    done = samples.settled(samples.benchmark(1)).benchmark_id or ""
    solution = store.find_solution(done)
    require_texts(store)
    with store.write() as (connection, _):
        changed = text("UPDATE files SET text = :damage WHERE sha256 = :sha256")
        connection.execute(changed, {"damage": damage, "sha256": solution.program.sha256})
    with pytest.raises(InfrastructureError, match=r"text .*is damaged: .*; `workpiece restore` puts a backup"):
        store.find_solution(done)
    with pytest.raises(InfrastructureError, match=r"is damaged"):
        require_texts(store)


def test_damaged_json_of_the_database_is_named(store: Store) -> None:
    record(store, 1)
    with store.write() as (connection, _):
        connection.execute(text("UPDATE benchmarks SET reasons = '[broken'"))
    with pytest.raises(InfrastructureError, match=r"is damaged: .*; `workpiece restore` puts a backup"):
        store.find_item(samples.benchmark(1).key.item_id)


def test_threads_write_side_by_side(store: Store) -> None:
    threads = [threading.Thread(target=record, args=(store, seed % 4)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count_rows(store)["benchmarks"] == 4
    assert count_rows(store)["solutions"] == 4


def run_child(action: str, url: str, folder: Path, event: str = "none", count: int = 0) -> subprocess.Popen[bytes]:
    """Start the child in the repository's root."""
    command = [sys.executable, "-m", "tests.records.child", action, url, str(folder), event, str(count)]
    return subprocess.Popen(command, cwd=Path(__file__).parents[2])


def test_processes_write_side_by_side(url: str, tmp_path: Path) -> None:
    started = [run_child("work", url, tmp_path) for _ in range(2)]
    assert [process.wait() for process in started] == [0, 0]
    with open_store(url, tmp_path / "files") as store:
        assert count_rows(store)["benchmarks"] == 3


@pytest.mark.parametrize("nth", [2, 5])
def test_killed_writer_ends_with_the_same_rows(store: Store, new_url: NewUrl, tmp_path: Path, nth: int) -> None:
    """Renames of geometry files happen inside the write transactions, so each is a place to die half-way."""
    url, folder = new_url(), tmp_path / "killed"
    folder.mkdir()
    assert run_child("work", url, folder, "os.rename", nth).wait() == -signal.SIGKILL
    child.work(url, folder)
    for seed in range(3):
        record(store, seed)
    with open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as resumed:
        faults = compare_stores(store, resumed)
    assert {fault.split(" ")[0] for fault in faults} <= {"runs", "run_items", "engineers"}


def test_comparison_names_what_differs(store: Store, new_url: NewUrl, tmp_path: Path) -> None:
    record(store, 1)
    with open_store(new_url(), tmp_path / "other", find_provenance=lambda: samples.PROVENANCE) as other:
        assert "only in the first" in compare_stores(store, other)[0]
        record(other, 1)
        assert compare_stores(store, other) == ()
        with other.engine.begin() as connection:
            connection.execute(text('UPDATE trials SET steps = 1 WHERE "index" = 0'))
        assert "differs in steps" in compare_stores(store, other)[0]


def test_verdicts_of_other_terms_are_other_rows(store: Store) -> None:
    """Neither another key, nor other trials or budgets, can meet a stored verdict with other content."""
    record(store, 1)
    verdict, draws = samples.verdict(samples.benchmark(1), "verdict"), samples.DRAWS
    others = (
        draws.model_copy(update={"key_hex": "f" * 32}).terms(samples.BUDGETS),
        draws.model_copy(update={"must_pass": 3}).terms(samples.BUDGETS),
        draws.model_copy(update={"half_step_trials": 2}).terms(samples.BUDGETS),
        draws.terms(None),
    )
    ids = {verdict_id(verdict.model_copy(update={"terms": terms})) for terms in (None, *others)}
    assert len(ids | {verdict_id(verdict)}) == 6
    assert draws.key_hex not in verdict.canonical_json().decode()
    with store.read() as connection:
        rows = connection.execute(select(VerdictRow.key_fingerprint, VerdictRow.terms)).all()
    assert {row.key_fingerprint for row in rows} == {verdict.terms.key_fingerprint} and rows[0].terms["trials"] == 4


@pytest.mark.parametrize("state", [BenchmarkState.REFUSED, BenchmarkState.REDRAWN])
def test_item_that_is_not_kept_leaves_at_once_with_its_reason(store: Store, tmp_path: Path, state: str) -> None:
    item = samples.refused(1).model_copy(update={"state": BenchmarkState(state)})
    store.record_benchmark(item, {})
    assert store.find_item(item.draft.key.item_id) == item
    export(store, tmp_path)
    assert query("SELECT state, reasons[1].code FROM benchmarks", tmp_path).rows == ((state, "PROGRAM_ERROR"),)

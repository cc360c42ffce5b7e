"""Training views: what is in them, what stays out, and that they are written whole."""

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from records import export, open_store
from records.views import VIEWS, find_views, write_views
from records.views.view import CANARY, DOCS
from schemas.errors import InputError
from tests.records import samples
from tests.records.test_store import record

USUAL = ("train", "validation")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data sets of a solved benchmark of the training split, one of a test split, and one that nobody has solved.

    Views see no store, so one kind of it is enough.
    """
    folder = tmp_path_factory.mktemp("exported")
    with open_store(f"sqlite:///{folder / 'store.sqlite'}", folder / "files") as store:
        record(store, 1)
        record(store, 2, split="test_within")
        record(store, 3, passed=False)
        export(store, folder / "d")
    return folder / "d"


def read(folder: Path, name: str, split: str = "train") -> list[dict[str, object]]:
    """Return the rows of a view's split."""
    paths = sorted((folder / name).glob(f"{split}-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_every_certified_benchmark_gives_repair_and_preference(exported: Path, tmp_path: Path) -> None:
    write_views(exported, tmp_path / "v", VIEWS.values(), USUAL)
    repair, preference = read(tmp_path / "v", "repair"), read(tmp_path / "v", "preference")
    assert [row["tried_as"] for row in repair] == [row["tried_as"] for row in preference] == ["preview", "preview"]
    told = next(row["prompt"][0]["content"] for row in repair if row["stage"] == "simulation")
    assert "```python\n# missed\n```" in told
    assert "It ended at: simulation\n- GOAL_MISSED: missed; closest = 3.5 mm" in told
    for view in (repair, preference):  # what failed, not its benchmark, which has reasons of its own
        codes = {row["stage"]: [reason["code"] for reason in row["reasons"]] for row in view}
        assert codes == {"build": ["PROGRAM_ERROR"], "simulation": ["GOAL_MISSED"]}
    assert {row["completion"][0]["content"] for row in repair} == {"```python\n# design\n```"}
    assert {row["chosen"][0]["content"] for row in preference} == {"```python\n# design\n```"}
    assert {row["rejected"][0]["content"] for row in preference} == {
        f"```python\n{p}\n```" for p in ("raise", "# missed")
    }


def test_prompts_of_reinforcement_have_the_fields_of_their_reader(exported: Path, tmp_path: Path) -> None:
    """verl's documented schema, field by field (formats page)."""
    write_views(exported, tmp_path / "v", [VIEWS["rl"]], USUAL)
    (row,) = read(tmp_path / "v", "rl")
    assert (row["data_source"], row["ability"]) == ("workpiece", "mechanical_design")
    assert [message["role"] for message in row["prompt"]] == ["user"]
    assert row["reward_model"]["style"] == "rule"
    truth = json.loads(row["reward_model"]["ground_truth"])
    assert truth == {
        "benchmark_id": row["benchmark_id"],
        "judge": f"workpiece judge {row['benchmark_id']} PROGRAM.py --json",
    }
    extra = row["extra_info"]
    assert (extra["split"], extra["index"], extra["need_tools_kwargs"]) == ("train", 0, True)
    assert extra["tools_kwargs"] == {"submit": {"create_kwargs": {"benchmark_id": row["benchmark_id"]}}}


def test_rewards_have_parts_and_name_why_an_episode_is_dropped(exported: Path, tmp_path: Path) -> None:
    report = write_views(exported, tmp_path / "v", [VIEWS["rewards"]], USUAL)
    rows = {row["outcome"]: row for row in read(tmp_path / "v", "rewards")}
    solved, failed = rows["SOLVED"], rows["FAILED"]
    assert (solved["reward_main"], solved["cost_ratio"], solved["submissions_used"]) == (1, 1.0, 1)
    assert (failed["reward_main"], failed["cost_ratio"], failed["mass_ratio"]) == (None, None, None)
    assert {row["dropped_because"] for row in rows.values()} == {"reference search, no conversation"}
    assert [(one.split, one.episodes) for one in report.episodes] == [("train", 2)]
    assert (report.traces.good, report.traces.per_hour, report.traces.per_usd) == (0, None, None)


def test_rewards_of_another_judge_are_none(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("records.views.facts.JUDGE_VERSION", "another")
    write_views(exported, tmp_path / "v", VIEWS.values(), USUAL)
    assert {row["reward_main"] for row in read(tmp_path / "v", "rewards")} == {None}
    assert not any(read(tmp_path / "v", name) for name in ("repair", "preference", "sft_programs"))


def test_benchmark_that_another_processor_judges_otherwise_is_fragile(tmp_path: Path) -> None:
    """It leaves rewards and training views; other numbers alone, or another key's draws, say nothing of that."""
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "files") as store:
        for seed, passed, changes in ((1, False, {}), (2, True, {}), (3, False, {"key_fingerprint": "e" * 64})):
            record(store, seed)
            verdict = samples.verdict(samples.benchmark(seed), "verdict", passed)
            elsewhere = {"hashes": verdict.hashes.model_copy(update={"cpu_model": "another"})}
            assert verdict.terms is not None
            store.record_verdict(
                verdict.model_copy(update={**elsewhere, "terms": verdict.terms.model_copy(update=changes)})
            )
        export(store, tmp_path / "d")
    write_views(tmp_path / "d", tmp_path / "v", VIEWS.values(), USUAL)
    fragile, sound = samples.settled(samples.benchmark(1)), samples.settled(samples.benchmark(2))
    rewards = {row["benchmark_id"]: row["reward_main"] for row in read(tmp_path / "v", "rewards")}
    assert (rewards.pop(fragile.benchmark_id), set(rewards.values())) == (None, {1})
    left = {row["benchmark_id"] for row in read(tmp_path / "v", "sft_programs")}
    assert fragile.benchmark_id not in left and sound.benchmark_id in left


def test_files_are_marked_documented_and_small(exported: Path, tmp_path: Path) -> None:
    report = write_views(exported, tmp_path / "v", VIEWS.values(), USUAL, most_bytes=600)
    assert sum(file.view == "kto" and file.split == "train" for file in report.files) > 1
    for file in report.files:
        schema = pq.read_schema(tmp_path / "v" / file.path)
        assert schema.metadata[b"canary"] == CANARY.encode()
        assert all(field.metadata[b"doc"] for field in schema)
        assert {row["canary"] for row in pq.read_table(tmp_path / "v" / file.path).to_pylist()} <= {CANARY}
    assert CANARY in (tmp_path / "v/README.md").read_text()
    assert len(read(tmp_path / "v", "kto")) == sum(
        f.rows for f in report.files if (f.view, f.split) == ("kto", "train")
    )


def test_views_replace_those_before_and_nothing_else(exported: Path, tmp_path: Path) -> None:
    write_views(exported, tmp_path / "v", VIEWS.values(), USUAL)
    first = {path.name: path.read_bytes() for path in (tmp_path / "v/repair").iterdir()}
    write_views(exported, tmp_path / "v", [VIEWS["repair"]], USUAL)
    assert {path.name: path.read_bytes() for path in (tmp_path / "v/repair").iterdir()} == first
    assert sorted(path.name for path in (tmp_path / "v").iterdir()) == ["README.md", "repair", "views.json"]
    with pytest.raises(InputError, match="holds something else than training views"):
        write_views(exported, exported, VIEWS.values(), USUAL)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_views_of_which_there_is_no_row_replace_none(exported: Path, tmp_path: Path) -> None:
    write_views(exported, tmp_path / "v", [VIEWS["rl"]], USUAL)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match=r"no rows for sft of validation: .* stays as it is"):
        write_views(exported, tmp_path / "v", [VIEWS["sft"]], ["validation"])
    assert [path for path in sorted(tmp_path.rglob("*")) if path.name != ".v.new"] == before


def test_damaged_data_sets_leave_the_views_as_they_were(exported: Path, tmp_path: Path) -> None:
    damaged = shutil.copytree(exported, tmp_path / "d")
    write_views(damaged, tmp_path / "v", [VIEWS["rl"]], USUAL)
    before = (tmp_path / "v/views.json").read_bytes()
    (tmp_path / ".v.new").mkdir()  # as a killed one leaves it
    cut = next((damaged / "benchmarks").rglob("*.parquet"))
    cut.write_bytes(cut.read_bytes()[:100])
    with pytest.raises(InputError, match="is missing or damaged: `workpiece mend`"):
        write_views(damaged, tmp_path / "v", [VIEWS["rl"]], USUAL)
    assert (tmp_path / "v/views.json").read_bytes() == before


def test_views_before_the_first_export_say_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there are no data sets in .*: make them by `workpiece run`"):
        write_views(tmp_path / "absent", tmp_path / "v", VIEWS.values(), USUAL)
    assert not (tmp_path / "v").exists()


def test_unknown_view_is_told_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"unknown view 'sfd': known are .*repair"):
        find_views(["rl", "sfd"], VIEWS)


def test_every_column_is_documented_and_no_other() -> None:
    assert {column for view in VIEWS.values() for column in view.columns} | {"canary"} == set(DOCS)

"""What is stored is made again, from another directory and process, byte for byte; what has moved is told."""

import json
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from agents.families import FAMILIES
from records.bundles import read_text
from records.listing import list_episodes
from records.preview_rows import PreviewRow
from records.verdict_rows import VerdictRow
from schemas.benchmark import Benchmark, ItemKey
from schemas.episode import ProgramOutput, Solution
from schemas.reasons import BenchmarkState
from schemas.verdict import Verdict
from steps.context import RunContext
from steps.episodes import work_episode
from steps.generating import make_item
from steps.replaying import replay, reverify
from steps.sandbox_workbench import SandboxWorkbench
from steps.solving import solve_item
from tests.service.running import read_revision, refusal, workpiece
from tests.steps.scripts import Programs, make_engineer, plan, review, turn

EPISODES = 50


@pytest.fixture(scope="module")
def elsewhere(context: RunContext, minted: Benchmark, session_folder: Path) -> Iterator[Path]:
    """A copy of the workspace in another directory, in which nothing is stored."""
    copy = copy_workspace(context, session_folder / "elsewhere" / "workspace")
    before = read_revision(copy)
    yield copy
    assert read_revision(copy) == before


def copy_workspace(context: RunContext, copy: Path) -> Path:
    """Copy database and files, which others may be writing; the key of the draws is the session's."""
    source = context.settings.workspace.workspace
    shutil.copytree(source / "files", copy / "files")
    with closing(sqlite3.connect(source / "workpiece.sqlite")) as connection:
        connection.execute(f"VACUUM INTO '{copy / 'workpiece.sqlite'}'")
    return copy


def reference_episode(context: RunContext, minted: Benchmark) -> str:
    """Return the search for the benchmark's solution: other tests let the engineer work on it with less."""
    rows = list_episodes(context.store, minted.draft.key.item_id)
    own = [row for row in rows if row["engineer"] == "reference"]
    return str(max(own, key=lambda row: int(str(row["message_count"])))["episode_id"])


def test_reference_episode_replayed_elsewhere_is_identical(
    context: RunContext, minted: Benchmark, elsewhere: Path
) -> None:
    done = workpiece(elsewhere, "replay", reference_episode(context, minted), "--json")
    made = json.loads(done.stdout)
    assert (done.returncode, [one for one in made if not one["identical"]]) == (0, []), done.stderr
    told = [one["what"] for one in made]
    assert told[:2] == ["scene: geometry", "scene: MJCF"]
    assert told[-2:] == ["submission 1: MJCF", "submission 1: verdict"]
    assert sum(one.startswith("design ") for one in told) > 1


def test_model_of_everything_that_was_judged_is_in_the_store(context: RunContext, minted: Benchmark) -> None:
    with context.store.read() as connection:
        found = select(VerdictRow.record).where(VerdictRow.scene_hash == minted.scene_hash)
        tried = select(PreviewRow.record).where(PreviewRow.kind == "simulate")
        records = [*connection.execute(found).scalars(), *connection.execute(tried).scalars()]
        hashes = {Verdict.from_json(record).hashes.mjcf for record in records} | {minted.report.mjcf_sha256}
        assert len(hashes - {None}) > 2
        assert all("<mujoco" in read_text(connection, one) for one in hashes - {None})


def test_what_a_program_writes_is_kept_with_its_preview(context: RunContext, minted: Benchmark) -> None:
    files = context.store.load_bundle_files(minted.scene_hash)
    bench = SandboxWorkbench(context, minted, files, 1)
    bench.build("import sys\nprint('a trough')\nsys.stderr.write('and a lid\\n')\nraise ValueError")
    assert [one.output for one in bench.take_previews()] == [ProgramOutput(stdout="a trough\n", stderr="and a lid\n")]


def test_episode_of_models_is_replayed_with_the_pictures_that_it_saw(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path
) -> None:
    engineer = make_engineer(
        tmp_path / "script.json",
        plan(),
        turn(("write_file", {"name": "d.py", "text": programs.bad}), ("render", {"name": "d.py", "times_s": [0, 1]})),
        turn(("render", {}), ("write_file", {"name": "d.py", "text": programs.good})),
        turn(("render", {"name": "d.py", "times_s": [1]}), ("submit", {"name": "d.py", "summary": "done"})),
        review("before_submission"),
    )
    made = replay(context, work_episode(context, minted, engineer, 7919, learns=False))
    assert [one for one in made if not one.identical] == []
    assert len({one.stored for one in made if one.what.startswith("picture view_")}) == 4
    assert {one.what.split()[0] for one in made} == {"scene:", "design", "picture", "submission"}


def test_verdict_that_other_limits_give_is_told(context: RunContext, minted: Benchmark, elsewhere: Path) -> None:
    copy = elsewhere.with_name("changed")
    shutil.copytree(elsewhere, copy)
    with closing(sqlite3.connect(copy / "workpiece.sqlite")) as connection, connection:
        connection.execute("UPDATE benchmarks SET max_cost_usd = 0.5")
    told = workpiece(copy, "replay", reference_episode(context, minted))
    assert told.returncode == 1
    assert [line.split()[:3] for line in told.stdout.splitlines() if line.rstrip().endswith("NO")] == [
        ["submission", "1:", "MJCF"],
        ["submission", "1:", "verdict"],
    ]
    assert max(map(len, told.stdout.splitlines())) <= 80
    told = workpiece(copy, "reverify")
    assert told.returncode == 1
    assert re.search(r"^(\d+) of \1 verdicts have moved; 0 are the same", told.stdout, re.MULTILINE), told.stdout
    assert "passed before, OVER_COST" in told.stdout


def ask_again(place: Path, item: Benchmark, solution: Solution, folder: Path, *words: str) -> str:
    """Judge the program of a solution in another process; return what that prints."""
    (folder / "design.py").write_text(solution.program.source)
    asked = ["judge", item.benchmark_id, str(folder / "design.py"), "--seed", str(item.key.seed), "--json"]
    return workpiece(place, *asked, *words).stdout


def test_stored_verdict_asked_for_again_is_the_same_byte_for_byte(
    context: RunContext, minted: Benchmark, elsewhere: Path, tmp_path: Path
) -> None:
    solution = context.store.find_solution(minted.benchmark_id)
    given = ask_again(elsewhere, minted, solution, tmp_path, "--submission", "1")
    assert Verdict.model_validate_json(given).canonical_json() == solution.verdict.canonical_json()


def test_other_limits_are_judged_under(context: RunContext, minted: Benchmark, elsewhere: Path, tmp_path: Path) -> None:
    solution, limits = context.store.find_solution(minted.benchmark_id), ["--max-cost", "0.5", "--max-mass", "0.5"]
    given = json.loads(ask_again(elsewhere, minted, solution, tmp_path, *limits))
    assert {one["code"] for one in given["reasons"]} == {"OVER_COST", "OVER_MASS"}


@pytest.mark.slow
def test_stored_certificate_asked_for_again_is_the_same_byte_for_byte(
    context: RunContext, minted: Benchmark, elsewhere: Path, tmp_path: Path
) -> None:
    solution = context.store.find_solution(minted.benchmark_id)
    given = ask_again(elsewhere, minted, solution, tmp_path, "--certify")
    assert Verdict.model_validate_json(given).canonical_json() == solution.certificate.canonical_json()


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_fifty_episodes_replayed_elsewhere_are_identical(context: RunContext, session_folder: Path) -> None:
    for index in range(EPISODES):
        key = ItemKey(family=tuple(FAMILIES)[index % len(FAMILIES)], seed=11, index=index)
        item = make_item(context, "0" * 64, key)
        if item.state is BenchmarkState.VERIFIED:
            solve_item(context, item)
    place = copy_workspace(context, session_folder / "fifty" / "workspace")
    episodes = [str(row["episode_id"]) for row in list_episodes(context.store)][:EPISODES]
    differing = {one: done.stdout for one in episodes if (done := workpiece(place, "replay", one)).returncode != 0}
    assert (len(episodes), differing) == (EPISODES, {})


def test_verdicts_that_nothing_has_changed_have_not_moved(context: RunContext, minted: Benchmark) -> None:
    judged = [one for one in reverify(context) if one.benchmark_id == minted.benchmark_id]
    assert [(one.purpose, one.identical, one.moved) for one in judged] == [
        ("verdict", True, False),
        ("certify", True, False),
    ]


def test_verdicts_under_another_key_are_told(context: RunContext, minted: Benchmark, elsewhere: Path) -> None:
    other = {"WORKPIECE_JUDGE_KEY": "ff" * 16}
    told = workpiece(elsewhere, "replay", reference_episode(context, minted), **other)
    assert told.returncode == 1 and "1 of them under another key of the draws" in told.stdout
    judged = [one for one in reverify(replace(context, key_hex="ff" * 16)) if one.benchmark_id == minted.benchmark_id]
    assert [(one.same_key, one.identical, one.moved) for one in judged] == [(False, False, False)] * 2


def test_id_that_names_nothing_is_told(elsewhere: Path) -> None:
    said = refusal(workpiece(elsewhere, "replay", "ffffffff"), 2)
    assert "no episode starts with 'ffffffff': `workpiece episodes` lists ids" in said

"""A defect of ours is recorded with its traceback: in a tool it is an answer, elsewhere it ends that episode alone."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from agents.engineer import engineer_graph, llm_engineer
from agents.tools import TOOLS, ToolAnswer, make_tool
from records.tables import ErrorRow
from schemas.benchmark import Benchmark
from schemas.episode import Episode
from schemas.errors import WorkpieceError
from schemas.llm import EpisodeLimits
from schemas.messages import Artifact, ErrorRaised, Resume, ToolReturn, VerdictGiven
from schemas.reasons import Outcome
from schemas.record import Measure
from steps.context import RunContext
from steps.episodes import require_sound, work_episode
from tests.conftest import KEY
from tests.steps.scripts import Programs, make_engineer, plan, review, turn, whole_episode
from tests.steps.test_episodes import bodies
from tests.steps.test_wire_faults import find_reward

FEW = EpisodeLimits(turns=4)
LOOP = turn(("list_files", {}))


def read_errors(context: RunContext, episode_id: str) -> list[tuple[str, str, str, bool]]:
    found = select(ErrorRow.stage, ErrorRow.error_type, ErrorRow.text, ErrorRow.infrastructure)
    with context.store.read() as connection:
        return [tuple(row) for row in connection.execute(found.where(ErrorRow.episode_id == episode_id))]


def answers(episode: Episode) -> list[dict]:
    return [json.loads(body.body) for body in bodies(episode, ToolReturn)]


def refuse(proof: str, name: str, value: float) -> tuple[str, dict]:
    return "refuse_plan", {"proof": proof, "claims": [{"name": name, "value": value}]}


COMPARED = {
    "text": ("search_components", {"category": "screw", "at_least": {"thread": 3}}, "thread can't be compared: choose"),
    "no column": ("search_components", {"category": "screw", "at_least": {"speed": 3}}, "speed can't be compared"),
    "of another": ("search_components", {"category": "screw", "at_least": {"bore_mm": 3}}, "bore_mm can't be compared"),
    "no number": ("search_components", {"category": "screw", "at_least": {"length_mm": "M3"}}, "valid number"),
    "proof on text": (
        "refuse_plan",
        {"proof": "component_missing", "claims": [{"name": "thread", "value": 3}]},
        "thread can't",
    ),
    "proof on dates": (
        "refuse_plan",
        {"proof": "component_missing", "claims": [{"name": "source", "value": 3}]},
        "source can't",
    ),
    "vast proof": (
        "refuse_plan",
        {"proof": "mass_lower_bound", "claims": [{"name": "volume_mm3", "value": 1e308}]},
        "larger than",
    ),
}


@pytest.mark.parametrize("name", COMPARED)
def test_tool_that_is_asked_the_impossible_says_what_is_possible(
    anywhere: RunContext, minted: Benchmark, tmp_path: Path, name: str
) -> None:
    tool, arguments, says = COMPARED[name]
    replies = (plan(thread=3, source=3, volume_mm3=1e308), turn((tool, arguments)), LOOP)
    engineer = make_engineer(tmp_path / "s.json", *replies, repeat=True, limits=FEW)
    episode = work_episode(anywhere, minted, engineer, 200)
    assert says in answers(episode)[0]["message"]
    assert (episode.outcome, read_errors(anywhere, episode.key.episode_id)) == (Outcome.BUDGET_TURNS, [])


def deep() -> None:
    deep()


def fail_with_secrets() -> None:
    raise RuntimeError(f"\ud83d {KEY} \x00")


DEFECTS: dict[str, Callable[[], object]] = {
    "ZeroDivisionError": lambda: 1 / 0,
    "KeyError": lambda: {}["x"],
    "RecursionError": deep,
    "UnicodeEncodeError": "\ud83d".encode,
    "ValidationError": lambda: Measure(name="x", value=float("inf")),
    "TypeError": lambda: {"body": {1, 2}},
    "RuntimeError": fail_with_secrets,
}


def break_tool(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let one more tool do that, and answer with what it gives."""

    def rattle(toolbox: "Toolbox") -> ToolAnswer:  # noqa: F821 - as tools write it
        """Rattle."""
        return ToolAnswer({"rattles": act()})

    monkeypatch.setattr(llm_engineer, "TOOLS", {**TOOLS, "rattle": make_tool(rattle)})


@pytest.mark.parametrize("name", DEFECTS)
def test_defect_of_a_tool_is_an_answer_and_recorded_once(
    anywhere: RunContext, minted: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    break_tool(monkeypatch, DEFECTS[name])
    engineer = make_engineer(
        tmp_path / "s.json", plan(), turn(("rattle", {}), ("list_files", {})), repeat=True, limits=FEW
    )
    episode = work_episode(anywhere, minted, engineer, 210 + list(DEFECTS).index(name))
    assert name in answers(episode)[0]["message"] and answers(episode)[1] == {}
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)
    ((stage, error_type, told, infrastructure),) = read_errors(anywhere, episode.key.episode_id)
    assert (stage, error_type, infrastructure) == ("tool rattle", name, False)
    assert told.startswith("Traceback") and "agents/tools/toolbox.py" in told
    assert [word for word in (KEY, "\x00", "\ud83d", str(Path(__file__).parents[2])) if word in told] == []


def test_episode_that_was_killed_in_a_tool_goes_on_behind_its_defect(
    context: RunContext, minted: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end() -> None:
        raise SystemExit

    engineer = make_engineer(tmp_path / "s.json", plan(), turn(("rattle", {})), LOOP, repeat=True, limits=FEW)
    break_tool(monkeypatch, end)
    with pytest.raises(SystemExit):
        work_episode(context, minted, engineer, 220)
    break_tool(monkeypatch, DEFECTS["KeyError"])
    episode = work_episode(context, minted, engineer, 220)
    assert ("KeyError" in answers(episode)[0]["message"], len(bodies(episode, Resume))) == (True, 1)
    assert episode.outcome is Outcome.BUDGET_TURNS


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), LookupError(f"{KEY} \ud83d\x00"), AssertionError()])
def test_defect_elsewhere_closes_the_episode_and_the_next_is_another(
    anywhere: RunContext, minted: Benchmark, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    engineer = make_engineer(tmp_path / "s.json", plan(str(type(error))), LOOP, repeat=True, limits=FEW)
    with monkeypatch.context() as broken:
        broken.setattr(engineer_graph, "find_disorder", fail)
        episode = work_episode(anywhere, minted, engineer, 230)
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.DEFECT, None)
    assert [reason.code for reason in episode.reasons] == ["DEFECT"]
    assert [body.infrastructure for body in bodies(episode, ErrorRaised)] == [False]
    ((stage, error_type, told, _),) = read_errors(anywhere, episode.key.episode_id)
    assert (stage, error_type, KEY in told, "find_disorder" in told) == ("episode", type(error).__name__, False, True)
    with pytest.raises(WorkpieceError):
        require_sound(episode)
    again = work_episode(anywhere, minted, engineer, 230)
    assert (again.outcome, again.key.retry) == (Outcome.BUDGET_TURNS, 1)


def test_defect_of_learning_leaves_what_was_earned(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm_engineer, "learn", lambda *_: 1 / 0)
    engineer = replace(make_engineer(tmp_path / "s.json", *whole_episode(programs)), shelf=())
    episode = work_episode(context, minted, engineer, 240)
    assert (episode.outcome, find_reward(context, episode)) == (Outcome.SOLVED, 1)
    assert [stage for stage, *_ in read_errors(context, episode.key.episode_id)] == ["learn"]


@pytest.mark.parametrize("name", ["submission_1.py", "submission_2.py", "submission_01.py"])
def test_file_named_as_what_is_handed_in_is_refused_and_clashes_with_nothing(
    anywhere: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, name: str
) -> None:
    replies = (
        plan(),
        turn(("write_file", {"name": name, "text": programs.bad}), ("submit", {"name": name})),
        turn(("write_file", {"name": "a.py", "text": programs.bad}), ("submit", {"name": "a.py"})),
        review("before_submission"),
        turn(("write_file", {"name": name, "text": programs.good}), ("submit", {"name": "a.py"})),
    )
    limits = EpisodeLimits(max_submissions=1)
    episode = work_episode(anywhere, minted, make_engineer(tmp_path / "s.json", *replies, limits=limits), 250)
    assert "is kept for what you hand in" in answers(episode)[0]["message"]
    assert "there is no file" in answers(episode)[1]["message"]
    assert [body.passed for body in bodies(episode, VerdictGiven)] == [False]
    assert [(body.name, body.final) for body in bodies(episode, Artifact)] == [
        ("a.py", False),
        ("submission_1.py", True),
    ]
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_SUBMISSIONS, 0)


def test_file_that_grows_beyond_what_is_kept_is_refused(context: RunContext, minted: Benchmark, tmp_path: Path) -> None:
    grow = {"name": "a.py", "old": "end", "new": "x" * 150_000 + "end"}
    replies = (
        plan(),
        turn(("write_file", {"name": "a.py", "text": "end"}), ("edit_file", grow), ("edit_file", grow)),
        LOOP,
    )
    episode = work_episode(context, minted, make_engineer(tmp_path / "s.json", *replies, repeat=True, limits=FEW), 260)
    assert [body.ok for body in bodies(episode, ToolReturn)][:3] == [True, True, False]
    assert "the most is 200000" in answers(episode)[2]["message"]


def test_picture_is_no_program_to_review_or_hand_in(context: RunContext, minted: Benchmark, tmp_path: Path) -> None:
    engineer = make_engineer(tmp_path / "s.json", plan(), turn(("render", {})), LOOP, repeat=True, limits=FEW)
    view = answers(work_episode(context, minted, engineer, 270))[0]["views"][0]
    replies = (plan(), turn(("render", {}), ("submit", {"name": view}), ("read_file", {"name": view})), LOOP)
    episode = work_episode(context, minted, make_engineer(tmp_path / "s.json", *replies, repeat=True, limits=FEW), 271)
    assert [body.ok for body in bodies(episode, ToolReturn)][:3] == [True, False, False]
    assert (episode.outcome, bodies(episode, ErrorRaised)) == (Outcome.BUDGET_TURNS, [])


RAISING = {
    "surrogate": r"raise ValueError('seen \ud83d')",
    "NUL": r"raise ValueError('seen \x00')",
    "printed": r"import sys; sys.stdout.buffer.write(b'\x00\xff'); raise ValueError('seen')",
    "its own kind": r"raise type('seen\udc00', (Exception,), {})('\x00')",
    "2 MB": "raise ValueError('x' * 2_000_000 + 'seen')",
}


@pytest.mark.parametrize("name", RAISING)
def test_what_a_program_raises_is_told_and_stored(
    anywhere: RunContext, minted: Benchmark, tmp_path: Path, name: str
) -> None:
    calls = (("write_file", {"name": "a.py", "text": RAISING[name]}), ("run_program", {"name": "a.py"}))
    replies = (plan(name), turn(*calls, ("submit", {"name": "a.py"})), review("before_submission"), LOOP)
    episode = work_episode(anywhere, minted, make_engineer(tmp_path / "s.json", *replies, repeat=True, limits=FEW), 280)
    (reason,) = answers(episode)[1]["reasons"]
    assert "seen" in reason["message"]
    assert [body.ok for body in bodies(episode, ToolReturn)][:3] == [True, False, False]
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)
    assert anywhere.store.find_episode(episode.key.episode_id).messages == episode.messages

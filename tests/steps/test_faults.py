"""Every fault of a model, a tool or a budget ends an episode in its typed outcome, with everything recorded."""

import json
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.models import ScriptedReply
from sandbox.container import ContainerBackend
from schemas.benchmark import Benchmark
from schemas.llm import EpisodeLimits
from schemas.messages import BudgetUse, ErrorRaised, RequestComplete, ToolReturn
from schemas.reasons import Outcome
from steps.context import RunContext
from steps.episodes import work_episode
from steps.sandboxes import Sandboxes
from tests.steps.scripts import Programs, make_engineer, plan, turn

FEW = EpisodeLimits(turns=4)


class Case(NamedTuple):
    """Replies, what the model is set to, the limits; then the outcome, and what must be among the messages."""

    replies: tuple[ScriptedReply, ...]
    outcome: Outcome
    seen: str = ""
    limits: EpisodeLimits = FEW
    choice: dict = {}  # noqa: RUF012 - never changed


def said(text: str, role: str = "engineer", finish: str = "stop") -> ScriptedReply:
    return ScriptedReply(role=role, text=text, finish=finish)


def fault(kind: str) -> ScriptedReply:
    return ScriptedReply(role="engineer", fault=kind)


LOOP = turn(("list_files", {}))
ENDLESS = turn(("write_file", {"name": "a.py", "text": "while True: pass"}), ("run_program", {"name": "a.py"}))
CASES = {
    "empty": Case((plan(), said("")), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "cut off": Case((plan(), said("[[ ## thought ## ]]\nI wi", finish="length")), Outcome.BUDGET_TURNS, "I wi"),
    "not JSON": Case((said("[[ ## plan ## ]]\nno JSON", "architect"),), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "bad order": Case((plan(order=("check", "write")),), Outcome.BUDGET_TURNS, "must come after"),
    "unknown tool": Case((plan(), turn(("Fly!", {}))), Outcome.BUDGET_TURNS, "unknown_tool"),
    "wrong types": Case(
        (plan(), turn(("write_file", {"name": 7, "texts": []}))), Outcome.BUDGET_TURNS, "bad_arguments"
    ),
    "no such file": Case((plan(), turn(("simulate", {"name": "a.py"}))), Outcome.BUDGET_TURNS, "there is no file"),
    "never ends": Case((plan(), LOOP), Outcome.BUDGET_TURNS, "turns limit"),
    "tool times out": Case((plan(), ENDLESS), Outcome.BUDGET_TIME, "PROGRAM_TIMEOUT", EpisodeLimits(program_cpu_s=2.0)),
    "429 once": Case((plan(), fault("429"), LOOP), Outcome.BUDGET_TURNS, "list_files"),
    "429": Case((plan(), fault("429")), Outcome.INFRASTRUCTURE, "LMRateLimitError"),
    "500": Case((plan(), fault("500")), Outcome.INFRASTRUCTURE, "LMServerError"),
    "closed": Case((plan(), fault("closed")), Outcome.INFRASTRUCTURE, "LMTransportError"),
    "hang": Case(
        (plan(), fault("hang")), Outcome.INFRASTRUCTURE, "LMTimeoutError", choice={"timeout_s": 1.0, "tries": 2}
    ),
    "bad key": Case((plan(), fault("key")), Outcome.INFRASTRUCTURE, "LMAuthError"),
    "too long": Case((plan(), fault("context")), Outcome.BUDGET_TOKENS, "ContextWindowExceededError"),
    "tokens": Case((plan(), LOOP), Outcome.BUDGET_TOKENS, "tokens limit", EpisodeLimits(tokens=2000)),
    "money": Case(
        (plan(), LOOP), Outcome.BUDGET_MONEY, "USD", EpisodeLimits(money_usd=0.1), {"usd_per_million_input": 9.0}
    ),
    "time": Case((plan(), LOOP), Outcome.BUDGET_TIME, "wall time", EpisodeLimits(wall_s=0.001)),
    "time of the architect": Case((said("", "architect"),), Outcome.BUDGET_TIME, "", EpisodeLimits(wall_s=0.001)),
}


@pytest.mark.parametrize("name", CASES)
def test_fault_ends_in_its_outcome(context: RunContext, minted: Benchmark, tmp_path: Path, name: str) -> None:
    case = CASES[name]
    engineer = make_engineer(tmp_path / "s.json", *case.replies, repeat=True, limits=case.limits, **case.choice)
    episode = work_episode(context, minted, engineer, 0)
    assert episode.outcome is case.outcome
    assert isinstance(episode.messages[-1].body, RequestComplete)
    assert case.seen in "\n".join(message.body.model_dump_json() for message in episode.messages)
    assert [message.seq for message in episode.messages] == list(range(len(episode.messages)))
    faults = [m.body.infrastructure for m in episode.messages if isinstance(m.body, ErrorRaised)]
    assert any(faults) == (case.outcome is Outcome.INFRASTRUCTURE)
    budgets = [m.body for m in episode.messages if isinstance(m.body, BudgetUse)]
    assert bool(budgets) == (case.outcome.startswith("BUDGET") and name != "too long")


def test_retries_are_recorded_and_cost_no_turn(context: RunContext, minted: Benchmark, tmp_path: Path) -> None:
    replies = (plan(), fault("429"), fault("500"), LOOP, fault("closed"), LOOP)
    engineer = make_engineer(tmp_path / "s.json", *replies, limits=EpisodeLimits(turns=3))
    episode = work_episode(context, minted, engineer, 0)
    _, calls = context.store.open_episode(minted.draft.key.item_id, episode)
    assert [[fault.error_type for fault in call.faults] for call in calls] == [
        [],
        ["LMRateLimitError", "LMServerError"],
        ["LMTransportError"],
    ]


def test_episode_that_the_machinery_failed_is_tried_again_beside_it(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = Sandboxes(context.settings.sandbox, "absent")
    monkeypatch.setattr(absent, "_backend", ContainerBackend(engine_url="tcp://127.0.0.1:1"))  # it was there
    run = turn(("write_file", {"name": "a.py", "text": programs.good}), ("run_program", {"name": "a.py"}))
    engineer = make_engineer(tmp_path / "s.json", plan(), run, repeat=True, limits=FEW)
    failed = work_episode(replace(context, sandboxes=absent), minted, engineer, 0)
    again = work_episode(context, minted, engineer, 0)
    assert (failed.outcome, failed.key.retry) == (Outcome.INFRASTRUCTURE, 0)
    assert (again.outcome, again.key.retry) == (Outcome.BUDGET_TURNS, 1)
    assert context.store.find_episode(failed.key.episode_id) == failed
    assert work_episode(context, minted, engineer, 0) == again


@pytest.mark.parametrize(
    ("limits", "outcome"),
    [
        (EpisodeLimits(turns=8, previews=1), Outcome.BUDGET_TURNS),
        (EpisodeLimits(simulated_s=0.1), Outcome.BUDGET_SIMULATION),
        (EpisodeLimits(max_submissions=1), Outcome.BUDGET_SUBMISSIONS),
    ],
)
def test_budget_of_judging_is_kept(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, limits: EpisodeLimits, outcome: Outcome
) -> None:
    replies = (
        plan(),
        turn(("write_file", {"name": "a.py", "text": programs.bad}), ("simulate", {"name": "a.py", "trials": 1})),
        turn(("simulate", {"name": "a.py", "trials": 1})),
        turn(("submit", {"name": "a.py"})),
        turn(("submit", {"name": "a.py"})),
        ScriptedReply(role="critic", text="I see nothing"),
    )
    episode = work_episode(context, minted, make_engineer(tmp_path / "s.json", *replies, repeat=True, limits=limits), 0)
    answers = [json.loads(m.body.body) for m in episode.messages if isinstance(m.body, ToolReturn)]
    refused = any("used up" in str(answer.get("message")) for answer in answers)
    assert (episode.outcome, refused) == (outcome, limits.previews == 1)

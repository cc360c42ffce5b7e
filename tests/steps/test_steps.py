"""Faults of each role's model and every budget at every step of a generator; budgets at every step of an engineer."""

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from agents.models import ScriptedReply
from schemas.benchmark import Benchmark
from schemas.llm import EpisodeLimits
from schemas.messages import BenchmarkPlan, BudgetUse, ErrorRaised, ModelReply, Refusal, RequestComplete, ToolReturn
from schemas.reasons import Outcome
from steps.context import RunContext
from steps.episodes import work_episode
from steps.inventing import generate_item, plan_invention
from tests.steps.scripts import Programs, make_engineer, turn, whole_episode
from tests.steps.scripts import plan as engineers_plan
from tests.steps.test_episodes import bodies
from tests.steps.test_generating import code, make_generator, plan, review, scene

SCENE = scene(75)
STEPS = {"planner": (), "coder": (plan(),), "reviewer": (plan(), code(SCENE))}
SAID = {
    "empty": "",
    "cut off": '[[ ## idea ## ]]\n{"family": nu',
    "not JSON": "[[ ## idea ## ]]\nno JSON\n[[ ## review ## ]]\nno JSON",
    "wrong types": '[[ ## idea ## ]]\n{"family": 7}\n[[ ## review ## ]]\n{"points": 7}',
}
FAULTS = ("429", "500", "hang", "closed", "key", "context")


@pytest.mark.parametrize("role", STEPS)
@pytest.mark.parametrize("name", SAID)
def test_unreadable_reply_is_said_and_asked_again(context: RunContext, tmp_path: Path, role: str, name: str) -> None:
    bad = ScriptedReply(role=role, text=SAID[name], finish="length" if name == "cut off" else "stop")
    limits = EpisodeLimits(turns=len(STEPS[role]) + 2)
    generator = make_generator(tmp_path / "s.json", *STEPS[role], bad, repeat=True, rounds=1, limits=limits)
    episode = generate_item(context, generator, plan_invention(generator, 6, 0, 0))
    assert episode.outcome is (Outcome.FAILED if role == "reviewer" else Outcome.BUDGET_TURNS)
    faults = bodies(episode, ErrorRaised)
    assert {(fault.error_type, fault.infrastructure) for fault in faults} == {("unreadable_reply", False)}
    assert len(faults) == (1 if role == "reviewer" else 2)  # a review that can't be read accepts nothing


@pytest.mark.parametrize("role", STEPS)
@pytest.mark.parametrize("fault", FAULTS)
def test_model_that_gives_no_answer_ends_it_typed(context: RunContext, tmp_path: Path, role: str, fault: str) -> None:
    bad = ScriptedReply(role=role, fault=fault)
    choice = {"tries": 1, "timeout_s": 2.0} if fault == "hang" else {"tries": 2}
    generator = make_generator(tmp_path / "s.json", *STEPS[role], bad, repeat=True, **choice)
    episode = generate_item(context, generator, plan_invention(generator, 7, 0, 0))
    assert episode.outcome is (Outcome.BUDGET_TOKENS if fault == "context" else Outcome.INFRASTRUCTURE)
    assert [body.infrastructure for body in bodies(episode, ErrorRaised)] == [fault != "context"]
    assert isinstance(episode.messages[-1].body, RequestComplete)
    assert len(bodies(episode, ModelReply)) == len(STEPS[role])


class Spent(NamedTuple):
    """Limits, the outcome, what the last message before the end names, and the price of a model's million tokens."""

    limits: EpisodeLimits
    outcome: Outcome
    name: str
    usd: float = 0.0


REVIEWS = (plan(), code(SCENE), review("plan_sound"))
SPENT = {
    "turns before the coder": Spent(EpisodeLimits(turns=1), Outcome.BUDGET_TURNS, "turns"),
    "turns before the reviewer": Spent(EpisodeLimits(turns=2), Outcome.BUDGET_TURNS, "turns"),
    "turns before the next plan": Spent(EpisodeLimits(turns=3), Outcome.BUDGET_TURNS, "turns"),
    "tokens": Spent(EpisodeLimits(tokens=100), Outcome.BUDGET_TOKENS, "tokens"),
    "money": Spent(EpisodeLimits(money_usd=1e-4), Outcome.BUDGET_MONEY, "money", 9.0),
    "time": Spent(EpisodeLimits(wall_s=1e-6), Outcome.BUDGET_TIME, "wall time"),
    "program's CPU time": Spent(EpisodeLimits(program_cpu_s=1e-3), Outcome.BUDGET_TIME, "program CPU time"),
}


@pytest.mark.parametrize("name", SPENT)
def test_spent_budget_ends_a_generators_episode(context: RunContext, tmp_path: Path, name: str) -> None:
    case = SPENT[name]
    generator = make_generator(
        tmp_path / "s.json", *REVIEWS, repeat=True, limits=case.limits, usd_per_million_input=case.usd
    )
    episode = generate_item(context, generator, plan_invention(generator, 8, 0, 0))
    use, end = (message.body for message in episode.messages[-2:])
    assert (episode.outcome, end.outcome) == (case.outcome, case.outcome)
    assert isinstance(use, BudgetUse) and use.spent and use.uses[0].name == case.name
    assert episode.use.turns <= case.limits.turns


def test_generator_whose_plans_are_never_sound_ends(context: RunContext, tmp_path: Path) -> None:
    generator = make_generator(tmp_path / "s.json", *REVIEWS, repeat=True, rounds=2)
    episode = generate_item(context, generator, plan_invention(generator, 9, 0, 0))
    assert episode.outcome is Outcome.FAILED
    assert [body.version for body in bodies(episode, BenchmarkPlan)] == [1, 2, 3]


STEPS_OF_AN_ENGINEER = {
    1: "engineer",
    4: "critic",  # of a refusal
    5: "architect",  # who plans anew
    11: "architect",  # who answers a question
    13: "critic",  # before a submission
    14: "critic",  # after it failed
    15: "architect",  # who plans anew
}
"""The replies of `whole_episode` after which turns are spent, and who would have been asked next."""


@pytest.mark.parametrize("turns", STEPS_OF_AN_ENGINEER)
def test_turns_that_are_spent_before_any_step_end_an_engineers_episode(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, turns: int
) -> None:
    replies = whole_episode(programs)
    assert replies[turns].role == STEPS_OF_AN_ENGINEER[turns]
    engineer = make_engineer(tmp_path / "s.json", *replies, limits=EpisodeLimits(turns=turns))
    episode = work_episode(context, minted, engineer, 0)
    use, end = (message.body for message in episode.messages[-2:])
    assert (episode.outcome, end.outcome, episode.use.turns) == (Outcome.BUDGET_TURNS, Outcome.BUDGET_TURNS, turns)
    assert isinstance(use, BudgetUse) and use.spent
    assert len(episode.submissions) == (turns > 13)


def test_turns_that_are_spent_before_the_writer_leave_the_episode_solved(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path
) -> None:
    replies = whole_episode(programs)
    engineer = make_engineer(tmp_path / "s.json", *replies, limits=EpisodeLimits(turns=len(replies)))
    episode = work_episode(context, minted, replace(engineer, shelf=()), 0)
    assert (episode.outcome, episode.use.turns) == (Outcome.SOLVED, len(replies))


def test_refusals_that_are_used_up_are_refused_and_end_nothing(
    context: RunContext, minted: Benchmark, tmp_path: Path
) -> None:
    claim = {"proof": "reach_bound", "claims": [{"name": "length_mm", "value": 100.0}]}
    replies = (engineers_plan(length_mm=100.0), turn(("refuse_plan", claim)))
    limits = EpisodeLimits(turns=4, refusals=1)
    episode = work_episode(context, minted, make_engineer(tmp_path / "s.json", *replies, repeat=True, limits=limits), 0)
    answers = [body.body for body in bodies(episode, ToolReturn)]
    assert ["are used up" in answer for answer in answers] == [False, True, True]
    assert (episode.outcome, len(bodies(episode, Refusal))) == (Outcome.BUDGET_TURNS, 1)

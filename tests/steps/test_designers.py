"""The scripted designers are no toys: real design paths on each family, and one that mostly fails."""

from pathlib import Path

import pytest

from schemas.benchmark import ItemKey
from schemas.messages import Plan, ToolCall, VerdictGiven
from schemas.reasons import BenchmarkState, Outcome
from steps.context import RunContext
from steps.episodes import work_episode
from steps.generating import make_item
from steps.solving import solve_item
from tests.steps.scripts import act
from tests.steps.test_episodes import bodies

FAMILIES = ("drop_chute", "pendulum_hazard", "conveyor_divert")


@pytest.mark.parametrize(
    "family", [FAMILIES[0], *(pytest.param(name, marks=pytest.mark.slow) for name in FAMILIES[1:])]
)
def test_designer_learns_from_a_failed_submission_on_every_family(
    context: RunContext, tmp_path: Path, family: str
) -> None:
    run_id = str(2 + FAMILIES.index(family)) * 64
    context.store.record_run(run_id, "{}")
    benchmark = solve_item(context, make_item(context, run_id, ItemKey(family=family, seed=21, index=0)))
    assert benchmark.state is BenchmarkState.CERTIFIED
    episode = work_episode(context, benchmark, act(tmp_path, "designer"), 0)
    assert episode.outcome is Outcome.SOLVED
    assert [body.passed for body in bodies(episode, VerdictGiven)] == [False, True]
    assert [body.version for body in bodies(episode, Plan)] == [1, 2]
    assert [body.tool for body in bodies(episode, ToolCall)].count("simulate") == 3
    rash = work_episode(context, benchmark, act(tmp_path, "careless"), 0)
    assert [one.verdict.passed for one in rash.submissions][:2] == [False, False]

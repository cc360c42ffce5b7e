"""A reply with 500 tool calls ends where a budget does, not 497 calls later."""

from pathlib import Path
from typing import NamedTuple

import pytest

from agents.models import ScriptedReply
from schemas.benchmark import Benchmark
from schemas.episode import Episode
from schemas.llm import EpisodeLimits
from schemas.messages import BudgetUse, RequestComplete, ToolCall, ToolReturn
from schemas.reasons import Outcome
from steps.context import RunContext
from steps.episodes import work_episode
from tests.steps.scripts import Programs, make_engineer, plan, review, turn
from tests.steps.test_episodes import bodies

CALLS = 500
LOOK = ("list_files", {})
ASK = ("ask_architect", {"question": "How?"})
SAYS = ScriptedReply(role="architect", fields={"answer": "So."})


class Overrun(NamedTuple):
    """The third call of a reply, the limits, the outcome, and the budget that the last message names."""

    third: tuple[str, dict]
    limits: dict
    outcome: Outcome
    spent: str
    usd: float = 0.0


SLEEP, SPIN = "import time; time.sleep(6)", "while True: pass"
OVERRUNS = {
    "turns": Overrun(ASK, {"turns": 3}, Outcome.BUDGET_TURNS, "turns"),
    "tokens": Overrun(ASK, {"tokens": None}, Outcome.BUDGET_TOKENS, "tokens"),
    "money": Overrun(ASK, {"money_usd": None}, Outcome.BUDGET_MONEY, "money", 100.0),
    "time": Overrun(("run_program", {"name": "sleep.py"}), {"wall_s": 6.0}, Outcome.BUDGET_TIME, "wall time"),
    "CPU": Overrun(
        ("run_program", {"name": "spin.py"}), {"program_cpu_s": 2.0}, Outcome.BUDGET_TIME, "program CPU time"
    ),
    "simulated time": Overrun(
        ("simulate", {"name": "bad.py", "trials": 1}), {"simulated_s": 0.1}, Outcome.BUDGET_SIMULATION, "simulated time"
    ),
}


def play(
    context: RunContext,
    minted: Benchmark,
    file: Path,
    *replies: ScriptedReply,
    seed: int,
    usd: float = 0.0,
    **limits: float,
) -> Episode:
    engineer = make_engineer(file, *replies, limits=EpisodeLimits(**limits), usd_per_million_input=usd)
    return work_episode(context, minted, engineer, seed)


@pytest.mark.parametrize("name", OVERRUNS)
def test_reply_of_500_calls_ends_at_the_call_that_spends_a_budget(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path, name: str
) -> None:
    case, seed = OVERRUNS[name], 300 + list(OVERRUNS).index(name)
    files = {"sleep.py": SLEEP, "spin.py": SPIN, "bad.py": programs.bad}
    write = turn(*(("write_file", {"name": file, "text": text}) for file, text in files.items()))
    replies = (
        plan(),
        *([] if case.third is ASK else [write]),
        turn(LOOK, LOOK, case.third, *([LOOK] * (CALLS - 3))),
        SAYS,
    )
    limits = dict(case.limits)
    if None in limits.values():
        whole = play(
            context,
            minted,
            tmp_path / "s.json",
            *replies[:1],
            turn(LOOK, LOOK, ASK),
            SAYS,
            seed=seed + 50,
            usd=case.usd,
        )
        limits = {field: getattr(whole.use, field) for field in limits}
    episode = play(context, minted, tmp_path / "s.json", *replies, seed=seed, usd=case.usd, **limits)
    done = [body.tool for body in bodies(episode, ToolCall) if body.tool != "write_file"]
    assert done == ["list_files", "list_files", case.third[0]]
    use, end = (message.body for message in episode.messages[-2:])
    assert (episode.outcome, isinstance(end, RequestComplete)) == (case.outcome, True)
    assert isinstance(use, BudgetUse) and use.spent and use.uses[0].name == case.spent


def test_reply_of_500_simulations_ends_behind_the_last_that_is_left(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path
) -> None:
    write = turn(("write_file", {"name": "a.py", "text": programs.bad}))
    many = turn(*([("simulate", {"name": "a.py", "trials": 1})] * CALLS))
    episode = play(context, minted, tmp_path / "s.json", plan(), write, many, seed=320, previews=3)
    assert [body.ok for body in bodies(episode, ToolReturn)] == [True] * 4
    assert (episode.outcome, episode.use.previews) == (Outcome.BUDGET_SIMULATION, 3)
    assert bodies(episode, BudgetUse)[0].uses[0].name == "previews"


def test_reply_of_500_submissions_ends_behind_the_last_that_is_left(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path
) -> None:
    write = turn(("write_file", {"name": "a.py", "text": programs.bad}))
    replies = (plan(), write, turn(*([("submit", {"name": "a.py"})] * CALLS)), review("before_submission"))
    episode = play(context, minted, tmp_path / "s.json", *replies, seed=321, max_submissions=1)
    assert (episode.outcome, len(episode.submissions)) == (Outcome.BUDGET_SUBMISSIONS, 1)
    assert len(bodies(episode, ToolCall)) == 2


def test_simulations_that_are_spent_before_a_reply_end_nothing(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path
) -> None:
    write = turn(("write_file", {"name": "a.py", "text": programs.good}))
    many = turn(*([("simulate", {"name": "a.py"})] * 5), ("submit", {"name": "a.py"}))
    replies = (plan(), write, many, review("before_submission"))
    episode = play(context, minted, tmp_path / "s.json", *replies, seed=322, previews=0)
    assert [body.ok for body in bodies(episode, ToolReturn)] == [True, *[False] * 5, True]
    assert episode.outcome is Outcome.SOLVED


def test_last_turn_is_paid_for_with_all_its_calls(context: RunContext, minted: Benchmark, tmp_path: Path) -> None:
    episode = play(context, minted, tmp_path / "s.json", plan(), turn(*([LOOK] * 20)), seed=323, turns=2)
    assert (len(bodies(episode, ToolReturn)), episode.outcome) == (20, Outcome.BUDGET_TURNS)

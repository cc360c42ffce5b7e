"""Faults of a server on a real wire, in both graphs: typed outcomes, all recorded, no reward where machinery failed."""

import json
from collections.abc import Callable
from typing import NamedTuple

import pytest
from sqlalchemy import select

from agents.engineer import LlmEngineer
from agents.llm_generator import LlmGenerator
from agents.models import ScriptedReply
from records.datasets import DATASETS
from records.tables import EpisodeRow
from schemas.benchmark import Benchmark
from schemas.catalogue_files import load_catalogue
from schemas.episode import Episode
from schemas.llm import EpisodeLimits, ModelChoice
from schemas.messages import ErrorRaised, RequestComplete
from schemas.reasons import Outcome
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.episodes import work_episode
from steps.inventing import generate_item, plan_invention
from tests.steps import test_generating
from tests.steps.scripts import DATA, plan
from tests.steps.served import FAULTS, Wire, serve
from tests.steps.test_episodes import bodies

HANG = ScriptedReply(role="engineer", fault="hang")
MESSAGE = {"role": "assistant", "content": None}


def finish(reason: str) -> Wire:
    """Return an answer without content that ended so."""
    choice = {"index": 0, "message": MESSAGE, "finish_reason": reason}
    return Wire(200, json.dumps({"id": "x", "object": "chat.completion", "choices": [choice]}).encode())


class Case(NamedTuple):
    """What the server does for ever after one good reply; then the outcome, and the type of the last fault."""

    reply: ScriptedReply | Wire
    outcome: Outcome
    error_type: str


CASES = {
    "429": Case(FAULTS["429"], Outcome.INFRASTRUCTURE, "LMRateLimitError"),
    "500": Case(FAULTS["500"], Outcome.INFRASTRUCTURE, "LMServerError"),
    "hang": Case(HANG, Outcome.INFRASTRUCTURE, "LMTimeoutError"),
    "closed": Case(FAULTS["closed"], Outcome.INFRASTRUCTURE, "LMTransportError"),
    "cut": Case(FAULTS["cut"], Outcome.INFRASTRUCTURE, "LMTransportError"),
    "bad key": Case(FAULTS["key"], Outcome.INFRASTRUCTURE, "LMAuthError"),
    "page of a proxy": Case(FAULTS["html"], Outcome.INFRASTRUCTURE, "LMProviderError"),
    "empty body": Case(FAULTS["empty"], Outcome.INFRASTRUCTURE, "LMProviderError"),
    "no choices": Case(FAULTS["no choices"], Outcome.INFRASTRUCTURE, "LMServerError"),
    "error that says 200": Case(FAULTS["error"], Outcome.INFRASTRUCTURE, "LMServerError"),
    "neither choices nor error": Case(Wire(200, b"{}"), Outcome.INFRASTRUCTURE, "LMServerError"),
    "found": Case(Wire(302, b"{}"), Outcome.INFRASTRUCTURE, "LMTransportError"),
    "permanent redirect": Case(Wire(308, b""), Outcome.INFRASTRUCTURE, "LMTransportError"),
    "context too long": Case(FAULTS["context"], Outcome.BUDGET_TOKENS, "ContextWindowExceededError"),
    "no content": Case(finish("stop"), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "filtered": Case(finish("content_filter"), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "empty": Case(ScriptedReply(role="engineer", text=""), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "cut off": Case(
        ScriptedReply(role="engineer", text="[[ ## th", finish="length"), Outcome.BUDGET_TURNS, "unreadable_reply"
    ),
}
Play = Callable[[RunContext, Benchmark, AgentSettings], Episode]


def engineer(context: RunContext, minted: Benchmark, settings: AgentSettings) -> Episode:
    return work_episode(context, minted, LlmEngineer.create(settings, load_catalogue(DATA)), 0)


def generator(context: RunContext, minted: Benchmark, settings: AgentSettings) -> Episode:
    made = LlmGenerator.create(settings)
    return generate_item(context, made, plan_invention(made, 5, 0, 0))


GRAPHS: dict[str, tuple[Play, ScriptedReply]] = {
    "engineer": (engineer, plan()),
    "generator": (generator, test_generating.plan()),
}


def find_reward(context: RunContext, episode: Episode) -> int | None:
    """Return what the data set of episodes says of one."""
    dataset = next(one for one in DATASETS if one.name == "episodes")
    reward = next(column.source for column in dataset.columns if column.name == "reward_main")
    with context.store.read() as connection:
        found = select(reward).select_from(dataset.rows)
        return connection.execute(found.where(EpisodeRow.episode_id == episode.key.episode_id)).scalar_one()


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("name", CASES)
def test_fault_on_the_wire_ends_in_its_outcome(context: RunContext, minted: Benchmark, graph: str, name: str) -> None:
    (play, good), case = GRAPHS[graph], CASES[name]
    with serve(good, case.reply) as server:
        model = ModelChoice(
            name="openai/m", api_base=server.base, first_wait_s=0.0, tries=2, timeout_s=3.0 if name == "hang" else 60.0
        )
        episode = play(context, minted, AgentSettings(model=model, episode=EpisodeLimits(turns=3)))
    assert (episode.outcome, isinstance(episode.messages[-1].body, RequestComplete)) == (case.outcome, True)
    faults = bodies(episode, ErrorRaised)
    assert faults[-1].error_type == case.error_type
    infrastructure = case.outcome is Outcome.INFRASTRUCTURE
    assert {fault.infrastructure for fault in faults} == {infrastructure}
    assert find_reward(context, episode) == (None if infrastructure or graph == "generator" else 0)
    _, calls = context.store.open_episode(minted.draft.key.item_id, episode)
    assert calls[0].reply is not None and len(calls) == (3 if case.outcome is Outcome.BUDGET_TURNS else 2)
    assert (calls[-1].reply is None) == (case.outcome is not Outcome.BUDGET_TURNS)

"""A real small language model, served over HTTP on this machine, drives both graphs; whatever it does is recorded."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.engineer import LlmEngineer
from agents.llm_generator import LlmGenerator
from schemas.benchmark import Benchmark
from schemas.catalogue_files import load_catalogue
from schemas.episode import Episode
from schemas.llm import EpisodeLimits, LlmCall, ModelChoice
from schemas.messages import RequestComplete
from schemas.reasons import Outcome
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.episodes import work_episode
from steps.inventing import generate_item, plan_invention
from tests.serving import free_port, wait_until_served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]
ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deployments" / "small-model.sh"
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "workpiece" / "small-model"
ENDS = {Outcome.SOLVED, Outcome.FAILED, Outcome.BUDGET_TURNS, Outcome.BUDGET_TOKENS, Outcome.BUDGET_TIME}


@pytest.fixture(scope="module")
def settings(session_folder: Path) -> Iterator[AgentSettings]:
    """Settings for the model, which is served as long as this module runs."""
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["bash", SCRIPT, "install", CACHE], check=True)
    port = free_port()
    with (session_folder / "model.log").open("w") as log:
        server = subprocess.Popen(
            ["bash", SCRIPT, "serve", CACHE, str(port)], stdout=log, stderr=log, start_new_session=True
        )
    try:
        base = f"http://127.0.0.1:{port}/v1"
        wait_until_served(f"{base}/models")
        model = ModelChoice(name="openai/smollm2", api_base=base, max_tokens=120, timeout_s=240.0, tries=2)
        yield AgentSettings(model=model, episode=EpisodeLimits(turns=3, wall_s=900.0), generator_rounds=2)
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # it would first end the reply that it is at
        server.wait(30)


def check_ended(context: RunContext, item_id: str, episode: Episode, least: int) -> tuple[LlmCall, ...]:
    """Return the calls of an episode that ended cleanly with so many real answers."""
    assert episode.outcome in ENDS
    assert isinstance(episode.messages[-1].body, RequestComplete)
    _, calls = context.store.open_episode(item_id, episode)
    answered = [call for call in calls if call.reply is not None and call.input_tokens and call.output_tokens]
    assert len(answered) >= least
    return calls


def test_small_model_drives_the_engineer(context: RunContext, minted: Benchmark, settings: AgentSettings) -> None:
    engineer = LlmEngineer.create(settings, load_catalogue(ROOT / "data"))
    episode = work_episode(context, minted, engineer, 0)
    assert (episode.policy, episode.key.engineer) == ("llm", "llm:openai/smollm2")
    check_ended(context, minted.draft.key.item_id, episode, least=2)


def test_small_model_drives_the_generator(context: RunContext, settings: AgentSettings) -> None:
    generator = LlmGenerator.create(settings)
    key = plan_invention(generator, 0, 0, 0)
    episode = generate_item(context, generator, key)
    assert episode.key.engineer == "generator:openai/smollm2"
    check_ended(context, key.item_id, episode, least=2)

"""What a generator's models send, on a real wire: stored or answered, the same on both databases."""

import json

import pytest

from agents.llm_generator import LlmGenerator
from agents.models import ScriptedReply
from schemas.episode import Episode
from schemas.llm import EpisodeLimits, ModelChoice
from schemas.messages import Artifact, BenchmarkPlan, ErrorRaised, ToolReturn
from schemas.reasons import Outcome
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.inventing import generate_item, plan_invention
from tests.steps import test_generating
from tests.steps.served import Wire, check_history, serve
from tests.steps.test_episodes import bodies
from tests.steps.test_model_faults import answer

IDEA = json.dumps(test_generating.plan().fields["idea"])


def write(field: str, text: str) -> Wire:
    return answer(f"[[ ## {field} ## ]]\n{text}\n\n[[ ## completed ## ]]", finish="stop")


def play(context: RunContext, seed: int, *replies: ScriptedReply | Wire, turns: int = 3) -> Episode:
    with serve(*replies) as server:
        model = ModelChoice(name="openai/m", api_base=server.base, first_wait_s=0.0, tries=1)
        generator = LlmGenerator.create(AgentSettings(model=model, episode=EpisodeLimits(turns=turns)))
        episode = generate_item(context, generator, plan_invention(generator, seed, 0, 0))
    check_history(server.requests)
    assert context.store.find_episode(episode.key.episode_id).messages == episode.messages
    return episode


@pytest.mark.parametrize("mark", ["\\u0000", "\\ud83d", "\\udc00\\ud83d"])
def test_idea_that_no_store_holds_is_sent_back(anywhere: RunContext, mark: str) -> None:
    bad, good = IDEA.replace("a sill", f"a {mark} sill"), write("idea", IDEA)
    episode = play(anywhere, 400 + len(mark) + ord(mark[-1]), write("idea", bad), good, write("scene_program", "1"))
    assert len(bodies(episode, BenchmarkPlan)) == 1
    assert [(body.error_type, body.infrastructure) for body in bodies(episode, ErrorRaised)][:1] == [
        ("unreadable_reply", False)
    ]
    assert episode.outcome is Outcome.BUDGET_TURNS


@pytest.mark.parametrize(
    ("program", "kept"),
    [("x = '\ud83d'", "x = '\ufffd'\n"), ("x = '\x00'", "x = '\ufffd'\n"), (r"x = '\x00\u0000'", "same")],
)
def test_program_of_any_characters_is_kept_and_tried(anywhere: RunContext, program: str, kept: str) -> None:
    episode = play(anywhere, 500 + sum(map(ord, program)), write("idea", IDEA), write("scene_program", program))
    stored = anywhere.store.load_content(bodies(episode, Artifact)[0].sha256).decode()
    assert stored == (f"{program}\n" if kept == "same" else kept)
    assert not bodies(episode, ToolReturn)[0].ok
    assert (episode.outcome, bodies(episode, ErrorRaised)) == (Outcome.BUDGET_TURNS, [])


def test_program_that_is_too_long_is_sent_back(context: RunContext) -> None:
    long, good = write("scene_program", "#" * 200_001), write("scene_program", "x = 1")
    episode = play(context, 600, write("idea", IDEA), long, good)
    assert [body.error_type for body in bodies(episode, ErrorRaised)][:1] == ["program"]
    assert context.store.load_content(bodies(episode, Artifact)[0].sha256) == b"x = 1\n"


@pytest.mark.parametrize("cut", [False, True])
def test_draft_within_reasoning_is_no_program(context: RunContext, cut: bool) -> None:
    draft = "<think>\n[[ ## scene_program ## ]]\ndraft = 1\n[[ ## completed ## ]]\n"
    real = "</think>\n[[ ## scene_program ## ]]\nreal = 1\n[[ ## completed ## ]]"
    first = answer(draft if cut else f"{draft}{real}", finish="stop")
    episode = play(context, 610 + cut, write("idea", IDEA), first, write("scene_program", "real = 1"))
    written = {context.store.load_content(body.sha256) for body in bodies(episode, Artifact)}
    assert (written, bool(bodies(episode, ErrorRaised))) == ({b"real = 1\n"}, cut)

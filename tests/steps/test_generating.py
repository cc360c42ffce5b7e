"""Whole episodes of a scripted generator, with the real sandboxes, verification and reference engineer."""

from pathlib import Path

import pytest

from agents.llm_generator import LlmGenerator
from agents.llm_generator.generator_signatures import CHECK_LIST
from agents.models import Script, ScriptedReply
from agents.procedural_generator import draw_scene, generate_draft
from schemas.benchmark import Benchmark, ItemKey
from schemas.episode import Episode
from schemas.llm import EpisodeLimits, ModelChoice
from schemas.messages import Artifact, BenchmarkPlan, Brief, ErrorRaised, RequestComplete, Review, ToolReturn
from schemas.reasons import BenchmarkState, Outcome
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.difficulty import may_be_easy
from steps.generating import make_item
from steps.inventing import generate_item, invent_draft, plan_invention
from steps.solving import solve_item

RUN = "1" * 64


def scene(seed: int) -> str:
    """Return a scene program that verifies and is like no other in the store."""
    return generate_draft(ItemKey(family="drop_chute", seed=seed, index=0)).program.source


GOOD = scene(84)
START = draw_scene(ItemKey(family="drop_chute", seed=84, index=0)).layout.payloads[0].shape.bounds
BLOCKED = GOOD.replace("scene.save()", f'scene.fixture("lump", box({START}), "abs")\nscene.save()')
TELLING = GOOD.replace("scene.task(STATEMENT", "scene.task('Build a ramp. ' + STATEMENT")


def plan(family: str | None = "drop_chute") -> ScriptedReply:
    idea = {
        "family": family,
        "idea": "a sill to pass",
        "payload_shape": "cube",
        "objects": ["floor, fixture", "cube, payload"],
        "motion_contract": "",
        "objective": "settle in the tray within 5 s",
        "constraints": "printed or cut",
        "expected_solution": "SECRET: a steep trough past the sill",
    }
    return ScriptedReply(role="planner", fields={"idea": idea})


def code(program: str) -> ScriptedReply:
    return ScriptedReply(role="coder", fields={"scene_program": f"```python\n{program}\n```"})


def review(*faulty: str) -> ScriptedReply:
    points = [{"point": point, "ok": point not in faulty, "evidence": "seen"} for point in CHECK_LIST]
    return ScriptedReply(role="reviewer", fields={"review": {"points": points, "text": "look again"}})


def make_generator(
    file: Path,
    *replies: ScriptedReply,
    repeat: bool = False,
    rounds: int = 8,
    limits: EpisodeLimits | None = None,
    **choice,
) -> LlmGenerator:
    file.write_text(Script(replies=replies, repeat=repeat).model_dump_json())
    model = ModelChoice(name=f"scripted/{file}", first_wait_s=0.0, **choice)
    return LlmGenerator.create(AgentSettings(model=model, episode=limits or EpisodeLimits(), generator_rounds=rounds))


def bodies(episode: Episode, kind: type) -> list:
    return [message.body for message in episode.messages if isinstance(message.body, kind)]


WHOLE = (
    plan(),
    code("import os"),
    code(BLOCKED),
    code(TELLING),
    code(GOOD),
    review("plan_sound"),
    plan(None),
    code(GOOD),
    review("statement_complete"),
    code(GOOD),
    review(),
)


def test_scripted_generator_plays_a_whole_episode_to_a_certified_benchmark(context: RunContext, tmp_path: Path) -> None:
    generator = make_generator(tmp_path / "s.json", *WHOLE, sees_images=True)
    key = plan_invention(generator, 7, 3, 0)
    context.store.record_run(RUN, "{}")
    made = make_item(context, RUN, key, invent_draft(context, generator, key))
    episode = generate_item(context, generator, key)
    assert (episode.outcome, episode.policy, episode.use.turns) == (Outcome.SOLVED, "generator", len(WHOLE))
    assert [body.version for body in bodies(episode, BenchmarkPlan)] == [1, 2]
    assert [body.accepted for body in bodies(episode, Review)] == [False, False, True]
    verified = [body for body in bodies(episode, ToolReturn) if body.call_id.startswith("verify")]
    seen = [
        next((code for code in ("PROGRAM", "BLOCKED", "REVIEW_") if code in body.body), body.ok) for body in verified
    ]
    assert seen[1:] == ["BLOCKED", "REVIEW_", True, True, True]
    assert [check.number for check in made.report.checks] == list(range(1, 11))
    assert (made.state, made.draft.split, made.draft.kind) == (BenchmarkState.VERIFIED, made.draft.split, "static")
    assert not may_be_easy(made)  # for its jitter; a run asks before anybody solves it
    solved = solve_item(context, made)
    assert solved.state is BenchmarkState.CERTIFIED
    assert "SECRET" not in solved.statement
    views = [body for body in bodies(episode, Artifact) if body.name.endswith(".png")]
    assert len(views) == 3 and context.store.load_content(views[0].sha256).startswith(b"\x89PNG")


def test_reviewer_never_accepts_what_verification_refused(context: RunContext, tmp_path: Path) -> None:
    generator = make_generator(tmp_path / "s.json", plan(), code(BLOCKED), review(), repeat=True, rounds=2)
    made = make(context, generator, 0)
    assert (made.state, made.report.passed) == (BenchmarkState.REFUSED, False)
    assert {reason.code.value for reason in made.report.reasons} >= {"SPAWN_BLOCKED", "REVIEW_REJECTED"}


def test_rejected_benchmark_stays_a_draft_though_it_verifies(context: RunContext, tmp_path: Path) -> None:
    generator = make_generator(tmp_path / "s.json", plan(), code(scene(72)), review("solvable"), repeat=True, rounds=1)
    made = make(context, generator, 1)
    assert made.state is BenchmarkState.REFUSED
    assert [reason.code.value for reason in made.report.reasons] == ["REVIEW_REJECTED"]
    assert make(context, generator, 1) == made


def make(context: RunContext, generator: LlmGenerator, index: int) -> Benchmark:
    context.store.record_run(RUN, "{}")
    key = plan_invention(generator, 1, index, 0)
    return make_item(context, RUN, key, invent_draft(context, generator, key))


NO_JSON = ScriptedReply(role="planner", text="[[ ## idea ## ]]\nno JSON")
EMPTY = ScriptedReply(role="coder", text="")
CASES = {
    "plan is no JSON": ((NO_JSON,), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "program is empty": ((plan(), EMPTY), Outcome.BUDGET_TURNS, "unreadable_reply"),
    "program never ends": ((plan(), code("while True: pass")), Outcome.FAILED, "PROGRAM_TIMEOUT"),
    "program saves nothing": ((plan(), code("x = 1")), Outcome.FAILED, "BUNDLE_INVALID"),
    "review is empty": (
        (plan(), code(scene(73)), ScriptedReply(role="reviewer", text="")),
        Outcome.FAILED,
        "unreadable_reply",
    ),
    "coder is throttled": (
        (plan(), ScriptedReply(role="coder", fault="429")),
        Outcome.INFRASTRUCTURE,
        "LMRateLimitError",
    ),
    "too long": ((plan(), ScriptedReply(role="coder", fault="context")), Outcome.BUDGET_TOKENS, "ContextWindow"),
}


@pytest.mark.parametrize("name", CASES)
def test_fault_ends_in_its_outcome(context: RunContext, tmp_path: Path, name: str) -> None:
    replies, outcome, seen = CASES[name]
    limits = EpisodeLimits(turns=6)
    generator = make_generator(tmp_path / "s.json", *replies, repeat=True, rounds=1, limits=limits)
    episode = generate_item(context, generator, plan_invention(generator, 2, 0, 0))
    assert (episode.outcome, type(episode.messages[0].body)) == (outcome, Brief)
    assert isinstance(episode.messages[-1].body, RequestComplete)
    assert seen in "\n".join(message.body.model_dump_json() for message in episode.messages)
    faults = [body.infrastructure for body in bodies(episode, ErrorRaised)]
    assert any(faults) == (outcome is Outcome.INFRASTRUCTURE)

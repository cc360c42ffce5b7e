"""Lets a generator of language models make an item: its episode, then the draft that it hands over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from agents.families.draw import draw_item
from agents.llm_generator import LlmGenerator, SceneTrial
from agents.llm_generator.brief import INVENTED, write_brief
from agents.llm_generator.generator_graph import PROGRAM_FILE, REJECTED
from agents.procedural_generator import LEAST_SLACK, MOST_SLACK
from agents.splits import assign_invented
from records.coverage import count_drawn
from schemas.benchmark import Benchmark, BenchmarkDraft, ItemKey, Parameter
from schemas.bundle import Role, SceneBundle
from schemas.episode import Episode, EpisodeKey
from schemas.jobs import BUNDLE_FILE, RenderDesign
from schemas.messages import Artifact, BenchmarkPlan, Brief
from schemas.reasons import BenchmarkState, Outcome
from schemas.stages import Proposal
from schemas.verdict import CheckReport, VerificationReport
from steps.building import build_program, build_twice, scene_files, text_of
from steps.context import RunContext
from steps.episodes import StoredLog, require_sound, run_episode
from steps.near_copies import check_likeness
from steps.rendering import render
from steps.verifying import verify_built

NO_REPORT = VerificationReport(passed=False, checks=(), scene_hash=None)


def plan_invention(generator: LlmGenerator, seed: int, index: int, attempt: int) -> ItemKey:
    """Return the key of an item of a generator of language models."""
    version = generator.version
    return ItemKey(generator="llm", generator_version=version, family=INVENTED, seed=seed, index=index, attempt=attempt)


def invent_draft(context: RunContext, generator: LlmGenerator, key: ItemKey) -> Proposal:
    """Let the generator work on an item, going on where it was, and return what it hands over.

    Raises InfrastructureError when the machinery fails: the next call works on the item anew.
    """
    episode = require_sound(generate_item(context, generator, key))
    accepted = episode.outcome is Outcome.SOLVED
    review = CheckReport(number=10, name="reviewed", passed=accepted, reasons=() if accepted else (REJECTED,))
    return Proposal(draft=_draft(context, key, episode), review=review)


def generate_item(context: RunContext, generator: LlmGenerator, key: ItemKey) -> Episode:
    """Return the generator's episode on an item, once it has ended."""
    empty = BenchmarkDraft(
        key=key, program=text_of(""), parameters=(), kind="static", split="test_cross", slack=_slack(key)
    )
    context.store.begin_item(Benchmark(draft=empty, state=BenchmarkState.DRAFT, scene_hash=None, report=NO_REPORT))
    episode_key = EpisodeKey(
        scene_hash=key.item_id,
        benchmark_id=None,
        engineer=generator.name,
        engineer_version=generator.version,
        seed=key.seed,
        judge=context.judge,
    )
    log = StoredLog(context, key.item_id, context.store.renew_key(episode_key), "generator")
    if log.ended:
        return log.stored
    context.store.record_engineer(generator.name, generator.version, generator.recipe)
    stored = [message.body for message in log.stored.messages if isinstance(message.body, Brief)]
    brief = stored[0] if stored else write_brief(key, count_drawn(context.store), generator.settings)
    log.say("system", brief)
    return run_episode(
        context, log, lambda context: generator.work(brief, SandboxSceneWorkbench(context, key.seed), log)
    )


@dataclass(frozen=True)
class SandboxSceneWorkbench:
    """Implements `agents.llm_generator.SceneWorkbench` in sandboxes."""

    context: RunContext
    seed: int

    def verify(self, program: str) -> SceneTrial:
        """Run a scene program twice and check the scene."""
        built = build_twice(self.context, program, self.seed)
        report = verify_built(self.context, built)
        return SceneTrial(built, check_likeness(report, self.context.store.list_alike(report)))

    def render(self, program: str) -> Mapping[str, bytes]:
        """Draw the scene of a program that verified; raises InputError where nothing can be drawn."""
        built = build_program(self.context, program, self.seed, "scene")
        return render(self.context, RenderDesign(drawings=False), scene_files(built.files))


def _draft(context: RunContext, key: ItemKey, episode: Episode) -> BenchmarkDraft:
    """Return the draft of the last program of an episode; an episode without one gives an empty program."""
    bodies = [message.body for message in episode.messages]
    written = [body for body in bodies if isinstance(body, Artifact) and body.name == PROGRAM_FILE]
    plan = next((body for body in reversed(bodies) if isinstance(body, BenchmarkPlan)), None)
    source = context.store.load_content(written[-1].sha256).decode() if written else ""
    built = build_program(context, source, key.seed, "scene")
    scene = SceneBundle.from_json(built.files[BUNDLE_FILE]) if built.bundle_hash else None
    return BenchmarkDraft(
        key=key,
        program=text_of(source),
        parameters=_describe(plan, scene),
        kind="static" if scene is None else _find_kind(scene),
        split=assign_invented(scene, None if plan is None else plan.family),
        slack=_slack(key),
    )


def _describe(plan: BenchmarkPlan | None, scene: SceneBundle | None) -> tuple[Parameter, ...]:
    """Return what is recorded in place of drawn values: words of the plan, counts and jitter of the scene."""
    values: dict[str, float | str] = {}
    if plan is not None:
        values = {"payload_shape": plan.payload_shape, "idea": plan.idea, "near": plan.family or ""}
    if scene is not None:
        roles = [body.role for body in scene.bodies]
        values |= {f"{role.value}s": float(roles.count(role)) for role in (Role.FIXTURE, Role.MOVER, Role.DRIVE)}
        values |= {"payloads": float(len(scene.payloads)), "quantity": float(scene.task.target_quantity)}
        jitters = zip(*(payload.jitter.position_mm for payload in scene.payloads), strict=True)
        values |= {f"jitter_{axis}_mm": max(one) for axis, one in zip("xyz", jitters, strict=True)}
    return tuple(Parameter(name=name, value=value) for name, value in values.items())


def _find_kind(scene: SceneBundle) -> Literal["static", "mover", "drive"]:
    roles = {body.role for body in scene.bodies}
    return "drive" if Role.DRIVE in roles else "mover" if Role.MOVER in roles else "static"


def _slack(key: ItemKey) -> float:
    """Draw the slack before anything is known of the benchmark, as for every other one (mechanics §6)."""
    return draw_item(key).uniform(LEAST_SLACK, MOST_SLACK, 2)

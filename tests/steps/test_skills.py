"""Skills: learned on the training split alone, shown by the coin, measured, retired, free of a benchmark's numbers."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from agents.engineer import LlmEngineer
from agents.models import ScriptedReply
from agents.procedural_generator import generate_draft
from agents.protocols import Problem
from agents.reference import ReferenceEngineer
from agents.skill_shelf import find_own_marks, match_skills, read_markdown, toss_coin, write_markdown
from schemas.benchmark import Benchmark, ItemKey
from schemas.bundle import SceneBundle
from schemas.evaluation import EvaluatedEngineer
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.messages import ErrorRaised, SkillRead, SkillWritten
from schemas.reasons import Outcome
from schemas.skill import Skill, SkillDraft, SkillEffect
from service.plotting import plot_evaluation
from steps.context import RunContext
from steps.engineers import solve_as
from steps.episodes import work_episode
from steps.evaluating import EvaluationPlan, evaluate
from steps.generating import make_item
from steps.learned_skills import load_effects, load_shelf, write_skills
from steps.solving import solve_item
from tests.steps.scripts import Programs, act, make_engineer, whole_episode
from tests.steps.test_episodes import bodies

DRAFT = SkillDraft(
    name="leave_room",
    description="Leave room beside the payload.",
    when_to_use="a payload has to reach a goal zone",
    body="The way has to be wider than the payload's diagonal and the jitter together.",
)
SKILL = Skill(draft=DRAFT, version=1, episode_id="a" * 64)
LINEAGE = (
    """SELECT DISTINCT benchmarks.split FROM skills JOIN episodes USING (episode_id) JOIN benchmarks USING (item_id)"""
)


@pytest.fixture(scope="session")
def held_out(context: RunContext) -> Benchmark:
    """A certified benchmark that is not of the training split."""
    keys = (ItemKey(family="drop_chute", seed=7, index=index) for index in range(10, 200))
    key = next(key for key in keys if generate_draft(key).split != "train")
    context.store.record_run("1" * 64, "{}")
    return solve_item(context, make_item(context, "1" * 64, key))


def learner(folder: Path, shelf: tuple[Skill, ...] = ()) -> LlmEngineer:
    engineer = act(folder, "designer")
    return LlmEngineer(engineer.settings, engineer.catalogue, engineer.prompts, shelf)


def test_designer_that_failed_writes_a_skill_that_others_see_or_not(
    context: RunContext, minted: Benchmark, tmp_path: Path
) -> None:
    first = work_episode(context, minted, learner(tmp_path), 40)
    assert first.outcome is Outcome.SOLVED
    (written,) = bodies(first, SkillWritten)
    shelf = load_shelf(context.store)
    assert [(skill.draft.name, skill.episode_id) for skill in shelf] == [(written.skill, first.key.episode_id)]
    later = [work_episode(context, minted, learner(tmp_path, shelf), seed) for seed in range(41, 47)]
    shown = [body.shown for episode in later for body in bodies(episode, SkillRead)]
    assert shown == [toss_coin(shelf[0], episode.key.episode_id) for episode in later]
    assert set(shown) == {True, False}
    (effect,) = (one for one in load_effects(context.store) if one.version == 1)
    assert (effect.shown, effect.withheld, effect.difference) == (shown.count(True), shown.count(False), 0.0)
    write_skills(context.store, tmp_path)
    assert read_markdown((tmp_path / written.skill / "SKILL.md").read_text()) == shelf[0]


def test_run_shows_what_was_learned_before_it_and_is_the_same_again(
    context: RunContext, minted: Benchmark, tmp_path: Path
) -> None:
    agents = act(tmp_path, "designer").settings
    context = replace(context, settings=replace(context.settings, agents=agents))
    before = load_shelf(context.store)
    for run in ("7" * 64, "8" * 64):
        context.store.record_run(run, "{}")
        episode = solve_as(context, minted, "llm", int(run[0]), run)
        assert [(body.skill, body.version) for body in bodies(episode, SkillRead)] == [
            (skill.draft.name, skill.version) for skill in match_skills(before, minted.statement)
        ]
        assert solve_as(context, minted, "llm", int(run[0]), run) == episode
        before = load_shelf(context.store)
        assert before and (context.settings.workspace.skills_folder / before[0].draft.name / "SKILL.md").is_file()


def test_nothing_is_learned_outside_of_training_nor_in_evaluations(
    context: RunContext, minted: Benchmark, held_out: Benchmark, tmp_path: Path
) -> None:
    before = load_shelf(context.store)
    episode = work_episode(context, held_out, learner(tmp_path), 50)
    assert episode.outcome is Outcome.SOLVED and not bodies(episode, SkillWritten)
    with context.store.read() as connection:
        assert {split for (split,) in connection.execute(text(LINEAGE))} <= {"train"}
    assert load_shelf(context.store) == before


def test_skill_with_the_benchmarks_own_numbers_or_names_is_refused(
    context: RunContext, minted: Benchmark, programs
) -> None:
    scene = SceneBundle.from_json(context.store.load_bundle_files(minted.scene_hash)[BUNDLE_FILE])
    problem = Problem(scene, minted.statement, Budgets(max_cost_usd=12.4, max_mass_g=321.0))
    assert find_own_marks("Stay below 12.4 USD.", problem, [programs.good]) == ("12.4",)
    way = re.search(r"WAY_MM = .*?(\d\d+\.[1-9])", programs.good)[1]
    assert find_own_marks(f"Begin at x = {way}.", problem, [programs.good]) == (way,)
    assert find_own_marks(f"See {minted.benchmark_id[:12]}: screw it to panel_face.", problem) == (
        minted.benchmark_id[:12],
        "panel_face",
    )
    general = "Leave 2 mm on both sides of the tray, and a slope above the friction angle."
    assert find_own_marks(general, problem, [programs.good]) == ()


def test_skills_match_by_words_and_survive_their_file() -> None:
    other = SKILL.model_copy(update={"draft": DRAFT.model_copy(update={"when_to_use": "gears mesh under torque"})})
    assert match_skills((SKILL, other), "Bring the payload into the goal zone.") == (SKILL,)
    assert read_markdown(write_markdown(SKILL)) == SKILL
    tosses = [toss_coin(SKILL, f"{seed:064x}") for seed in range(400)]
    assert 160 < sum(tosses) < 240


def test_skill_that_does_harm_is_retired() -> None:
    harm = {"shown": 20, "shown_solved": 2, "withheld": 20, "withheld_solved": 18, "difference": -0.8}
    assert SkillEffect(skill="x", version=1, **harm, low=-0.92, high=-0.51).retired
    assert not SkillEffect(skill="x", version=1, **harm, low=-0.92, high=0.01).retired


def test_writer_that_gives_numbers_is_asked_again_and_then_left(
    context: RunContext, minted: Benchmark, programs: Programs, tmp_path: Path
) -> None:
    """The episode stays solved, whatever its writer does."""
    told = ScriptedReply(role="writer", fields={"skill": DRAFT.model_dump() | {"body": minted.statement[:2000]}})
    engineer = replace(make_engineer(tmp_path / "s.json", *whole_episode(programs), told, told), shelf=())
    episode = work_episode(context, minted, engineer, 60)
    assert episode.outcome is Outcome.SOLVED and not bodies(episode, SkillWritten)
    assert [body.error_type for body in bodies(episode, ErrorRaised)] == ["skill", "skill"]


def test_evaluation_learns_nothing_and_is_the_same_again(
    context: RunContext, minted: Benchmark, held_out: Benchmark, tmp_path: Path
) -> None:
    shelf = load_shelf(context.store)
    engineers = (ReferenceEngineer(), learner(tmp_path, shelf), act(tmp_path, "careless"))
    entered = tuple(
        (EvaluatedEngineer(label=str(n), engineer=e.name, version=e.version), e) for n, e in enumerate(engineers)
    )
    plan = EvaluationPlan(entered, (minted, held_out), 1, engineers[1].catalogue.hash)
    done = evaluate(context, plan)
    assert load_shelf(context.store) == shelf
    assert evaluate(context, plan) == done
    whole = {row.label: row for row in done.rows if row.group == "all"}
    assert [whole[label].solved_at_1.solved for label in "01"] == [2, 2]
    assert whole["2"].solved_at_1.solved < 2
    assert whole["1"].cost_ratio > 0.3 and whole["1"].submissions >= 1 and whole["1"].tokens_per_solved > 0
    assert whole["0"].solved_at_1.low == pytest.approx(0.342, abs=1e-3)
    plot_evaluation(done, tmp_path)
    assert {file.name for file in tmp_path.glob("*.png")} == {"solved.png", "cost.png", "effort.png"}

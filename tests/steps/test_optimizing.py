"""A prompt that gets better by reflection on verdicts, with a scripted model that heeds one sentence of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents.models import Script, ScriptedReply
from agents.models.playing import ADVICE
from agents.prompt_search import find_flaws
from agents.prompts import AUTHORING, load_prompt
from schemas.benchmark import Benchmark
from schemas.errors import InputError
from schemas.llm import ModelChoice
from steps.context import RunContext
from steps.optimizing import optimize, read_problem
from tests.steps.scripts import act


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_optimized_prompt_scores_better_and_says_what_it_descends_from(
    context: RunContext, minted: Benchmark, tmp_path: Path
) -> None:
    engineer = act(tmp_path, "obedient")
    best, folder = optimize(context, engineer, "engineer", [minted], 4, tmp_path / "prompts")
    assert best.score_before < best.score_after
    prompt = load_prompt("engineer", folder)
    assert (prompt.sha256, prompt.version) == (best.prompt.sha256, best.prompt.version)
    assert prompt.text.endswith(ADVICE) and AUTHORING.read_text().strip() in prompt.text
    descent = json.loads((folder / "provenance.json").read_text())
    assert descent["benchmarks"] == [minted.benchmark_id]
    assert descent["optimized_from"] == engineer.prompts["engineer"].sha256
    assert [call["role"] for call in descent["calls"]] == ["writer"]


FIRST = "Work.\n{{authoring}}\nPreview before 3 submissions."
FLAWS = [
    (FIRST + " Think.", []),
    ("Work.", ["{{authoring}} is lost"]),
    (f"{FIRST} Screw it to panel_face.", ["panel_face is a problem's own"]),
    (f"{FIRST} On {'ab12' * 16} it works.", [f"{'ab12' * 16} is a problem's own"]),
]


@pytest.mark.parametrize(("source", "flaws"), FLAWS)
def test_prompt_must_keep_places_and_name_no_problem(
    context: RunContext, minted: Benchmark, source: str, flaws: list[str]
) -> None:
    problem = read_problem(context, minted)
    assert list(find_flaws(source, FIRST, [problem])) == flaws
    for box in (problem.scene.zones.build_zone, *problem.scene.zones.goal_zones):
        numbers = [f"{value:g}" for value in (*box.min_mm, *box.max_mm) if abs(value) >= 100 and value % 1]
        told = " ".join(find_flaws(f"{source} Stay within {numbers}.", FIRST, [problem]))
        assert [number for number in numbers if number not in told] == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("instruction", [ADVICE, f"{{{{authoring}}}}\n{ADVICE}\nScrew it to panel_face."])
def test_proposal_with_flaws_is_never_played_nor_taken(
    context: RunContext, minted: Benchmark, tmp_path: Path, instruction: str
) -> None:
    engineer = act(tmp_path, "obedient")
    reply = ScriptedReply(role="writer", fields={"new_instruction": instruction})
    (tmp_path / "writer.json").write_text(Script(replies=(reply,), repeat=True).model_dump_json())
    writer = ModelChoice(name=f"scripted/{tmp_path / 'writer.json'}")
    engineer = replace(engineer, settings=engineer.settings.model_copy(update={"model_writer": writer}))
    best, _ = optimize(context, engineer, "engineer", [minted], 4, tmp_path / "prompts")
    assert best.prompt.source == engineer.prompts["engineer"].source
    assert best.score_after == best.score_before < 1
    assert best.calls and instruction in str(best.calls[0].reply).encode().decode("unicode_escape")


@pytest.mark.parametrize("split", ["validation", "test_within", "test_cross"])
def test_prompts_are_optimized_on_training_benchmarks_alone(
    context: RunContext, minted: Benchmark, tmp_path: Path, split: str
) -> None:
    held_out = minted.model_copy(update={"draft": minted.draft.model_copy(update={"split": split})})
    with pytest.raises(InputError, match="training split"):
        optimize(context, act(tmp_path, "obedient"), "engineer", [minted, held_out], 4, tmp_path)

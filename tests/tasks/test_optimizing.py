"""A prompt that gets better by reflection on verdicts, with a scripted model that heeds one sentence of it."""

import json
from pathlib import Path

import pytest

from agents.models.playing import ADVICE
from agents.prompts import AUTHORING, load_prompt
from schemas.benchmark import Benchmark
from schemas.errors import InputError
from tasks.optimizing import optimize
from tasks.shop import Shop
from tests.tasks.scripts import act


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_optimized_prompt_scores_better_and_says_what_it_descends_from(
    shop: Shop, minted: Benchmark, tmp_path: Path
) -> None:
    engineer = act(tmp_path, "obedient")
    best, folder = optimize(shop, engineer, "engineer", [minted], 4, tmp_path / "prompts")
    assert best.score_before < best.score_after
    prompt = load_prompt("engineer", folder)
    assert (prompt.sha256, prompt.version) == (best.prompt.sha256, best.prompt.version)
    assert prompt.text.endswith(ADVICE) and AUTHORING.read_text().strip() in prompt.text
    descent = json.loads((folder / "provenance.json").read_text())
    assert descent["benchmarks"] == [minted.benchmark_id]
    assert descent["optimized_from"] == engineer.prompts["engineer"].sha256
    assert [call["role"] for call in descent["calls"]] == ["writer"]


@pytest.mark.parametrize("split", ["validation", "test_within", "test_cross"])
def test_prompts_are_optimized_on_training_benchmarks_alone(
    shop: Shop, minted: Benchmark, tmp_path: Path, split: str
) -> None:
    held_out = minted.model_copy(update={"draft": minted.draft.model_copy(update={"split": split})})
    with pytest.raises(InputError, match="training split"):
        optimize(shop, act(tmp_path, "obedient"), "engineer", [minted, held_out], 4, tmp_path)

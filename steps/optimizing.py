"""Optimizes a prompt on training benchmarks and writes it down with its provenance; other splits are refused."""

import json
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from agents.engineer import LlmEngineer
from agents.prompt_search import Optimized, optimize_prompt
from agents.protocols import Problem
from records.file_store import write_durably
from records.selecting import select_benchmarks
from schemas.benchmark import Benchmark
from schemas.bundle import SceneBundle
from schemas.episode import Episode
from schemas.errors import InputError
from schemas.evaluation import SPLITS, OptimizedPrompt, OptimizingOrder, PromptName
from schemas.jobs import BUNDLE_FILE
from schemas.record import hash_parts
from steps.context import RunContext
from steps.engineers import choose_engineer
from steps.episodes import work_episode
from steps.progress import tell_count


def optimize(
    context: RunContext,
    engineer: LlmEngineer,
    name: PromptName,
    benchmarks: Sequence[Benchmark],
    episodes: int,
    folder: Path,
) -> tuple[Optimized, Path]:
    """Return the best prompt found and the folder in `folder` that it was written to, with what it descends from.

    Raises InputError for a benchmark that is not of the training split.
    """
    strange = [one for one in benchmarks if one.draft.split != "train" or one.benchmark_id is None]
    if strange or not benchmarks:
        raise InputError("prompts are optimized on minted benchmarks of the training split, on no others")
    known = {one.benchmark_id: one for one in benchmarks if one.benchmark_id}

    played = count()

    def play(player: LlmEngineer, benchmark_id: str) -> Episode:
        tell_count(next(played), None, "episodes")
        return work_episode(context, known[benchmark_id], player, 0, learns=False)

    problems = {key: read_problem(context, one) for key, one in known.items()}
    best = optimize_prompt(engineer, name, problems, play, episodes)
    place = folder / hash_parts(engineer.version, name, *known, best.prompt.sha256)[:12]
    page = f"---\nversion: {best.prompt.version}\n---\n{best.prompt.source}\n"
    write_durably(place / f"{name}.md", page.encode())
    descent = {
        "prompt_sha256": best.prompt.sha256,
        "optimized_from": engineer.prompts[name].sha256,
        "benchmarks": list(known),
        "score_before": best.score_before,
        "score_after": best.score_after,
        "calls": [call.model_dump(mode="json") for call in best.calls],
    }
    write_durably(place / "provenance.json", json.dumps(descent, indent=1).encode())
    return best, place


def plan(context: RunContext, order: OptimizingOrder) -> tuple[LlmEngineer, tuple[Benchmark, ...]]:
    """Return whose prompt an order asks for, and the benchmarks to improve it on.

    Raises InputError for an engineer without prompts or model, and where no training benchmark is stored.
    """
    engineer = choose_engineer(context.settings, order.engineer)
    if not isinstance(engineer, LlmEngineer):
        raise InputError("only language models have prompts: choose llm or scripted:FILE")
    benchmarks = select_benchmarks(context.store, SPLITS["train"], most=order.count)
    if not benchmarks:
        raise InputError("no certified benchmark of the training split is stored: make some (`workpiece run`)")
    return engineer, benchmarks


def carry_out(context: RunContext, order: OptimizingOrder) -> OptimizedPrompt:
    """Optimize the prompt that an order names; the better one is in the workspace. Raises as `plan`."""
    engineer, benchmarks = plan(context, order)
    place = context.settings.workspace.workspace / "prompts"
    best, folder = optimize(context, engineer, order.prompt, benchmarks, order.episodes, place)
    return OptimizedPrompt(
        prompt=order.prompt,
        benchmarks=len(benchmarks),
        sha256_before=engineer.prompts[order.prompt].sha256,
        prompt_sha256=best.prompt.sha256,
        score_before=best.score_before,
        score_after=best.score_after,
        folder=str(folder),
    )


def read_problem(context: RunContext, benchmark: Benchmark) -> Problem:
    """Return what an engineer may know of a minted benchmark."""
    assert benchmark.scene_hash is not None
    files = context.store.load_bundle_files(benchmark.scene_hash)
    return Problem(SceneBundle.from_json(files[BUNDLE_FILE]), benchmark.statement, benchmark.budgets)

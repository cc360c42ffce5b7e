"""The `optimize` command: a better prompt from verdicts on the training split, as a file for `evaluate`."""

import sys
from contextlib import redirect_stdout
from typing import cast, get_args

from agents.prompt_search import PromptName
from records.selecting import select_benchmarks
from schemas.errors import InputError
from schemas.settings import read_one_shot_settings
from service.evaluations import find_splits
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from steps.engineers import choose_engineer
from steps.optimizing import optimize


def optimize_engineer(name: str, prompt: str, count: int, episodes: int, *, as_json: bool) -> None:
    """Optimize one prompt of an engineer on at most so many training benchmarks and about so many episodes."""
    from agents.engineer import LlmEngineer

    settings = read_one_shot_settings()
    engineer = choose_engineer(settings, name)
    if not isinstance(engineer, LlmEngineer) or prompt not in get_args(PromptName):
        raise InputError(f"choose llm or scripted:FILE, and a prompt of {', '.join(get_args(PromptName))}")
    with open_shown(settings, "optimize") as context:
        benchmarks = select_benchmarks(context.store, find_splits("train"), most=count)
        place = settings.workspace.workspace / "prompts"
        with redirect_stdout(sys.stderr):  # where DSPy's progress belongs
            best, folder = optimize(context, engineer, cast(PromptName, prompt), benchmarks, episodes, place)
    if as_json:
        scores = {"score_before": best.score_before, "score_after": best.score_after}
        print_json({"prompt_sha256": best.prompt.sha256, **scores, "folder": str(folder)})
        return
    rows = [("before", engineer.prompts[prompt].sha256[:12], best.score_before)]
    rows.append(("after", best.prompt.sha256[:12], best.score_after))
    print_table(f"Prompt of the {prompt} on {len(benchmarks)} training benchmarks", ("", "hash", "mean score"), rows)
    print_line(f"compare: workpiece evaluate --engineer {name} --engineer {name}@{folder}")

"""The `optimize` command: a better prompt from verdicts on the training split, as a file for `evaluate`."""

import sys
from contextlib import redirect_stdout

from schemas.evaluation import OptimizedPrompt, OptimizingOrder
from schemas.settings import read_one_shot_settings
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from service.reading import export_new
from steps.optimizing import carry_out


def optimize_engineer(order: OptimizingOrder, *, as_json: bool) -> None:
    """Optimize one prompt of an engineer on at most so many training benchmarks and about so many episodes."""
    settings = read_one_shot_settings()
    with redirect_stdout(sys.stderr), open_shown(settings, "optimize") as context:  # DSPy's progress
        done = carry_out(context, order)
    if as_json:
        print_json(done)
    else:
        print_prompt(order, done)
    export_new(settings)


def print_prompt(order: OptimizingOrder, done: OptimizedPrompt) -> None:
    """Print what came of a prompt, and how to compare it."""
    rows = [
        ("before", done.sha256_before[:12], done.score_before),
        ("after", done.prompt_sha256[:12], done.score_after),
    ]
    title = f"Prompt of the {done.prompt} on {done.benchmarks} training benchmarks"
    print_table(title, ("", "hash", "mean score"), rows)
    print_line(f"compare: workpiece evaluate --engineer {order.engineer} --engineer {order.engineer}@{done.folder}")

"""The `evaluate` command: engineers on benchmarks of a split, as a table, JSON and plots in the workspace."""

from pathlib import Path

from schemas.errors import storing
from schemas.evaluation import Evaluation, EvaluationOrder, SolvedShare
from schemas.settings import Settings, read_one_shot_settings
from service.plotting import plot_evaluation
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from service.reading import export_new
from steps.evaluating import evaluate, write_evaluation
from steps.planning import plan_evaluation

QUALITY = {"cost_ratio": "cost ratio", "pass_fraction": "pass fraction", "margin_mm": "margin mm"}
EFFORT = {
    "submissions": "submissions",
    "previews": "previews",
    "elapsed_s": "seconds",
    "tokens_per_solved": "tokens/solved",
    "usd_per_solved": "USD/solved",
    "failed_by_machinery": "machine faults",
}


def show_evaluation(order: EvaluationOrder, *, as_json: bool) -> None:
    """Evaluate and print the figures."""
    settings = read_one_shot_settings()
    done, folder = run_evaluation(settings, order)
    if as_json:
        print_json(done)
    else:
        print_evaluation(done, folder)
    export_new(settings)


def run_evaluation(settings: Settings, order: EvaluationOrder) -> tuple[Evaluation, Path]:
    """Return the figures, and the folder that they are written to with their plots; started again, it goes on."""
    with open_shown(settings, "evaluate") as context:
        done = evaluate(context, plan_evaluation(context, order))
    folder = write_evaluation(settings, done)
    with storing(folder):
        plot_evaluation(done, folder)
    return done, folder


def print_evaluation(done: Evaluation, folder: Path) -> None:
    """Print what was solved how well, group by group, and what it took on all."""
    held_out = len({one.benchmark_id for one in done.attempts if one.split == "test_cross"})
    about = f"{len(done.benchmarks)} benchmarks, {held_out} of held-out families; solved with 95 % Wilson interval"
    shares = {"solved@1": "solved_at_1", f"solved@{done.attempts_each}": "solved_at_k"}
    solved = []
    for row in done.rows:
        written = [_write_share(getattr(row, field)) for field in shares.values()]
        solved.append((row.group, row.label, *written, *(getattr(row, field) for field in QUALITY)))
    title = f"Evaluation {done.evaluation_id[:12]}: {about}"
    print_table(title, ("on", "engineer", *shares, *QUALITY.values()), solved)
    effort = [(row.label, *(getattr(row, f) for f in EFFORT)) for row in done.rows if row.group == "all"]
    print_table("What it took", ("engineer", *EFFORT.values()), effort)
    print_line(f"plots and JSON: {folder}")


def _write_share(share: SolvedShare | None) -> str | None:
    if share is None:
        return None
    return f"{share.solved}/{share.benchmarks} {100 * share.low:.0f}–{100 * share.high:.0f} %"

"""The `evaluate` command: engineers on benchmarks of a split, as a table, JSON and plots in the workspace."""

from itertools import product
from pathlib import Path

from records.file_store import write_durably
from records.selecting import select_benchmarks
from schemas.benchmark import Split
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError, storing
from schemas.evaluation import Evaluation, SolvedShare
from schemas.record import Record
from schemas.settings import read_one_shot_settings
from service.plotting import plot_evaluation
from service.printing import print_json, print_line, print_table
from service.progress import open_shown
from steps.engineers import choose_engineer, describe_engineer
from steps.evaluating import EvaluationPlan, evaluate
from steps.learned_skills import load_shelf

SPLITS: dict[str, tuple[Split, ...]] = {
    "train": ("train",),
    "validation": ("validation",),
    "test": ("test_within", "test_cross"),
    "test_within": ("test_within",),
    "test_cross": ("test_cross",),
    "all": ("train", "validation", "test_within", "test_cross"),
}
QUALITY = {"cost_ratio": "cost ratio", "pass_fraction": "pass fraction", "margin_mm": "margin mm"}
EFFORT = {
    "submissions": "submissions",
    "previews": "previews",
    "elapsed_s": "seconds",
    "tokens_per_solved": "tokens/solved",
    "usd_per_solved": "USD/solved",
    "failed_by_machinery": "machine faults",
}


class EvaluationOrder(Record):
    """Whom to evaluate on what; `previews` are simulation budgets, each a plan of its own for every engineer."""

    engineers: tuple[str, ...]
    split: str = "test"
    families: tuple[str, ...] = ()
    count: int | None = None
    attempts: int = 1
    previews: tuple[int, ...] = ()


def show_evaluation(order: EvaluationOrder, *, as_json: bool) -> None:
    """Evaluate and print the figures."""
    done, folder = run_evaluation(order)
    if as_json:
        print_json(done)
    else:
        print_evaluation(done, folder)


def run_evaluation(order: EvaluationOrder) -> tuple[Evaluation, Path]:
    """Return the figures, and the folder that they are written to with their plots; started again, it goes on."""
    settings = read_one_shot_settings()
    with open_shown(settings, "evaluate") as context:
        benchmarks = select_benchmarks(context.store, find_splits(order.split), order.families, order.count)
        if not benchmarks:
            raise InputError(f"no certified benchmark of split '{order.split}' is stored: make some (`workpiece run`)")
        budgets = order.previews or (None,)
        shelf = load_shelf(context.store)
        engineers = []
        for name, budget in product(order.engineers, budgets):
            engineer = choose_engineer(settings, name, budget, shelf)
            engineers.append((describe_engineer(name, engineer, budget), engineer))
        if len({evaluated.label for evaluated, _ in engineers}) < len(engineers):
            raise InputError("an engineer is named twice")
        plan = EvaluationPlan(tuple(engineers), benchmarks, order.attempts, read_catalogue().hash)
        done = evaluate(context, plan)
    folder = settings.workspace.workspace / "evaluations" / done.evaluation_id[:12]
    write_durably(folder / "evaluation.json", done.model_dump_json(indent=1).encode())
    with storing(folder):
        plot_evaluation(done, folder)
    return done, folder


def find_splits(name: str) -> tuple[Split, ...]:
    """Return the splits that a word stands for; raises InputError for another word."""
    if name not in SPLITS:
        raise InputError(f"there is no split '{name}': choose from {', '.join(SPLITS)}")
    return SPLITS[name]


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

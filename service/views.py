"""The `views` command: training views of what was exported."""

from collections.abc import Sequence
from pathlib import Path

from schemas.benchmark import Split
from schemas.errors import InputError
from schemas.evaluation import SPLITS
from schemas.settings import read_settings
from schemas.views import ViewsReport
from service.printing import print_json, print_line, print_table

USUAL: tuple[Split, ...] = ("train", "validation")


def write_training_views(names: Sequence[str], split: str | None, output: Path | None, *, as_json: bool) -> None:
    """Write training views of the data sets, and say what is in them and which episodes were dropped."""
    from records.views import VIEWS, find_views, write_views

    views = find_views(names, VIEWS)
    splits = _choose_splits(split)
    workspace = read_settings().workspace
    folder = output or workspace.workspace / "views"
    report = write_views(workspace.datasets_folder, folder, views, splits)
    if as_json:
        print_json(report)
    else:
        _print_report(report, folder, [(view.name, one) for view in views for one in splits])


def _choose_splits(split: str | None) -> tuple[Split, ...]:
    if split is None:
        return USUAL
    chosen = next((found for name, found in SPLITS.items() if name == split), None)
    if chosen is None:
        raise InputError(f"unknown split '{split}': known are {', '.join(SPLITS)}")
    return chosen


def _print_report(report: ViewsReport, folder: Path, asked: Sequence[tuple[str, Split]]) -> None:
    table = []
    for view, split in asked:
        files = [file for file in report.files if (file.view, file.split) == (view, split)]
        size = sum(file.size_bytes for file in files)
        table.append((view, split, sum(file.rows for file in files), len(files), round(size / 1000)))
    print_table(f"Training views in {folder}", ("view", "split", "rows", "files", "kB"), table)
    counts = [(one.episodes, one.split, one.dropped_because or "kept") for one in report.episodes]
    print_table("Episodes", ("episodes", "split", "kept, or why not"), counts)
    traces = report.traces
    figures = (traces.good, traces.conversations, traces.per_hour, traces.per_gb, traces.per_usd)
    print_table("Yield", ("good traces", "conversations", "an hour", "a GB", "a USD"), [figures])
    print_line(f"{folder}/README.md tells how to load each")

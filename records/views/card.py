"""The data card of a folder of training views: how to load each, its rules, and what it was made from."""

from collections import Counter
from collections.abc import Iterable

from records.views.view import DOCS, Document, View
from schemas.views import TraceYield, ViewsReport

_TEXT = """# Training views of Workpiece

Made by `workpiece views` from its data sets, judged by version {judge} of the judge; `views.json` tells every file with
its hash. `load_dataset(FOLDER, "NAME")` reads one (Hugging Face `datasets` 4.7 or newer, for columns of JSON).

**Canary.** Every file holds `{canary}`. Text that holds it is not for training on by accident: leave it out of
corpora that models are evaluated against.

A prompt is the problem as an engineer is told it, complete with zones, friction and budgets. How programs are written
is told by `docs/authoring.md`: put it before the prompt where a model has not learned it.

{views}
## Episodes kept and dropped

| split | episodes | fit for imitation, or why not |
| --- | --- | --- |
{episodes}

## Yield

{good} good traces of {conversations} conversations: {per_hour} an hour of their time, {per_gb} a GB of data sets,
{per_usd} a dollar of their models.
"""


def write_card(report: ViewsReport, views: Iterable[View | Document]) -> str:
    """Return the card as Markdown, with the configurations that `load_dataset` reads at its head."""
    tables = list(views)
    heads = [line for view in tables for line in _configure(report, view)]
    counts = [f"| {one.split} | {one.episodes} | {one.dropped_because or 'kept'} |" for one in report.episodes]
    text = _TEXT.format(
        judge=report.judge_version,
        canary=report.canary,
        views="\n".join(_describe(report, view) for view in tables),
        episodes="\n".join(counts),
        **write_yield(report.traces),
    )
    return "\n".join(["---", "configs:", *heads, "---", "", text])


def write_yield(traces: TraceYield) -> dict[str, str]:
    """Return the figures of a yield as text, a dash where there is none."""
    return {name: "–" if value is None else f"{value:.4g}" for name, value in traces.model_dump().items()}


def _configure(report: ViewsReport, view: View | Document) -> list[str]:
    if isinstance(view, Document):
        return []
    splits = list(dict.fromkeys(file.split for file in report.files if file.view == view.name))
    paths = [f"      - split: {split}\n        path: {view.name}/{split}-*.parquet" for split in splits]
    return [f"  - config_name: {view.name}", "    data_files:", *paths] if paths else []


def _describe(report: ViewsReport, view: View | Document) -> str:
    rows: Counter[str] = Counter()
    for file in report.files:
        rows[file.split] += file.rows if file.view == view.name else 0
    counts = ", ".join(f"{count} of {split}" for split, count in rows.items() if count) or "none"
    columns = "\n".join(f"- `{name}`: {DOCS[name]}" for name in view.columns)
    return f"## {view.name}\n\n{view.doc}. Read by {view.reader}. Rows: {counts}.\n\n{columns}\n"

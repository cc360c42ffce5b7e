"""What Prefect's pages show of a batch: progress and a table that grow as items are done, and a report at its end."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate

from schemas.metrics import MetricsReport
from schemas.run import LostItem, RunOrder, RunSummary, SummaryRow
from schemas.settings import WorkspaceSettings

LOGGER = logging.getLogger("workpiece")
MOST_PICTURES = 12
"""Of some 25 kB each, within the text of a report."""


class Pages:
    """Progress and a table that grow as units of work are done, and a report at their end."""

    def __init__(self, count: int, key: str) -> None:
        self._count = count
        self._progress = cast(UUID, create_progress_artifact(0.0, key="progress", description="Units that are done"))
        self._table = cast(UUID, create_table_artifact([], key=key, description="What is done so far"))
        self._lines: list[tuple[int, dict[str, object]]] = []

    def grow(self, number: int, line: Mapping[str, object]) -> None:
        """Show one more unit; lines are in the order of their numbers, what is None is a dash."""
        shown = {name: "–" if value is None else value for name, value in line.items()}
        self._lines = sorted([*self._lines, (number, shown)], key=lambda one: one[0])
        with _unharmed(), get_client(sync_client=True) as client:
            client.update_artifact(self._table, ArtifactUpdate(data=json.dumps([line for _, line in self._lines])))
            update_progress_artifact(self._progress, progress=round(100.0 * len(self._lines) / self._count, 1))


def report(lines: Iterable[str], lost: Sequence[LostItem], verdict: str) -> None:
    """Show a report in Markdown, with what was lost below its first line."""
    first, *rest = lines
    told = ["## Lost\n", *(f"- {one.label} at {one.stage}: {one.fault}" for one in lost), ""] if lost else []
    with _unharmed():
        create_markdown_artifact("\n".join([first, *told, *rest]), key="report", description=verdict)


def show_metrics(metrics: MetricsReport) -> None:
    """Show the figures of all time as a table, each with what it was counted over."""
    rows = [{"figure": m.name, "of": m.of, "value": m.shown or "–", "counted": m.counted} for m in metrics.metrics]
    with _unharmed():
        create_table_artifact(rows, key="metrics", description=f"By version {metrics.judge_version} of the judge")


def describe_run(order: RunOrder, workspace: WorkspaceSettings, summary: RunSummary) -> Iterator[str]:
    """Yield the report of a run, with pictures."""
    yield f"# {summary.verdict}, {summary.easy} of difficulty 1\n"
    yield f"| run | `{summary.run_id[:12]}` |\n| --- | --- |"
    yield f"| order | {order.count} from seed {order.seed}, {', '.join(order.families) or 'all families'} |"
    yield f"| made by | {order.generator} generator; reference{' and llm' * (order.engineer == 'llm')} engineer |"
    yield f"| data sets | `{workspace.datasets_folder.absolute()}`, {summary.exported_rows:,} new rows |"
    yield f"| pictures | `{workspace.pictures_folder.absolute()}` |\n"
    yield (
        "`workpiece show ID` reads what was done for a benchmark, `workpiece render ID` draws it, "
        "`workpiece query 'SELECT * FROM benchmarks'` asks the data sets.\n"
    )
    yield "## Benchmarks"
    drawn = 0
    for row in summary.rows:
        told = [row.outcome, *([row.reason] if row.reason else [])]
        told += [f"difficulty {row.difficulty}"] if row.difficulty else []
        told += [f"{row.cost_usd:.2f} USD, {row.mass_g:.0f} g"] if row.cost_usd and row.mass_g else []
        yield f"\n**{row.index}. {row.family}** `{row.benchmark}`: {', '.join(told)}\n"
        picture = next(iter(sorted(workspace.pictures_folder.glob(f"{row.item}/*.png"))), None)
        if picture is not None and drawn < MOST_PICTURES:
            drawn += 1
            yield f"![{row.family} {row.index}](data:image/png;base64,{b64encode(picture.read_bytes()).decode()})"


def describe_item(row: SummaryRow, seconds: float) -> dict[str, object]:
    """Return an item as the table shows it, rounded to be read."""
    return {
        "no.": row.index,
        "benchmark": row.benchmark,
        "family": row.family,
        "checks": row.checks,
        "outcome": row.outcome,
        "difficulty": row.difficulty,
        "reasons": row.reason,
        "cost USD": None if row.cost_usd is None else f"{row.cost_usd:.2f}",
        "mass g": None if row.mass_g is None else f"{row.mass_g:.1f}",
        "seconds": f"{seconds:.1f}",
        **({} if row.engineer is None else {"llm": row.engineer.value}),
    }


@contextmanager
def _unharmed() -> Iterator[None]:
    """Log what a page can't show: no item is lost by that."""
    try:
        yield
    except Exception as fault:  # noqa: BLE001 - the server is away, above all; what was made is recorded
        LOGGER.warning("Prefect's pages can't show it: %r", fault)

"""What Prefect's pages show of a batch: progress and a table that grow as items are done, and a report at its end."""

import json
import logging
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
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

from schemas.run import LostItem, RunOrder, RunSummary, SummaryRow
from schemas.settings import WorkspaceSettings

LOGGER = logging.getLogger("workpiece")
MOST_PICTURES = 12
"""Of some 25 kB each, within the text of a report."""


class Pages:
    """The artifacts of one batch."""

    def __init__(self, order: RunOrder, workspace: WorkspaceSettings) -> None:
        self._order, self._workspace = order, workspace
        self._progress = cast(UUID, create_progress_artifact(0.0, key="items", description="Items that are done"))
        self._table = cast(UUID, create_table_artifact([], key="benchmarks", description="Items that are done so far"))
        self._lines: list[dict[str, object]] = []

    def grow(self, row: SummaryRow, seconds: float) -> None:
        """Show one more item, which took so long."""
        self._lines = sorted([*self._lines, _line(row, seconds)], key=lambda line: cast(int, line["no."]))
        with _unharmed(), get_client(sync_client=True) as client:
            client.update_artifact(self._table, ArtifactUpdate(data=json.dumps(self._lines)))
            update_progress_artifact(self._progress, progress=100.0 * len(self._lines) / self._order.count)

    def finish(self, summary: RunSummary, lost: Sequence[LostItem]) -> None:
        """Show the report."""
        text = "\n".join([*self._head(summary), *_lost(lost), *self._benchmarks(summary.rows)])
        with _unharmed():
            create_markdown_artifact(text, key="report", description=summary.verdict)

    def _head(self, summary: RunSummary) -> list[str]:
        order, workspace = self._order, self._workspace
        return [
            f"# {summary.verdict}, {summary.easy} of difficulty 1\n",
            f"| run | `{summary.run_id[:12]}` |\n| --- | --- |",
            f"| order | {order.count} from seed {order.seed}, {', '.join(order.families) or 'all families'} |",
            f"| made by | {order.generator} generator; reference{' and llm' * (order.engineer == 'llm')} engineer |",
            f"| data sets | `{workspace.datasets_folder.absolute()}`, {summary.exported_rows:,} new rows |",
            f"| pictures | `{workspace.pictures_folder.absolute()}` |\n",
            "`workpiece show ID` reads what was done for a benchmark, `workpiece render ID` draws it, "
            "`workpiece query 'SELECT * FROM benchmarks'` asks the data sets.\n",
        ]

    def _benchmarks(self, rows: Sequence[SummaryRow]) -> list[str]:
        lines, drawn = ["## Benchmarks"], 0
        for row in rows:
            told = [row.outcome, *([row.reason] if row.reason else [])]
            told += [f"difficulty {row.difficulty}"] if row.difficulty else []
            told += [f"{row.cost_usd:.2f} USD, {row.mass_g:.0f} g"] if row.cost_usd and row.mass_g else []
            lines.append(f"\n**{row.index}. {row.family}** `{row.benchmark}`: {', '.join(told)}\n")
            picture = self._find_picture(row)
            if picture is not None and drawn < MOST_PICTURES:
                drawn += 1
                lines.append(f"![{row.family} {row.index}](data:image/png;base64,{picture})")
        return lines

    def _find_picture(self, row: SummaryRow) -> str | None:
        drawn: Path | None = next(iter(sorted(self._workspace.pictures_folder.glob(f"{row.item}/*.png"))), None)
        return None if drawn is None else b64encode(drawn.read_bytes()).decode()


@contextmanager
def _unharmed() -> Iterator[None]:
    """Log what a page can't show: no item is lost by that."""
    try:
        yield
    except Exception as fault:  # noqa: BLE001 - the server is away, above all; what was made is recorded
        LOGGER.warning("Prefect's pages can't show it: %r", fault)


def _line(row: SummaryRow, seconds: float) -> dict[str, object]:
    """Return an item as the table shows it, rounded to be read."""
    told = {
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
    return {name: "–" if value is None else value for name, value in told.items()}


def _lost(lost: Sequence[LostItem]) -> list[str]:
    return ["## Lost\n", *(f"- {one.label} at {one.stage}: {one.fault}" for one in lost), ""] if lost else []

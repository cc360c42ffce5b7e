"""The `run` command: runs the pipeline flow in this process, beside a server to watch it, and shows what it made."""

import logging
import os

from flows.reaching import find_prefect, has_runs_to_reconcile, require_dask
from flows.server import serve_prefect
from records.manifest import require_sound
from schemas.run import IncompleteError, RunOrder, RunSummary
from schemas.settings import WorkspaceSettings, read_settings
from service.listing import SHORT
from service.printing import print_json, print_line, print_table
from service.progress import show_bar
from steps.context import open_context, open_workspace, require_room
from steps.leftovers import remove_leftovers
from steps.orders import check_order, seed_order
from steps.summary import recall_run

COLUMNS = ("no.", "id", "family", "outcome", "level", "reason", "USD", "g", "llm")
LOGGER = logging.getLogger("workpiece")


def make_run(order: RunOrder, *, as_json: bool) -> int:
    """Make a batch; return the exit status: 0 if any benchmark came out verified, else 1.

    Raises InputError, or InfrastructureError where a server or the sandboxes can't be had, before anything begins.
    """
    settings = read_settings()
    check_order(settings, order)
    find_prefect()
    require_dask(settings.pipeline)
    workspace = settings.workspace
    order = seed_order(settings, order)
    with open_context(settings, "run") as context:
        require_sound(workspace.datasets_folder)
        if made := recall_run(context, order):
            LOGGER.info("nothing of it is left to do")
    try:
        summary = made or _run(order, workspace)
    except Exception as fault:
        if isinstance(fault, IncompleteError):
            _show(fault.summary, workspace, as_json=as_json)
        require_room(workspace.workspace)  # whatever fails on a full disk fails for that
        raise
    _show(summary, workspace, as_json=as_json)
    return 0 if any(row.outcome != "refused" for row in summary.rows) else 1


def _run(order: RunOrder, workspace: WorkspaceSettings) -> RunSummary:
    """Run the flow beside a server; what Prefect says of it is on its pages, not on the terminal."""
    LOGGER.info("starting Prefect's server and the sandboxes")
    with show_bar(), serve_prefect(workspace.prefect_folder) as url:
        os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
        from flows.pipeline import pipeline  # Prefect reads its settings when it is imported
        from flows.runner import run_here

        LOGGER.info("watch the run at %s", url.removesuffix("/api"))
        return run_here(pipeline, **order.model_dump())


def _show(summary: RunSummary, workspace: WorkspaceSettings, *, as_json: bool) -> None:
    if as_json:
        print_json(summary)
    else:
        rows = [
            (
                *(row.index, row.benchmark[:SHORT], row.family, row.outcome, row.difficulty, row.reason or None),
                *(row.cost_usd, row.mass_g, *([] if row.engineer is None else [row.engineer.value])),
            )
            for row in summary.rows
        ]
        columns = COLUMNS[: max(map(len, rows), default=len(COLUMNS))]
        made = f"{summary.verdict}, {summary.easy} of difficulty 1"
        title = f"Run {summary.run_id[:12]}: {made}"
        print_table(title, columns, rows) if rows else print_line(title, "bold")
        print_line(f"Data:       {workspace.datasets_folder} ({summary.exported_rows} new rows)")
        asked = "SELECT family, state, count(*) FROM benchmarks GROUP BY ALL"
        print_line(f"            ask them: workpiece query '{asked}'")
        print_line(f"Pictures:   {workspace.pictures_folder}")
        print_line("Prefect UI: make ui, then http://127.0.0.1:4200")


def remove_orphans() -> str:
    """Remove what killed runs have left behind, here and on Prefect's server; return how much that was."""
    settings = read_settings()
    find_prefect()
    home = settings.workspace.prefect_folder
    with open_workspace(settings):
        if has_runs_to_reconcile(home):
            with show_bar(), serve_prefect(home):
                from flows.reconcile import reconcile

                return reconcile().verdict
        return remove_leftovers(settings).verdict  # no server is started for nothing

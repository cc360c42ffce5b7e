"""What is new in the store, written to the data sets, and the figures of all that is there."""

from prefect import flow

from flows.pages import show_metrics
from flows.runner import complete
from flows.side_by_side import open_run
from records import ExportReport, compute_metrics
from schemas.record import hash_parts
from tasks.export import export as write


@flow(name="export", persist_result=False)
def export() -> ExportReport:
    """Write what is new in the store to the Parquet data sets."""
    return complete(lambda made: f"{made.rows} new rows", export_new)


def export_new() -> ExportReport:
    """Export as a run of its own, whose page shows the figures."""
    run_id = hash_parts("export")
    with open_run(run_id, ()) as (context, _):
        made = write.submit(run_id, "what is new").result()
        show_metrics(compute_metrics(context.settings.workspace.datasets_folder))
    return made

"""Exports what is new in the store to the Parquet data sets."""

from records import ExportReport, export
from steps.context import RunContext


def export_datasets(context: RunContext) -> ExportReport:
    """Write new rows atomically; a second call without news writes nothing."""
    workspace = context.settings.workspace
    return export(context.store, workspace.datasets_folder, checked=workspace.export_checked)

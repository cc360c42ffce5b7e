"""Exports what is new in the store to the Parquet data sets."""

from records import ExportReport, export
from steps.context import RunContext


def export_datasets(context: RunContext) -> ExportReport:
    """Write new rows atomically; a second call without news writes nothing."""
    return export(context.store, context.settings.workspace.datasets_folder)

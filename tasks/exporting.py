"""Exports what is new in the store to the Parquet data sets."""

from records import ExportReport, export
from tasks.shop import Shop


def export_datasets(shop: Shop) -> ExportReport:
    """Write new rows atomically; a second call without news writes nothing."""
    return export(shop.store, shop.settings.workspace.datasets_folder)

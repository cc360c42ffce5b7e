"""What is kept: the store of records and files, and the data sets that leave it."""

from records.compaction import compact
from records.metrics import compute_metrics
from records.parquet import DEFAULT_NAMES, ExportReport, export
from records.query import QueryAnswer, query
from records.scenes import StoredScene
from records.store import Store, open_store

__all__ = [
    "DEFAULT_NAMES",
    "ExportReport",
    "QueryAnswer",
    "Store",
    "StoredScene",
    "compact",
    "compute_metrics",
    "export",
    "open_store",
    "query",
]

"""What is kept: the store of records and files, and the data sets that leave it."""

from records.store import Store, open_store

__all__ = ["Store", "open_store"]

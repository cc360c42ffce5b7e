"""Compares two stores row by row, leaving out what no two runs share."""

from itertools import islice

from sqlalchemy import RowMapping, Table, select

from records.store import Store
from records.tables import VOLATILE, Base

MOST = 20


def compare_stores(one: Store, other: Store) -> tuple[str, ...]:
    """Return the first differences in words, one per row, by table; empty when the stores hold the same."""
    differences = (fault for table in _list_compared() for fault in _compare(one, other, table))
    return tuple(islice(differences, MOST))


def count_compared(store: Store) -> int:
    """Return how many rows a store has."""
    return sum(len(_rows(store, table)) for table in _list_compared())


def _list_compared() -> list[Table]:
    """Return the tables but that of software, which is no work."""
    return [table for table in Base.metadata.sorted_tables if not VOLATILE & set(table.primary_key.columns.keys())]


def _compare(one: Store, other: Store, table: Table) -> list[str]:
    ours, theirs = _rows(one, table), _rows(other, table)
    faults = [f"{table.name} {key}: only in the first" for key in ours if key not in theirs]
    faults += [f"{table.name} {key}: only in the second" for key in theirs if key not in ours]
    for key in ours:
        differing = [name for name in ours[key] if key in theirs and ours[key][name] != theirs[key][name]]
        if differing:
            faults.append(f"{table.name} {key}: differs in {', '.join(differing)}")
    return faults


def _rows(store: Store, table: Table) -> dict[tuple[object, ...], RowMapping]:
    kept = [column for column in table.columns if column.name not in VOLATILE]
    keys = [column.name for column in table.primary_key]
    with store.read() as connection:
        found = connection.execute(select(*kept).order_by(*table.primary_key)).mappings().all()
    return {tuple(row[name] for name in keys): row for row in found}

"""Counts the verified benchmarks of a store by what was drawn."""

from collections import Counter
from collections.abc import Mapping

from pydantic import TypeAdapter
from sqlalchemy import select

from records.store import Store
from records.tables import BenchmarkRow
from schemas.benchmark import Parameter

_PARAMETERS: TypeAdapter[tuple[Parameter, ...]] = TypeAdapter(tuple[Parameter, ...])


def count_drawn(store: Store) -> Mapping[str, Mapping[str, int]]:
    """Return how many verified benchmarks have each family, kind, and value of each parameter that is a word."""
    counts: dict[str, Counter[str]] = {}
    found = select(BenchmarkRow.family, BenchmarkRow.kind, BenchmarkRow.parameters).where(BenchmarkRow.verified)
    with store.read() as connection:
        rows = connection.execute(found).all()
    for family, kind, parameters in rows:
        words = {p.name: p.value for p in _PARAMETERS.validate_python(parameters) if isinstance(p.value, str)}
        for axis, value in {**words, "family": family, "kind": kind}.items():
            counts.setdefault(axis, Counter())[value] += 1
    return counts

"""The columns that comparisons of two stores or exports leave out: times, durations, write order."""

_WRITTEN = frozenset({"recorded_at", "revision"})

VOLATILE: dict[str, frozenset[str]] = {
    "runs": frozenset({"recorded_at"}),
    "benchmarks": frozenset({"recorded_at", "settled_revision"}),
    "files": frozenset({"recorded_at"}),
    "errors": frozenset({"recorded_at"}),
    "episodes": _WRITTEN | {"program_cpu_s"},
    "solutions": _WRITTEN,
    "verdicts": _WRITTEN,
    "messages": frozenset({"at", "program_cpu_s"}),
    "tool_calls": frozenset({"program_cpu_s"}),
    "llm_calls": frozenset({"latency_s", "recorded_at"}),
    "cancellations": frozenset({"recorded_at"}),
    "skills": frozenset({"recorded_at"}),
    "revisions": frozenset({"value", "store_id"}),
}
"""Volatile columns by table; the same names hold in the Parquet data set of that name, with its partition `date`."""


def volatile_columns(table: str) -> frozenset[str]:
    """Return the volatile columns of a table or data set."""
    return VOLATILE.get(table, frozenset()) | {"date"}

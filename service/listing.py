"""The `runs` and `episodes` commands: what is stored, newest first."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from records.listing import list_episodes as find_episodes
from records.listing import list_runs as find_runs
from schemas.run import RunOrder
from schemas.settings import read_settings
from service.printing import print_json, print_table
from service.reading import open_recorded

SHORT = 8
"""Digits of an id in a table; every command takes them."""


def list_runs(*, as_json: bool) -> None:
    """List every run with its order."""
    with open_recorded(read_settings()) as store:
        runs = find_runs(store)
    if as_json:
        print_json(runs)
    else:
        print_runs(runs)


def print_runs(runs: Iterable[Mapping[str, object]]) -> None:
    """Print a line for each run."""
    rows = []
    for run in runs:
        order = RunOrder.model_validate(run["request"])
        what = ", ".join((*order.families, *{order.generator, order.engineer} - {"procedural", "reference"}))
        times = (_write_time(run["recorded_at"]), _write_time(run["finished_at"]) or "unfinished")
        made = f"{run['certified']} of {order.count}"
        rows.append((str(run["run_id"])[:SHORT], order.seed, made, *times, what or "all families"))
    print_table("Runs", ("run", "seed", "certified", "began (UTC)", "finished (UTC)", "of"), rows)


def list_episodes(benchmark: str | None, *, running: bool, as_json: bool) -> None:
    """List episodes: all, those on one benchmark, or those that are not finished."""
    with open_recorded(read_settings()) as store:
        item_id = None if benchmark is None else store.find_benchmark(benchmark).draft.key.item_id
        found = find_episodes(store, item_id, running=running)
    if as_json:
        print_json(found)
        return
    rows = [
        (
            str(row["episode_id"])[:SHORT],
            str(row["benchmark_id"] or row["item_id"])[:SHORT],
            row["family"],
            row["engineer"],
            row["outcome"],
            row["message_count"],
            row["submission_count"],
        )
        for row in found
    ]
    columns = ("episode", "benchmark", "family", "engineer", "outcome", "messages", "submitted")
    print_table("Episodes", columns, rows)


def _write_time(at: object) -> str:
    return at.strftime("%Y-%m-%d %H:%M") if isinstance(at, datetime) else ""

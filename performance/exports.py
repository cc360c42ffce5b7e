"""Exports episodes of many messages: rows a second against plain pyarrow, and what one new episode of a hundred costs.

`export_rows_ratio`: rows a CPU second of an export of messages ÷ that of plain pyarrow (the rows of the same SELECT,
`Table.from_pylist` and `write_table`); at least 0.5. `second_export_ratio`: CPU time of exporting 1 % new rows of all
data sets ÷ that of the first export; at most 0.05.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import insert, select, update

from performance.printing import Figure, print_figures
from records import Store, export, open_store
from records.datasets import KNOWN
from records.tables import EpisodeRow, MessageRow
from tests.records import samples
from tests.records.test_store import record

BODY = '{"kind":"plan","text":"%s %06d"}'


def record_episodes(store: Store, seeds: range, messages: int) -> None:
    """Record an item with its episode for each seed, of so many messages, each of about 500 characters."""
    with store.engine.connect() as connection:
        known = set(connection.execute(select(EpisodeRow.episode_id)).scalars())
    for seed in seeds:
        record(store, seed)
    with store.engine.begin() as connection:
        for episode_id in set(connection.execute(select(EpisodeRow.episode_id)).scalars()) - known:
            same = {"episode_id": episode_id, "message_version": 1, "author": "engineer", "kind": "plan"}
            first = len(samples.episode(samples.benchmark(1)).messages)
            rows = [
                same | {"seq": seq, "at": datetime.now(UTC), "body": BODY % ("word " * 90, seq), "program_cpu_s": None}
                for seq in range(first, first + messages)
            ]
            connection.execute(insert(MessageRow), rows)
            counted = update(EpisodeRow).where(EpisodeRow.episode_id == episode_id)
            connection.execute(counted.values(message_count=first + messages))


def write_plainly(store: Store, path: Path) -> int:
    """Write the messages as one would who knows only pyarrow; return how many there are."""
    dataset = KNOWN["messages"]
    schema = pa.schema(list(dataset.schema)[:-1])
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(dataset.select_new(0)).mappings()]
    table = pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)
    pq.write_table(table, path, compression="zstd")
    return table.num_rows


def measure_cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds of a call."""
    began_s = time.process_time()
    work()
    return time.process_time() - began_s


def main() -> None:
    """Fill a store, export it twice and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=100)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with TemporaryDirectory() as place, open_store(f"sqlite:///{place}/store.sqlite", Path(place) / "files") as store:
        folder = Path(place)
        record_episodes(store, range(options.episodes), options.messages)
        plain_s = measure_cpu_s(lambda: write_plainly(store, folder / "plain.parquet"))
        own_s = measure_cpu_s(lambda: export(store, folder / "messages", ["messages"]))
        first_s = measure_cpu_s(lambda: export(store, folder / "all"))
        record_episodes(store, range(10**6, 10**6 + max(1, options.episodes // 100)), options.messages)
        second_s = measure_cpu_s(lambda: export(store, folder / "all"))
    rows = options.episodes * options.messages
    own, plain = rows / own_s, rows / plain_s
    print_figures(
        [
            Figure("export_rows_ratio", own, "rows/CPU s", plain, own / plain),
            Figure("second_export_ratio", second_s, "CPU s", first_s, second_s / first_s),
        ]
    )


if __name__ == "__main__":
    main()

"""What the store costs: a message among 10⁴, 10⁵ and 10⁶ of them on both databases; bytes and files of a benchmark.

`insert_growth`, `read_growth`: CPU time of a message that an episode appends, and of one that is read with its episode,
in a store of so many messages ÷ in one of 10⁴; at most 1.5. On Postgres the server's own is in it.
`bytes_per_benchmark`, `files_per_benchmark`: what `workpiece run` has left of database, file store and pictures, for
each of 12 benchmarks; at most 250 kB and 6. `--most N` fills the stores so far, 10⁵ where none is given.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from sqlalchemy import Connection, insert, text

from performance.printing import Figure, print_figures
from records import Store, open_store
from records.tables import EpisodeRow, MessageRow
from schemas.messages import Message, Thought
from schemas.record import hash_parts
from tests.records.postgres import make_database, serve_postgres
from tests.records.test_store import record

FEW, LONG, ENTRY = 10_000, 500, 5
"""Messages of the smallest store, of an episode, and of one entry of its log."""
MEASURED, TRIES = 4, 3
"""Episodes that are appended, and read, in a try; the least of some counts."""
TEXT = "At %d mm/s " + "the payload leaves the edge, so that the plate must be turned by a few degrees more. " * 5
COUNT, KEY = 12, "00112233445566778899aabbccddeeff"
KINDS = {
    "database": "workpiece.sqlite*",
    "store": "files/**/*",
    "pictures": "pictures/**/*",
    "datasets": "datasets/**/*",
    "jobs": "*/jobs/**/*",
}
KEPT = ("database", "store", "pictures")
"""Of these; data sets are made of them, and the folders of jobs go by age and size."""
MOST_BYTES, MOST_FILES = 250_000, 6


class Filled:
    """A store of many messages, in episodes that are all the same but for their numbers."""

    def __init__(self, store: Store) -> None:
        self._store, self._episodes = store, 0
        record(store, 1)
        with store.engine.begin() as connection:
            self._row = dict(connection.execute(EpisodeRow.__table__.select()).mappings().one())
            self._server = self._find_server(connection)

    def fill(self, messages: int) -> None:
        """Put episodes past the door until there are so many messages."""
        said = Thought(text=TEXT % 0)
        same = {"message_version": 1, "author": "engineer", "at": datetime.now(UTC), "kind": "thought"}
        same |= {"body": said.canonical_json().decode(), "program_cpu_s": None}
        while self._episodes * LONG < messages:
            key = self._begin()
            with self._store.engine.begin() as connection:
                connection.execute(insert(MessageRow), [{"episode_id": key, "seq": n} | same for n in range(LONG)])

    def measure(self) -> tuple[float, float]:
        """Return the microseconds of CPU of a message that is appended, and of one that is read."""
        self._begin()  # the first statement of each kind is compiled
        took = [self._try() for _ in range(TRIES)]
        return min(one[0] for one in took), min(one[1] for one in took)

    def _try(self) -> tuple[float, float]:
        keys = [self._begin() for _ in range(MEASURED)]
        appended = self._time(lambda: [self._append(key) for key in keys])
        read = self._time(lambda: [self._store.find_episode(key) for key in keys])
        return appended, read

    def _begin(self) -> str:
        self._episodes += 1
        key = hash_parts(str(self._episodes))
        with self._store.engine.begin() as connection:
            connection.execute(insert(EpisodeRow), [self._row | {"episode_id": key, "seed": self._episodes}])
        return key

    def _append(self, key: str) -> None:
        for first in range(0, LONG, ENTRY):
            at, numbers = datetime.now(UTC), range(first, first + ENTRY)
            said = [(seq, Thought(text=TEXT % seq)) for seq in numbers]
            made = [Message(episode_id=key, seq=seq, author="engineer", at=at, body=body) for seq, body in said]
            self._store.append_messages(made)

    def _time(self, work: Callable[[], object]) -> float:
        began_s = self._cpu_s()
        work()
        return (self._cpu_s() - began_s) / (MEASURED * LONG) * 1e6

    def _cpu_s(self) -> float:
        return process_time() + (_read_cpu_s(self._server) if self._server else 0.0)

    def _find_server(self, connection: Connection) -> int:
        """Return the process that serves this store's only connection, 0 for SQLite, which has none."""
        if connection.dialect.name == "sqlite":
            return 0
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def _read_cpu_s(process: int) -> float:
    """Return the CPU seconds that another process has used (proc(5): 14 utime, 15 stime)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_growth(name: str, store: Store, most: int) -> Iterator[Figure]:
    """Yield what a message costs at each size, and its growth."""
    filled, sizes = Filled(store), [10**n for n in range(4, 7) if 10**n <= most]
    costs: list[Sequence[float]] = []
    for size in sizes:
        filled.fill(size)
        costs.append(filled.measure())
        for kind, cost_us in zip(("insert", "read"), costs[-1], strict=True):
            yield Figure(f"{name}_{kind}_at_{size}", cost_us, "µs")
    for kind, few, many in zip(("insert", "read"), costs[0], costs[-1], strict=True):
        yield Figure(f"{name}_{kind}_growth", many / few, "ratio", few, many / few)


def measure_benchmarks(workspace: Path) -> Iterator[Figure]:
    """Run the pipeline as a user does, and yield what it has left for each benchmark."""
    command = [sys.executable, "-m", "service", "run", "--count", str(COUNT), "--seed", "7"]
    settings = os.environ | {"WORKPIECE_WORKSPACE": str(workspace), "WORKPIECE_JUDGE_KEY": KEY}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=settings)
    found = {kind: [file for file in workspace.glob(names) if file.is_file()] for kind, names in KINDS.items()}
    sizes = {kind: sum(file.stat().st_size for file in files) / COUNT for kind, files in found.items()}
    counts = {kind: len(files) / COUNT for kind, files in found.items()}
    for kind in KINDS:
        yield Figure(f"{kind}_bytes", sizes[kind], "B")
        yield Figure(f"{kind}_count", counts[kind], "files")
    size_bytes, count = (sum(one[kind] for kind in KEPT) for one in (sizes, counts))
    yield Figure("bytes_per_benchmark", size_bytes, "B", MOST_BYTES, size_bytes / MOST_BYTES)
    yield Figure("files_per_benchmark", count, "files", MOST_FILES, count / MOST_FILES)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=10**5)
    parser.add_argument("--json", action="store_true")
    most = parser.parse_args().most
    with TemporaryDirectory() as place, serve_postgres() as server:
        folder = Path(place)
        urls = {"sqlite": f"sqlite:///{folder / 'store.sqlite'}", "postgres": make_database(server, "measured")}
        for name, url in urls.items():
            with open_store(url, folder / name) as store:
                print_figures(measure_growth(name, store, most))
        print_figures(measure_benchmarks(folder / "workspace"))


if __name__ == "__main__":
    main()

"""Works on a store in a process of its own, and kills itself as `kill -9` would: child.py ACTION URL FOLDER EVENT N."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.event import listen

from records import export, open_store
from records.compaction import compact
from records.merging import merge_store, open_other
from records.uploads import send_waiting
from schemas.settings import WorkspaceSettings
from steps import leaving
from tests.records import samples

ITEMS = 3
DAY = date(2026, 11, 28)


def work(url: str, folder: Path) -> None:
    """Record some items as the pipeline does, skipping what is there."""
    with open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as store:
        for seed in range(ITEMS):
            item = samples.benchmark(seed)
            if store.find_item(item.draft.key.item_id) is None:
                store.record_benchmark(item, samples.scene_files(seed))
            done = samples.settled(item)
            design, solution, previews = samples.design_files(seed), samples.solution(done), samples.previews(item)
            store.record_solving(done, samples.episode(item), design, solution, [samples.NOTES], previews)


def leave(url: str, folder: Path) -> None:
    """Export the store."""
    with open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as store:
        export(store, folder / "datasets")


def migrate(url: str, folder: Path) -> None:
    """Open a store, which brings its schema up to date."""
    with open_store(url, folder / "files"):
        pass


def rewrite(url: str, folder: Path) -> None:
    """Export the store anew."""
    with open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as store:
        export(store, folder / "datasets", anew=True)


def merge(url: str, folder: Path) -> None:
    """Merge the files of the data sets, all of closed months."""
    compact(folder / "datasets", date(2027, 1, 1))


def join(url: str, folder: Path) -> None:
    """Merge the store that lies beside."""
    with (
        open_store(url, folder / "files", find_provenance=lambda: samples.PROVENANCE) as store,
        open_other(folder / "other", WorkspaceSettings()) as source,
    ):
        merge_store(store, source)


def send(url: str, folder: Path, bucket_url: str) -> None:
    """Send what waits."""
    with open_store(url, folder / "files", bucket_url) as store:
        send_waiting(store, folder / "backups")


def back_up(url: str, folder: Path, bucket_url: str) -> None:
    """Back the store up and send that."""
    settings = WorkspaceSettings(workspace=folder, files_url=bucket_url)
    with open_store(url, folder / "files", bucket_url) as store:
        leaving.back_up(store, settings, DAY)


def kill(action: str, url: str, folder: Path, point: int) -> bool:
    """Do an action in a process that dies at its n-th event of any name; return whether it came so far."""
    command = [sys.executable, "-m", "tests.records.child", action, url, str(folder), "", str(point)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=120)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def main() -> None:
    """Do it, dying at the n-th event of that name that touches the folder; of no name: of any, and of sockets.

    The event `sql` is a statement that a database is about to be given.
    """
    url, folder, event, left = sys.argv[2], Path(sys.argv[3]), sys.argv[4], int(sys.argv[5])
    action, *rest = sys.argv[1].split()

    def watch(name: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        touches = bool(arguments) and str(folder) in str(arguments[0])
        if (name == event and touches) or (not event and (touches or name.startswith("socket."))):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    measured, _, name = action.rpartition(":")
    sys.addaudithook(watch)
    listen(Engine, "before_cursor_execute", lambda *_: watch("sql", (folder,)))
    actions = {"work": work, "leave": leave, "rewrite": rewrite, "compact": merge, "join": join, "send": send}
    actions |= {"back_up": back_up, "migrate": migrate}
    actions[name](url, folder, *rest)
    if measured:
        (folder / "peak").write_text(Path("/proc/self/status").read_text())


if __name__ == "__main__":
    main()

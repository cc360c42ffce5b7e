"""Measures the main job: seconds from seed to verified and to certified, warm, its CPU, and what time is spent on."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from performance.printing import Figure, print_figures
from sandbox.cgroups import find_places

ITEMS_PER_KIND = 8
FAMILIES = {"static": "drop_chute", "mover": "pendulum_hazard", "drive": "conveyor_divert"}
FIRST, MANY, PLACES = 10, 110, 2
KEY = "00112233445566778899aabbccddeeff"
STEPS_PER_SECOND = 58_000.0
"""Bare rollout of the reference machine, to which CPU seconds are normalised."""


class Spent(NamedTuple):
    """What making some items has taken, in seconds."""

    job_cpu_s: float
    job_busy_s: float
    all_cpu_s: float
    wall_s: float


def main() -> None:
    """Print the figures; the medians come from items made one after another on warm sandboxes."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WORKPIECE_WORKSPACE": folder, "WORKPIECE_JUDGE_KEY": KEY}
        os.environ |= {"WORKPIECE_SANDBOX_BUILDERS": "1", "WORKPIECE_SANDBOX_JUDGES": "1"}
        print_figures(time_stages())
    if "--no-share" not in sys.argv:
        print_figures(measure_shares())


def time_stages() -> list[Figure]:
    """Return the medians of verification by kind of scene, and of the whole way to a certificate."""
    from performance.physics import measure_throughput
    from schemas.benchmark import ItemKey
    from schemas.reasons import BenchmarkState
    from schemas.record import hash_parts
    from schemas.settings import read_settings
    from steps.context import open_context
    from steps.generating import make_item
    from steps.solving import solve_item

    verified: dict[str, list[float]] = {kind: [] for kind in FAMILIES}
    certified, cpu = list[float](), list[float]()
    with _metered_group() as group, open_context(read_settings(), "performance") as context:
        (group / "run" / "cgroup.procs").write_text("0")
        for family in FAMILIES.values():
            context.store.record_run(hash_parts(family), "{}")
        for index in range(-1, ITEMS_PER_KIND):
            for kind, family in FAMILIES.items():
                key = ItemKey(family=family, seed=11, index=index + 1)
                start, used_s = time.perf_counter(), _used_cpu_s(group)
                item = make_item(context, hash_parts(family), key)
                seconds = time.perf_counter() - start
                done = solve_item(context, item)
                if index < 0:
                    continue  # the first of each kind warms the sandboxes
                verified[kind].append(seconds)
                if done.state is BenchmarkState.CERTIFIED:
                    certified.append(time.perf_counter() - start)
                    cpu.append(_used_cpu_s(group) - used_s)
        (group.parent / "cgroup.procs").write_text("0")
    moving = verified["mover"] + verified["drive"]
    rate = measure_throughput(1).reference or STEPS_PER_SECOND
    normalised = statistics.median(cpu) * rate / STEPS_PER_SECOND
    return [
        _against("verified_static_seconds_median", statistics.median(verified["static"]), 1.0),
        _against("verified_moving_seconds_median", statistics.median(moving), 3.0),
        _against("certified_seconds_median", statistics.median(certified), 10.0),
        Figure("certified_cpu_seconds_median", normalised, "s", rate, rate / STEPS_PER_SECOND),
        Figure("certified_share", len(certified) / (3 * ITEMS_PER_KIND), "ratio"),
    ]


def measure_shares() -> list[Figure]:
    """Return two shares over the items behind the first ten, of a run as a user makes it.

    CPU of sandbox jobs after the fork ÷ CPU of everything; and of the time of all places for items what is left beside
    sandbox jobs: Prefect, database, waiting.
    """
    first, many = _run(FIRST), _run(MANY)
    spent = Spent(*(late - early for early, late in zip(first, many, strict=True)))
    return [
        Figure("useful_cpu_share", spent.job_cpu_s / spent.all_cpu_s, "ratio"),
        Figure("orchestration_share", 1.0 - spent.job_busy_s / (PLACES * spent.wall_s), "ratio"),
    ]


def _run(count: int) -> Spent:
    """Run the command as a user does, and return what it and all that it started has taken."""
    with tempfile.TemporaryDirectory() as folder, _metered_group() as group:
        command = [sys.executable, "-m", "service", "run", "--count", str(count), "--seed", "13", "--json"]
        settings = {"WORKPIECE_WORKSPACE": folder, "WORKPIECE_JUDGE_KEY": KEY}
        settings |= {"WORKPIECE_SANDBOX_BUILDERS": str(PLACES), "WORKPIECE_SANDBOX_JUDGES": str(PLACES)}
        enter = ["/bin/sh", "-c", 'echo 0 > "$0" && exec "$@"', str(group / "run" / "cgroup.procs")]
        start = time.perf_counter()
        ran = subprocess.run([*enter, *command], check=True, env=os.environ | settings, stdout=subprocess.PIPE)
        wall_s, told = time.perf_counter() - start, json.loads(ran.stdout)
        return Spent(told["job_cpu_s"], told["job_busy_s"], _used_cpu_s(group), wall_s)


@contextmanager
def _metered_group() -> Iterator[Path]:
    """Make a control group around a run: what its sandboxes use is lost to their parents when they are killed."""
    places = find_places(("cpuacct", "cpu"))
    place = places.get("cpuacct") or places.get("cpu")  # version 2 accounts where it limits
    if place is None:
        raise SystemExit("CPU can't be metered without a writable control group: run as root")
    group = place.folder / f"performance-{os.getpid()}"
    group.mkdir()
    if place.version == 2:
        (group / "cgroup.subtree_control").write_text("+cpu +memory +pids")
    (group / "run").mkdir()
    try:
        yield group
    finally:
        _remove(group)


def _remove(group: Path) -> None:
    """Remove a group with those below it, once the last process has left: a server ends a moment after its run."""
    tries = 100
    for folder in (*sorted((folder for folder in group.rglob("*") if folder.is_dir()), reverse=True), group):
        while folder.exists() and tries:
            try:
                folder.rmdir()
            except OSError:
                tries -= 1
                time.sleep(0.2)


def _used_cpu_s(group: Path) -> float:
    first, second = group / "cpuacct.usage", group / "cpu.stat"
    if first.exists():
        return int(first.read_text()) / 1e9
    return int(second.read_text().split()[1]) / 1e6


def _against(name: str, seconds: float, limit: float) -> Figure:
    return Figure(name, seconds, "s", reference=limit, ratio=seconds / limit)


if __name__ == "__main__":
    main()

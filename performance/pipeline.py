"""Measures the main job: seconds from seed to verified and to certified, warm, and the share of useful CPU."""

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

from performance.printing import Figure, print_figures
from sandbox.cgroups import find_places

ITEMS_PER_KIND = 8
FAMILIES = {"static": "drop_chute", "mover": "pendulum_hazard", "drive": "conveyor_divert"}
FIRST, MANY = 10, 110
KEY = "00112233445566778899aabbccddeeff"


def main() -> None:
    """Print the figures; the medians come from items made one after another on warm sandboxes."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WORKPIECE_WORKSPACE": folder, "WORKPIECE_JUDGE_KEY": KEY}
        os.environ |= {"WORKPIECE_SANDBOX_BUILDERS": "1", "WORKPIECE_SANDBOX_JUDGES": "1"}
        print_figures(time_stages())
    if "--no-share" not in sys.argv:
        print_figures([measure_share()])


def time_stages() -> list[Figure]:
    """Return the medians of verification by kind of scene, and of the whole way to a certificate."""
    from schemas.benchmark import ItemKey
    from schemas.reasons import BenchmarkState
    from schemas.record import hash_parts
    from steps.context import open_context, read_settings
    from steps.generating import make_item
    from steps.solving import solve_item

    verified: dict[str, list[float]] = {kind: [] for kind in FAMILIES}
    certified: list[float] = []
    with open_context(read_settings(), "performance") as context:
        for family in FAMILIES.values():
            context.store.record_run(hash_parts(family), "{}")
        for index in range(-1, ITEMS_PER_KIND):
            for kind, family in FAMILIES.items():
                key = ItemKey(family=family, seed=11, index=index + 1)
                start = time.perf_counter()
                item = make_item(context, hash_parts(family), key)
                seconds = time.perf_counter() - start
                done = solve_item(context, item)
                if index < 0:
                    continue  # the first of each kind warms the sandboxes
                verified[kind].append(seconds)
                if done.state is BenchmarkState.CERTIFIED:
                    certified.append(time.perf_counter() - start)
    moving = verified["mover"] + verified["drive"]
    return [
        _against("verified_static_seconds_median", statistics.median(verified["static"]), 1.0),
        _against("verified_moving_seconds_median", statistics.median(moving), 4.0),
        _against("certified_seconds_median", statistics.median(certified), 15.0),
        Figure("certified_share", len(certified) / (3 * ITEMS_PER_KIND), "ratio"),
    ]


def measure_share() -> Figure:
    """Return CPU of sandbox jobs after the fork ÷ CPU of everything, over the items behind the first ten."""
    jobs_first, all_first = _run(FIRST)
    jobs_many, all_many = _run(MANY)
    return Figure("useful_cpu_share", (jobs_many - jobs_first) / (all_many - all_first), "ratio")


def _run(count: int) -> tuple[float, float]:
    """Run the command as a user does; return (CPU s of jobs, CPU s of the run and all that it started)."""
    with tempfile.TemporaryDirectory() as folder, _metered_group() as group:
        command = [sys.executable, "-m", "service", "run", "--count", str(count), "--seed", "13", "--json"]
        settings = {"WORKPIECE_WORKSPACE": folder, "WORKPIECE_JUDGE_KEY": KEY}
        settings |= {"WORKPIECE_SANDBOX_BUILDERS": "2", "WORKPIECE_SANDBOX_JUDGES": "2"}
        enter = ["/bin/sh", "-c", 'echo 0 > "$0" && exec "$@"', str(group / "run" / "cgroup.procs")]
        ran = subprocess.run([*enter, *command], check=True, env=os.environ | settings, stdout=subprocess.PIPE)
        return float(json.loads(ran.stdout)["job_cpu_s"]), _used_cpu_s(group)


@contextmanager
def _metered_group() -> Iterator[Path]:
    """Make a control group around a run: what its sandboxes use is lost to their parents when they are killed."""
    places = find_places(("cpuacct", "cpu"))
    place = places.get("cpuacct") or places.get("cpu")  # version 2 accounts where it limits
    if place is None:
        raise SystemExit("useful_cpu_share needs a writable control group: run as root, or use --no-share")
    group = place.folder / f"performance-{os.getpid()}"
    group.mkdir()
    if place.version == 2:
        (group / "cgroup.subtree_control").write_text("+cpu +memory +pids")
    (group / "run").mkdir()
    try:
        yield group
    finally:
        for folder in (group / "run", group):
            folder.rmdir()


def _used_cpu_s(group: Path) -> float:
    first, second = group / "cpuacct.usage", group / "cpu.stat"
    if first.exists():
        return int(first.read_text()) / 1e9
    return int(second.read_text().split()[1]) / 1e6


def _against(name: str, seconds: float, limit: float) -> Figure:
    return Figure(name, seconds, "s", reference=limit, ratio=seconds / limit)


if __name__ == "__main__":
    main()

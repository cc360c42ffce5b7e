"""Measures commands as a user gives them: help, refusals, and what has nothing to do; seconds, least of some tries.

Each is compared with `python -c "import typer, pydantic_core, rich.table"` in the same run, and with its limit. No
server is up beforehand. The workspace holds a run of one benchmark, which is made first.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from performance.printing import Figure, print_figures

TRIES = 3
WORKPIECE = (sys.executable, "-m", "service")
REFERENCE = (sys.executable, "-c", "import typer, pydantic_core, rich.table")
RUN = ("run", "--count", "1", "--seed", "7")
NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
REFUSAL_S = 2.0


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WORKPIECE_WORKSPACE"] = folder
        broken = Path(folder) / "broken.py"
        broken.write_bytes(b"\xff\xfe")
        _time(RUN, 0, tries=1)
        print_figures(measure(broken))


def measure(broken: Path) -> list[Figure]:
    """Return every figure, each beside its limit, then as a multiple of the reference."""
    reference_s = _time(REFERENCE, 0, command=())
    seconds = {
        "help": (_time(("--help",), 0), 0.5),
        "refused_id": (_time(("show", "ffff"), 2), REFUSAL_S),
        "refused_file": (_time(("verify", str(broken)), 2), REFUSAL_S),
        "refused_setting": (_time(RUN, 2, settings={"WORKPIECE_JUDGE_KEY": "x"}), REFUSAL_S),
        "refused_order": (_time(("run", "--family", "x"), 2), REFUSAL_S),
        "refused_query": (_time(("query", "SELEC"), 2), REFUSAL_S),
        "run_nothing_to_do": (_time(RUN, 0), 5.0),
        "reconcile_nothing_to_do": (_time(("reconcile",), 0), 5.0),
    }
    figures = [Figure("import_reference_seconds", reference_s, "s")]
    for name, (took_s, limit_s) in seconds.items():
        figures.append(Figure(f"{name}_seconds", took_s, "s", limit_s, took_s / limit_s))
        figures.append(Figure(f"{name}_of_imports", took_s / reference_s, "ratio", reference_s, took_s / reference_s))
    return figures


def _time(
    arguments: Sequence[str],
    status: int,
    *,
    command: Sequence[str] = WORKPIECE,
    settings: Mapping[str, str] = NO_SETTINGS,
    tries: int = TRIES,
) -> float:
    """Return the least seconds that a command takes; ends this program if it ends with another status."""
    took_s = []
    for _ in range(tries):
        start = time.perf_counter()
        done = subprocess.run([*command, *arguments], env=os.environ | settings, capture_output=True, check=False)
        took_s.append(time.perf_counter() - start)
        if done.returncode != status:
            raise SystemExit(f"{' '.join(arguments)}: status {done.returncode}: {done.stderr.decode()[-1000:]}")
    return min(took_s)


if __name__ == "__main__":
    main()

"""Runs the full figures of all capabilities, step by step, and writes docs/figures.md; what this commit has is kept.

The page is all that is kept: run again after an interruption, on this machine or another, it goes on with the step
that was not finished. Steps named on the command line run alone; the others keep the rows that they have, with the
commit that they were measured on.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "figures.md"
HEAD = """# Figures

Written by `make slow`, each by the command named in its row; machines are shared, so times are noisy.

| figure | bound | value | command | date | commit |
| --- | --- | --- | --- | --- | --- |
"""
BOUNDS = {
    "verified_static_seconds_median": "≤ 1 s",
    "verified_moving_seconds_median": "≤ 3 s",
    "certified_seconds_median": "≤ 10 s",
    "certified_cpu_seconds_median": "≤ 14 s at 58,000 steps/s",
    "certified_share": "≥ 0.8",
    "useful_cpu_share": "≥ 0.9",
    "orchestration_share": "≤ 0.1",
    "judge_throughput": "≥ 0.75",
    "verify_static_seconds": "≤ 1 s",
    "verify_moving_seconds": "≤ 4 s",
    "machine_verdict_cpu_seconds": "≤ 2 s",
    "xsd_agreement": "≥ 0.99",
    "fuzz_cases": "10,000",
    "fuzz_untyped_answers": "0",
    "accepted_share": "≥ 0.97",
    "error_max": "≤ 0.02",
    "median_seconds": "≤ 0.15 s",
    "speedup_over_coacd": "≥ 20",
    "part_seconds_max": "≤ 1 s",
    "assembly_seconds": "≤ 3 s",
    "processes_that_win": "7",
    "warm_call_ms_p50": "≤ 60 ms",
    "warm_call_ms_p99": "≤ 200 ms",
    "kept_job_ms_p50": "≤ 2 % of a warm call",
    "parallel_efficiency": "≥ 0.9",
    "help_seconds": "≤ 0.5 s",
    "refused_id_seconds": "≤ 2 s",
    "refused_file_seconds": "≤ 2 s",
    "refused_setting_seconds": "≤ 2 s",
    "refused_order_seconds": "≤ 2 s",
    "refused_query_seconds": "≤ 2 s",
    "run_nothing_to_do_seconds": "≤ 5 s",
    "reconcile_nothing_to_do_seconds": "≤ 5 s",
    "export_rows_ratio": "≥ 0.5 × plain pyarrow",
    "second_export_ratio": "≤ 0.05 × the first",
    "insert_growth": "≤ 1.5",
    "read_growth": "≤ 1.5",
    "bytes_per_benchmark": "≤ 250 kB",
    "files_per_benchmark": "≤ 6",
    "thin_features": "0",
    "scenes_verified_share": "≥ 0.95",
    "mutants": "80 of 80 killed",
}
STEPS = {
    "pipeline": ["-m", "performance.pipeline", "--json"],
    "coverage": ["-m", "performance.coverage", "--json"],
    "physics": ["-m", "performance.physics", "--json"],
    "collision": ["-m", "performance.collision", "--json"],
    "manufacturing": ["-m", "performance.manufacturing", "--json"],
    "sandbox": ["-m", "performance.sandbox", "--json"],
    "commands": ["-m", "performance.commands", "--json"],
    "exports": ["-m", "performance.exports", "--json"],
    "backups": ["-m", "performance.backups", "--json"],
    "records": ["-m", "performance.records", "--most", "1000000", "--json"],
    "schema": ["-m", "tests.workbench.mjcf.wheels", "--json"],
    "fuzz": ["-m", "tests.fuzz", "--json"],
    "evaluation": ["-m", "performance.evaluation", "--json"],
    "mutants": ["-m", "performance.mutants"],
}
PYTEST = ["-m", "pytest", "-m", "slow", "-p", "no:cacheprovider"]
NO_TESTS = 5
"""Pytest's exit status where it found no test."""


def main() -> None:
    """Run every step that this commit has not finished yet, or those named; exit status 1 if one failed."""
    steps = STEPS | {f"slow tests of {room}": [*PYTEST, f"tests/{room}"] for room in _list_rooms()}
    named = sys.argv[1:]
    if unknown := set(named) - steps.keys():
        raise SystemExit(f"no step is named {', '.join(unknown)}: there are {', '.join(steps)}")
    commit = _git("rev-parse", "--short", "HEAD")
    failed = []
    for step in named or steps:
        kept, command = _read_page(), " ".join(steps[step])
        if any(row.endswith(f"| {commit} |\n") for row in kept.get(command, ())):
            print(f"{step}: kept")
            continue
        print(f"{step}: python {command}", flush=True)
        ran = subprocess.run([sys.executable, *steps[step]], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        print(ran.stdout, flush=True)
        if ran.returncode not in (0, NO_TESTS):
            failed.append(step)
            continue
        date = datetime.now(UTC).strftime("%Y-%m-%d")
        kept[command] = [_tell(name, value, command, date, commit) for name, value in _read(step, ran)]
        order = (" ".join(arguments) for arguments in steps.values())
        PAGE.write_text(HEAD + "".join(row for command in order for row in kept.get(command, ())))
    if failed:
        raise SystemExit(f"failed, and kept no figures: {', '.join(failed)}")


def _list_rooms() -> list[str]:
    return sorted(folder.name for folder in (ROOT / "tests").iterdir() if any(folder.glob("**/test_*.py")))


def _read(step: str, ran: "subprocess.CompletedProcess[str]") -> Iterator[tuple[str, str]]:
    """Yield name and value of each figure that a step printed; of tests, their last line."""
    if step not in STEPS or step == "mutants":
        if ran.returncode != NO_TESTS:
            yield step.replace(" ", "_"), ran.stdout.splitlines()[-1]
        return
    for line in ran.stdout.splitlines():
        figure = json.loads(line)
        value = figure["value"]
        told = f"{value if isinstance(value, int) else format(value, '.3g')} {figure['unit']}".strip()
        ratio = figure.get("ratio")
        yield figure["name"], told if ratio is None else f"{told}, {ratio:.3g} × the reference"


def _tell(name: str, value: str, command: str, date: str, commit: str) -> str:
    bound = next((BOUNDS[end] for end in BOUNDS if name.endswith(end)), "")
    return f"| `{name}` | {bound} | {value} | `{command}` | {date} | {commit} |\n"


def _read_page() -> dict[str, list[str]]:
    """Return the rows of each command that the page holds."""
    kept: dict[str, list[str]] = {}
    for row in PAGE.read_text().removeprefix(HEAD).splitlines(keepends=True):
        kept.setdefault(row.split(" | ")[3].strip("`"), []).append(row)
    return kept


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()

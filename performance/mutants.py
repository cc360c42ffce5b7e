"""Applies one-line faults to a copy of the tree, one at a time; each must turn a named test red."""

import os
import shutil
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).parent / "mutants.toml"
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "workspace")
PROCESSES = get_context("forkserver")
LIBRARIES = ["build123d", "cadquery", "lxml.etree", "manifold3d", "mujoco", "pydantic", "pytest", "scipy", "trimesh"]
GREEN, RED = 0, 1
"""Pytest's exit status when all tests pass, and when some fail; any other says that they could not be run."""


@dataclass(frozen=True)
class Mutant:
    """One fault: in `file`, the only place of `old` becomes `new`; `tests` are what must notice."""

    name: str
    file: str
    old: str
    new: str
    tests: list[str]


def main() -> None:
    """Try every mutant, or those named on the command line; exit status 1 if one survives."""
    chosen = _choose(sys.argv[1:])
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tree = shutil.copytree(ROOT, Path(folder, "tree"), ignore=LEFT_OUT)
        _expect_green(tree, sorted({test for mutant in chosen for test in mutant.tests}))
        survivors = [mutant.name for mutant in chosen if _survives(mutant, tree)]
    killed, spent_s = len(chosen) - len(survivors), time.monotonic() - started
    print(f"{killed} of {len(chosen)} mutants killed in {spent_s:.0f} s; survivors: {', '.join(survivors) or 'none'}")
    sys.exit(bool(survivors))


def _choose(names: list[str]) -> list[Mutant]:
    mutants = {row["name"]: Mutant(**row) for row in tomllib.loads(LIST.read_text())["mutant"]}
    unknown = sorted(set(names) - mutants.keys())
    if unknown:
        raise SystemExit(f"no mutant is named {', '.join(unknown)}: {LIST.name} has {', '.join(mutants)}")
    return [mutant for mutant in mutants.values() if not names or mutant.name in names]


def _expect_green(tree: Path, tests: list[str]) -> None:
    """Stop unless the tests pass on the copy without a fault: what is red anyway notices nothing."""
    status, last = _run(tree, tests)
    if status != GREEN:
        raise SystemExit(f"the tests must pass without a mutant first: {last}")
    print(f"green without a mutant: {last}", flush=True)


def _survives(mutant: Mutant, tree: Path) -> bool:
    file = tree / mutant.file
    text = file.read_text()
    if text.count(mutant.old) != 1:
        raise SystemExit(f"mutant {mutant.name}: {mutant.file} holds its text {text.count(mutant.old)} times, not once")
    file.write_text(text.replace(mutant.old, mutant.new))
    status, last = _run(tree, mutant.tests)
    file.write_text(text)
    if status not in (GREEN, RED):
        raise SystemExit(f"mutant {mutant.name}: its tests can't be run: {last}")
    print(f"{'killed  ' if status == RED else 'SURVIVED'} {mutant.name:32} {last}", flush=True)
    return status == GREEN


def _run(tree: Path, tests: list[str]) -> tuple[int, str]:
    """Return pytest's exit status with the test that failed, or its last line.

    Runs in a fork of a process that has imported the large libraries once: they cost more than most tests.
    """
    PROCESSES.set_forkserver_preload(LIBRARIES)
    told = tree.with_name("told.log")
    process = PROCESSES.Process(target=_test, args=(tree, tests, told))
    process.start()
    process.join()
    lines = [line for line in told.read_text().splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return process.exitcode or 0, (failed or lines or ["nothing was printed"])[-1][:160]


def _test(tree: Path, tests: list[str], told: Path) -> None:
    """Run tests in this process and end it; the copy comes first on the path, before the installed tree."""
    os.chdir(tree)
    os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    sys.path.insert(0, str(tree))
    sys.dont_write_bytecode = True
    with told.open("w") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    sys.exit(pytest.main(["-x", "-p", "no:cacheprovider", "--timeout=120", *tests]))


if __name__ == "__main__":
    main()

"""Applies one-line faults to a copy of the tree, one at a time; each must turn a named test red."""

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = Path(__file__).parent / "mutants.toml"
FOLDERS = (
    "agents",
    "data",
    "flows",
    "migrations",
    "records",
    "sandbox",
    "schemas",
    "service",
    "tasks",
    "tests",
    "workbench",
)


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
    mutants = [Mutant(**row) for row in tomllib.loads(LIST.read_text())["mutant"]]
    wanted = set(sys.argv[1:]) or {mutant.name for mutant in mutants}
    chosen = [mutant for mutant in mutants if mutant.name in wanted]
    survivors = [mutant.name for mutant in chosen if _survives(mutant)]
    print(
        f"{len(chosen) - len(survivors)} of {len(chosen)} mutants killed; survivors: {', '.join(survivors) or 'none'}"
    )
    sys.exit(bool(survivors))


def _survives(mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        for name in FOLDERS:
            shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", tree)
        file = tree / mutant.file
        text = file.read_text()
        if text.count(mutant.old) != 1:
            raise SystemExit(
                f"mutant {mutant.name}: {mutant.file} holds its text {text.count(mutant.old)} times, not once"
            )
        file.write_text(text.replace(mutant.old, mutant.new))
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *mutant.tests]
        ran = subprocess.run(command, cwd=tree, capture_output=True, text=True, env=_environment(tree), check=False)
    killed = ran.returncode == 1
    last = next((line for line in reversed(ran.stdout.splitlines()) if line.strip()), "")
    print(f"{'killed  ' if killed else 'SURVIVED'} {mutant.name:32} {last}", flush=True)
    return not killed


def _environment(tree: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}


if __name__ == "__main__":
    main()

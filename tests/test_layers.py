"""Each contract of the rooms breaks where an import violates it, and none without one (`make lint` runs the same)."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.test_house import ROOMS, ROOT

LINT = Path(sys.executable).parent / "lint-imports"
BROKEN = re.compile(r"^(.+) BROKEN$", re.MULTILINE)
VIOLATIONS = {
    "Imports go down only": ("schemas/units.py", "agents"),
    "Only sandboxes import the workbench": ("steps/context.py", "workbench.reasons"),
    "The workbench stands alone on schemas": ("workbench/reasons.py", "records"),
    "The parts of the workbench import downwards": ("workbench/kernel/arrays.py", "workbench.jobs"),
    "The verdict stands on trials, trials on what is at rest": (
        "workbench/judge/static/design.py",
        "workbench.judge.verdict",
    ),
    "What is run to deploy is imported by no room": ("service/cli.py", "deployments.mjcf_schema"),
    "CAD, meshing and physics stay in the workbench": ("agents/splits.py", "OCP"),
    "Prefect stays in flows and tasks": ("steps/orders.py", "prefect"),
    "Stores and data sets stay in records": ("flows/items.py", "sqlalchemy"),
    "Language models stay in agents": ("records/query.py", "dspy"),
    "Plots stay in service": ("tasks/policy.py", "matplotlib"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the rooms."""
    copy = tmp_path_factory.mktemp("rooms")
    for room in (*ROOMS, "deployments"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def list_broken(tree: Path) -> list[str]:
    """Return the names of the contracts that an import of the tree breaks."""
    ran = subprocess.run([LINT, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False)
    assert "Contracts: " in ran.stdout, ran.stdout + ran.stderr
    return BROKEN.findall(ran.stdout)


def test_rooms_break_no_contract(tree: Path) -> None:
    assert list_broken(tree) == []


def test_every_contract_has_its_violation() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["name"] for contract in told["contracts"]} == VIOLATIONS.keys()


@pytest.mark.parametrize("contract", VIOLATIONS)
def test_contract_breaks_where_it_is_violated(tree: Path, contract: str) -> None:
    file, module = VIOLATIONS[contract]
    kept = (tree / file).read_text()
    try:
        (tree / file).write_text(f"{kept}\nimport {module}\n")
        assert contract in list_broken(tree)
    finally:
        (tree / file).write_text(kept)

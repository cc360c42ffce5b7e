"""The house's own rules that no linter knows."""

import importlib
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

from service.cli import app

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "flows", "migrations", "records", "sandbox", "schemas", "service", "steps", "tasks", "workbench")


def test_rooms_are_brought_by_no_other_distribution() -> None:
    brought = packages_distributions()
    assert {room: brought.get(room, ["workpiece"]) for room in ROOMS} == {room: ["workpiece"] for room in ROOMS}


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert {name for name in names if f"workpiece {name}" not in readme} == set()


def test_deployments_name_flows_by_module() -> None:
    for deployment in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        module, flow = deployment["entrypoint"].split(":")
        assert hasattr(importlib.import_module(module), flow)


def test_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    assert re.findall(r"://|index-url|find-links", lock) == []


def test_every_mutant_is_of_one_place_and_names_tests_that_exist() -> None:
    for mutant in tomllib.loads((ROOT / "performance" / "mutants.toml").read_text())["mutant"]:
        assert (ROOT / mutant["file"]).read_text().count(mutant["old"]) == 1, mutant["name"]
        files = [test.partition("::") for test in mutant["tests"]]
        assert all(f"def {name}(" in (ROOT / file).read_text() for file, _, name in files if name), mutant["name"]


def test_every_case_names_tests_that_exist() -> None:
    for case, told in tomllib.loads((ROOT / "tests" / "cases.toml").read_text()).items():
        for file, _, name in (test.partition("::") for test in told["tests"]):
            assert f"def {name}(" in (ROOT / "tests" / file).read_text(), f"{case}: {file}::{name}"


def test_settings_are_read_at_one_place_and_handed_down() -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py") if file.name != "settings.py"]
    made = re.compile(r"\b(Workspace|Sandbox|Judge|Reference|Agent)Settings\(")
    assert [str(file) for file in files if made.search(file.read_text())] == []

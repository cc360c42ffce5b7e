"""The house's own rules that no linter knows."""

import importlib
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import yaml

from service.cli import app

ROOT = Path(__file__).parents[1]
ROOMS = ("agents", "flows", "migrations", "records", "sandbox", "schemas", "service", "tasks", "workbench")


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

"""The scene templates that people and models learn from are valid problems as they stand."""

from pathlib import Path

import pytest

from steps.building import build_twice
from steps.context import RunContext
from steps.verifying import verify_built

PROGRAMS = Path(__file__).parents[2] / "agents" / "programs"


@pytest.mark.parametrize("name", ["drop_chute", "pendulum_hazard", "conveyor_divert"])
def test_scene_template_verifies_as_it_stands(context: RunContext, name: str) -> None:
    report = verify_built(context, build_twice(context, (PROGRAMS / f"{name}.py").read_text(), 7))
    assert report.passed, report.reasons
    assert [check.number for check in report.checks] == list(range(1, 10))

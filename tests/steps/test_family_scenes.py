"""Scenes of every family, built with either CAD library, are valid problems for the sandboxes too."""

import pytest

from agents.families import FAMILIES
from agents.procedural_generator import generate_draft
from schemas.benchmark import ItemKey
from steps.building import build_twice
from steps.context import RunContext
from steps.verifying import verify_built


@pytest.mark.parametrize("family", FAMILIES)
def test_drawn_scene_verifies(context: RunContext, family: str) -> None:
    program = generate_draft(ItemKey(family=family, seed=11, index=0)).program
    report = verify_built(context, build_twice(context, program.source, 11))
    assert report.passed, report.reasons
    assert [check.number for check in report.checks] == list(range(1, 10))

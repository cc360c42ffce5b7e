"""Drawings of parts: of a size that a page takes, every finding marked once or at least named."""

import re

import pytest
from build123d import Box, Cylinder, Solid

from schemas.verdict import PartFinding
from workbench.render.drawings import draw_part


def finding(rule: str, severity: str, point: tuple[float, float, float] | None) -> PartFinding:
    return PartFinding.model_validate(
        {"rule_id": rule, "severity": severity, "part": "a", "point_mm": point, "advice": "mend it"}
        | {"measured": 1.0, "limit": 2.0, "unit": "mm"}
    )


@pytest.mark.parametrize("solid", [Cylinder(5, 200), Box(60, 40, 4), Box(2000, 10, 10), Cylinder(0.5, 1)])
def test_drawing_fits_a_page_whatever_its_part_is_like(solid: Solid) -> None:
    text = draw_part(solid.wrapped).decode()
    width, height = map(int, re.findall(r'(?:width|height)="(\d+)"', text)[:2])
    assert 300 <= width <= 640 and height <= 680
    assert len(re.findall(r"L", text)) >= 12


def test_findings_at_one_place_share_a_mark_and_all_are_named() -> None:
    found = [
        finding("SLS-WALL", "warning", (-20, 5, 2)),
        finding("SLS-HOLE", "error", (-20, 5, 2)),
        finding("SLS-ENV", "error", None),
        finding("SLS-GAP", "warning", (25, 0, 2)),
    ]
    text = draw_part(Box(60, 40, 4).wrapped, found).decode()
    assert re.findall(r'circle class="(\w+)"', text) == ["error", "warning"]
    words = re.findall(r">([^<>]+)</text>", text)
    assert words[:2] == ["1, 2", "4"] and words[2] == "60.0 × 40.0 × 4.0 mm"
    assert words[3:] == ["1 warning SLS-WALL", "2 error SLS-HOLE", "3 error SLS-ENV", "4 warning SLS-GAP"]

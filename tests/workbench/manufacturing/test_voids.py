"""A closed cavity is seen by every process and refused by those that can't make it."""

from typing import Any

import numpy as np
import pytest
from build123d import Box, Cone, Cylinder, Pos, Rot, Sphere

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from workbench.kernel.voids import list_voids
from workbench.manufacturing import assess_part

FDM, LASER = ProcessName.FDM_PRINTING, ProcessName.LASER_CUTTING


def errors(shape: Any, material: str, process: ProcessName, catalogue: Catalogue) -> set[str]:
    found = assess_part("p", shape.wrapped, material, process, catalogue).findings
    return {finding.rule_id for finding in found if finding.severity == "error"}


def hollow(cavity: Any) -> Any:
    return Box(80, 80, 60) - cavity


def test_voids_are_the_inner_shells_largest_first() -> None:
    shape = Rot(20, 30, 40) * (hollow(Pos(20, 0, 0) * Box(10, 10, 10)) - Pos(-20, 0, 0) * Sphere(8))
    large, small = list_voids(shape.wrapped)
    assert large.volume_mm3 == pytest.approx(4 / 3 * np.pi * 512)
    assert (small.volume_mm3, len(small.faces)) == (pytest.approx(1000), 6)
    assert list_voids(hollow(Cylinder(5, 60)).wrapped) == []


@pytest.mark.parametrize(
    ("cavity", "refused"),
    [
        (Box(50, 50, 30), True),
        (Sphere(20), True),
        (Box(8, 8, 8), False),
        (Pos(0, 0, 10) * Cone(15, 0, 20), False),
    ],
    ids=["flat ceiling", "dome", "ceiling that bridges", "roof that holds itself"],
)
def test_print_is_refused_where_a_closed_cavity_needs_support(catalogue: Catalogue, cavity: Any, refused: bool) -> None:
    for shape in (hollow(cavity), Rot(33, 12, 70) * hollow(cavity)):
        assert errors(shape, "pla", FDM, catalogue) == ({"FDM-VOID"} if refused else set())


def test_refusal_of_a_closed_cavity_says_what_to_change_and_where(catalogue: Catalogue) -> None:
    found = assess_part("p", hollow(Box(50, 50, 30)).wrapped, "pla", FDM, catalogue)
    assert found.priced is None
    assert found.reasons[0].message.startswith("closed cavity: support can't be removed")
    (finding,) = (finding for finding in found.findings if finding.rule_id == "FDM-VOID")
    assert finding.point_mm == pytest.approx((0, 0, 0), abs=1e-9)


def test_open_cavity_is_no_void(catalogue: Catalogue) -> None:
    assert "FDM-VOID" not in errors(hollow(Box(50, 50, 30)) - Pos(0, 0, 20) * Cylinder(8, 30), "pla", FDM, catalogue)


def test_sheet_with_a_closed_cavity_is_refused(catalogue: Catalogue) -> None:
    assert errors(Box(60, 60, 3) - Box(20, 20, 1), "pmma", LASER, catalogue) == {"LAS-VOID"}

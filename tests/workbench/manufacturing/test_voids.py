"""A closed cavity is seen by every process and refused by those that can't make it."""

from typing import Any

import numpy as np
import pytest
from build123d import Box, Cone, Cylinder, Ellipse, Pos, RegularPolygon, Rot, Sphere, extrude

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue
from workbench.kernel.voids import list_voids
from workbench.manufacturing import assess_part

FDM, LASER, SLS = ProcessName.FDM_PRINTING, ProcessName.LASER_CUTTING, ProcessName.SLS_PRINTING


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


CHANNELS = {
    "square": (Box(1.2, 1.2, 20), 1.2),
    "slit": (Box(0.8, 40, 20), 0.8),
    "slanted": (Rot(20, 10, 0) * Box(1.2, 1.2, 40), 1.08),
    "hexagon": (extrude(RegularPolygon(0.8, 6), 10, both=True), 1.386),
    "ellipse": (extrude(Ellipse(0.9, 0.8), 10, both=True), 1.6),
    "cone": (Cone(0.9, 0.8, 20), 1.65),  # at its mouth, as nothing looks into what narrows outwards
    "funnel": (Pos(0, 0, -3) * Cone(8, 0.6, 10.2) + Pos(0, 0, 3) * Cylinder(0.6, 10), 1.2),
}


@pytest.mark.parametrize(("channel", "width"), CHANNELS.values(), ids=CHANNELS)
def test_cavity_behind_a_hair_channel_is_closed(catalogue: Catalogue, channel: Any, width: float) -> None:
    shape = Box(70, 70, 50) - Box(50, 50, 30) - Pos(0, 0, 20) * channel
    found = assess_part("p", shape.wrapped, "pa12", SLS, catalogue).findings
    assert [f.measured for f in found if f.rule_id == "SLS-ESCAPE-D"] == [pytest.approx(width, abs=0.04)]
    assert "FDM-VOID" in errors(shape, "pla", FDM, catalogue)


OPEN = {
    "wide square": Box(70, 70, 50) - Box(50, 50, 30) - Pos(0, 0, 20) * Box(8, 8, 20),
    "wide slit": Box(70, 70, 50) - Box(50, 50, 30) - Pos(0, 0, 20) * Box(3.6, 40, 20),
    "T-slot": Box(80, 40, 30) - Pos(0, 0, 10) * Box(80, 1.6, 20) - Box(80, 24, 8),
    "groove in a pocket": Box(60, 60, 30) - Pos(0, 0, 5) * Box(20, 20, 20) - Pos(11.5, 0, -4.25) * Box(3, 20, 1.5),
    "undercut pocket": Box(60, 60, 30) - Pos(0, 0, 8) * Box(20, 20, 16) - Pos(0, 0, -4) * Box(50, 50, 8),
}


@pytest.mark.parametrize("shape", OPEN.values(), ids=OPEN)
def test_cavity_with_a_wide_way_out_is_open(catalogue: Catalogue, shape: Any) -> None:
    assert "SLS-ESCAPE-D" not in errors(shape, "pa12", SLS, catalogue)
    assert "FDM-VOID" not in errors(shape, "pla", FDM, catalogue)

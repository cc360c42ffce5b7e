"""Parts of a STEP file or program by themselves: read in any unit, checked, priced, drawn; bad files are told."""

import os
import re
from collections.abc import Iterator
from contextlib import closing
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from build123d import (
    Box,
    Compound,
    Cylinder,
    Face,
    Location,
    Plane,
    Pos,
    Rot,
    Shell,
    Solid,
    Vector,
    Wire,
    export_step,
    mirror,
)
from OCP.Interface import Interface_Static
from OCP.STEPControl import STEPControl_StepModelType, STEPControl_Writer

from schemas.bundle import ProcessName
from schemas.jobs import CheckParts, CheckPartsReply
from schemas.settings import SandboxSettings
from steps.context import RunContext
from steps.part_checks import check_program, check_step
from steps.sandboxes import Sandboxes

BRIEF = SandboxSettings(builders=1, judges=1, judge_cpu_s=3.0, judge_memory_mb=1024)
AS_IS = STEPControl_StepModelType.STEPControl_AsIs


@pytest.fixture(scope="module")
def brief(context: RunContext) -> Iterator[RunContext]:
    """The context with a judge of 3 CPU seconds."""
    with closing(Sandboxes(BRIEF, f"parts-{os.getpid()}")) as sandboxes:
        yield replace(context, sandboxes=sandboxes)


def write(shape: object, folder: Path) -> bytes:
    file = folder / "made.step"
    export_step(shape, file)
    return file.read_bytes()


def check(
    context: RunContext, data: bytes, processes: tuple[ProcessName, ...] = (ProcessName.FDM_PRINTING,)
) -> CheckPartsReply:
    job = CheckParts(processes=processes, materials=("pla",), quantity=10)
    return check_step(context, job, data)[0]


def test_inches_are_read_as_inches(context: RunContext, tmp_path: Path) -> None:
    writer, file = STEPControl_Writer(), tmp_path / "inch.step"
    Interface_Static.SetCVal_s("write.step.unit", "INCH")
    try:
        writer.Transfer(Box(25.4, 25.4, 50.8).wrapped, AS_IS)
        writer.Write(str(file))
    finally:
        Interface_Static.SetCVal_s("write.step.unit", "MM")
    assert b"'INCH'" in file.read_bytes()
    (part,) = check(context, file.read_bytes()).parts
    assert part.size_mm == pytest.approx((25.4, 25.4, 50.8)) and part.volume_mm3 == pytest.approx(25.4**2 * 50.8)


def test_solids_of_an_assembly_are_parts_of_one_order(context: RunContext, tmp_path: Path) -> None:
    plate, pin = Box(60, 40, 4), Pos(0, 0, 30) * Cylinder(5, 20)
    plate.label, pin.label = "Base plate", "pin"
    inner = Compound(children=[Pos(50, 0, 0) * Cylinder(5, 20)], label="pin")
    reply = check(context, write(Compound(children=[plate, pin, inner]), tmp_path))
    assert [part.part for part in reply.parts] == ["base_plate", "pin", "part"]
    price = reply.appraisal.price
    assert price.total_usd == sum(line.amount_usd for line in price.lines)
    assert {line.subject for line in price.lines} >= {"base_plate", "pin", "part"} and not reply.reasons


def test_solid_that_stands_in_two_places_is_set_up_once(context: RunContext, tmp_path: Path) -> None:
    """Instances of one solid are ordered together; a mirror image and another solid of the same size are their own."""
    bracket = Box(30, 20, 10) - Pos(8, 4, 3) * Cylinder(3, 8)
    twin, other = Pos(50, 0, 0) * Rot(0, 0, 90) * bracket, Pos(0, 60, 0) * mirror(bracket, Plane.YZ)
    mill = (ProcessName.CNC_MILLING,)
    prices = {}
    for name, parts in {"one": [bracket], "pair": [bracket, twin], "mirrored": [bracket, other]}.items():
        job = CheckParts(processes=mill, materials=("pom",), quantity=10)
        reply, _ = check_step(context, job, write(Compound(children=[*map(copy, parts)]), tmp_path))
        assert len(reply.parts) == len(parts)
        prices[name] = {line.label: line for line in reply.appraisal.price.lines if line.process}
        prices[name]["count"] = sum(line.label == "set-up" for line in reply.appraisal.price.lines)
    assert [prices[name]["count"] for name in prices] == [1, 1, 2]
    assert prices["pair"]["set-up"].amount_usd == prices["one"]["set-up"].amount_usd
    assert float(prices["pair"]["machine time"].amount_usd) == pytest.approx(
        2 * float(prices["one"]["machine time"].amount_usd), abs=0.011
    )


def test_all_processes_are_compared_and_the_cheapest_is_first(context: RunContext, tmp_path: Path) -> None:
    reply = check(context, write(Box(60, 40, 3), tmp_path), tuple(ProcessName))
    (part,) = reply.parts
    prices = [way.price.unit_cost_usd for way in part.ways if way.price]
    assert prices and prices == sorted(prices) and all(way.reasons for way in part.ways if way.price is None)
    assert reply.appraisal.price.unit_cost_usd >= prices[0]


def test_findings_are_placed_and_drawn(context: RunContext, tmp_path: Path) -> None:
    fin = Box(60, 40, 4) + Pos(0, 0, 10) * Box(0.5, 40, 20)
    job = CheckParts(processes=(ProcessName.FDM_PRINTING,), materials=("pla",), quantity=10, step=True)
    reply, files = check_step(context, job, write(fin, tmp_path))
    finding = next(one for one in reply.parts[0].ways[0].findings if one.measured == pytest.approx(0.5))
    assert finding.severity == "error" and abs(finding.point_mm[0]) < 0.3 and reply.reasons
    assert b'<circle class="error"' in files["drawing_part.svg"] and files["parts.step"].startswith(b"ISO-10303-21;")
    again, _ = check_step(context, job, files["parts.step"])
    assert again.parts[0].volume_mm3 == pytest.approx(reply.parts[0].volume_mm3, rel=1e-6)


def test_program_keeps_its_own_processes_and_buys_its_screws(context: RunContext, programs: object) -> None:
    job = CheckParts(quantity=100)
    reply, files = check_program(context, job, programs.good)
    own = re.findall(r"PROCESS = \W(\w+)", programs.good)
    assert [part.ways[0].process for part in reply.parts] == own and "drawing_trough.svg" in files
    assert {"trough", "shcs_m4x12"} <= {line.subject for line in reply.appraisal.price.lines}
    other = check_program(
        context, CheckParts(quantity=100, processes=tuple(ProcessName), materials=("abs", "pa12")), programs.good
    )[0]
    assert {way.material_id for way in other.parts[0].ways} == {"abs", "pa12"}


def test_goods_by_the_metre_are_priced_by_their_length(context: RunContext) -> None:
    """A bar of 300 mm, turned by 45 degrees, of the row's 20 x 20 mm section, and one of 150 mm."""
    program = """
from build123d import Box, Pos, Rot
from workbench.authoring import Assembly, bought_solid
design = Assembly()
design.part("plate", Pos(0, 0, 200) * Box(60, 40, 4), "pla", "fdm_printing")
design.component("bar", Rot(0, 0, 45) * {solid}, "ext_2020")
design.save()
"""
    prices = []
    for solid in ('bought_solid("ext_2020", 300)', 'bought_solid("ext_2020", 150)'):
        reply, _ = check_program(context, CheckParts(quantity=1), program.format(solid=solid))
        assert reply.reasons == () and [part.part for part in reply.parts] == ["plate"]
        prices += [line.amount_usd for line in reply.appraisal.price.lines if line.subject == "ext_2020"]
    assert float(prices[0]) == pytest.approx(2 * float(prices[1]), abs=0.011)
    carved = check_program(context, CheckParts(quantity=1), program.format(solid="Box(20, 12, 300)"))[0]
    assert [reason.code for reason in carved.reasons] == ["GEOMETRY_INVALID"]


def test_files_that_can_not_be_used_are_told(context: RunContext, tmp_path: Path) -> None:
    good = write(Box(10, 10, 10), tmp_path)
    unitless = b"\n".join(line for line in good.split(b"\n") if b"LENGTH_UNIT" not in line)
    open_box = write(Shell([Face(face.wrapped) for face in Box(9, 9, 9).faces()][:5]), tmp_path)
    told = {
        b"a few words": "it is not a STEP file that can be read",
        good[: len(good) // 2]: "it is not a STEP file that can be read",
        unitless: "it names no unit of length",
        open_box: "it holds no solid",
        write(Face.make_rect(10, 10), tmp_path): "it holds no solid",
        write(Compound(children=[Pos(3 * n, 0, 0) * Box(1, 1, 1) for n in range(101)]), tmp_path): "it has 101 solids",
    }
    for data, message in told.items():
        reply = check(context, data)
        assert [reason.code for reason in reply.reasons] == ["UNSUPPORTED_FORMAT"], message
        assert message in reply.reasons[0].message and not reply.parts


def test_metres_are_read_as_metres(context: RunContext, tmp_path: Path) -> None:
    """A plate of 60 x 40 x 3 mm by a file in metres; and one whose writer has mistaken metres for millimetres."""
    small, large = (write(Box(60 * size, 40 * size, 3 * size), tmp_path) for size in (1e-3, 1))
    milli, metre = b"SI_UNIT(.MILLI.,.METRE.)", b"SI_UNIT($,.METRE.)"
    (part,) = check(context, small.replace(milli, metre)).parts
    assert part.size_mm == pytest.approx((60, 40, 3)) and part.ways[0].price is not None
    mistaken = check(context, large.replace(milli, metre))
    assert "reaches 30,000 mm" in mistaken.reasons[0].message and "mend its unit" in mistaken.reasons[0].message
    assert not [way for part in mistaken.parts for way in part.ways if way.price]


def test_file_of_a_hundred_thousand_faces_is_told_before_it_is_read(context: RunContext, tmp_path: Path) -> None:
    data = write(Box(10, 10, 10), tmp_path)
    many = b"\n".join(b"#%d=ADVANCED_FACE('',(#31),#32,.F.);" % n for n in range(10**6, 1_100_000))
    reply = check(context, data.replace(b"DATA;", b"DATA;\n" + many))
    assert [reason.code for reason in reply.reasons] == ["UNSUPPORTED_FORMAT"]
    assert "it has 100,006 faces, 5,000 at most" in reply.reasons[0].message


def test_products_that_do_not_hang_together_are_told(context: RunContext, tmp_path: Path) -> None:
    data = write(Box(10, 10, 10), tmp_path)
    broken = data.replace(b"SHAPE_DEFINITION_REPRESENTATION(#4,", b"SHAPE_DEFINITION_REPRESENTATION(#11,")
    reply = check(context, broken)
    assert broken != data and "its products do not hang together" in reply.reasons[0].message


def test_file_that_ends_or_stalls_the_kernel_is_refused_and_the_next_is_read(brief: RunContext, tmp_path: Path) -> None:
    pair = write(Compound(children=[Box(10, 20, 5), Pos(30, 0, 0) * Cylinder(5, 20)], label="pair"), tmp_path)
    definition = b"SHAPE_DEFINITION_REPRESENTATION(#4,"
    kills = pair.replace(definition, b"SHAPE_DEFINITION_REPRESENTATION(#277,")
    grid = [Wire.make_circle(0.3).moved(Location((1.2 * (n % 36) - 21, 1.2 * (n // 36) - 21, 0))) for n in range(1296)]
    stalls = write(Solid.extrude(Face(Wire.make_rect(50, 50), grid), Vector(0, 0, 4)), tmp_path)
    for data, words in ((kills, "SIGSEGV"), (stalls, "time limit of")):
        reply = check(brief, data)
        assert [reason.code for reason in reply.reasons] == ["GEOMETRY_REJECTED"] and not reply.parts
        assert words in reply.reasons[0].message
        assert check(brief, write(Box(10, 10, 10), tmp_path)).parts


def test_foil_is_a_finding_of_its_part(context: RunContext, tmp_path: Path) -> None:
    foil = check(context, write(Box(20, 20, 1e-4), tmp_path))
    assert min(one.measured for one in foil.parts[0].ways[0].findings) == pytest.approx(1e-4, rel=0.01)


def test_program_that_fails_is_told_with_its_traceback(context: RunContext) -> None:
    reply, files = check_program(context, CheckParts(quantity=1), "1 / 0")
    assert [reason.code for reason in reply.reasons] == ["PROGRAM_ERROR"] and not files
    assert "ZeroDivisionError" in reply.reasons[0].message

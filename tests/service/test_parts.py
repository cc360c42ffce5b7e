"""`check` and `price`: tables, JSON, drawings, STEP out; what can't be asked is told before a sandbox opens."""

import json
import os
import re
from functools import partial
from pathlib import Path

import pytest
from build123d import Box, Cylinder, Pos, export_step

from schemas.bundle import ProcessName
from schemas.errors import InputError
from service.commands.judge import PROCESSES
from service.parts import PartOrder, check_file, price_file
from tests.service.running import on_terminal, refusal, workpiece

PLATE = """
from build123d import Box, Pos
from workbench.authoring import Assembly

design = Assembly()
design.part("plate", Box(60, 40, 3), "pla", "fdm_printing")
design.part("fin", Pos(0, 0, 20) * Box(0.5, 40, 20), "pla", "fdm_printing")
design.save()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of parts, and a workspace beside them."""
    folder = tmp_path_factory.mktemp("parts")
    export_step(Box(60, 40, 3) - Pos(20, 0, 0) * Cylinder(4, 3), folder / "part.step")
    (folder / "plate.py").write_text(PLATE)
    (folder / "empty.step").touch()
    with (folder / "huge.stp").open("wb") as file:
        file.truncate(33_000_000)
    return folder


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("check part.step", "--material: a STEP file names none: give all or one of abs, "),
        ("check part.step --material plaa", "--material: 'plaa' is none of all, abs, "),
        ("price part.step --material pla --process glueing", "--process: 'glueing' is none of all, cnc_milling, "),
        ("check empty.step --material pla", "empty.step is empty: export it again as STEP AP203, AP214 or AP242"),
        ("check huge.stp --material pla", "has 33.0 MB, at most 32 are read: leave out parts"),
        ("check part.stl --material pla", "expected a STEP file (.step, .stp) or a solution program (.py)"),
        ("check missing.step --material pla", "missing.step is not a file"),
        ("price missing.step", "missing.step is not a file"),
    ],
)
def test_order_that_can_not_be_is_told_in_one_line(folder: Path, words: str, says: str) -> None:
    command, file, *rest = words.split()
    assert says in refusal(workpiece(folder / "workspace", command, str(folder / file), *rest), 2)


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("folder", "is not a file"),
        ("pipe", "is not a file"),
        ("loop.step", "is not a file"),
        ("/dev/zero", "is not a file"),
        ("/proc/self/mem", "can't be read: "),
    ],
)
def test_what_is_no_file_of_parts_is_told(folder: Path, tmp_path: Path, target: str, says: str) -> None:
    """Pictures of what a path may lead to: a folder, a pipe nobody writes to, itself, a device, what refuses."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop.step").symlink_to(tmp_path / target)
    order = PartOrder(tmp_path / "loop.step", None, "pla", 1)
    for command in (partial(check_file, order, None, None), partial(price_file, order)):
        with pytest.raises(InputError, match=says):
            command(as_json=False)


@pytest.mark.parametrize(
    ("quantity", "says"),
    [("0", "greater than or equal to 1"), ("1000000000", "or equal to 1000000"), ("few", "valid integer")],
)
def test_quantity_that_can_not_be_ordered_is_told(folder: Path, quantity: str, says: str) -> None:
    done = workpiece(folder / "workspace", "check", str(folder / "part.step"), "--quantity", quantity)
    assert (
        done.returncode == 2 and "--quantity" in done.stderr and says in " ".join(done.stderr.replace("│", " ").split())
    ), done.stderr


def test_help_names_every_process() -> None:
    assert sorted(PROCESSES.split(", ")) == sorted(ProcessName)


def test_other_ways_say_why_they_are_none(folder: Path) -> None:
    """A plate of 3 mm is moulded of none, cut of sheets of 3 mm alone; each way is priced or named with its rule."""
    ways = ("--process", "all", "--material", "all", "--quantity", "1000")
    _, told = on_terminal(folder / "workspace", "check", str(folder / "part.step"), *ways)
    rows = [line.split() for line in told.splitlines() if re.search(r" (no|yes) ", line)]
    refused = {(process, material) for *_, process, material, made, _, _ in rows if made == "no"}
    named = re.findall(r"not by (\w+): [A-Z_-]+\s+\(([^)]+)\)", told)
    assert refused and refused == {(process, one) for process, of in named for one in of.replace(",", " ").split()}


def test_program_that_fails_gets_no_empty_table(folder: Path) -> None:
    (folder / "wrong.py").write_text("raise ValueError('two bores')")
    done = workpiece(folder / "workspace", "check", str(folder / "wrong.py"))
    assert done.returncode == 1 and "can be made" not in done.stdout and "ValueError: two bores" in done.stdout


@pytest.mark.parametrize("command", ["check", "price"])
def test_file_without_a_part_to_read_is_one_line(folder: Path, command: str) -> None:
    (folder / "words.step").write_text("a few words")
    done = workpiece(folder / "workspace", command, str(folder / "words.step"), "--material", "pla")
    assert (done.returncode, done.stderr) == (1, "") and " ".join(done.stdout.split()) == (
        "UNSUPPORTED_FORMAT: it is not a STEP file that can be read: export it again as STEP AP203, AP214 or AP242"
    )


def test_program_is_checked_drawn_and_written_as_step(folder: Path) -> None:
    options = ("--pictures", str(folder / "pictures"), "--step", str(folder / "out" / "all.step"), "--json")
    done = workpiece(folder / "workspace", "check", str(folder / "plate.py"), *options)
    reply = json.loads(done.stdout)
    assert done.returncode == 1 and [part["part"] for part in reply["parts"]] == ["plate", "fin"]
    assert [len(part["ways"][0]["reasons"]) > 0 for part in reply["parts"]] == [False, True]
    assert 'class="error"' in (folder / "pictures" / "fin.svg").read_text()
    assert (folder / "out" / "all.step").read_text().count("MANIFOLD_SOLID_BREP") == 2


def test_tables_fit_a_terminal_and_sum_to_the_cent(folder: Path) -> None:
    file = str(folder / "part.step")
    status, told = on_terminal(folder / "workspace", "check", file, "--material", "pla")
    assert status == 0 and "nothing to change" in told and "fdm_printing" in told
    status, told = on_terminal(folder / "workspace", "price", file, "--material", "pla", "--quantity", "10")
    assert status == 0 and all(
        word in told for word in ("part: by fdm_printing of pla", "An order of 10", "Total", "10,000", "fdm_printing/")
    )
    priced = json.loads(workpiece(folder / "workspace", "price", file, "--material", "pla", "--json").stdout)["price"]
    cents = [round(100 * float(line["amount_usd"])) for line in priced["lines"]]
    assert sum(cents) == round(100 * float(priced["total_usd"])) and priced["quantity"] == 100

"""What repairs and cheapenings begin with: one thing broken, or more than is needed, in the text of a program."""

import ast
import difflib

from agents.breaking import list_breaks, list_excesses

SOURCE = """FLOOR_MM = 1.8
WALL_HEIGHT_MM = 8.4
HOLE_MM = 4.5
LEVEL = 0.3
PROCESS = 'fdm_printing'
MATERIAL = 'abs'
plate -= Pos(*head) * Rot(90, 0, 0) * Cylinder(HOLE_MM / 2, 9)
"""


def changed(program: str) -> list[str]:
    """Return the lines that a program has and the source has not."""
    compared = difflib.ndiff(SOURCE.splitlines(), program.splitlines())
    return [line[2:] for line in compared if line.startswith("+ ")]


def test_each_break_is_of_one_line() -> None:
    broken = {name: changed(program) for name, program in list_breaks(SOURCE, ["abs", "pla", "al_6061"])}
    assert broken == {
        "FLOOR_MM too thin": ["FLOOR_MM = 0.3"],
        "holes beside their screws": ["plate -= Pos(*head) * Pos(5, 5, 5) * Rot(90, 0, 0) * Cylinder(HOLE_MM / 2, 9)"],
        "MATERIAL al_6061": ["MATERIAL = 'al_6061'"],
        "drive too slow": ["LEVEL = 0.03"],
        "WALL_HEIGHT_MM halved": ["WALL_HEIGHT_MM = 4.2"],
    }
    for _, program in list_breaks(SOURCE, ["pla"]):
        ast.parse(program)


def test_excesses_are_thicker_walls_and_every_other_way() -> None:
    made = dict(list_excesses(SOURCE, ["fdm_printing", "cnc_milling"], ["abs", "pla"]))
    assert changed(made.pop("walls too thick")) == ["FLOOR_MM = 3.24"]
    assert set(made) == {"fdm_printing of pla", "cnc_milling of abs", "cnc_milling of pla"}
    assert changed(made["cnc_milling of pla"]) == ["PROCESS = 'cnc_milling'", "MATERIAL = 'pla'"]


def test_program_without_constants_has_neither() -> None:
    assert [*list_breaks("print(1)", ["pla"]), *list_excesses("print(1)", ["fdm_printing"], ["pla"])] == []

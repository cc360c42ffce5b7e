"""Keeps docs/cheats.md: every cheat that has a name in a test beside this one, with the code that the test asserts.

`python -m tests.workbench.judge.cheats.test_list` writes the page.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from schemas.reasons import ReasonCode

HERE = Path(__file__).parent
PAGE = HERE.parents[3] / "docs" / "cheats.md"
HEAD = """# Cheats that the judge refuses

Each row is a case of a test in `tests/workbench/judge/cheats`, which asserts its code; sane siblings of them pass. This
page is written from those tests by `python -m tests.workbench.judge.cheats.test_list`.

|  | what the test says | the cheat | code |
| --- | --- | --- | --- |
"""
CODES = {
    "component_is_shaped_as_its_row": "GEOMETRY_INVALID",
    "design_that_moves_or_loosens_the_environment_is_no_bundle": "BUNDLE_INVALID",
    "fastening_that_holds_nothing_is_refused": "ATTACHMENT_INVALID",
    "forged_files_are_no_bundle": "BUNDLE_INVALID",
    "forged_record_is_no_bundle": "BUNDLE_INVALID",
    "loose_part_in_mid_air_is_not_at_rest": "NOT_AT_REST",
    "solids_that_overlap_are_refused": "INTERSECTION",
    "thin_forbid_zones_are_not_jumped_over": "FORBIDDEN_ZONE",
    "thread_engages_the_material_that_it_meets": "ATTACHMENT_INVALID",
    "what_is_no_solid_is_no_part": "GEOMETRY_INVALID",
    "what_nobody_can_make_is_refused": "NOT_MANUFACTURABLE",
}
"""The one code of all cases of a test, where its table does not name one for each."""


def list_cheats() -> Iterator[tuple[str, str, str]]:
    """Yield what the test says, the cheat and its code, for each named case but the sane ones."""
    for file in sorted(HERE.glob("test_*.py")):
        for name, test in vars(import_module(f"tests.workbench.judge.cheats.{file.stem}")).items():
            for mark in getattr(test, "pytestmark", ()):
                if isinstance(table := mark.kwargs.get("ids"), dict):
                    said = name.removeprefix("test_")
                    found = ((case, find_code(row, said)) for case, row in table.items())
                    yield from ((said.replace("_", " "), case, code) for case, code in found if code)


def find_code(row: Any, said: str) -> str:
    """Return a case's code: its own, which is the last of its row, else its test's; none where it is sane."""
    last = row[-1] if isinstance(row, tuple) else None
    if last is False or last == set():
        return ""
    if isinstance(last, set):
        (last,) = last
    return last if isinstance(last, str) and last in set(ReasonCode) else CODES[said]


def make_page() -> str:
    """Return the whole page."""
    rows = [f"| {number} | {' | '.join(row[:2])} | `{row[2]}` |" for number, row in enumerate(list_cheats(), 1)]
    return HEAD + "\n".join(rows) + "\n"


def test_page_lists_every_cheat_by_name_and_code() -> None:
    assert PAGE.read_text() == make_page()


def test_at_least_45_cheats_of_ten_codes_are_refused() -> None:
    cheats = list(list_cheats())
    assert len(set(cheats)) == len(cheats) >= 45 and len({code for _, _, code in cheats}) >= 10


if __name__ == "__main__":
    PAGE.write_text(make_page())

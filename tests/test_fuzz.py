"""Damaged bundles and MJCF files through real judge sandboxes: a typed answer each, and the sandboxes go on."""

from sandbox import SessionPool, open_backend
from schemas.sandbox import SessionKind
from schemas.settings import SandboxSettings
from tests.fuzz import Tally, make_case, run_cases

CASES = 300


def test_case_is_remade_alone() -> None:
    assert [make_case(number) for number in (3, 4)] == [make_case(number) for number in (3, 4)]


def test_every_damaged_file_gets_a_typed_answer() -> None:
    tally = Tally()
    with SessionPool(open_backend(SandboxSettings()), SessionKind.JUDGE, 2, "fuzz") as pool:
        run_cases(pool, range(CASES), 2, tally)
    assert tally.untyped == []
    assert tally.endings.total() == CASES and tally.endings["COMPLETED"] >= 0.9 * CASES

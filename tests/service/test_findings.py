"""What `verify` says: each check with what it asks, the numbers that it found, and what is allowed."""

import pytest

from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from schemas.verdict import CheckReport, VerificationReport
from service.findings import ALLOWED, ASKED, print_report
from workbench.judge.trial.contacts import DEEP_M, DEEP_SHARE
from workbench.judge.trial.contracts import SLACK
from workbench.verify.scene import MOST_TRIVIAL, TRIVIAL_TRIALS
from workbench.verify.shapes import LARGEST_MM, LEAST_BUILD_MM, THINNEST_MM


def test_report_says_what_was_asked_found_and_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = [("floor: mean thickness", 9.6, "mm"), ("ball: mean thickness", 0.3, "mm"), ("pairs", 3.0, "")]
    numbers = tuple(Measure(name=name, value=value, unit=unit) for name, value, unit in sizes)
    thin = Reason(code=ReasonCode.GEOMETRY_INVALID, message="too thin", where="ball")
    check = CheckReport(number=2, name="solids", passed=False, reasons=(thin,), numbers=numbers)
    print_report(VerificationReport(passed=False, checks=(check,), scene_hash=None))
    assert capsys.readouterr().out.splitlines() == [
        "2. solids: FAILED",
        f"   {ASKED[2]}",
        "     mean thickness  0.3 to 9.6 mm   (at least 0.4; no wall is thinner either)",
        "     pairs           3",
        "  GEOMETRY_INVALID at ball: too thin",
        "Refused: mend what is told in red",
    ]


def test_what_is_allowed_is_what_the_judge_allows() -> None:
    assert list(ASKED) == list(range(1, 11))
    assert ALLOWED["mean thickness"].startswith(f"at least {THINNEST_MM:g}; ")
    assert (ALLOWED["extent"], ALLOWED["shortest edge"]) == (f"at most {LARGEST_MM:g}", f"at least {LEAST_BUILD_MM:g}")
    assert ALLOWED["trials passed"] == f"at most {MOST_TRIVIAL} of {TRIVIAL_TRIALS}"
    assert (ALLOWED["deepest contact mm"], DEEP_SHARE) == (f"at most {1000 * DEEP_M:g} or ¼ of the thinner body", 0.25)
    assert ALLOWED["top surface speed"] == f"as promised, ± {100 * SLACK:g} %"

"""What programs and models say is shown on the terminal and never obeyed by it; JSON holds it as it was."""

import json
import logging
import math

import pytest

from schemas.reasons import Reason, ReasonCode
from schemas.record import Measure
from service import findings, printing

HOSTILE = [
    "[/x] [bold]no[/bold] [link=http://x]y",
    "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]8;;http://x\x1b\\y",
    "100 %\rPASSED",
    "\x9b31m \u202e\u2066 \u200b \x00 \x7f",
    "lone \ud83d surrogate :warning:",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_and_not_obeyed(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    reason = Reason.model_construct(code=ReasonCode.PROGRAM_ERROR, message=text, where=text, numbers=())
    findings.print_reasons([reason])
    printing.print_table(text, (text,), [(text,)])
    printing.print_rule(text)
    printing.print_line(text)
    printing.print_error(text)
    shown = capsys.readouterr()
    assert [c for c in shown.out + shown.err if not c.isprintable() and c != "\n"] == []
    assert printing.escape(text) in shown.out


@pytest.mark.parametrize("text", HOSTILE)
def test_json_is_ascii_and_holds_the_text_itself(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    printing.print_json({"message": text})
    said = capsys.readouterr().out
    assert said.isascii()
    assert json.loads(said) == {"message": text}


def test_what_is_no_number_is_null_in_json_and_a_dash_in_tables(capsys: pytest.CaptureFixture[str]) -> None:
    printing.print_json([{"corr": math.nan, "limits": [-math.inf, 0.1]}])
    assert json.loads(capsys.readouterr().out) == [{"corr": None, "limits": [None, 0.1]}]
    assert [printing.write_cell(one) for one in (math.nan, None, 1e300, 12345.0)] == ["–", "–", "1e+300", "12,345"]


def test_further_lines_of_a_program_are_not_taken_for_ours(capsys: pytest.CaptureFixture[str]) -> None:
    message, number = "it failed\nPASSED", Measure(name="depth", value=3.0, unit="mm")
    findings.print_reasons([Reason(code=ReasonCode.PROGRAM_ERROR, message=message, numbers=(number,))])
    printing.print_error(message)
    shown = capsys.readouterr()
    assert shown.out.splitlines() == ["  PROGRAM_ERROR: it failed", "      PASSED", "    depth = 3 mm"]
    assert shown.err == "workpiece: it failed PASSED\n"


def test_reason_says_its_place_once(capsys: pytest.CaptureFixture[str]) -> None:
    for message in ("strap: its shell is open: close it", "close the shell"):
        findings.print_reasons([Reason(code=ReasonCode.GEOMETRY_INVALID, where="strap", message=message)])
    assert capsys.readouterr().out.splitlines() == [
        "  GEOMETRY_INVALID: strap: its shell is open: close it",
        "  GEOMETRY_INVALID at strap: close the shell",
    ]


def test_progress_is_escaped_too(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("workpiece")
    printing.show_progress()
    logger.error("item 3: \x1b[2J gone")
    logger.removeHandler(logger.handlers[-1])
    logger.propagate = True
    assert capsys.readouterr().err.endswith(" item 3: \\x1b[2J gone\n")

"""The live bar: on a terminal, as long as the work lasts, with stage, count and rate; nowhere else."""

import io
import json
import logging
import sys
from pathlib import Path

import pytest
from rich.console import Console

from service import progress
from steps.progress import LOGGER, tell_count, tell_stage
from tests.service.running import on_terminal, workpiece

MJCF = "<mujoco><worldbody><body><geom/></body></worldbody></mujoco>"
HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


def test_bar_shows_the_stage_on_a_terminal_and_is_gone_before_the_answer(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_text(MJCF)
    _, written = on_terminal(tmp_path / "workspace", "verify", str(tmp_path / "model.xml"))
    bar, _, answer = written.rpartition(SHOW)
    assert bar.startswith(HIDE) and "open sandboxes" in bar and "0:00:0" in bar
    assert "5. model: FAILED" in answer and "model:" not in bar


@pytest.mark.parametrize("arguments", [["export", "--json"], ["show", "ffff"], ["mend", "--json"]], ids=" ".join)
def test_json_and_refusals_have_no_bar(arguments: list[str], tmp_path: Path) -> None:
    assert workpiece(tmp_path, "runs").returncode == 0
    _, written = on_terminal(tmp_path, *arguments)
    assert HIDE not in written
    if "--json" in arguments:
        json.loads(written)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What is shown on a terminal of 80 columns."""
    shown = io.StringIO()
    console = Console(file=shown, force_terminal=True, width=80, markup=False, highlight=False)
    monkeypatch.setattr(progress, "ERRORS", console)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(LOGGER, "disabled", False)  # as a command with --json leaves it
    return shown


def test_bar_counts_the_outermost_and_says_how_many_a_minute(terminal: io.StringIO) -> None:
    with progress.show_bar():
        tell_count(3, 4800, "episodes")
        tell_count(40, None, "previews")
        tell_stage("verify_\x1b]0;title")
    shown = terminal.getvalue()
    assert "3/4800 episodes, 180/min" in shown and "previews" not in shown
    assert "verify \\x1b]0;title" in shown and shown.endswith(SHOW + "\r\x1b[1A\x1b[2K")
    assert LOGGER.level == logging.NOTSET


def test_nobody_listens_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.show_bar():
        tell_stage("judge")
        assert LOGGER.level == logging.NOTSET
    assert capsys.readouterr() == ("", "")

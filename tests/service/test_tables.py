"""Tables on a narrow screen: no cell breaks inside a word or an id; what is too wide is a block for each row."""

import re
from pathlib import Path

import pytest
from rich.console import Console

from schemas.evaluation import Evaluation, GroupRow, SolvedShare
from schemas.reasons import Outcome
from schemas.run import RunSummary, SummaryRow
from schemas.settings import WorkspaceSettings
from service import printing
from service.evaluations import print_evaluation
from service.runs import _show

HASH = "c77c4c4e73c2" * 5 + "abcd"


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen of 80 columns."""
    monkeypatch.setattr(printing, "CONSOLE", Console(width=80, markup=False, highlight=False, emoji=False))


def show(capsys: pytest.CaptureFixture[str], columns: tuple[str, ...], *rows: tuple[object, ...]) -> list[str]:
    """Return the lines of a table."""
    printing.print_table("Title", columns, rows)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert all(len(line) <= printing.CONSOLE.width for line in lines)
    return lines


@pytest.mark.usefixtures("narrow")
def test_table_that_fits_has_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    lines = show(capsys, ("no.", "outcome", "USD"), (0, "certified", 57.1412), (1, "open", None))
    assert [line.split() for line in lines[3:]] == [["0", "certified", "57.14"], ["1", "open", "–"]]


@pytest.mark.usefixtures("narrow")
def test_numbers_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    rows = (("strap", "41.25", None, "2"), ("lid", "4,935,008.08", -0.5, "two"))
    assert show(capsys, ("for", "USD", "mm", "words"), *rows)[3:] == [
        "strap         41.25     –  2",
        "lid    4,935,008.08  -0.5  two",
    ]


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("value", [HASH, "two words " * 30, "one line\nand another", "x" * 50])
def test_table_that_does_not_fit_is_a_block_for_each_row(capsys: pytest.CaptureFixture[str], value: str) -> None:
    columns = ("benchmark", "generator_version", "family", "outcome")
    lines = show(capsys, columns, (HASH, "2", value, "certified"), (HASH, "2", "drop_chute", "open"))
    assert lines[:4] == ["Title", "1.", "  benchmark", f"      {HASH}"]
    assert "  generator_version  2" in lines and "  outcome            open" in lines
    words = " ".join(lines).split()
    assert set(value.split()) <= set(words) and words.count(HASH) >= 2


@pytest.mark.usefixtures("narrow")
def test_wide_table_keeps_a_line_for_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    printing.widen()
    lines = show(capsys, ("benchmark", "program"), (HASH, HASH), (HASH, None))
    assert [line.split() for line in lines[3:]] == [[HASH, HASH], [HASH, "–"]]


@pytest.mark.usefixtures("narrow")
def test_table_without_rows_shows_its_heads(capsys: pytest.CaptureFixture[str]) -> None:
    assert show(capsys, ("run", "seed"))[1].split() == ["run", "seed"]


ROW = SummaryRow(
    index=99_999,
    item="ab" * 6,
    benchmark="cd" * 6,
    family="pendulum_hazard",
    checks="9/9",
    outcome="certified",
    difficulty=5,
    reason="MANUFACTURING_INFEASIBLE, OUTSIDE_BUILD_ZONE",
    cost_usd=12345.678,
    mass_g=1234.5678,
    engineer=Outcome.BUDGET_SUBMISSIONS,
)
SHARE = SolvedShare(solved=100, benchmarks=100, share=1.0, low=0.96, high=1.0)
GROUP = GroupRow(
    label="llm@optimized-prompts-of-the-engineer, 100 previews",
    group="within families",
    attempts=100,
    failed_by_machinery=3,
    solved_at_1=SHARE,
    solved_at_k=SHARE,
    **dict.fromkeys(("cost_ratio", "pass_fraction", "margin_mm", "submissions", "previews", "elapsed_s"), 123.456),
    tokens_per_solved=123_456.7,
    usd_per_solved=None,
)
TABLES = {
    "run": lambda folder: _show(
        RunSummary(
            run_id=HASH, count=1, rows=(ROW,), certified=1, easy=0, exported_rows=3, job_cpu_s=1.0, job_busy_s=1.0
        ),
        WorkspaceSettings(workspace=folder),
        as_json=False,
    ),
    "evaluate": lambda folder: print_evaluation(
        Evaluation(
            evaluation_id=HASH,
            engineers=(),
            benchmarks=(HASH,),
            attempts_each=4,
            catalogue=HASH,
            rows=(GROUP,),
            attempts=(),
        ),
        folder,
    ),
}


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("command", TABLES)
def test_no_cell_of_a_result_is_broken(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    TABLES[command](Path("workspace"))
    narrow = capsys.readouterr().out
    printing.widen()
    TABLES[command](Path("workspace"))
    words = set(capsys.readouterr().out.split())
    assert {word for word in narrow.split() if not re.fullmatch(r"\d+\.|─+", word)} <= words


def test_run_that_lost_every_item_counts_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    summary = RunSummary(
        run_id=HASH, count=12, rows=(), certified=0, easy=0, exported_rows=0, job_cpu_s=0.0, job_busy_s=0.0
    )
    _show(summary, WorkspaceSettings(workspace=Path("workspace")), as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"Run {HASH[:12]}: 0 of 12 certified, 0 of difficulty 1" and lines[1].startswith("Data:")

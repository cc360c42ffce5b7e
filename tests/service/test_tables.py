"""Tables on a narrow screen: no cell breaks inside a word or an id; what is too wide is a block for each row."""

import pytest
from rich.console import Console

from service import printing

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

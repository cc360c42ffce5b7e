"""Prints lines and tables to a terminal, or the same as JSON; the one place that writes to the screen.

What programs and models say is shown, never obeyed: no markup, no control characters.
"""

import json
import logging
import math
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from schemas.record import Record

WIDE, INDENT, MOST_DIGITS = 10_000, 6, 1e15
NUMBER = re.compile(r"–|-?[\d,]+(\.\d+)?(e[+-]\d+)?")
CONSOLE = Console(markup=False, highlight=False, emoji=False)
ERRORS = Console(stderr=True, markup=False, highlight=False, emoji=False)


def escape(text: object) -> str:
    """Return text in which all that a terminal would not print but do is written as an escape, but for line ends."""
    plain = str(text)
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in plain)


def print_line(text: object, style: str = "") -> None:
    """Print text; further lines of it are indented."""
    CONSOLE.print(Text(escape(text).replace("\n", "\n      "), style), soft_wrap=True)


def print_indented(text: str, indent: int) -> None:
    """Print text between a margin and the screen's edge, wrapped between words."""
    CONSOLE.print(Padding(Text(escape(text)), (0, 0, 0, indent)))


def print_error(message: str) -> None:
    """Print one line to standard error."""
    ERRORS.show_cursor()  # a bar has hidden it
    ERRORS.print(Text(f"workpiece: {escape(' '.join(message.split()))}"), soft_wrap=True)


def show_progress() -> None:
    """Print the pipeline's own lines, with their time, to standard error."""
    handler = _LineHandler()
    handler.setFormatter(_LineFormatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger("workpiece")
    handler.addFilter(lambda line: line.name == logger.name)  # what stages say is in the UI
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


class _LineHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        """Print the line, above a bar if there is one."""
        ERRORS.print(Text(self.format(record)), soft_wrap=True)


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return the line as a terminal may show it."""
        return escape(super().format(record))


def print_json(content: Record | Sequence[object] | Mapping[str, object]) -> None:
    """Print a record, a list of plain rows or one of them as one JSON document in ASCII."""
    plain = content.model_dump(mode="json") if isinstance(content, Record) else content
    strict = json.loads(json.dumps(plain, default=str), parse_constant=lambda _: None)  # JSON knows no NaN
    sys.stdout.write(json.dumps(strict, indent=2) + "\n")


def widen() -> None:
    """Let tables be as wide as what is in them, whatever the screen."""
    CONSOLE.width = WIDE


@contextmanager
def paged() -> Iterator[None]:
    """Let what is printed be paged where standard output is a terminal, by PAGER or else `less`."""
    if not sys.stdout.isatty():
        yield
        return
    os.environ.setdefault("LESS", "FRX")
    with CONSOLE.pager(styles=True):
        yield


def print_rule(title: str) -> None:
    """Print a title of what follows."""
    print_line(f"── {title} ──", "bold")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a title, or a block for each where they don't fit the screen; None shows as a dash.

    No cell is broken: what is wider than the screen is wrapped between words; JSON is parted behind commas and colons.
    """
    written = [[escape(write_cell(cell)) for cell in row] for row in rows]
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, collapse_padding=True)
    for place, column in enumerate(columns):
        numbers = bool(written) and all(NUMBER.fullmatch(row[place]) for row in written)
        table.add_column(Text(escape(column)), no_wrap=True, justify="right" if numbers else "left")
    for row in written:
        table.add_row(*map(Text, row))
    if title:
        print_line(title, "bold")
    if Measurement.get(CONSOLE, CONSOLE.options.update(width=WIDE + 1), table).maximum <= CONSOLE.width:
        CONSOLE.print(table)
    else:
        _print_blocks(columns, written)


def _print_blocks(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    names = [escape(name) for name in columns]
    indent = max(map(len, names), default=0) + 4
    for number, row in enumerate(rows, 1):
        print_line(f"{number}.", "bold")
        for name, value in zip(names, row, strict=True):
            if len(value) + indent <= CONSOLE.width and "\n" not in value:
                print_line(f"  {name:<{indent - 2}}{value}")
            else:  # wide enough for a hash
                print_line(f"  {name}")
                loose = re.sub(rf"\S{{{CONSOLE.width - INDENT},}}", _loosen, value)
                print_indented(loose, INDENT)


def _loosen(word: re.Match[str]) -> str:
    """Return a long word of JSON with spaces where it may be parted."""
    return re.sub(r"([,:])(?=\S)", r"\1 ", word[0])


def write_cell(cell: object) -> str:
    """Return a value as tables show it."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if 10_000 <= abs(cell) < MOST_DIGITS else f"{cell:.4g}"
    return str(cell)

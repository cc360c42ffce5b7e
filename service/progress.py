"""Shows on a terminal what a command is at: its own lines, and below them one bar with stage, count, rate and time.

The bar is there from the first stage on, as long as the work lasts; neither with `--json` nor where standard error is
no terminal.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from schemas.settings import Settings
from service.printing import ERRORS, escape
from steps.context import RunContext, open_context
from steps.progress import LOGGER, Count

STAGE_WIDTH = 22
"""Of the longest usual stage, so that the bar stays where it is."""
A_SECOND = 4
"""So often the bar is drawn: more takes CPU from the sandboxes."""


@contextmanager
def show_bar() -> Iterator[None]:
    """Show the bar while the body works."""
    if LOGGER.disabled or not sys.stderr.isatty():
        yield
        return
    stage = TextColumn("{task.description}", table_column=Column(min_width=STAGE_WIDTH, no_wrap=True))
    columns = (SpinnerColumn(), stage, BarColumn(12), _Rate(), TimeElapsedColumn())
    bar = Progress(*columns, console=ERRORS, transient=True, refresh_per_second=A_SECOND)
    handler = _Listener(bar)
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    LOGGER.propagate = False  # or Prefect's pages would show every stage again
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        LOGGER.setLevel(logging.NOTSET)
        LOGGER.propagate = True
        bar.stop()


@contextmanager
def open_shown(settings: Settings, label: str) -> Iterator[RunContext]:
    """Open a context as `open_context` does, and show the bar while it works."""
    with open_context(settings, label) as context, show_bar():
        yield context


class _Listener(logging.Handler):
    """Draws what is told: the last stage, and the count whose unit was told first, the outermost one."""

    def __init__(self, bar: Progress) -> None:
        super().__init__()
        self._bar = bar
        self._task = bar.add_task("", total=None, unit="")

    def emit(self, record: logging.LogRecord) -> None:
        """Draw one thing more that is told."""
        count: Count | None = getattr(record, "count", None)
        if count is None:
            self._bar.update(self._task, description=escape(record.getMessage()))
        elif self._bar.tasks[0].fields["unit"] in ("", count.unit):
            self._bar.update(self._task, completed=count.done, total=count.of, unit=count.unit)
        self._bar.start()


class _Rate(ProgressColumn):
    """How many are done, and how many of them in a minute."""

    def render(self, task: Task) -> Text:
        """Return nothing as long as nothing is counted."""
        unit = task.fields["unit"]
        if not unit:
            return Text("")
        of = "" if task.total is None else f"/{task.total:g}"
        rate = 60.0 * task.completed / max(1.0, task.elapsed or 0.0)
        return Text(f"{task.completed:g}{of} {unit}, {rate:.{1 if rate < 10.0 else 0}f}/min")

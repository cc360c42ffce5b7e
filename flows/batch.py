"""The items of one run, side by side: each with a slot of the server's limit, and what became of all of them."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from prefect import Task

from flows.items import Item, Turns
from flows.pages import Pages, describe_item, describe_run, report
from flows.side_by_side import SideBySide, open_run
from records import ExportReport
from schemas.benchmark import Benchmark
from schemas.run import IncompleteError, RunOrder, RunSummary, SummaryRow
from schemas.settings import read_settings
from steps.context import RunContext
from steps.faults import record_fault
from steps.orders import check_order, seed_order
from steps.progress import tell_count
from steps.summary import summarise, summarise_item

EXPORT_EVERY = 25
"""Items after which what is new is exported: the data of a long run does not wait for its end."""

LOGGER = logging.getLogger("workpiece")
ExportTask = Task[[str, str], ExportReport]


class Batch:
    """The items of a run, as many side by side as there are places for them."""

    def __init__(self, context: RunContext, order: RunOrder, export: ExportTask, client: Any) -> None:
        self.context, self.order, self.run_id = context, order, order.run_id
        self._export_task = export
        self._crew = SideBySide(order.run_id, client, min(context.settings.places, order.count))
        self._rows: list[SummaryRow] = []
        self._pages, self._exported_rows = Pages(order.count, "benchmarks"), 0
        self._lock, self._exporting = threading.Lock(), threading.Lock()

    def work(self, make: Callable[[Item], Benchmark]) -> None:
        """Make every item; one that is lost costs no other."""
        tell_count(0, self.order.count, "items")
        turns, stopping = Turns(), self._crew.stopping
        items = (Item(self.context, self.order, index, turns, stopping) for index in range(self.order.count))
        self._crew.work(items, partial(self._make, make))

    def report(self) -> RunSummary:
        """Export what is new, show the table, and note that the run is finished.

        Raises IncompleteError, with the summary, where items were lost to the machinery or to defects.
        """
        self._export("at the end")
        summary, lost = summarise(self.context, self.order, self._rows, self._exported_rows), self._crew.lost
        report(describe_run(self.order, self.context.settings.workspace, summary), lost, summary.verdict)
        if len(self._rows) < self.order.count or lost:
            raise IncompleteError(summary, self.order.count, tuple(lost))
        self.context.store.finish_run(self.run_id)
        return summary

    def _make(self, make: Callable[[Item], Benchmark], item: Item) -> None:
        began_s = time.monotonic()
        benchmark = make(item)
        item.stage = "report"
        row = summarise_item(self.context, benchmark, item.engineered)
        with self._lock:
            self._rows.append(row)
            done = len(self._rows)
            self._pages.grow(row.index, describe_item(row, time.monotonic() - began_s))
        tell_count(done, self.order.count, "items")
        LOGGER.info("[%d/%d] %s: %s", done, self.order.count, benchmark.key.label, row.outcome)
        if done % EXPORT_EVERY == 0:
            self._export(f"after {done} items")

    def _export(self, reason: str) -> None:
        """Export what is new; a fault of that costs no item."""
        try:
            with self._exporting:
                self._exported_rows += self._export_task.submit(self.run_id, reason).result().rows
        except Exception as fault:  # noqa: BLE001 - recorded: what was made is told of in any case
            self._crew.lose("data sets", "export", fault, partial(record_fault, self.context, self.run_id, "export"))


def make_batch(order: RunOrder, make: Callable[[Item], Benchmark], export: ExportTask) -> RunSummary:
    """Carry an order out, each item by `make`; data sets are exported as items are done, and at the end."""
    with open_batch(order, export) as batch:
        batch.work(make)
        return batch.report()


@contextmanager
def open_batch(order: RunOrder, export: ExportTask) -> Iterator[Batch]:
    """Open what the items of an order need, as the run that this flow run carries out; close it in any case."""
    settings = read_settings()
    check_order(settings, order)
    order = seed_order(settings, order)
    tags = (f"seed {order.seed}", *order.families, *{order.generator, order.engineer})
    with open_run(order.run_id, tags) as (context, client):
        context.store.record_run(order.run_id, order.model_dump_json())
        yield Batch(context, order, export, client)

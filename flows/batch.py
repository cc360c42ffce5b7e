"""The items of one run, side by side: each with a slot of the server's limit, and what became of all of them."""

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from prefect import Task

from flows.items import Item, Turns
from flows.limits import ensure_limit, hold_slot
from flows.pages import Pages
from flows.reconcile import claim_run, crash_orphans
from flows.runner import close_contexts, open_runner
from records import ExportReport
from schemas.benchmark import Benchmark
from schemas.errors import InfrastructureError, StoppedError
from schemas.run import IncompleteError, LostItem, RunOrder, RunSummary, SummaryRow
from schemas.settings import read_settings
from steps.context import RunContext, process_context
from steps.faults import record_fault
from steps.orders import check_order, seed_order
from steps.summary import summarise, summarise_item

MOST_FAULTS = 3
"""After so many items in a row that the machinery or a defect ended, a run begins no other."""
EXPORT_EVERY = 25
"""Items after which what is new is exported: the data of a long run does not wait for its end."""
LOOK_S = 0.1

LOGGER = logging.getLogger("workpiece")
ExportTask = Task[[str, str], ExportReport]


class Batch:
    """The items of a run, as many side by side as there are places for them."""

    def __init__(self, context: RunContext, order: RunOrder, export: ExportTask) -> None:
        self.context, self.order, self.run_id = context, order, order.run_id
        self._export_task = export
        self.turns, self.stopping = Turns(), threading.Event()
        self._rows: list[SummaryRow] = []
        self._lost: list[LostItem] = []
        self._broken: list[BaseException] = []
        self._pages, self._exported_rows, self._faults_in_a_row = Pages(order, context.settings.workspace), 0, 0
        self._lock, self._entrance, self._exporting = threading.Lock(), threading.Lock(), threading.Lock()
        self._indices = iter(range(order.count))

    def work(self, make: Callable[[Item], Benchmark]) -> None:
        """Make every item; one that is lost costs no other. When this thread is interrupted, all of them stop."""
        places = min(self.context.settings.places, self.order.count)
        run = [contextvars.copy_context().run for _ in range(places)]
        threads = [threading.Thread(target=one, args=(self._drive, make), daemon=True) for one in run]
        try:
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                time.sleep(LOOK_S)  # a join may sleep through a signal that another thread has got
        except BaseException:
            self.stopping.set()
            raise
        if self._broken:
            raise InfrastructureError(f"the run can't go on: {self._broken[0]!r}") from self._broken[0]

    def report(self) -> RunSummary:
        """Export what is new, show the table, and note that the run is finished.

        Raises IncompleteError, with the summary, where items were lost to the machinery or to defects.
        """
        self._export("at the end")
        summary = summarise(self.context, self.run_id, self._rows, self._exported_rows)
        self._pages.finish(summary, self._lost)
        if len(self._rows) < self.order.count or self._lost:
            raise IncompleteError(summary, self.order.count, tuple(self._lost))
        self.context.store.finish_run(self.run_id)
        return summary

    def _drive(self, make: Callable[[Item], Benchmark]) -> None:
        try:
            self._work_through(make)
        except BaseException as fault:  # noqa: BLE001 - raised where the run is waited for: its server is gone, above all
            self._broken.append(fault)
            self.stopping.set()

    def _work_through(self, make: Callable[[Item], Benchmark]) -> None:
        """Work on one index after the other until none is left."""
        while not self.stopping.is_set():
            with ExitStack() as entrance:
                entrance.enter_context(self._entrance)  # slots are waited for in the order of indices, as turns are
                index = next(self._indices, None)
                if index is None or self._faults_in_a_row >= MOST_FAULTS:
                    return
                self._work_on(Item(self.context, self.order, index, self.turns, self.stopping), make, entrance)

    def _work_on(self, item: Item, make: Callable[[Item], Benchmark], entrance: ExitStack) -> None:
        try:
            with hold_slot():
                entrance.close()
                began_s = time.monotonic()
                benchmark = make(item)
                item.stage = "report"
                row = summarise_item(self.context, benchmark, item.engineered)
                self._count(row, benchmark.key.label, time.monotonic() - began_s)
        except Exception as fault:  # noqa: BLE001 - recorded; an item that is lost costs no other
            with self._lock:
                self._faults_in_a_row += 1
            self._lose(item.label, item.stage, fault, item.record_fault)
        finally:
            item.pass_turn()

    def _lose(self, label: str, stage: str, fault: Exception, record: Callable[[Exception], None]) -> None:
        """Note and record what a fault has ended, but where this process is ending: that is nobody's fault."""
        if isinstance(fault, StoppedError) or self.stopping.is_set():
            return
        defect = None if isinstance(fault, InfrastructureError) else fault
        LOGGER.error("%s lost at %s: %s", label, stage, fault, exc_info=defect)
        self._lost.append(LostItem.of(label, stage, fault))
        try:
            record(fault)
        except InfrastructureError as unrecorded:
            LOGGER.error("%s: that can't be recorded: %s", label, unrecorded)  # a full disk, above all

    def _count(self, row: SummaryRow, label: str, seconds: float) -> None:
        with self._lock:
            self._rows.append(row)
            self._faults_in_a_row, done = 0, len(self._rows)
            self._pages.grow(row, seconds)
        LOGGER.info("[%d/%d] %s: %s", done, self.order.count, label, row.outcome)
        if done % EXPORT_EVERY == 0:
            self._export(f"after {done} items")

    def _export(self, reason: str) -> None:
        """Export what is new; a fault of that costs no item."""
        try:
            with self._exporting:
                self._exported_rows += self._export_task.submit(self.run_id, reason).result().rows
        except Exception as fault:  # noqa: BLE001 - recorded: what was made is told of in any case
            self._lose("data sets", "export", fault, partial(record_fault, self.context, self.run_id, "export"))


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
    claim_run(f"seed {order.seed}", *order.families, *{order.generator, order.engineer})
    crash_orphans()
    client, context = open_runner(), process_context(order.run_id)
    try:
        ensure_limit(context.settings.sandbox.builders + context.settings.sandbox.judges)
        context.store.record_run(order.run_id, order.model_dump_json())
        yield Batch(context, order, export)
    finally:
        close_contexts(client, order.run_id)

"""Units of a run's work side by side: each with a slot of the server's limit; one that is lost costs no other."""

import contextvars
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol, TypeVar
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.runtime import deployment, flow_run

from flows.limits import ensure_limit, hold_slot
from flows.reconcile import claim_run, end_orphans, free_slots
from flows.runner import CANCELLED_BY, cancel_contexts, close_contexts, open_runner
from schemas.errors import InfrastructureError, StoppedError
from schemas.run import LostItem
from steps.context import RunContext, process_context
from steps.faults import record_fault

MOST_FAULTS = 3
"""After so many units in a row that the machinery or a defect ended, a run begins no other."""
LOOK_S, ASK_EVERY_S = 0.1, 3.0
ENDS_WITHIN_S = 8.0
"""For what is at work when a run is cancelled to be recorded as such; a worker kills its process after 30 s."""
LOGGER = logging.getLogger("workpiece")


class Unit(Protocol):
    """One part of a run's work; `stage` is where it is."""

    stage: str

    @property
    def label(self) -> str:
        """Return how people name it."""

    def record_fault(self, fault: Exception) -> None:
        """Record what ended it for good; StoppedError where its run was cancelled."""

    def leave(self) -> None:
        """Let go of what others wait for; called in any case, perhaps again."""


class Work:
    """A unit that holds nothing that others wait for; episodes in it are closed where they are played."""

    def __init__(self, context: RunContext, stage: str, label: str, item_id: str | None = None) -> None:
        self._context, self.stage, self.label, self._item_id = context, stage, label, item_id

    def record_fault(self, fault: Exception) -> None:
        """Record what ended it for good."""
        if not isinstance(fault, StoppedError):
            record_fault(self._context, None, self.stage, fault, self._item_id)

    def leave(self) -> None:
        """Hold nothing."""


U = TypeVar("U", bound=Unit)


class SideBySide:
    """Works on units, as many at once as there are places; `lost` are those that a fault has ended."""

    def __init__(self, run_id: str, client: Any, places: int) -> None:
        self.stopping = threading.Event()
        self.lost: list[LostItem] = []
        self._run_id, self._client, self._places = run_id, client, places
        self._broken: list[BaseException] = []
        self._faults_in_a_row, self._cancelled = 0, False
        self._lock, self._entrance = threading.Lock(), threading.Lock()

    def work(self, units: Iterator[U], do: Callable[[U], None]) -> None:
        """Do every unit. When this thread is interrupted, or the flow run cancelled, all of them stop.

        Raises InfrastructureError where the run can't go on, StoppedError where it was cancelled.
        """
        run = [contextvars.copy_context().run for _ in range(self._places)]
        threads = [threading.Thread(target=one, args=(self._drive, units, do), daemon=True) for one in run]
        try:
            for thread in threads:
                thread.start()
            self._wait(threads)
        except BaseException as end:
            self._cancelled = isinstance(end, StoppedError) or (deployment.id is not None and is_cancelled())
            self.stopping.set()
            if self._cancelled:
                self._cancel(threads)
            raise
        if self._broken:
            raise InfrastructureError(f"the run can't go on: {self._broken[0]!r}") from self._broken[0]

    def lose(self, label: str, stage: str, fault: Exception, record: Callable[[Exception], None]) -> None:
        """Note and record what a fault has ended, but where this process is ending: that is nobody's fault."""
        if self.stopping.is_set():
            if self._cancelled:
                record(StoppedError(CANCELLED_BY))
            return
        defect = None if isinstance(fault, InfrastructureError) else fault
        LOGGER.error("%s lost at %s: %s", label, stage, fault, exc_info=defect)
        self.lost.append(LostItem.of(label, stage, fault))
        try:
            record(fault)
        except InfrastructureError as unrecorded:
            LOGGER.error("%s: that can't be recorded: %s", label, unrecorded)  # a full disk, above all

    def _wait(self, threads: list[threading.Thread]) -> None:
        """Wait for threads; a run that no worker started looks by itself whether it is cancelled."""
        asked_s = time.monotonic()
        while any(thread.is_alive() for thread in threads):
            time.sleep(LOOK_S)  # a join may sleep through a signal that another thread has got
            if deployment.id is None and time.monotonic() - asked_s > ASK_EVERY_S:
                if is_cancelled():
                    raise StoppedError(CANCELLED_BY)
                asked_s = time.monotonic()

    def _cancel(self, threads: list[threading.Thread]) -> None:
        """End the sandboxes, and wait until every episode at work is recorded as cancelled."""
        cancel_contexts(self._client, self._run_id, CANCELLED_BY)
        ends_s = time.monotonic() + ENDS_WITHIN_S
        for thread in threads:
            thread.join(max(0.0, ends_s - time.monotonic()))

    def _drive(self, units: Iterator[U], do: Callable[[U], None]) -> None:
        try:
            self._work_through(units, do)
        except BaseException as fault:  # noqa: BLE001 - raised where the run is waited for: its server is gone, above all
            self._broken.append(fault)
            self.stopping.set()

    def _work_through(self, units: Iterator[U], do: Callable[[U], None]) -> None:
        """Work on one unit after the other until none is left."""
        while not self.stopping.is_set():
            with ExitStack() as entrance:
                entrance.enter_context(self._entrance)  # slots are waited for in the order of units, as turns are
                unit = None if self._faults_in_a_row >= MOST_FAULTS else next(units, None)
                if unit is None:
                    return
                self._work_on(unit, do, entrance)

    def _work_on(self, unit: U, do: Callable[[U], None], entrance: ExitStack) -> None:
        try:
            with hold_slot():
                entrance.close()
                do(unit)
            self._faults_in_a_row = 0
        except Exception as fault:  # noqa: BLE001 - recorded; a unit that is lost costs no other
            with self._lock:
                self._faults_in_a_row += 1
            self.lose(unit.label, unit.stage, fault, unit.record_fault)
        finally:
            unit.leave()


def is_cancelled() -> bool:
    """Say whether the flow run of this context is to be cancelled; a server that is away has cancelled nothing."""
    try:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(UUID(flow_run.get_id())).state_type
    except ObjectNotFound:  # deleted on its page
        return True
    except httpx.HTTPError:
        return False
    return state in (StateType.CANCELLING, StateType.CANCELLED)


@contextmanager
def open_run(run_id: str, tags: Iterable[str]) -> Iterator[tuple[RunContext, Any]]:
    """Open what a run needs, as what the flow run of this context carries out; close it in any case.

    Yields its context and the client of its task runner, if that has one.
    """
    claim_run(*tags)
    end_orphans()
    client, context = open_runner(), process_context(run_id)
    try:
        ensure_limit(context.settings.sandbox.builders + context.settings.sandbox.judges)
        yield context, client
    finally:
        close_contexts(client, run_id)
    free_slots(flow_run.get_id())

"""One index of a batch on its way through the stages: where it is, and what the last stage gave."""

import logging
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.futures import PrefectFuture

from schemas.benchmark import MOST_ATTEMPTS, Benchmark, ItemKey
from schemas.errors import StoppedError
from schemas.reasons import BenchmarkState, Outcome
from schemas.run import RunOrder
from schemas.stages import Candidate
from steps.context import RunContext
from steps.faults import record_fault
from steps.generating import plan_key
from steps.solving import abandon, find_failed_episode
from steps.verifying import recall

P = ParamSpec("P")
R = TypeVar("R")

LOGGER = logging.getLogger("workpiece.stages")


class Turns:
    """Lets the items of a run pass a point in the order of their indices; safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._left: set[int] = set()
        self._next = 0

    def wait(self, index: int) -> None:
        """Return when every index before this one has left."""
        with self._changed:
            self._changed.wait_for(lambda: self._next >= index)

    def leave(self, index: int) -> None:
        """Let the next index go on."""
        with self._changed:
            self._left.add(index)
            while self._next in self._left:
                self._left.remove(self._next)
                self._next += 1
            self._changed.notify_all()


class Item:
    """One index of a batch; `stage` and `subject` tell where a fault has happened, and to what."""

    def __init__(
        self, context: RunContext, order: RunOrder, index: int, turns: Turns, stopping: threading.Event
    ) -> None:
        self.order, self.index = order, index
        self.stage = "generate"
        self.engineered: Outcome | None = None
        self._context, self._turns, self._stopping = context, turns, stopping
        self._key: ItemKey | None = None
        self._subject: object = None

    @property
    def label(self) -> str:
        """Return how people name the item."""
        return f"item {self.index}" if self._key is None else self._key.label

    def draw_key(self, attempt: int) -> ItemKey:
        """Return the key of a draw of this item."""
        self._key = plan_key(self._context, self.order, self.index, attempt)
        return self._key

    def draw(self, make: "Callable[[Item, int], Benchmark]") -> Benchmark:
        """Return the first draw that is verified and no easier than its index takes, or the last one."""
        for attempt in range(MOST_ATTEMPTS):
            benchmark = make(self, attempt)
            if (refusal := self._refuse(benchmark)) is None:
                break
            LOGGER.info("%s, attempt %d: not kept: %s", self.label, attempt, refusal)
        self.leave()
        return benchmark

    def _refuse(self, benchmark: Benchmark) -> str | None:
        """Say why a draw is not kept, or return None."""
        if benchmark.state not in (BenchmarkState.REFUSED, BenchmarkState.REDRAWN):
            return None
        return f"{benchmark.state}, " + ", ".join(dict.fromkeys(reason.code.value for reason in benchmark.reasons))

    def recall(self, key: ItemKey) -> Benchmark | None:
        """Return what is stored of a draw already, or None."""
        return recall(self._context, self.order.run_id, key)

    def run(self, task: "Task[P, R]", subject: Any) -> "PrefectFuture[R]":
        """Run a stage on what the one before gave, and return what it gives; raises what ended it for good."""
        if self._stopping.is_set():
            raise StoppedError
        self.stage = task.name
        future: PrefectFuture[R] = task.submit(self.order.run_id, subject)  # type: ignore[call-overload]  # a stage takes a run and one subject
        self._subject = future.result()
        return future

    def wait_for_turn(self) -> None:
        """Return when every item before this one has been admitted."""
        self._turns.wait(self.index)

    def leave(self) -> None:
        """Let the item behind this one be admitted."""
        self._turns.leave(self.index)

    def record_fault(self, fault: Exception) -> None:
        """Record what ended a stage for good, and close the episode that it broke off."""
        subject, episode_id = self._subject, None
        if isinstance(subject, Candidate):
            abandon(self._context, subject, fault)
            episode_id = subject.episode.episode_id
        elif isinstance(subject, Benchmark) and self.stage == "solve":
            episode_id = find_failed_episode(self._context, subject)
        if isinstance(fault, StoppedError):
            return
        item_id = None if self._key is None else self._key.item_id
        record_fault(self._context, self.order.run_id, self.stage, fault, item_id, episode_id)

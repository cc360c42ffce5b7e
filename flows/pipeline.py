"""The main job: n benchmarks from a seed: generate, verify, solve, judge, certify, record, export."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Literal, cast
from uuid import UUID

from prefect import flow
from prefect.artifacts import acreate_progress_artifact, acreate_table_artifact, aupdate_progress_artifact
from prefect.utilities.annotations import opaque
from pydantic import Field

from agents.llm_generator import LlmGenerator
from agents.procedural_generator import plan_family
from flows.limits import ensure_limit, hold_slot
from flows.reconcile import claim_run, crash_orphans
from schemas.benchmark import Benchmark, ItemKey
from schemas.errors import InfrastructureError
from schemas.jobs import Seed
from schemas.reasons import BenchmarkState, Outcome
from schemas.record import Id, Record, hash_parts
from schemas.settings import AgentSettings, read_settings
from steps.context import RunContext, open_context
from steps.difficulty import suits_batch
from steps.faults import recorded
from steps.inventing import plan_invention
from steps.solving import reference_key
from steps.summary import RunSummary, summarise
from tasks.prefect_tasks import engage_task, export_task, invent_item_task, make_item_task, render_task, solve_item_task

MOST_ATTEMPTS = 5
"""An index that fails verification, or is easy where none is taken, is drawn anew with attempt 0–4 (mechanics §7)."""

SPARE_THREADS = 8

LOGGER = logging.getLogger("workpiece")


MOST_FAULTS = 3
"""After so many items in a row that the machinery failed on, each with its retries, a run begins no other."""


@dataclass
class Faults:
    """The items of a run that the machinery failed on."""

    in_a_row: int = 0
    last: InfrastructureError | None = None

    def add(self, index: int, fault: InfrastructureError) -> None:
        """Count one item."""
        self.in_a_row, self.last = self.in_a_row + 1, fault
        LOGGER.error("item %d: the machinery failed: %s", index, fault)


class Turns:
    """Lets the items of a run be recorded in the order of their indices; safe from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._left: set[int] = set()

    def wait(self, index: int) -> None:
        """Return when every index before this one has left."""
        with self._changed:
            self._changed.wait_for(lambda: self._left.issuperset(range(index)))

    def leave(self, index: int) -> None:
        """Let the next index go on."""
        with self._changed:
            self._left.add(index)
            self._changed.notify_all()


class RunOrder(Record):
    """What to make: so many benchmarks from a seed (none: today's date), of these families (none: the default mix).

    With the engineer `llm`, every certified benchmark is worked on a second time, by the settings' language models.
    """

    count: Annotated[int, Field(ge=1, le=100_000)] = 12
    seed: Seed | None = None
    families: tuple[Id, ...] = ()
    pictures: bool = True
    generator: Literal["procedural", "llm"] = "procedural"
    engineer: Literal["reference", "llm"] = "reference"


@flow(name="pipeline", persist_result=False, validate_parameters=True)
async def pipeline(order: RunOrder) -> RunSummary:
    """Make benchmarks as ordered, side by side as far as there are sandboxes; what is stored is not made again."""
    settings = read_settings()
    seed = order.seed if order.seed is not None else int(datetime.now(UTC).strftime("%Y%m%d"))
    order = order.model_copy(update={"seed": seed})
    run_id = hash_parts(order.canonical_json().decode())
    threads = ThreadPoolExecutor(settings.sandbox.judges + SPARE_THREADS)  # one for each item that waits its turn
    asyncio.get_running_loop().set_default_executor(threads)
    await claim_run()
    await crash_orphans()
    await ensure_limit(settings.sandbox.builders + settings.sandbox.judges)
    with open_context(settings, label=run_id[:12]) as context:
        context.store.record_run(run_id, order.model_dump_json())
        progress = await acreate_progress_artifact(progress=0.0, key="items", description="Items finished")
        batch = Batch(context, run_id, order, progress, asyncio.Semaphore(settings.sandbox.judges))
        await asyncio.gather(*(batch.work(index) for index in range(order.count)))
        with recorded(context, run_id, "export"):
            exported = await export_task(_hide(context))
        summary = summarise(context, run_id, batch.made, batch.engaged, exported)
    await acreate_table_artifact([row.model_dump() for row in summary.rows], key="benchmarks", description="This batch")
    if batch.faults.last is not None:
        raise InfrastructureError(
            f"{len(batch.made)} of {order.count} items are done, the machinery failed on the others: "
            f"{batch.faults.last}; mend it and give the same command again, it goes on where it was"
        ) from batch.faults.last
    return summary


@dataclass(frozen=True)
class Batch:
    """The items of a run, side by side as far as `gate` lets them."""

    context: RunContext
    run_id: str
    order: RunOrder
    progress: UUID
    gate: asyncio.Semaphore
    turns: Turns = field(default_factory=Turns)
    faults: Faults = field(default_factory=Faults)
    made: list[Benchmark] = field(default_factory=list)
    engaged: dict[str, Outcome] = field(default_factory=dict)

    async def work(self, index: int) -> None:
        """Make an item and let it be solved, unless the machinery has failed on too many in a row."""
        try:
            async with self.gate, hold_slot():
                if self.faults.in_a_row >= MOST_FAULTS:
                    return
                benchmark = await self._make_and_solve(index)
        except InfrastructureError as fault:
            self.faults.add(index, fault)
            return
        finally:
            self.turns.leave(index)
        self.made.append(benchmark)
        self.faults.in_a_row = 0
        LOGGER.info("[%d/%d] %s: %s", len(self.made), self.order.count, *_outcome(benchmark))
        await aupdate_progress_artifact(self.progress, 100.0 * len(self.made) / self.order.count)

    async def _make_and_solve(self, index: int) -> Benchmark:
        """Make one item, drawing anew what fails verification or is too easy, let it be solved, draw its picture.

        The last attempt stands, whatever its difficulty: an order of n gives n items.
        """
        context, run_id, hidden = self.context, self.run_id, _hide(self.context)
        seed = cast(int, self.order.seed)
        make = invent_item_task if self.order.generator == "llm" else make_item_task
        for attempt in range(MOST_ATTEMPTS):
            key = self._plan_key(seed, index, attempt)
            with recorded(context, run_id, "make", key.item_id):
                benchmark: Benchmark = await make(hidden, run_id, key, partial(self.turns.wait, index))
            if benchmark.state is not BenchmarkState.DRAFT and suits_batch(benchmark, index):
                break
        self.turns.leave(index)
        if benchmark.state is BenchmarkState.VERIFIED:
            with recorded(context, run_id, "solve", key.item_id, reference_key(benchmark).episode_id):
                benchmark = await solve_item_task(hidden, benchmark)
        if self.order.engineer == "llm" and benchmark.state is BenchmarkState.CERTIFIED:
            with recorded(context, run_id, "engage", key.item_id):
                self.engaged[key.item_id] = (await engage_task(hidden, run_id, benchmark)).outcome
        if self.order.pictures:
            with recorded(context, run_id, "render", key.item_id):
                await render_task(hidden, benchmark)
        return benchmark

    def _plan_key(self, seed: int, index: int, attempt: int) -> ItemKey:
        if self.order.generator == "llm":
            return plan_invention(LlmGenerator.create(AgentSettings()), seed, index, attempt)
        family = plan_family(self.order.families, seed, index)
        return ItemKey(family=family, seed=seed, index=index, attempt=attempt)


def _hide(context: RunContext) -> RunContext:
    """Keep Prefect from walking through the context's fields in search of futures."""
    return cast(RunContext, opaque(context))


def _outcome(benchmark: Benchmark) -> tuple[str, str]:
    return benchmark.draft.key.family, benchmark.state.value


def run_pipeline(order: RunOrder) -> RunSummary:
    """Run the flow in this process and return its summary."""
    summary: RunSummary = asyncio.run(pipeline(order))
    return summary

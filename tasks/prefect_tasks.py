"""Thin Prefect tasks over the plain functions: names, timeouts, and retries for faults of infrastructure only."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from agents.llm_generator import LlmGenerator
from records import ExportReport
from schemas.benchmark import Benchmark, ItemKey
from schemas.episode import Episode
from schemas.errors import InfrastructureError
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.engineers import solve_as
from steps.episodes import require_sound
from steps.exporting import export_datasets
from steps.inventing import invent_draft
from steps.rendering import render_benchmark
from steps.solving import solve_item
from steps.verifying import make_item


async def is_infrastructure(_task: "Task[..., Any]", _run: TaskRun, state: "State[Any]") -> bool:
    """Retry only what may succeed by itself: a bad design is a verdict, and any other error is a defect."""
    return isinstance(await state.aresult(raise_on_failure=False), InfrastructureError)


POLICY: dict[str, Any] = {
    "retries": 3,
    "retry_delay_seconds": [2.0, 8.0, 32.0],
    "retry_jitter_factor": 0.5,
    "retry_condition_fn": is_infrastructure,
    "persist_result": False,
    "cache_policy": NO_CACHE,  # our own keys in our own database make a re-run skip what is done
}
SANDBOXED: dict[str, Any] = {**POLICY, "tags": ["sandbox"]}
"""For tasks that use sandboxes: Prefect's pages find them by the tag; what bounds them is in flows/limits.py."""


@task(name="make", task_run_name="make-{key.family}-{key.index}-{key.attempt}", timeout_seconds=900, **SANDBOXED)
async def make_item_task(context: RunContext, run_id: str, key: ItemKey, wait: Callable[[], None]) -> Benchmark:
    """Generate, verify and record one item, once the items before it are recorded."""
    return await asyncio.to_thread(make_item, context, run_id, key, wait=wait)


@task(name="invent", task_run_name="invent-{key.index}-{key.attempt}", timeout_seconds=6 * 3600, **SANDBOXED)
async def invent_item_task(context: RunContext, run_id: str, key: ItemKey, wait: Callable[[], None]) -> Benchmark:
    """Let the settings' language models make one item; verify and record it, once those before it are recorded."""
    generator = LlmGenerator.create(AgentSettings())
    return await asyncio.to_thread(make_item, context, run_id, key, partial(invent_draft, context, generator), wait)


@task(name="engage", timeout_seconds=6 * 3600, **SANDBOXED)
async def engage_task(context: RunContext, run_id: str, benchmark: Benchmark) -> Episode:
    """Let the settings' language models work on one certified benchmark."""
    seed = benchmark.draft.key.seed
    return require_sound(await asyncio.to_thread(solve_as, context, benchmark, "llm", seed, run_id))


@task(name="solve", task_run_name="solve-{benchmark.draft.key.family}", timeout_seconds=3600, **SANDBOXED)
async def solve_item_task(context: RunContext, benchmark: Benchmark) -> Benchmark:
    """Let the reference engineer solve one verified benchmark."""
    return await asyncio.to_thread(solve_item, context, benchmark)


@task(name="render", timeout_seconds=300, **SANDBOXED)
async def render_task(context: RunContext, benchmark: Benchmark) -> None:
    """Draw one benchmark with its solution into the pictures folder."""
    await asyncio.to_thread(render_benchmark, context, benchmark)


@task(name="export", timeout_seconds=900, **POLICY)
async def export_task(context: RunContext) -> ExportReport:
    """Write what is new to the Parquet data sets."""
    return await asyncio.to_thread(export_datasets, context)

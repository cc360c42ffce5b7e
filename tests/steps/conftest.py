"""One context for every test of this folder: real sandboxes, a store of its own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from records import open_store
from schemas.benchmark import Benchmark, ItemKey
from schemas.messages import Artifact
from schemas.reasons import BenchmarkState
from schemas.settings import (
    AgentSettings,
    JudgeSettings,
    PipelineSettings,
    ReferenceSettings,
    SandboxSettings,
    Settings,
    WorkspaceSettings,
)
from steps.context import RunContext, open_context
from steps.generating import make_item
from steps.solving import reference_key, solve_item
from tests.records.postgres import make_database, serve_postgres
from tests.steps.scripts import Programs


@pytest.fixture(scope="session")
def context(session_folder: Path) -> Iterator[RunContext]:
    """An open context with one sandbox of each kind."""
    workspace = WorkspaceSettings(workspace=session_folder / "context")
    sandbox = SandboxSettings(builders=1, judges=1, program_cpu_s=5.0, program_memory_mb=1024)
    with open_context(
        Settings(workspace, sandbox, JudgeSettings(), ReferenceSettings(), AgentSettings(), PipelineSettings()), "tests"
    ) as opened:
        yield opened


@pytest.fixture(scope="session")
def minted(context: RunContext) -> Benchmark:
    """A certified drop_chute benchmark of the training split in the context's store, with its expected solution."""
    context.store.record_run("0" * 64, "{}")
    verified = make_item(context, "0" * 64, ItemKey(family="drop_chute", seed=7, index=7))
    return solve_item(context, verified)


@pytest.fixture(scope="session")
def programs(context: RunContext, minted: Benchmark) -> Programs:
    """A program that solves the minted benchmark, and one that does not."""
    good = context.store.find_solution(minted.benchmark_id).program.source
    return Programs(good, re.sub(r"(?m)^(INNER_WIDTH|FRONT)_MM = .*$", r"\1_MM = 24.0", good))


@pytest.fixture(scope="session")
def on_postgres(context: RunContext, minted: Benchmark) -> Iterator[RunContext]:
    """The same context with a store on Postgres that holds the minted benchmark."""
    unsolved = {"state": BenchmarkState.VERIFIED, "budgets": None, "benchmark_id": None}
    verified = minted.model_copy(
        update={**unsolved, "lazy_passed": None, "difficulty": None, "best_known_cost_usd": None}
    )
    scene, solution = (
        context.store.load_bundle_files(minted.scene_hash),
        context.store.find_solution(minted.benchmark_id),
    )
    design = context.store.load_bundle_files(solution.bundle_hash)
    episode = context.store.find_episode(reference_key(context, verified).episode_id)
    with serve_postgres() as server, open_store(make_database(server, "steps"), context.store.files.folder) as store:
        store.record_benchmark(verified, scene)
        named = [message.body.sha256 for message in episode.messages if isinstance(message.body, Artifact)]
        store.record_solving(minted, episode, design, solution, map(context.store.load_content, named))
        yield replace(context, store=store)


@pytest.fixture(params=["sqlite", "postgres"])
def anywhere(request: pytest.FixtureRequest, context: RunContext) -> RunContext:
    """The context on either database."""
    return context if request.param == "sqlite" else request.getfixturevalue("on_postgres")

"""One shop for every test of this folder: real sandboxes, a store of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.benchmark import Benchmark, ItemKey
from schemas.settings import JudgeSettings, ReferenceSettings, SandboxSettings, WorkspaceSettings
from tasks.shop import Settings, Shop, open_shop
from tasks.solving import solve_item
from tasks.verifying import make_item
from tests.tasks.scripts import Programs


@pytest.fixture(scope="session")
def shop(session_folder: Path) -> Iterator[Shop]:
    """An open shop with one sandbox of each kind."""
    workspace = WorkspaceSettings(workspace=session_folder / "shop")
    sandbox = SandboxSettings(builders=1, judges=1, program_cpu_s=5.0, program_memory_mb=1024)
    with open_shop(Settings(workspace, sandbox, JudgeSettings(), ReferenceSettings()), "tests") as opened:
        yield opened


@pytest.fixture(scope="session")
def minted(shop: Shop) -> Benchmark:
    """A certified drop_chute benchmark in the shop's store, with its expected solution."""
    shop.store.record_run("0" * 64, "{}")
    verified = make_item(shop, "0" * 64, ItemKey(family="drop_chute", seed=7, index=3))
    return solve_item(shop, verified)


@pytest.fixture(scope="session")
def programs(shop: Shop, minted: Benchmark) -> Programs:
    """A program that solves the minted benchmark, and one that does not."""
    good = shop.store.find_solution(minted.benchmark_id).program.source
    return Programs(good, re.sub(r"^INNER_WIDTH_MM = .*$", "INNER_WIDTH_MM = 8.0", good, flags=re.MULTILINE))

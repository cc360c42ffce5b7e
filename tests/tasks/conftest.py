"""One shop for every test of this folder: real sandboxes, a store of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.settings import JudgeSettings, ReferenceSettings, SandboxSettings, WorkspaceSettings
from tasks.shop import Settings, Shop, open_shop


@pytest.fixture(scope="session")
def shop(session_folder: Path) -> Iterator[Shop]:
    """An open shop with one sandbox of each kind."""
    workspace = WorkspaceSettings(workspace=session_folder / "shop")
    sandbox = SandboxSettings(builders=1, judges=1, program_cpu_s=5.0, program_memory_mb=1024)
    with open_shop(Settings(workspace, sandbox, JudgeSettings(), ReferenceSettings()), "tests") as opened:
        yield opened

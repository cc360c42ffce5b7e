"""Works on one episode in a process of its own: episode_child.py WORKSPACE ITEM SCRIPT SEED; killed by its parent."""

import sys
from pathlib import Path

from schemas.settings import (
    AgentSettings,
    JudgeSettings,
    PipelineSettings,
    ReferenceSettings,
    SandboxSettings,
    Settings,
    WorkspaceSettings,
)
from steps.context import open_context
from steps.episodes import work_episode
from tests.conftest import KEY
from tests.steps.scripts import load_engineer


def main() -> None:
    """Work until the end, or until the parent kills this process."""
    workspace, item, script, seed = sys.argv[1:]
    sandbox = SandboxSettings(builders=1, judges=1, program_cpu_s=5.0, program_memory_mb=1024)
    settings = Settings(
        WorkspaceSettings(workspace=Path(workspace)),
        sandbox,
        JudgeSettings(key=KEY),
        ReferenceSettings(),
        AgentSettings(),
        PipelineSettings(),
    )
    with open_context(settings, "child") as context:
        work_episode(context, context.store.find_benchmark(item), load_engineer(Path(script)), int(seed))


if __name__ == "__main__":
    main()

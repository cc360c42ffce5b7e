"""A generator that is killed goes on from its log, without asking a model again for what is stored."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.messages import Resume
from schemas.reasons import Outcome
from steps.context import RunContext
from steps.inventing import generate_item, plan_invention
from tests.steps.test_generating import BLOCKED, code, make_generator, plan, review, scene

CHILD = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from agents.llm_generator import LlmGenerator
from records import Store
from schemas.settings import *
from schemas.llm import ModelChoice
from steps.inventing import generate_item, plan_invention
from steps.context import open_context

class MortalStore(Store):
    def append_messages(self, messages, *rest):
        if messages[-1].seq >= int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)
        super().append_messages(messages, *rest)

sandbox = SandboxSettings(builders=1, judges=1, program_cpu_s=5.0, program_memory_mb=1024)
workspace = WorkspaceSettings(workspace=Path(sys.argv[1]))
settings = Settings(workspace, sandbox, JudgeSettings(), ReferenceSettings(), AgentSettings(), PipelineSettings())
model = ModelChoice(name=f"scripted/{sys.argv[2]}", first_wait_s=0.0)
generator = LlmGenerator.create(AgentSettings(model=model))
with open_context(settings, "child") as context:
    mortal = replace(context, store=MortalStore(context.store.engine, context.store.files))
    generate_item(mortal, generator, plan_invention(generator, 3, int(sys.argv[3]), 0))
"""


@pytest.mark.parametrize("messages", [5, 6, *(pytest.param(number, marks=pytest.mark.slow) for number in (2, 10))])
def test_killed_generator_goes_on_from_its_log(context: RunContext, tmp_path: Path, messages: int) -> None:
    """The child dies when the next entry would make the log longer than that: after a reply, a tool, or before one."""
    generator = make_generator(tmp_path / "s.json", plan(), code(BLOCKED), code(scene(74)), review())
    words = [sys.executable, "-c", CHILD, str(context.settings.workspace.workspace), str(tmp_path / "s.json")]
    child = subprocess.run([*words, str(messages)], cwd=Path(__file__).parents[2], check=False)
    assert child.returncode == -signal.SIGKILL
    episode = generate_item(context, generator, plan_invention(generator, 3, messages, 0))
    resumed = [message.seq for message in episode.messages if isinstance(message.body, Resume)]
    assert (episode.outcome, episode.use.turns, resumed) == (Outcome.SOLVED, 4, [messages])

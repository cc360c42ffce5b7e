"""A generator that is killed goes on from its log, without asking a model again for what is stored."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from schemas.messages import Resume
from schemas.reasons import Outcome
from tasks.generating import generate_item, plan_invention
from tasks.shop import Shop
from tests.tasks.test_generating import BLOCKED, bodies, code, make_generator, plan, review, scene

CHILD = """
import sys
from pathlib import Path
from agents.llm_generator import LlmGenerator
from schemas.settings import *
from schemas.llm import ModelChoice
from tasks.generating import generate_item, plan_invention
from tasks.shop import Settings, open_shop
sandbox = SandboxSettings(builders=1, judges=1, program_cpu_s=5.0, program_memory_mb=1024)
settings = Settings(WorkspaceSettings(workspace=Path(sys.argv[1])), sandbox, JudgeSettings(), ReferenceSettings())
model = ModelChoice(name=f"scripted/{sys.argv[2]}", first_wait_s=0.0)
generator = LlmGenerator.create(AgentSettings(model=model))
with open_shop(settings, "child") as shop:
    generate_item(shop, generator, plan_invention(generator, 3, int(sys.argv[3]), 0))
"""


@pytest.mark.parametrize("messages", [2, 5, 8])
def test_killed_generator_goes_on_from_its_log(shop: Shop, tmp_path: Path, messages: int) -> None:
    replies = (plan(), code(BLOCKED), code(scene(74)), review())
    slow = [reply.model_copy(update={"wait_s": 0.5}) for reply in replies]
    generator = make_generator(tmp_path / "s.json", *slow)
    key = plan_invention(generator, 3, messages, 0)
    words = [sys.executable, "-c", CHILD, str(shop.settings.workspace.workspace), str(tmp_path / "s.json")]
    child = subprocess.Popen([*words, str(messages)], cwd=Path(__file__).parents[2])
    found = text("SELECT count(*) FROM messages JOIN episodes USING (episode_id) WHERE item_id = :item")
    count, give_up = 0, time.monotonic() + 120
    while count < messages and child.poll() is None and time.monotonic() < give_up:
        time.sleep(0.02)
        with shop.store.read() as connection:
            count = connection.execute(found, {"item": key.item_id}).scalar_one()
    child.kill()
    child.wait()
    assert count >= messages
    episode = generate_item(shop, generator, key)
    assert (episode.outcome, episode.use.turns, len(bodies(episode, Resume))) == (Outcome.SOLVED, 4, 1)

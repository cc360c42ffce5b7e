"""An engineer's version covers all that decides its behaviour: it is recorded with every episode."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agents.engineer import LlmEngineer
from agents.llm_generator import LlmGenerator
from agents.models import Script, ScriptedReply
from agents.prompts import Prompt
from agents.tools import TOOLS, identify_tools
from schemas.catalogue_files import load_catalogue
from schemas.errors import InputError
from schemas.llm import EpisodeLimits, ModelChoice
from schemas.settings import AgentSettings
from schemas.skill import Skill, SkillDraft
from tests.agents.conftest import DATA

CATALOGUE = load_catalogue(DATA)
DRAFT = SkillDraft(
    name="room", description="Room.", when_to_use="always", body="Leave more room on both sides than you believe."
)
OTHER = Prompt("critic", "1", "Find fault.")
Change = Callable[[LlmEngineer], LlmEngineer]


def set_up(engineer: LlmEngineer, **changes: object) -> LlmEngineer:
    return replace(engineer, settings=engineer.settings.model_copy(update=changes))


def set_model(engineer: LlmEngineer, role: str, **changes: object) -> LlmEngineer:
    return set_up(engineer, **{f"model_{role}": engineer.settings.model.model_copy(update=changes)})


def shelve(engineer: LlmEngineer, version: int) -> LlmEngineer:
    return replace(engineer, shelf=(Skill(draft=DRAFT, version=version, episode_id="a" * 64),))


CHANGES: dict[str, Change] = {
    "a prompt": lambda e: replace(e, prompts={**e.prompts, "critic": OTHER}),
    "a role's temperature": lambda e: set_model(e, "architect", temperature=0.1),
    "a role's tokens": lambda e: set_model(e, "critic", max_tokens=99),
    "whether a role sees": lambda e: set_model(e, "engineer", sees_images=True),
    "a role's tools": lambda e: set_model(e, "engineer", native_tools=False),
    "limits": lambda e: set_up(e, episode=EpisodeLimits(turns=7)),
    "catalogue": lambda e: replace(e, catalogue=replace(e.catalogue, hash="0" * 64)),
    "learning": lambda e: replace(e, shelf=()),
    "a skill": lambda e: shelve(e, 1),
    "its next version": lambda e: shelve(e, 2),
    "the one who writes skills": lambda e: set_model(shelve(e, 2), "writer", temperature=0.1),
}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "s.json"
    file.write_text(Script(replies=(ScriptedReply(role="engineer", text="a"),)).model_dump_json())
    return file


def test_every_change_of_behaviour_is_another_version(script: Path) -> None:
    first = LlmEngineer.create(AgentSettings(model=ModelChoice(name=f"scripted/{script}")), CATALOGUE)
    versions = {name: change(first).version for name, change in CHANGES.items()} | {"": first.version}
    assert len(set(versions.values())) == len(CHANGES) + 1
    assert LlmEngineer.create(first.settings, CATALOGUE).version == first.version
    assert set_model(first, "writer", temperature=0.1).version == first.version  # without a shelf nobody writes


def test_content_of_a_script_is_part_of_both_versions(script: Path) -> None:
    settings = AgentSettings(model=ModelChoice(name=f"scripted/{script}"))
    before = LlmEngineer.create(settings, CATALOGUE).version, LlmGenerator.create(settings).version
    script.write_text(Script(policy="designer").model_dump_json())
    after = LlmEngineer.create(settings, CATALOGUE).version, LlmGenerator.create(settings).version
    assert len({*before, *after}) == 4
    script.unlink()
    with pytest.raises(InputError, match="file of replies"):
        _ = LlmEngineer.create(settings, CATALOGUE).version
    script.write_text('{"replys": []}')
    with pytest.raises(InputError, match=r"s\.json: Script: replys"):
        _ = LlmEngineer.create(settings, CATALOGUE).version


def test_script_of_the_guide_is_one() -> None:
    guide = (Path(__file__).parents[2] / "docs/operating.md").read_text()
    written = re.search(r"scripted/FILE.*?```json\n(.*?)```", guide, re.DOTALL)
    script = Script.from_json(written.group(1))
    assert {reply.role for reply in script.replies} == {"architect", "engineer"} and script.replies[1].calls


def test_tools_are_identified_by_what_models_see() -> None:
    first = identify_tools(TOOLS)
    render = replace(TOOLS["render"], purpose="Draw.")
    assert identify_tools(TOOLS | {"render": render}) != first != identify_tools({**TOOLS, "more": render})
    assert identify_tools({name: tool for name, tool in TOOLS.items() if name != "render"}) != first

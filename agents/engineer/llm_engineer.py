"""The engineer of language models: what it is made of, and one episode of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from agents.engineer.asking import Asker
from agents.engineer.engineer_graph import EngineerGraph
from agents.engineer.learning import is_worth_a_skill, learn, show_skills
from agents.models import Models, describe_models, identify_models
from agents.prompts import Prompt, describe_prompts, load_prompt
from agents.protocols import EpisodeEnd, EpisodeLog, Policy, Problem, SkillShelf, Workbench
from agents.tools import TOOLS, Toolbox, identify_tools
from schemas.catalogue import Catalogue
from schemas.errors import InfrastructureError, StoppedError
from schemas.llm import ENGINEER_ROLES, AgentRole, EpisodeLimits
from schemas.reasons import Outcome
from schemas.record import hash_parts
from schemas.settings import AgentSettings


@dataclass(frozen=True)
class LlmEngineer:
    """Plans, designs and submits with language models; the prompts may be replaced (`optimize`).

    With a shelf it is shown skills and writes new ones; with None there are no skills.
    """

    settings: AgentSettings
    catalogue: Catalogue
    prompts: Mapping[str, Prompt]
    shelf: SkillShelf | None = None

    @classmethod
    def create(cls, settings: AgentSettings, catalogue: Catalogue) -> "LlmEngineer":
        """Return the engineer with the prompts of this installation."""
        return cls(settings, catalogue, {name: load_prompt(name) for name in ENGINEER_ROLES})

    @property
    def name(self) -> str:
        """Return `llm:` and the engineer's model."""
        return f"llm:{self.settings.choose_model('engineer').name}"[:400]

    @property
    def version(self) -> str:
        """Return a hash of every model, script, prompt, tool, limit and skill, and of the catalogue."""
        decisive = (
            *identify_models(self.settings, self._roles),
            *(prompt.sha256 for prompt in self._all_prompts),
            identify_tools(TOOLS),
            self.settings.episode.canonical_json().decode(),
            self.catalogue.hash,
            *(skill.digest() for skill in self.shelf or ()),
        )
        return hash_parts(*decisive)[:16]

    @property
    def recipe(self) -> str:
        """Return the same in words, as JSON."""
        told = {
            "models": describe_models(self.settings, self._roles),
            "prompts": describe_prompts(self._all_prompts),
            "tools": {tool.name: [tool.purpose, tool.schema] for tool in TOOLS.values()},
            "limits": self.settings.episode.model_dump(),
            "catalogue": self.catalogue.hash,
            "skills": {skill.draft.name: skill.version for skill in self.shelf or ()},
        }
        return json.dumps(told, sort_keys=True)

    @property
    def _roles(self) -> tuple[AgentRole, ...]:
        return ENGINEER_ROLES if self.shelf is None else (*ENGINEER_ROLES, "writer")

    @property
    def _all_prompts(self) -> tuple[Prompt, ...]:
        return (*self.prompts.values(), *(() if self.shelf is None else (load_prompt("writer"),)))

    @property
    def policy(self) -> Policy:
        """Return `scripted` for the scripted model, `llm` for any other."""
        scripted = self.settings.choose_model("engineer").name.startswith("scripted/")
        return "scripted" if scripted else "llm"

    @property
    def limits(self) -> EpisodeLimits:
        """Return what one of its episodes may use up."""
        return self.settings.episode

    def work(self, problem: Problem, workbench: Workbench, log: EpisodeLog, seed: int) -> EpisodeEnd:  # noqa: ARG002 - in the log's key
        """Work until a submission passes or none is left; raises EpisodeOver when a budget is spent."""
        shown = show_skills(log, self.shelf or (), problem.statement)
        toolbox = Toolbox(problem, workbench, log, self.limits, self.catalogue, TOOLS, shown)
        asker = Asker(Models(self.settings, log, problem), log, self.limits)
        ending = EngineerGraph(toolbox, asker, self.prompts).run()
        worth = is_worth_a_skill(toolbox, solved=ending.outcome is Outcome.SOLVED)
        if self.shelf is not None and problem.learns and worth:
            try:
                learn(asker, toolbox, self.shelf)
            except (InfrastructureError, StoppedError):
                raise
            except Exception as error:  # noqa: BLE001 - recorded; what was earned before stays earned
                log.record_defect("learn", error)
        return ending

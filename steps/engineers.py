"""Engineers by name: `reference`, `llm`, `scripted:FILE`; `@FOLDER` behind a name takes the prompts of a folder."""

from collections.abc import Iterable
from pathlib import Path

from agents.protocols import Engineer
from agents.reference import ReferenceEngineer
from schemas.benchmark import Benchmark
from schemas.catalogue_files import read_catalogue
from schemas.episode import Episode
from schemas.errors import InputError
from schemas.evaluation import EvaluatedEngineer
from schemas.llm import ENGINEER_ROLES, AgentRole, ModelChoice
from schemas.settings import AgentSettings, Settings
from schemas.skill import Skill
from steps.context import RunContext
from steps.episodes import work_episode
from steps.learned_skills import load_shelf, write_skills

TRIALS_OF_PREVIEW = 16
"""The most simulated runs that `simulate` gives a language model at once."""


def choose_engineer(
    settings: Settings, name: str, previews: int | None = None, shelf: tuple[Skill, ...] | None = None
) -> Engineer:
    """Return the engineer of that name, held to so many previews where a budget is given.

    With a shelf one of language models is shown skills and writes new ones. Raises InputError for another name, a model
    that is not set, and a folder without prompts.
    """
    if name == "reference":
        simulations = settings.reference.simulations if previews is None else TRIALS_OF_PREVIEW * previews
        return ReferenceEngineer(simulations=simulations)
    who, _, folder = name.partition("@")
    kind, _, file = who.partition(":")
    agents = settings.agents
    if kind == "scripted" and file:
        agents = agents.model_copy(update={"model": ModelChoice(name=f"scripted/{file}")})
    elif who != "llm":
        raise InputError(f"there is no engineer '{name}': choose reference, llm or scripted:FILE")
    if previews is not None:
        agents = agents.model_copy(update={"episode": agents.episode.model_copy(update={"previews": previews})})
    require_models(agents, ENGINEER_ROLES)
    from agents.engineer import LlmEngineer
    from agents.prompts import find_prompts

    engineer = LlmEngineer.create(agents, read_catalogue())
    prompts = find_prompts(tuple(engineer.prompts), Path(folder)) if folder else engineer.prompts
    return LlmEngineer(agents, engineer.catalogue, prompts, shelf)


def require_models(agents: AgentSettings, roles: Iterable[AgentRole]) -> None:
    """Raise InputError where a role has no model, or its model no key."""
    from agents.models.opening import read_key

    for role in roles:
        read_key(agents.choose_model(role))


def describe_engineer(name: str, engineer: Engineer, previews: int | None) -> EvaluatedEngineer:
    """Return how an evaluation shows an engineer that was chosen by that name."""
    from agents.engineer import LlmEngineer

    hashes = tuple(p.sha256 for p in engineer.prompts.values()) if isinstance(engineer, LlmEngineer) else ()
    who, at, folder = name.partition("@")
    shown = f"{who.partition(':')[0]}:{Path(who.partition(':')[2]).stem}" if ":" in who else who
    label = f"{shown}{at}{Path(folder).name}" + ("" if previews is None else f", {previews} previews")
    return EvaluatedEngineer(
        label=label, engineer=engineer.name, version=engineer.version, prompts=hashes, previews=previews
    )


def solve_as(context: RunContext, benchmark: Benchmark, name: str, seed: int, run_id: str | None = None) -> Episode:
    """Let the engineer of that name work on a minted benchmark, and write what it learned to the workspace.

    It is shown the skills that there are; in a run those that there were when the run was first asked for, so that
    a run that goes on, or is given again, meets the same engineer.
    """
    engineer = choose_engineer(context.settings, name, shelf=load_shelf(context.store, run_id))
    episode = work_episode(context, benchmark, engineer, seed)
    write_skills(context.store, context.settings.workspace.skills_folder)
    return episode

"""Engineers by name: `reference`, `llm`, `scripted:FILE`; `@FOLDER` behind a name takes the prompts of a folder."""

from pathlib import Path

from agents.reference import ReferenceEngineer
from agents.workbench import Engineer
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from schemas.evaluation import EvaluatedEngineer
from schemas.llm import ModelChoice
from schemas.settings import AgentSettings, ReferenceSettings
from schemas.skill import Skill

TRIALS_OF_PREVIEW = 16
"""The most simulated runs that `simulate` gives a language model at once."""


def choose_engineer(name: str, previews: int | None = None, shelf: tuple[Skill, ...] | None = None) -> Engineer:
    """Return the engineer of that name, held to so many previews where a budget is given.

    Raises InputError for another name, a model that is not set, and a folder without prompts.
    """
    if name == "reference":
        simulations = ReferenceSettings().simulations if previews is None else TRIALS_OF_PREVIEW * previews
        return ReferenceEngineer(simulations=simulations)
    who, _, folder = name.partition("@")
    kind, _, file = who.partition(":")
    settings = AgentSettings()
    if kind == "scripted" and file:
        settings = AgentSettings(model=ModelChoice(name=f"scripted/{file}"), episode=settings.episode)
    elif who != "llm":
        raise InputError(f"there is no engineer '{name}': choose reference, llm or scripted:FILE")
    if previews is not None:
        settings = settings.model_copy(update={"episode": settings.episode.model_copy(update={"previews": previews})})
    from agents.engineer import LlmEngineer
    from agents.prompts import find_prompts

    engineer = LlmEngineer.create(settings, read_catalogue())
    prompts = find_prompts(tuple(engineer.prompts), Path(folder)) if folder else engineer.prompts
    return LlmEngineer(settings, engineer.catalogue, prompts, shelf)


def enter(name: str, previews: int | None, shelf: tuple[Skill, ...]) -> tuple[EvaluatedEngineer, Engineer]:
    """Return an engineer with how an evaluation shows it, held to so many previews where a budget is given."""
    engineer = choose_engineer(name, previews, shelf)
    from agents.engineer import LlmEngineer

    hashes = tuple(p.sha256 for p in engineer.prompts.values()) if isinstance(engineer, LlmEngineer) else ()
    who, at, folder = name.partition("@")
    shown = f"{who.partition(':')[0]}:{Path(who.partition(':')[2]).stem}" if ":" in who else who
    label = f"{shown}{at}{Path(folder).name}" + ("" if previews is None else f", {previews} previews")
    evaluated = EvaluatedEngineer(
        label=label, engineer=engineer.name, version=engineer.version, prompts=hashes, previews=previews
    )
    return evaluated, engineer

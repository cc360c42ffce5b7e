"""The `skills` commands: what was learned, and what showing it did."""

from agents.skill_shelf import write_markdown
from schemas.errors import InputError
from schemas.settings import read_settings
from schemas.skill import Skill, SkillEffect
from service.printing import print_json, print_line, print_table
from service.reading import open_recorded
from steps.learned_skills import load_effects, load_skills


def list_skills(*, as_json: bool) -> None:
    """List every version of every skill."""
    skills, effects = _load()
    retired = {(effect.skill, effect.version) for effect in effects if effect.retired}
    if as_json:
        print_json([skill.model_dump(mode="json") for skill in skills])
        return
    rows = []
    for skill in skills:
        key = skill.draft.name, skill.version
        rows.append((*key, key in retired, skill.draft.description, skill.episode_id[:12]))
    print_table("Skills", ("skill", "version", "retired", "description", "learned from"), rows)


def show_skill(name: str, *, as_json: bool) -> None:
    """Print the newest version of a skill."""
    found = [skill for skill in _load()[0] if skill.draft.name == name]
    if not found:
        raise InputError(f"there is no skill '{name}': see `workpiece skills list`")
    if as_json:
        print_json(found[-1])
    else:
        for line in write_markdown(found[-1]).splitlines():
            print_line(line)


def show_effects(*, as_json: bool) -> None:
    """Compare solve rates with and without each skill, with 95 % intervals."""
    _, effects = _load()
    if as_json:
        print_json([one.model_dump(mode="json") for one in effects])
        return
    rows = []
    for e in effects:
        solved = f"{e.shown_solved}/{e.shown}", f"{e.withheld_solved}/{e.withheld}"
        rows.append((e.skill, e.version, *solved, e.difference, e.low, e.high, e.retired))
    columns = ("skill", "version", "solved with", "solved without", "difference", "low", "high", "retired")
    print_table("Effects on the training split", columns, rows)


def _load() -> tuple[tuple[Skill, ...], tuple[SkillEffect, ...]]:
    with open_recorded(read_settings()) as store:
        return load_skills(store), load_effects(store)

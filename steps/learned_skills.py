"""The shelf of learned skills: out of the store, without those that do harm, and as files of the workspace."""

from pathlib import Path

from agents.skill_shelf import read_markdown, write_markdown
from records import Store
from records.file_store import write_durably
from records.skill_rows import load_markdowns, measure_effects
from schemas.skill import Skill, SkillEffect


def load_skills(store: Store, run_id: str | None = None) -> tuple[Skill, ...]:
    """Return every version of every skill; with a run those that there were when it was first asked for."""
    with store.read() as connection:
        return tuple(read_markdown(text) for text in load_markdowns(connection, run_id))


def load_effects(store: Store, run_id: str | None = None) -> tuple[SkillEffect, ...]:
    """Return what showing every version that matched an episode did; with a run, before it was first asked for."""
    with store.read() as connection:
        return measure_effects(connection, run_id)


def load_shelf(store: Store, run_id: str | None = None) -> tuple[Skill, ...]:
    """Return the newest version of every skill but those whose newest version is retired; of a run, as it began."""
    newest = {skill.draft.name: skill for skill in load_skills(store, run_id)}
    retired = {(effect.skill, effect.version) for effect in load_effects(store, run_id) if effect.retired}
    return tuple(skill for name, skill in sorted(newest.items()) if (name, skill.version) not in retired)


def write_skills(store: Store, folder: Path) -> None:
    """Write the newest SKILL.md of every skill to a folder of its name."""
    for skill in load_skills(store):
        write_durably(folder / skill.draft.name / "SKILL.md", write_markdown(skill).encode())

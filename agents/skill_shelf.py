"""The shelf of skills: which match a problem, which are shown by the coin, what a SKILL.md holds and may not hold."""

import re
from collections.abc import Iterable, Sequence

from agents.protocols import Problem
from schemas.errors import InputError
from schemas.record import hash_parts
from schemas.skill import Skill, SkillDraft

MOST_MATCHING = 5
LEAST_MATCH = 0.3
"""Share of the long words of `when_to_use` that the statement has to have."""
SHORTEST_WORD, STEM = 4, 5
SPECIFIC_DIGITS = 3
"""A number with so many significant digits is one of an instance; with fewer, several have to agree."""
MOST_SHORT = 3
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_HASH = re.compile(r"[0-9a-f]{12,64}")
_FRONT = re.compile(
    r"\A---\nname: (?P<name>.*)\ndescription: (?P<description>.*)\nwhen_to_use: (?P<when_to_use>.*)\n"
    r"version: (?P<version>\d+)\nlearned_from: (?P<episode_id>[0-9a-f]{64})\n---\n(?P<body>.*)\Z",
    re.DOTALL,
)


def match_skills(shelf: Iterable[Skill], text: str) -> tuple[Skill, ...]:
    """Return the skills that suit a text, best first."""
    words = _stems(text)
    scored = [(len(_stems(s.draft.when_to_use) & words) / max(1, len(_stems(s.draft.when_to_use))), s) for s in shelf]
    fits = sorted((pair for pair in scored if pair[0] >= LEAST_MATCH), key=lambda pair: (-pair[0], pair[1].draft.name))
    return tuple(skill for _, skill in fits[:MOST_MATCHING])


def toss_coin(skill: Skill, episode_id: str) -> bool:
    """Say whether a matching skill is shown in an episode: with probability 0.5, always the same for the same two."""
    return int(hash_parts(skill.draft.name, str(skill.version), episode_id)[:8], 16) % 2 == 0


def find_own_marks(text: str, problem: Problem, programs: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what of a text is this benchmark's own: numbers of its statement, budgets or programs, ids, and any hash.

    Ids of bodies and mounts that are one plain word (`tray`) are no mark.
    """
    ids = {body.id for body in problem.scene.bodies} | {mount.id for mount in problem.scene.mounts}
    words = dict.fromkeys(re.findall(r"\w+", text))
    named = [word for word in words if (word in ids and not word.isalpha()) or _HASH.fullmatch(word)]
    budgets = "" if problem.budgets is None else problem.budgets.model_dump_json()
    own = {float(found) for source in (problem.statement, budgets, *programs) for found in _NUMBER.findall(source)}
    said = [found for found in dict.fromkeys(_NUMBER.findall(text)) if _is_among(found, own)]
    short = [found for found in said if _count_digits(found) < SPECIFIC_DIGITS]
    specific = [found for found in said if _count_digits(found) >= SPECIFIC_DIGITS]
    return tuple(named + specific + (short if len(short) >= MOST_SHORT else []))


def write_markdown(skill: Skill) -> str:
    """Return the SKILL.md of a skill."""
    draft = skill.draft
    head = f"name: {draft.name}\ndescription: {draft.description}\nwhen_to_use: {draft.when_to_use}\n"
    return f"---\n{head}version: {skill.version}\nlearned_from: {skill.episode_id}\n---\n{draft.body}"


def read_markdown(text: str) -> Skill:
    """Return the skill of a SKILL.md; raises InputError where its front matter is not as written."""
    found = _FRONT.match(text)
    if found is None:
        raise InputError("SKILL.md begins with name, description, when_to_use, version and learned_from")
    draft = SkillDraft(**{name: found[name] for name in SkillDraft.model_fields})
    return Skill(draft=draft, version=int(found["version"]), episode_id=found["episode_id"])


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:STEM] for word in re.findall(r"[a-z]+", text.lower()) if len(word) >= SHORTEST_WORD)


def _is_among(found: str, own: set[float]) -> bool:
    """Say whether a number is one of others as it is written, or one of them rounded to its decimals."""
    decimals = len(found.partition(".")[2])
    return abs(float(found)) >= 10 ** (SPECIFIC_DIGITS - 1 - decimals) / 10 and any(
        round(abs(value), decimals) == abs(float(found)) for value in own
    )


def _count_digits(found: str) -> int:
    return len(found.lstrip("-").replace(".", "").lstrip("0"))

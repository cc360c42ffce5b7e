"""Skills: what one episode taught in general words, and what showing it did to others."""

from typing import Annotated

from pydantic import Field

from schemas.record import Id, LongText, Record, Sha256, ShortText


class SkillDraft(Record):
    """What a skill writer writes: general words, no numbers of the benchmark that it was learned on."""

    name: Id
    description: ShortText
    when_to_use: ShortText
    body: Annotated[LongText, Field(min_length=40)]


class Skill(Record):
    """One version of one skill, as its SKILL.md says, with the episode that it was learned from."""

    draft: SkillDraft
    version: Annotated[int, Field(ge=1)]
    episode_id: Sha256


class SkillEffect(Record):
    """Solve rates on the training split where one version matched, shown and withheld by the coin, and the difference.

    The interval is the 95 % one (Newcombe 1998); None until both sides have an episode.
    """

    skill: Id
    version: int
    shown: int
    shown_solved: int
    withheld: int
    withheld_solved: int
    difference: float | None
    low: float | None
    high: float | None

    @property
    def retired(self) -> bool:
        """Say whether the skill does harm: then it is no longer shown."""
        return self.high is not None and self.high < 0

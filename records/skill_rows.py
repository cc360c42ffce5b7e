"""Skills in the store: every version that was written, every time that one matched, and what showing it did."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, select
from sqlalchemy.orm import Mapped, mapped_column

from records.rows import now, put_rows
from records.tables import Base, BenchmarkRow, EpisodeRef, EpisodeRow, FileRef, FileRow, OfEpisode, Recorded, RunRow
from schemas.messages import Message, SkillRead, SkillWritten
from schemas.reasons import UNFINISHED, Outcome
from schemas.skill import SkillEffect
from schemas.statistics import difference_interval


class SkillRow(Recorded, Base):
    """One version of one skill; where two episodes wrote the same version at once, the first stored is shown."""

    skill: Mapped[str] = mapped_column(primary_key=True, doc="Name of the skill")
    version: Mapped[int] = mapped_column(primary_key=True, doc="Version of the skill, from 1")
    episode_id: Mapped[EpisodeRef] = mapped_column(primary_key=True, doc="The episode that it was learned from")
    sha256: Mapped[FileRef] = mapped_column(doc="Hash of its SKILL.md")


class SkillUseRow(OfEpisode, Base):
    """One skill that matched an episode's problem, shown or withheld by the coin."""

    skill: Mapped[str] = mapped_column(primary_key=True, doc="Name of the skill")
    version: Mapped[int] = mapped_column(primary_key=True, doc="Version of the skill")
    shown: Mapped[bool] = mapped_column(doc="Whether the engineer saw it")


def put_skills(connection: Connection, messages: Sequence[Message]) -> None:
    """Store the skills that messages tell of."""
    bodies = [(message.episode_id, message.body) for message in messages]
    written = [(key, body) for key, body in bodies if isinstance(body, SkillWritten)]
    rows = [{"episode_id": key, **body.model_dump(exclude={"kind"}), "recorded_at": now()} for key, body in written]
    put_rows(connection, SkillRow, rows)
    read = [(key, body) for key, body in bodies if isinstance(body, SkillRead)]
    put_rows(connection, SkillUseRow, [{"episode_id": key, **body.model_dump(exclude={"kind"})} for key, body in read])


def load_markdowns(connection: Connection, run_id: str | None = None) -> tuple[str, ...]:
    """Return the SKILL.md of every version of every skill, the first stored of each, by name and version.

    With a run those of episodes that had ended when the run was first asked for.
    """
    found = select(SkillRow.skill, SkillRow.version, FileRow.text).join(FileRow, FileRow.sha256 == SkillRow.sha256)
    found = found.join(EpisodeRow, EpisodeRow.episode_id == SkillRow.episode_id).where(_ended(run_id))
    rows = connection.execute(found.order_by(SkillRow.skill, SkillRow.version, SkillRow.recorded_at)).all()
    first: dict[tuple[str, int], str] = {}
    for skill, version, text in rows:
        first.setdefault((skill, version), text or "")
    return tuple(first.values())


def measure_effects(connection: Connection, run_id: str | None = None) -> tuple[SkillEffect, ...]:
    """Return what showing every version did, on the training split; episodes that the machinery failed don't count.

    With a run only episodes count that had ended when the run was first asked for.
    """
    solved = EpisodeRow.outcome == Outcome.SOLVED
    sides = ((SkillUseRow.shown,), (SkillUseRow.shown, solved), (~SkillUseRow.shown,), (~SkillUseRow.shown, solved))
    counts = [func.count().filter(*which) for which in sides]
    found = (
        select(SkillUseRow.skill, SkillUseRow.version, *counts)
        .join(EpisodeRow, EpisodeRow.episode_id == SkillUseRow.episode_id)
        .join(BenchmarkRow, BenchmarkRow.item_id == EpisodeRow.item_id)
        .where(BenchmarkRow.split == "train", EpisodeRow.outcome.not_in(UNFINISHED), _ended(run_id))
        .group_by(SkillUseRow.skill, SkillUseRow.version)
    )
    return tuple(_compare(*row) for row in sorted(map(tuple, connection.execute(found))))


def _ended(run_id: str | None) -> ColumnElement[bool]:
    """Select the episodes that have ended, with a run those that had when it began."""
    ended = EpisodeRow.outcome != Outcome.RUNNING
    began = select(RunRow.recorded_at).where(RunRow.run_id == run_id).scalar_subquery()
    return ended if run_id is None else and_(ended, EpisodeRow.recorded_at <= began)


def _compare(skill: str, version: int, *counts: int) -> SkillEffect:
    shown, shown_solved, withheld, withheld_solved = counts
    known = min(shown, withheld) > 0
    low, high = difference_interval((shown_solved, withheld_solved), (shown, withheld)) if known else (None, None)
    return SkillEffect(
        skill=skill,
        version=version,
        shown=shown,
        shown_solved=shown_solved,
        withheld=withheld,
        withheld_solved=withheld_solved,
        difference=shown_solved / shown - withheld_solved / withheld if known else None,
        low=low,
        high=high,
    )

"""What it costs to append to an episode does not grow with the episode."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, insert, select

from records import Store
from records.tables import EpisodeRow
from schemas.episode import Episode, EpisodeUse
from schemas.messages import Artifact, EpisodeGoal, Message, MessageBody, SkillRead, Thought
from schemas.reasons import Outcome
from schemas.record import hash_bytes
from tests.records import samples

KINDS: dict[str, Callable[[int], tuple[MessageBody, bytes]]] = {
    "thought": lambda seq: (Thought(text=f"thought {seq}"), b""),
    "file": lambda seq: (Artifact(name="a.py", version=seq, sha256=hash_bytes(b"%d" % seq)), b"%d" % seq),
    "skill": lambda seq: (SkillRead(skill="look", version=seq, shown=True), b""),
}


@contextmanager
def measured(store: Store) -> Iterator[Counter]:
    """Count statements, rows that Postgres gives, and steps of SQLite's machine."""
    costs: Counter = Counter()

    def before(connection, *_: object) -> None:
        if store.engine.dialect.name == "sqlite":
            connection.connection.dbapi_connection.set_progress_handler(lambda: costs.update(steps=1), 10)

    def after(_connection, cursor, *_: object) -> None:
        costs.update(statements=1, rows=max(0, cursor.rowcount))

    event.listen(store.engine, "before_cursor_execute", before)
    event.listen(store.engine, "after_cursor_execute", after)
    yield costs
    event.remove(store.engine, "before_cursor_execute", before)
    event.remove(store.engine, "after_cursor_execute", after)


def begin_episode(store: Store) -> Episode:
    item = samples.benchmark(1)
    store.record_benchmark(item, samples.scene_files(1))
    said = {"outcome": Outcome.RUNNING, "use": EpisodeUse(), "messages": (), "submissions": ()}
    empty = samples.episode(item).model_copy(update=said)
    store.open_episode(item.draft.key.item_id, empty)
    return empty


def append(store: Store, episode: Episode, seqs: range, kind: str) -> None:
    made = [(seq, *KINDS[kind](seq)) for seq in seqs]
    messages = [
        Message(episode_id=episode.key.episode_id, seq=seq, author="engineer", at=datetime.now(UTC), body=body)
        for seq, body, _ in made
    ]
    store.append_messages(messages, [data for _, _, data in made if data])


@pytest.mark.parametrize("kind", KINDS)
def test_message_costs_as_much_at_5000_as_at_50(store: Store, kind: str) -> None:
    episode, costs = begin_episode(store), []
    for length, before in ((50, 1), (5000, 51)):
        append(store, episode, range(before, length), kind)
        with measured(store) as cost:
            append(store, episode, range(length, length + 1), kind)
        costs.append(dict(cost))
    few, many = costs
    assert (many["statements"], many["rows"]) == (few["statements"], few["rows"])
    assert many.get("steps", 0) <= 1.1 * few.get("steps", 0) + 5


def test_same_message_again_changes_nothing_at_any_length(store: Store) -> None:
    episode = begin_episode(store)
    store.append_messages(
        [
            Message(
                episode_id=episode.key.episode_id,
                seq=0,
                author="system",
                at=datetime.now(UTC),
                body=EpisodeGoal(statement="Move it.", budgets=samples.BUDGETS),
            )
        ]
    )
    append(store, episode, range(1, 2500), "thought")
    append(store, episode, range(1, 2500), "thought")
    assert len(store.find_episode(episode.key.episode_id).messages) == 2500


def test_episode_is_found_by_index_among_many(store: Store) -> None:
    episode, costs = begin_episode(store), []
    with store.engine.begin() as connection:
        row = dict(connection.execute(select(EpisodeRow.__table__)).mappings().one())
        for many in (1, 2000):
            made = [row | {"episode_id": hash_bytes(b"%d %d" % (many, n)), "retry": n + 1} for n in range(many)]
            connection.execute(insert(EpisodeRow), made)
            with measured(store) as cost:
                store.find_episode(episode.key.episode_id[:12])
            costs.append(dict(cost))
    few, many = costs
    assert (many["statements"], many["rows"]) == (few["statements"], few["rows"])
    assert many.get("steps", 0) <= few.get("steps", 0) + 20

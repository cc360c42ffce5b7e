"""What leaves the store: no expected solution of a test split, and skills with the episode they were learned from."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.skill_shelf import read_markdown, write_markdown
from records import Store, export, query
from records.datasets import DATASETS
from schemas.episode import Episode
from schemas.messages import Message, SkillRead, SkillWritten
from schemas.record import hash_bytes
from schemas.skill import Skill, SkillDraft
from tests.records import samples
from tests.records.test_parquet import find_orphans, load
from tests.records.test_store import record

TOLD = ("# design", '"chute"', "Look, then build.", "tilt it")
"""Program, part, plan and a finding's advice of the reference engineer's episode in the samples."""
DRAFT = SkillDraft(
    name="leave_room",
    description="Leave room.",
    when_to_use="a payload moves",
    body="The way has to be wider than the payload and its jitter.",
)


@pytest.mark.parametrize("split", ["train", "validation", "test_within", "test_cross"])
def test_expected_solution_leaves_for_no_test_split(store: Store, tmp_path: Path, split: str) -> None:
    record(store, 1, split=split)
    export(store, tmp_path)
    everything = "\n".join(load(tmp_path, dataset.name).to_json(date_format="iso") for dataset in DATASETS)
    seen = [word for word in TOLD if word in everything]
    assert seen == ([] if split.startswith("test") else list(TOLD))
    assert len(load(tmp_path, "verdicts")) == 2 and len(load(tmp_path, "submissions")) == 1
    assert find_orphans(tmp_path) == []


def learn(number: int, key: dict[str, object], *said: SkillRead | SkillWritten) -> Episode:
    """The sample's episode by a language model, with words on skills before its end."""
    episode = samples.episode(samples.benchmark(number))
    made = episode.key.model_copy(update=key)
    bodies = [*(message.body for message in episode.messages[:-1]), *said, episode.messages[-1].body]
    messages = tuple(
        Message(episode_id=made.episode_id, seq=n, author="system", at=datetime.now(UTC), body=body)
        for n, body in enumerate(bodies)
    )
    return episode.model_copy(update={"key": made, "policy": "llm", "messages": messages})


def test_skills_leave_with_the_episode_they_were_learned_from(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    skill = Skill(draft=DRAFT, version=1, episode_id=learn(1, {"engineer": "llm:a"}).key.episode_id)
    data = write_markdown(skill).encode()
    written = SkillWritten(skill="leave_room", version=1, sha256=hash_bytes(data))
    item_id, files = samples.benchmark(1).draft.key.item_id, samples.design_files(1)
    store.record_episode(item_id, learn(1, {"engineer": "llm:a"}, written), files, [samples.NOTES, data])
    for seed, shown in enumerate((True, False, True)):
        read = SkillRead(skill="leave_room", version=1, shown=shown)
        store.record_episode(item_id, learn(1, {"engineer": "llm:a", "seed": seed + 9}, read), files, [samples.NOTES])
    export(store, tmp_path)
    assert [read_markdown(text) for text in load(tmp_path, "skills")["markdown"]] == [skill]
    effect = """SELECT shown, count(*), sum(reward_main) FROM skill_uses JOIN episodes USING (episode_id)
        GROUP BY shown ORDER BY shown"""
    assert query(effect, tmp_path).rows == ((False, 1, 1), (True, 2, 2))
    split = "SELECT DISTINCT split FROM skills"
    assert query(split, tmp_path).rows == (("train",),)

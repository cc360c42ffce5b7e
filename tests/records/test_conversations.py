"""Conversations of models as chat rows, trajectories and sessions: nothing of them is lost or changed on the way."""

import json
from pathlib import Path

import atif
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from records import export, open_store
from records.views import VIEWS, write_views
from records.views.conversations import strip_marks
from records.views.view import CANARY
from tests.records.talking import ODD, REMINDER, record_talk
from tests.records.test_store import record

TALKS = [VIEWS["sft"], VIEWS["atif"], VIEWS["sessions"]]
TEMPLATE = """{%- for m in messages %}<|{{ m.role }}|>{{ m.content }}
{%- if m.tool_calls is defined %}{% for c in m.tool_calls %}<call>{{ {"name": c.function.name,
 "arguments": c.function.arguments} | tojson }}</call>{% endfor %}{% endif %}<|end|>{% endfor %}"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The views of conversations of a solved episode, one that failed, and one of a test split."""
    folder = tmp_path_factory.mktemp("written")
    with open_store(f"sqlite:///{folder / 'store.sqlite'}", folder / "files") as store:
        for seed, split in ((1, "train"), (2, "train"), (3, "test_within")):
            record(store, seed, split=split)
            record_talk(store, seed, split, passed=seed != 2)
        export(store, folder / "d")
    write_views(folder / "d", folder / "v", TALKS, ("train", "validation"))
    return folder / "v"


def read_chat(folder: Path) -> list[dict[str, object]]:
    """Return the messages of the only conversation there is."""
    (row,) = pq.read_table(folder / "sft/train-00000.parquet").to_pylist()
    return [json.loads(text) if isinstance(text, str) else text for text in row["messages"]]


def test_reply_with_three_calls_is_one_turn(written: Path) -> None:
    chat = read_chat(written)
    assert [message["role"] for message in chat] == [
        *("system", "user", "assistant", "tool", "tool", "tool"),
        *("assistant", "tool"),
    ]
    assert [message["content"] for message in chat[:3]] == ["You design.\nBe brief.", "Move it.", "go on 1"]
    assert [call["function"]["name"] for call in chat[2]["tool_calls"]] == ["look"] * 3
    assert [call["id"] for call in chat[2]["tool_calls"]] == [message["tool_call_id"] for message in chat[3:6]]
    assert [message.get("weight") for message in chat] == [None, None, 0, None, None, None, 1, None]


def test_arguments_of_any_shape_come_back_equal(written: Path) -> None:
    """Lists, numbers, null, unicode and a megabyte; no key of one call gets into another."""
    calls = read_chat(written)[2]["tool_calls"]
    assert [call["function"]["arguments"] for call in calls] == list(ODD)
    assert all("tool_calls" not in message for message in read_chat(written) if message["role"] != "assistant")
    (row,) = pq.read_table(written / "sft/train-00000.parquet").to_pylist()
    tools = [json.loads(tool) if isinstance(tool, str) else tool for tool in row["tools"]]
    assert [sorted(tool["function"]["parameters"]["properties"]) for tool in tools] == [["name"], []]
    assert "required" not in tools[0]["function"]["parameters"]


def test_columns_have_the_documented_types(written: Path) -> None:
    """TRL's conversational format: JSON that `datasets` gives back as it went in (formats page)."""
    schema = pq.read_schema(written / "sft/train-00000.parquet")
    assert schema.field("messages").type == schema.field("tools").type == pa.list_(pa.json_())
    assert schema.metadata[b"canary"] == CANARY.encode()


def test_chat_template_writes_calls_that_read_back_unchanged(written: Path) -> None:
    environment = ImmutableSandboxedEnvironment()
    environment.filters["tojson"] = lambda value: json.dumps(value, ensure_ascii=False)  # as `transformers` has it
    text = environment.from_string(TEMPLATE).render(messages=read_chat(written))
    calls = [json.loads(part.split("</call>")[0]) for part in text.split("<call>")[1:]]
    assert [call["arguments"] for call in calls] == [*ODD, {}]
    assert text.count("<|assistant|>") == 2


def test_only_solved_episodes_are_imitated_and_no_test_split_leaves(written: Path) -> None:
    report = json.loads((written / "views.json").read_text())
    assert [(one["dropped_because"], one["episodes"]) for one in report["episodes"]] == [
        ("not solved", 1),
        ("reference search, no conversation", 2),
        (None, 1),
    ]
    assert (report["traces"]["good"], report["traces"]["conversations"], report["traces"]["per_usd"]) == (1, 2, 1.0)
    assert {file["split"] for file in report["files"]} == {"train"}
    assert [sum(f["view"] == name for f in report["files"]) for name in ("sft", "atif", "sessions")] == [1, 2, 2]


def test_trajectories_are_atif(written: Path) -> None:
    texts = [path.read_text() for path in sorted((written / "atif/train").iterdir())]
    read = [atif.Trajectory.model_validate_json(text) for text in texts]
    assert {one.extra["reward_main"] for one in read} == {0, 1}
    assert {one.extra["canary"] for one in read} == {CANARY}
    steps = read[0].steps
    assert [step.source for step in steps] == ["system", "user", "agent", "agent"]
    assert [call.arguments for call in steps[2].tool_calls] == list(ODD)
    assert [result.content for result in steps[2].observation.results] == [f'{{"saw": {n}}}' for n in (1, 2, 3)]
    assert (steps[2].metrics.prompt_tokens, steps[2].extra["failed"]) == (10, True)


def test_sessions_begin_with_one_line_of_the_session(written: Path) -> None:
    for path in (written / "sessions/train").iterdir():
        head, *rest = map(json.loads, path.read_text().splitlines())
        assert (head["type"], head["harness"], f"{head['id']}.jsonl") == ("session", "workpiece", path.name)
        assert head["canary"] == CANARY
        assert {line["type"] for line in rest} == {"message"}
        assert rest[2]["message"]["tool_calls"][1]["function"]["arguments"] == ODD[1]


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        (f"[[ ## problem ## ]]\nMove it.\n\n[[ ## news ## ]]\nNone.\n\n{REMINDER}", "Move it.\n\nNone."),
        ('[[ ## thought ## ]]\nSo.\n\n[[ ## tool_calls ## ]]\n{"tool_calls": []}\n\n[[ ## completed ## ]]', "So."),
        ("said without marks", "said without marks"),
        ("a [[ ## mark ## ]] within a line stays", "a [[ ## mark ## ]] within a line stays"),
        ("", ""),
    ],
)
def test_marks_of_the_adapter_are_stripped(text: str, stripped: str) -> None:
    assert strip_marks(text) == stripped


def test_design_far_below_the_best_known_is_reviewed_instead_of_rewarded(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'store.sqlite'}", tmp_path / "files") as store:
        record(store, 1)
        record_talk(store, 1, usd="1.00")
        export(store, tmp_path / "d")
    write_views(tmp_path / "d", tmp_path / "v", [*TALKS, VIEWS["rewards"], VIEWS["preference"]], ("train",))
    rewards = pq.read_table(tmp_path / "v/rewards/train-00000.parquet").to_pylist()
    (row,) = [row for row in rewards if row["engineer"] == "llm:x"]
    assert (row["reward_main"], row["dropped_because"]) == (None, "for review: costs less than 0.3 of the best known")
    assert not (tmp_path / "v/sft").exists()
    pairs = pq.read_table(tmp_path / "v/preference/train-00000.parquet").to_pylist()
    assert {pair["chosen"][0]["content"] for pair in pairs} == {"```python\n# design\n```"}


def test_conversations_load_by_their_card(written: Path, tmp_path: Path) -> None:
    """Through the reader that TRL uses, without glue: dictionaries come back as they were, without keys of others."""
    import datasets

    loaded = datasets.load_dataset(str(written), "sft", cache_dir=str(tmp_path / "cache"))["train"]
    assert loaded[0]["messages"] == read_chat(written)
    assert loaded[0]["tools"][1]["function"]["name"] == "submit"

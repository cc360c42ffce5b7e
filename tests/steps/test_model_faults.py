"""What models send, on a real wire: stored or answered, the same on both databases, at the cost of a turn at most."""

import json
from typing import NamedTuple

import pytest

from agents.engineer import LlmEngineer
from agents.models import ScriptedReply
from schemas.benchmark import Benchmark
from schemas.catalogue_files import load_catalogue
from schemas.episode import Episode
from schemas.llm import EpisodeLimits, LlmCall, ModelChoice
from schemas.messages import Artifact, ErrorRaised, Plan, Thought, ToolCall, ToolReturn
from schemas.reasons import Outcome
from schemas.settings import AgentSettings
from steps.context import RunContext
from steps.episodes import work_episode
from tests.steps.scripts import DATA, plan, turn
from tests.steps.served import Served, Wire, check_history, serve
from tests.steps.test_episodes import bodies
from tests.steps.test_wire_faults import find_reward

LOOP = turn(("list_files", {}))
EMOJI = "\ud83d"


def function(name: object, arguments: object = "{}", key: object = "c0") -> dict:
    return {"id": key, "type": "function", "function": {"name": name, "arguments": arguments}}


def answer(content: str | None, *calls: object, finish: str = "tool_calls") -> Wire:
    message = {"role": "assistant", "content": content, **({"tool_calls": list(calls)} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": finish}
    usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
    told = {"id": "x", "object": "chat.completion", "model": "m", "choices": [choice], "usage": usage}
    return Wire(200, json.dumps(told).encode())


def play(
    context: RunContext, minted: Benchmark, seed: int, *replies: ScriptedReply | Wire, turns: int = 4
) -> tuple[Episode, Served, tuple[LlmCall, ...]]:
    """Let a model that sends these play an episode; its requests are such as any server takes."""
    with serve(*replies) as server:
        model = ModelChoice(name="openai/m", api_base=server.base, first_wait_s=0.0, tries=1)
        settings = AgentSettings(model=model, episode=EpisodeLimits(turns=turns))
        episode = work_episode(context, minted, LlmEngineer.create(settings, load_catalogue(DATA)), seed)
    check_history(server.requests)
    assert context.store.find_episode(episode.key.episode_id).messages == episode.messages
    _, calls = context.store.open_episode(minted.draft.key.item_id, episode)
    return episode, server, calls


class Sent(NamedTuple):
    """What a model sends as arguments of a tool; then what the answer says, and what the log holds of it."""

    arguments: object
    says: str
    tool: object = "simulate"
    held: str | None = None


BIG = json.dumps({"name": "a.py", "text": "x" * 1_200_000})
CALLS = {
    "NaN": Sent('{"trials": NaN}', "NaN and Infinity are no numbers"),
    "infinite": Sent('{"trials": 1e999}', "NaN and Infinity are no numbers"),
    "-Infinity in a list": Sent('{"times_s": [0, -Infinity]}', "NaN and Infinity are no numbers", "render"),
    "cut": Sent('{"name": "a.py", "tri', "were cut off (Unterminated string"),
    "cut behind a comma": Sent('{"name": "a.py",', "were cut off"),
    "words": Sent("please simulate a.py", "are no JSON"),
    "list": Sent('["a.py", 4]', "are a list"),
    "list of objects": Sent('[{"name": "a.py"}]', "are a list"),
    "JSON in JSON": Sent(json.dumps(json.dumps({"name": "a.py"})), "JSON within JSON"),
    "JSON in JSON in JSON": Sent(json.dumps(json.dumps(json.dumps({"name": "a.py"}))), "JSON within JSON"),
    "null": Sent("null", "only null"),
    "number": Sent("7", "only 7"),
    "deep": Sent('{"name": ' + "[" * 5000 + "]" * 5000 + "}", "nested too deep"),
    "33 deep": Sent('{"name": ' + "[" * 32 + "]" * 32 + "}", "nested too deep"),
    "300 deep": Sent('{"name": ' + "[" * 300 + "]" * 300 + "}", "nested too deep"),
    "400 objects deep": Sent('{"a":' * 400 + "1" + "}" * 400, "nested too deep", "list_files"),
    "970 deep": Sent('{"name": ' + "[" * 970 + "]" * 970 + "}", "nested too deep", "write_file"),
    "980 deep": Sent('{"name": ' + "[" * 980 + "]" * 980 + "}", "nested too deep"),
    "992 deep": Sent('{"name": ' + "[" * 992 + "]" * 992 + "}", "nested too deep"),
    "300 deep as an object": Sent({"name": json.loads("[" * 300 + "]" * 300)}, "nested too deep", "simulate", "[[["),
    "surrogate": Sent('{"name": "a.py", "text": "\\ud83d"}', "half of a surrogate pair", "write_file"),
    "surrogate as a key": Sent('{"\\udc00": 1}', "half of a surrogate pair", "write_file"),
    "raw surrogate": Sent(f'{{"text": "{EMOJI}"}}', "half of a surrogate pair", "write_file", "\\\\ud83d"),
    "NUL": Sent('{"name": "a.py", "text": "a\\u0000b"}', "hold a NUL", "write_file"),
    "NUL in a question": Sent('{"question": "\\u0000?"}', "hold a NUL", "ask_architect"),
    "1.2 MB": Sent(BIG, "at most 200000 characters", "write_file", '"text": "xxxx'),
    "2 MB of a name": Sent(json.dumps({"name": "x" * 2_000_000}), "pattern", "read_file", "xxxx"),
    "no name": Sent("{}", "the call names no tool", None, "nameless"),
    "empty name": Sent("{}", "the call names no tool", "", "nameless"),
    "spaces": Sent("{}", "the call names no tool", "   ", "nameless"),
    "300 characters": Sent("{}", "there is no tool", "x" * 300),
    "no word": Sent("{}", "there is no tool", "Fly away! ☃"),
    "surrogate name": Sent("{}", "there is no tool", f"list{EMOJI}", "list"),
    "object instead of text": Sent({"name": "a.py"}, "there is no file", "simulate", "a.py"),
}


@pytest.mark.parametrize("name", CALLS)
def test_tool_call_of_any_shape_is_answered_and_stored(anywhere: RunContext, minted: Benchmark, name: str) -> None:
    case = CALLS[name]
    sent = answer("go on", function(case.tool, case.arguments))
    episode, _, calls = play(anywhere, minted, 800 + list(CALLS).index(name), plan(), sent, LOOP)
    first = bodies(episode, ToolReturn)[0]
    assert (first.ok, case.says in json.loads(first.body)["message"]) == (False, True)
    assert (episode.outcome, find_reward(anywhere, episode), bodies(episode, ErrorRaised)) == (
        Outcome.BUDGET_TURNS,
        0,
        [],
    )
    held = case.held or (case.tool if case.arguments == "{}" else json.dumps(case.arguments)[1:-1])
    assert held in calls[1].reply
    if len(str(case.arguments)) < 10_000 and case.arguments != "{}" and case.held is None:
        assert json.loads(bodies(episode, ToolCall)[0].arguments) == {"partial_json": case.arguments}


SUM = "+".join(["1"] * 900)
PROGRAMS = {
    "deep attribute": "x" + ".a" * 1500 + ".save()",
    "deep default": f"def f(a={SUM}): pass\nx.save({SUM}).save()",
    "deep value": f"x = {SUM}\n" + "x" + "[0]" * 900 + ".save()",
    "long number": f"x = 0x{'f' * 5000}\ny(0x{'f' * 5000}).save()",
    "deep annotation": "def f(a: " + "b[0]" + "[0]" * 900 + "): pass\nx" + "()" * 900 + ".save()",
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_that_python_cannot_write_is_outlined_and_linted(
    anywhere: RunContext, minted: Benchmark, name: str
) -> None:
    wrote = function("write_file", json.dumps({"name": "a.py", "text": PROGRAMS[name]}), "a")
    asked = (function("prepare_context", "{}", "b"), function("lint", '{"name": "a.py"}', "c"))
    seed = 1000 + list(PROGRAMS).index(name)
    episode, _, _ = play(anywhere, minted, seed, plan(), answer("go on", wrote, *asked), LOOP)
    _, context, lint = bodies(episode, ToolReturn)[:3]
    assert (context.ok, json.loads(context.body)["files"]) == (True, {"a.py": []})
    assert not lint.ok and "Error" in json.loads(lint.body)["findings"][0]
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)


TOLD = {
    "2**63": ({"prompt_tokens": 2**63, "completion_tokens": 7}, (None, 7)),
    "10**30": ({"prompt_tokens": 3, "completion_tokens": 10**30, "total_tokens": 10**30}, (3, None)),
    "text": ({"prompt_tokens": "10", "completion_tokens": None, "total_tokens": "x"}, (None, None)),
    "negative": ({"prompt_tokens": -5, "completion_tokens": 7, "total_tokens": 2}, (None, 7)),
    "parts of one": ({"prompt_tokens": 1.5, "completion_tokens": True, "cost": 0.25}, (None, None)),
    "odd details": ({"prompt_tokens": 3, "prompt_tokens_details": 9, "completion_tokens_details": [{}]}, (3, None)),
    "bad details": (
        {"prompt_tokens": 3, "prompt_tokens_details": {"cached_tokens": "x", "audio_tokens": 0}},
        (3, None),
    ),
    "list": ([1], (None, None)),
    "nothing": (None, (None, None)),
}


@pytest.mark.parametrize("name", TOLD)
def test_count_of_tokens_that_is_none_costs_no_reply(anywhere: RunContext, minted: Benchmark, name: str) -> None:
    told, counts = TOLD[name]
    sent = json.loads(answer("go on", function("list_files")).body)
    wire = Wire(200, json.dumps(sent | {"usage": told, "choices": sent["choices"] * 3}).encode())
    episode, _, calls = play(anywhere, minted, 900 + list(TOLD).index(name), plan(), wire, LOOP)
    assert (calls[1].input_tokens, calls[1].output_tokens) == counts
    assert bodies(episode, ToolReturn)[0].ok and not bodies(episode, ErrorRaised)
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)


def test_reply_of_many_large_calls_is_stored(anywhere: RunContext, minted: Benchmark) -> None:
    sent = answer(None, *(function("write_file", BIG, f"c{n}") for n in range(3)))
    episode, _, calls = play(anywhere, minted, 130, plan(), sent, LOOP)
    assert [body.ok for body in bodies(episode, ToolReturn)][:3] == [False] * 3
    assert calls[1].reply.count("x" * 1_200_000) == 3
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)


@pytest.mark.parametrize("keys", [("a", "a", "a"), (None, None, "call_0"), ("", " ", 7)])
def test_calls_with_the_same_id_are_all_done(anywhere: RunContext, minted: Benchmark, keys: tuple[object, ...]) -> None:
    made = [function("write_file", json.dumps({"name": f"a{n}.md", "text": f"{n}"}), key) for n, key in enumerate(keys)]
    episode, _, _ = play(anywhere, minted, 140 + len(str(keys)), plan(), answer(None, *made), LOOP)
    assert [body.name for body in bodies(episode, Artifact)] == ["a0.md", "a1.md", "a2.md"]
    assert len({body.call_id for body in bodies(episode, ToolCall)}) == len(bodies(episode, ToolCall))
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)


THOUGHTS = {
    "surrogate": (f"I see {EMOJI} here", "I see \ufffd here"),
    "NUL": ("I see \x00 here", "I see \ufffd here"),
    "pair the wrong way round": ("\udc00\ud800", "\ufffd\ufffd"),
    "whole pair": ("I see \U0001f600 here", "I see \U0001f600 here"),
    "2 MB": ("x" * 2_000_000, "x" * 20_000),
}


@pytest.mark.parametrize("name", THOUGHTS)
def test_thought_of_any_characters_is_stored(anywhere: RunContext, minted: Benchmark, name: str) -> None:
    said, kept = THOUGHTS[name]
    sent = answer(f"[[ ## thought ## ]]\n{said}\n\n[[ ## completed ## ]]", function("list_files"))
    episode, _, calls = play(anywhere, minted, 150 + list(THOUGHTS).index(name), plan(), sent, LOOP)
    assert bodies(episode, Thought)[0].text == kept
    assert said in json.loads(calls[1].reply)["message"]["parts"][0]["text"]
    assert (episode.outcome, find_reward(anywhere, episode), bodies(episode, ErrorRaised)) == (
        Outcome.BUDGET_TURNS,
        0,
        [],
    )


def write_plan(text: str, tail: str = "") -> str:
    """Return a plan of one item as a model writes it, its text as JSON has it."""
    item = f'{{"id": "write", "text": "{text}", "acceptance": "{text}"}}'
    return f'[[ ## plan ## ]]\n{{"text": "{text}", "items": [{item}]}}\n\n[[ ## completed ## ]]{tail}'


@pytest.mark.parametrize("text", ["a\\u0000b", "a\\ud83d", "\\udc00b"])
def test_plan_that_no_store_holds_is_sent_back(anywhere: RunContext, minted: Benchmark, text: str) -> None:
    sent = answer(write_plan(text), finish="stop")
    episode, server, _ = play(anywhere, minted, 160 + len(text), sent, answer(write_plan("good"), finish="stop"), LOOP)
    (fault,) = bodies(episode, ErrorRaised)
    assert (fault.error_type, fault.infrastructure) == ("unreadable_reply", False)
    assert fault.text[:40] in json.dumps(server.requests[1])
    assert [body.text for body in bodies(episode, Plan)] == ["good"]
    assert (episode.outcome, find_reward(anywhere, episode)) == (Outcome.BUDGET_TURNS, 0)


DRAFT, REAL = write_plan("draft"), write_plan("real")
REASONED = {
    "draft, then the answer": f"<think>\nLet me try:\n{DRAFT}\nno.\n</think>\n\n{REAL}",
    "two drafts": f"<think>{DRAFT}\n{DRAFT}</think>{REAL}",
    "opened by the template": f"Let me try:\n{DRAFT}\n</think>\n{REAL}",
    "thought twice": f"<think>\n{DRAFT}\n</think>\n<think>\n{DRAFT}\n</think>\n{REAL}",
    "another word": f"<reasoning>\n{DRAFT}\n</reasoning>\n{REAL}",
    "none": REAL,
    "mentions the mark": write_plan("real").replace("real", "real </think> it"),
}


@pytest.mark.parametrize("name", REASONED)
def test_answer_is_what_comes_behind_the_reasoning(context: RunContext, minted: Benchmark, name: str) -> None:
    sent = answer(REASONED[name], finish="stop")
    episode, _, _ = play(context, minted, 170 + list(REASONED).index(name), sent, LOOP, turns=2)
    assert [body.text.split()[0] for body in bodies(episode, Plan)] == ["real"]
    assert not bodies(episode, ErrorRaised)


CUT = {
    "in the draft": (f"<think>\nLet me try:\n{DRAFT}", "stop", "ends within its reasoning"),
    "behind the reasoning": (f"Let me try:\n{DRAFT}\n</think>\n", "stop", "ends within its reasoning"),
    "in the answer": (f"<think>\n{DRAFT}\n</think>\n{REAL[:70]}", "length", "cut off"),
    "just before its mark": (REAL.removesuffix("[[ ## completed ## ]]"), "length", "cut off"),
    "nested for ever": ("[[ ## plan ## ]]\n" + "[" * 50_000, "stop", "could not be read"),
}


@pytest.mark.parametrize("name", CUT)
def test_reply_without_its_end_is_unreadable(context: RunContext, minted: Benchmark, name: str) -> None:
    text, finish, says = CUT[name]
    sent, good = answer(text, finish=finish), answer(write_plan("good"), finish="stop")
    episode, _, _ = play(context, minted, 180 + list(CUT).index(name), sent, good, LOOP, turns=3)
    assert [body.text for body in bodies(episode, Plan)] == ["good"]
    (fault,) = bodies(episode, ErrorRaised)
    assert says in fault.text

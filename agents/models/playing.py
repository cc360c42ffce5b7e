"""Designers behind the scripted model: they read the problem, lay designs out, and react to what the tools say.

All that they know of the way so far is in the request, so that a killed episode goes on as it would have.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from dspy import lm15

from agents.mechanisms import MECHANISMS
from agents.mechanisms.chute import find_corner, find_way, list_makings
from agents.mechanisms.deflector import find_lane
from agents.mechanisms.mechanism import Site, find_suited, guess, survey
from agents.protocols import Problem
from schemas.llm import AgentRole

OutputFields = Mapping[str, object]
Calls = tuple[tuple[str, Mapping[str, object]], ...]
ScriptPolicy = Literal["designer", "careless", "obedient"]
ADVICE = "Simulate every design before you hand it in."
"""An `obedient` designer works like `designer` where its instructions say this, else like `careless`."""
POINTS = (
    *("follows_plan", "inside_build_zone", "fastened", "manufacturable", "within_cost", "within_mass", "previewed"),
    *("cause_found", "change_named", "numbers_are_the_plans", "no_other_reading"),
)
FLAWED, GUESS, SLIM = range(3)
LEAST_DESIGNS, MOST_DESIGNS = 3, 14
SLIM_SHARE, SPREAD, RASH_SPREAD = 0.3, 0.5, 6.0
TODO = (("draft", ()), ("improve", ("draft",)), ("hand_in", ("improve",)))


@dataclass(frozen=True)
class Past:
    """One tool call of the engineer with its answer."""

    tool: str
    name: str
    ok: bool
    body: Mapping[str, object]


def play(
    policy: ScriptPolicy, role: AgentRole, problem: Problem | None, request: lm15.Request
) -> tuple[OutputFields, Calls]:
    """Return what a role answers: output fields, and tool calls."""
    if role == "engineer" and problem is not None:
        careful = policy == "designer" or (policy == "obedient" and ADVICE in str(request.system))
        past = tuple(read_past(request))
        thought, calls = (_design if careful else _rush)(problem, past)
        return {"thought": thought}, calls
    if role == "critic":
        points = [{"point": point, "ok": True, "evidence": "see the last tool answers"} for point in POINTS]
        return {"review": {"points": points, "text": "Lead the payload further: it falls short of the goal."}}, ()
    if role == "writer":
        return {"skill": _SKILL, "new_instruction": f"{{{{authoring}}}}\n{ADVICE}"}, ()
    items = [
        {"id": name, "text": f"{name} the design", "acceptance": "its preview says so", "depends_on": list(before)}
        for name, before in TODO
    ]
    idea = next((one.idea for one, _ in find_suited(survey(problem), MECHANISMS)), "") if problem else ""
    return {"plan": {"text": f"Build {idea}.", "items": items}, "answer": "As the plan says."}, ()


_SKILL = {
    "name": "room_for_the_payload",
    "description": "Check the free width of a way against the payload before handing in.",
    "when_to_use": "a payload has to slide, roll or be steered along a way into a goal zone",
    "body": "The free width has to exceed the payload's diagonal by the jitter on both sides. Simulate all trials, "
    "and compare unit cost and mass with the limits, before the first submission.",
}


def read_past(request: lm15.Request) -> Iterator[Past]:
    """Yield the tool calls of a conversation in order, with their answers; a cut answer has an empty body."""
    parts = [part for message in request.messages for part in message.parts]
    results = {part.id: part for part in parts if isinstance(part, lm15.ToolResultPart)}
    for part in parts:
        if isinstance(part, lm15.ToolCallPart) and part.id in results:
            result = results[part.id]
            text = "".join(one.text for one in result.content if isinstance(one, lm15.TextPart))
            yield Past(part.name, str(part.input.get("name", "")), not result.is_error, _parse(text))


def lay_out(problem: Problem, number: int, spread: float, *, short: bool = False) -> str:
    """Return the program of one design: 0 ends half-way (any where it is `short`), 1 the first guess, 2 a slimmer one.

    The others lie around the guess, in that share of each knob's range which `spread` is; from the slimmer one on they
    are made in one allowed way after the other.
    """
    site = survey(problem)
    mechanism, knobs = find_suited(site, MECHANISMS)[0]
    values = guess(knobs)
    rng = np.random.default_rng(number)
    for knob in knobs:
        width = knob.high - knob.low
        drawn = (rng.uniform() - 0.5) * spread * width
        moved = {FLAWED: 0.0, GUESS: 0.0, SLIM: knob.slimmer * SLIM_SHARE * width}.get(number, drawn)
        values[knob.name] = knob.clip(values[knob.name] + moved)
    flaw = _shorten(site) if short or number == FLAWED else {}
    ways = list_makings(site) if number >= SLIM else []
    return mechanism.write(site, values | flaw, {"trough": ways[(number - SLIM) % len(ways)]} if ways else {})


def _shorten(site: Site) -> dict[str, float]:
    """Return the knob that lets a design end half-way to the goal or across the moving surface."""
    lane, way = find_lane(site), find_way(site)
    if lane is not None:
        return {"over_mm": -0.6 * lane.width_mm}
    if way is None:
        return {}
    length = way.along(way.near_x)
    return {"end_mm": -0.2 * length, "slope_deg": 3.0} if find_corner(site, way) else {"end_mm": -0.5 * length}


def _design(problem: Problem, past: Sequence[Past]) -> tuple[str, Calls]:
    """Hand a first design in too early, learn from it, then preview until designs fit; hand in the cheapest."""
    written, tried, handed_in = _sum_up(past)
    if not past:
        reads: Calls = (("read_todo", {}), ("prepare_context", {}))
        return "I look at the plan and the scene.", (*reads, _mark("draft", "doing"))
    fits = {name: cost for name, cost in _find_fits(problem, tried).items() if name not in handed_in}
    if len(written) == 1 and not handed_in:
        return "It looks right to me: I hand it in.", (_mark("draft", "done"), ("submit", {"name": written[0]}))
    if fits and len(written) >= LEAST_DESIGNS:
        best = min(fits, key=lambda name: fits[name])
        marks = (_mark("improve", "doing"), _mark("improve", "done"), _mark("hand_in", "doing"))
        return f"{best} passes and is the cheapest so far.", (*marks, ("submit", {"name": best}))
    if len(written) >= MOST_DESIGNS:
        return "Nothing fits: the last one has to do.", (("submit", {"name": written[-1]}),)
    name, source = f"design_{len(written)}.py", lay_out(problem, len(written), SPREAD)
    looks = (("run_program", {"name": name}), ("simulate", {"name": name, "trials": 16 if written else 4}))
    return f"I lay out design {len(written)}.", (("write_file", {"name": name, "text": source}), *looks)


def _rush(problem: Problem, past: Sequence[Past]) -> tuple[str, Calls]:
    """Hand in design after design without a look, all of them too short."""
    written, _, _ = _sum_up(past)
    number = 0 if not written else SLIM + len(written)
    name, source = f"design_{len(written)}.py", lay_out(problem, number, RASH_SPREAD, short=True)
    return "This will do.", (("write_file", {"name": name, "text": source}), ("submit", {"name": name}))


def _sum_up(past: Sequence[Past]) -> tuple[list[str], dict[str, Mapping[str, object]], set[str]]:
    """Return the files written, what simulations said of them, and which were handed in."""
    written = [one.name for one in past if one.tool == "write_file"]
    tried = {one.name: one.body for one in past if one.tool == "simulate"}
    return written, tried, {one.name for one in past if one.tool == "submit"}


def _find_fits(problem: Problem, tried: Mapping[str, Mapping[str, object]]) -> dict[str, float]:
    """Return the unit costs of the designs that passed their preview and keep within the budgets."""
    limits, fits = problem.budgets, {}
    for name, said in tried.items():
        cost, mass = said.get("unit_cost_usd"), said.get("mass_g")
        if not said.get("passed") or not isinstance(cost, float) or not isinstance(mass, float):
            continue
        if limits is None or (cost <= limits.max_cost_usd and mass <= limits.max_mass_g):
            fits[name] = cost
    return fits


def _mark(item: str, status: str) -> tuple[str, dict[str, object]]:
    return "update_todo", {"item": item, "status": status}


def _parse(text: str) -> Mapping[str, object]:
    try:
        body = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}

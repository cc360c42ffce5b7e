"""The reference engineer finds designs through its previewer, deterministically, and leaves an engineer's trace."""

import itertools
import json
from dataclasses import replace

import pytest

from agents.families import FAMILIES
from agents.lazy_engineer import list_lazy_designs
from agents.mechanisms import CHUTE, MECHANISMS, descent
from agents.mechanisms.chute import SHEET, find_way, write_trough
from agents.mechanisms.mechanism import Knob, Mechanism, Site, find_suited, guess, survey
from agents.reference import DRAWS, TRIALS, WANTED_MARGIN_MM, ReferenceEngineer
from schemas.bundle import ProcessName
from schemas.errors import InputError
from schemas.messages import Author, MessageBody, Plan, TodoUpdate, ToolCall, ToolReturn


class ListTranscript:
    """Keeps what is said in memory."""

    def __init__(self) -> None:
        self.said: list[tuple[Author, MessageBody]] = []

    def say(self, author: Author, body: MessageBody) -> None:
        self.said.append((author, body))


def misled(mechanism: Mechanism) -> Mechanism:
    """Return the mechanism with a first guess that ends short of the sill."""

    def knobs(site: Site) -> tuple[Knob, ...]:
        return tuple(replace(k, low=-40.0, guess=-30.0) if k.name == "end_mm" else k for k in mechanism.knobs(site))

    return replace(mechanism, knobs=knobs)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_mechanism_suits_each_family(problem_of, family: str) -> None:
    problem, _ = problem_of(family, 1)
    suited = [mechanism.name for mechanism in MECHANISMS if mechanism.knobs(survey(problem))]
    assert tuple(suited) == FAMILIES[family].mechanisms


@pytest.mark.parametrize("family", FAMILIES)
def test_first_guess_stays_within_its_bounds(problem_of, family: str) -> None:
    for index in range(3):
        problem, _ = problem_of(family, index)
        for knob in (knob for mechanism in MECHANISMS for knob in mechanism.knobs(survey(problem))):
            assert knob.low <= knob.clip(knob.guess) <= knob.high


@pytest.mark.parametrize("family", ["push", "turntable", "seesaw", "lift", "swing_gate", "oscillating_tray"])
def test_first_guess_passes_where_something_moves(problem_of, family: str) -> None:
    problem, previewer = problem_of(family, 1)
    ((mechanism, knobs),) = find_suited(survey(problem), MECHANISMS)
    verdict = previewer.simulate(previewer.build(mechanism.write(survey(problem), guess(knobs))), 4, 1)
    assert verdict.passed and verdict.margin_mm >= WANTED_MARGIN_MM, verdict.reasons


def test_descent_turns_the_height_into_speed(problem_of) -> None:
    """The steeper it is, the shorter; it ends before the flap, and a ball that starts faster gets a longer crest."""
    problem, previewer = problem_of("swing_gate", 0)
    site = survey(problem)
    ((mechanism, knobs),) = find_suited(site, MECHANISMS)
    for angle in (knobs[0].low, knobs[0].high):
        values = {**guess(knobs), "angle_deg": angle}
        assert previewer.simulate(previewer.build(mechanism.write(site, values)), 4, 1).passed
    zone, fall_mm = site.build_zone, descent.find_fall(site)[2]
    assert descent.length_mm(site, fall_mm, knobs[0].low) < zone.max_mm[0] - zone.min_mm[0] - 2
    speed_m_s = abs(problem.scene.payloads[0].velocity_mm_s[0]) / 1e3
    assert descent.crest_mm(site) > speed_m_s**2 / 9.81 * 1e3
    lengths = [descent.length_mm(site, 90.0, angle) for angle in (45.0, 60.0, 75.0)]
    assert lengths == sorted(lengths, reverse=True)


def test_reference_designs_and_leaves_a_trace(problem_of) -> None:
    problem, previewer = problem_of("drop_chute", 3)
    transcripts = ListTranscript(), ListTranscript()
    first, second = (ReferenceEngineer().design(problem, previewer, transcript, 7) for transcript in transcripts)
    assert first is not None
    assert second is not None
    assert first.built.program == second.built.program
    assert (first.mechanism.name, first.parts) == ("chute", 1)
    assert first.unit_cost_usd > 0 < first.verdict.mass_g
    bodies = [body for _, body in transcripts[0].said]
    answers = [json.loads(body.body) for body in bodies if isinstance(body, ToolReturn)]
    assert sum(answer.get("trials", 0) for answer in answers) <= 96
    assert transcripts[0].said == transcripts[1].said
    assert isinstance(bodies[0], Plan)
    calls = [body.call_id for body in bodies if isinstance(body, ToolCall)]
    assert calls == [body.call_id for body in bodies if isinstance(body, ToolReturn)]
    assert len(set(calls)) == len(calls)


def test_reference_searches_from_a_poor_guess(problem_of) -> None:
    problem, previewer = problem_of("drop_chute", 3)
    transcript = ListTranscript()
    engineer = ReferenceEngineer(mechanisms=(misled(CHUTE),))
    design = engineer.design(problem, previewer, transcript, 7)
    assert design is not None
    assert design.verdict.passed
    calls = [body for _, body in transcript.said if isinstance(body, ToolCall) and body.tool == "simulate"]
    assert TRIALS["coarse"] in [json.loads(call.arguments)["trials"] for call in calls]


def test_sheet_is_bent_for_straight_ways_alone(problem_of) -> None:
    site = survey(problem_of("drop_chute", 3)[0])
    way, section_mm = find_way(site), (12.0, 40.0, 20.0, 3.0)
    bent = ((-30.0, 200.0), (20.0, 150.0), (100.0, 120.0))
    assert "sheet_metal_bending" in write_trough(site, way, bent[1:], section_mm, {"trough": SHEET})
    with pytest.raises(InputError, match="straight"):
        write_trough(site, way, bent, section_mm, {"trough": SHEET})
    assert "fdm_printing" in write_trough(site, way, bent, section_mm)


def test_reference_searches_on_where_more_draws_confirm_nothing(problem_of, monkeypatch) -> None:
    problem, previewer = problem_of("drop_chute", 3)
    engineer, searched, transcript = ReferenceEngineer(), [], ListTranscript()
    easy = engineer.design(problem, previewer, ListTranscript(), 7)
    simulate = previewer.simulate

    def refuse_guess(built, trials, draw):
        verdict = simulate(built, trials, draw)
        searched.extend([built] if draw == DRAWS["coarse"] else [])
        refused = draw == DRAWS["confirm"] and not searched
        return verdict.model_copy(update={"margin_mm": 0.0}) if refused else verdict

    monkeypatch.setattr(previewer, "simulate", refuse_guess)
    found = engineer.design(problem, previewer, transcript, 7)
    assert found is not None and found.good and found.built.program != easy.built.program
    assert searched and found.searched > easy.searched
    steps = [(body.item, body.status) for _, body in transcript.said if isinstance(body, TodoUpdate)]
    assert [item for item, status in steps if status == "doing"][3:5] == ["confirm", "search"]
    assert all(before[1] != after[1] for before, after in itertools.pairwise(steps)), "one step at a time"


def test_reference_gives_up_within_its_budget(problem_of) -> None:
    problem, previewer = problem_of("drop_chute", 1)
    assert ReferenceEngineer(simulations=12).design(problem, previewer, ListTranscript(), 7) is None
    assert ReferenceEngineer(mechanisms=()).design(problem, previewer, ListTranscript(), 7) is None


@pytest.mark.parametrize(
    ("quantity", "sheet", "process"),
    [(1, (), "fdm_printing"), (1000, (), "sls_printing"), (1000, ("al_5052_h32",), "sheet_metal_bending")],
)
def test_reference_chooses_process_and_material_by_price_at_the_quantity(
    problem_of, quantity: int, sheet: tuple[str, ...], process: str
) -> None:
    problem, previewer = problem_of("drop_chute", 3)
    free = {"allowed_processes": tuple(ProcessName), "allowed_materials": ("pla", "pa12", "pp", *sheet)}
    task = problem.scene.task.model_copy(update={**free, "target_quantity": quantity})
    scene = problem.scene.model_copy(update={"task": task})
    previewer.scene = replace(previewer.scene, record=scene)
    transcript = ListTranscript()
    design = ReferenceEngineer().design(replace(problem, scene=scene), previewer, transcript, 7)
    (made,) = (body for body in design.built.bodies if body.process is not None)
    assert made.process == process and design.good
    answers = [json.loads(body.body) for _, body in transcript.said if isinstance(body, ToolReturn)]
    ways = [way for answer in answers for way in answer.get("ways", ()) if way["unit_cost_usd"]]
    assert min(ways, key=lambda way: way["unit_cost_usd"])["process"] == process


def test_scoop_rests_without_power_and_carries_the_payload_up(problem_of) -> None:
    problem, previewer = problem_of("lift", 2)
    site = survey(problem)
    ((mechanism, knobs),) = find_suited(site, MECHANISMS)
    values = guess(knobs)
    slow = previewer.simulate(previewer.build(mechanism.write(site, {**values, "gain_percent": 0.05})), 4, 1)
    assert not slow.passed and {one.code for one in slow.reasons} == {"GOAL_MISSED"}, "too weak, but at rest"
    unpowered = problem.scene.model_copy(update={"outlets": ()})
    assert mechanism.knobs(survey(replace(problem, scene=unpowered))) == ()
    assert list(list_lazy_designs(problem)) == [], "nothing that stands still can lift"


def test_blade_right_behind_the_payload_lets_it_fall_short_of_the_bin(problem_of) -> None:
    problem, previewer = problem_of("oscillating_tray", 1)
    site = survey(problem)
    ((mechanism, knobs),) = find_suited(site, MECHANISMS)
    near = mechanism.write(site, {**guess(knobs), "behind_mm": knobs[0].low})
    verdict = previewer.simulate(previewer.build(near), 4, 1)
    assert not verdict.passed and {one.code for one in verdict.reasons} == {"GOAL_MISSED"}
    standing = problem.scene.model_copy(update={"drives": ()})
    assert mechanism.knobs(survey(replace(problem, scene=standing))) == (), "nothing draws the tray back"

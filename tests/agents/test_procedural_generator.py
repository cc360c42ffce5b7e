"""The generator is pure, keeps its ranges, says all in the statement and nothing that gives the solution away."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.families import FAMILIES
from agents.families.draw import draw_item
from agents.families.parameters import WAYS
from agents.families.pendulum_hazard import swing_motion
from agents.families.statement import FORBIDDEN_WORDS, PHASES
from agents.families.swing_gate import WING, flap_energy_j_kg, way_mm
from agents.procedural_generator import DrawnScene, check_families, draw_scene, generate_draft, plan_family
from agents.splits import assign_split
from agents.statement_reading import read_statement
from schemas.benchmark import BenchmarkDraft, ItemKey
from schemas.bundle import ProcessName
from schemas.catalogue_files import read_catalogue
from schemas.errors import InputError
from tests.agents.conftest import run_program
from workbench.kernel.loading import load_bundle
from workbench.verify.shapes import check_intersections

COUNT = 40
BODY_ID = re.compile(r'scene\.(?:fixture|mover|driven|mount|outlet)\(\s*"([a-z0-9_]+)"')


def statement(family: str, index: int) -> str:
    return str(constants(draft(family, index).program.source)["STATEMENT"])


def draft(family: str, index: int, **key: int) -> BenchmarkDraft:
    return generate_draft(ItemKey(family=family, seed=key.pop("seed", 7), index=index, **key))


def drawn(family: str, index: int) -> DrawnScene:
    return draw_scene(ItemKey(family=family, seed=7, index=index))


def constants(source: str) -> dict[str, object]:
    found: dict[str, object] = {}
    block = source.partition("# --- constants ---")[2].partition("# --- end of constants ---")[0]
    exec(block, {}, found)  # our own literals
    return found


@pytest.mark.parametrize("family", FAMILIES)
def test_generate_draft_is_pure_and_varies(family: str) -> None:
    drafts = [draft(family, index) for index in range(COUNT)]
    assert drafts == [draft(family, index) for index in range(COUNT)]
    assert len({one.program.sha256 for one in drafts}) == COUNT
    assert draft(family, 3, attempt=1).parameters != draft(family, 3).parameters
    assert draft(family, 3, seed=8).parameters != draft(family, 3).parameters


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_every_draw_is_within_the_ranges_of_its_family(family: str) -> None:
    for index in range(400):
        assert draw_scene(ItemKey(family=family, seed=3, index=index)).layout.bodies


def test_draw_item_spreads_better_than_chance() -> None:
    points = np.array([[draw_item(ItemKey(family="x", seed=1, index=i)).unit()] for i in range(64)])
    counts = np.histogram(points, bins=16, range=(0, 1))[0]
    assert counts.min() >= 3
    assert counts.max() <= 5


@pytest.mark.parametrize("family", FAMILIES)
def test_sample_records_every_value_and_covers_the_choices(family: str) -> None:
    drafts = [draft(family, index) for index in range(COUNT)]
    values = [{one.name: one.value for one in made.parameters} for made in drafts]
    assert {value["quantity"] for value in values} == {10, 100, 1000, 10_000}
    assert len({value["payload_shape"] for value in values}) >= (
        1 if family in ("funnel_catch", "swing_gate") else 3
    )  # only balls roll
    assert {value["run"] for value in values} == {-1.0, 1.0}
    assert all(1.1 <= one.slack <= 2.0 for one in drafts)
    assert all(one.unit == "mm" for made in drafts for one in made.parameters if one.name.endswith("_mm"))


@pytest.mark.parametrize("family", FAMILIES)
def test_statement_gives_no_solution_away(family: str) -> None:
    for index in range(COUNT):
        assert not [word for word in FORBIDDEN_WORDS if word in statement(family, index).lower()]


@pytest.mark.parametrize("family", FAMILIES)
def test_body_ids_are_neutral(family: str) -> None:
    ids, layout = BODY_ID.findall(draft(family, 0).program.source), drawn(family, 0).layout
    assert sorted(ids) == sorted(one.id for one in (*layout.bodies, *layout.mounts, *layout.outlets))
    assert not [word for word in FORBIDDEN_WORDS if any(word in one for one in ids)]


@pytest.mark.parametrize("family", FAMILIES)
def test_statement_numbers_read_back(family: str) -> None:
    for index in range(COUNT):
        layout, text = drawn(family, index).layout, statement(family, index)
        facts, payload = read_statement(text), layout.payloads[0]
        assert (facts.payload.size_mm, facts.payload.centre_mm) == (payload.size_mm, payload.centre_mm)
        assert (facts.boxes["floor"].min_mm, facts.boxes["floor"].max_mm) == layout.bodies[0].shape.bounds
        assert set(facts.friction) >= {*WAYS[drawn(family, index).drawn.ways].materials}
        assert 5 <= facts.payload.mass_g <= 500
        assert len(facts.swings) == (family in ("pendulum_hazard", "turntable", "seesaw", "swing_gate"))
        assert len(text) < 6000


@pytest.mark.parametrize("family", FAMILIES)
def test_statement_tells_every_number_of_the_program(family: str) -> None:
    """But what it says in other words: seed, directions, a share of the speed; payloads by size and centre."""
    for index in range(COUNT):
        text, program = statement(family, index), constants(draft(family, index).program.source)
        payload = str(drawn(family, index).drawn.payload_name).upper()
        told = {abs(float(value)) for value in re.findall(r"\d+(?:\.\d+)?", text)}
        kept = {name: value for name, value in program.items() if not re.fullmatch(rf"SEED|{payload}_.*", name)}
        for name, value in kept.items():
            given = np.ravel(value) if isinstance(value, float | int | tuple) else []
            numbers = {round(abs(float(one)), 3) for one in given if not isinstance(one, str)}
            assert numbers <= told, (name, numbers - told)


def test_flap_asks_for_more_than_the_ball_has_before_it_falls() -> None:
    """And for what it is drawn to ask of the fall: in J per kg of the ball, by what lifts it and the blow wastes."""
    densities = {name: one.density_kg_m3 for name, one in read_catalogue().materials.items()}
    for index in range(COUNT):
        one = drawn("swing_gate", index).drawn
        flap_g = densities[one.flap_material] * one.flap_mm * one.flap_width_mm * one.flap_thickness_mm
        ratio = flap_g / (densities[one.payload_material] * np.pi / 6 * one.payload_width_mm**3)
        measures = (one.flap_mm, one.under_mm, one.payload_width_mm, WING[one.flap_shape][1])
        asks, has = flap_energy_j_kg(measures, one.flap_thickness_mm, ratio), 0.7 * (1.05 * one.speed_mm_s / 1e3) ** 2
        assert asks == pytest.approx(one.need_share * 9.81 * one.fall_mm / 1e3, rel=0.03)
        assert asks > 3 * has


@pytest.mark.parametrize("index", range(4))
def test_bar_bars_straight_ways_alone(index: int) -> None:
    """The ball is lower than the bar on the drawn way, higher than it on one that falls by 30 degrees."""
    layout, one = drawn("swing_gate", index).layout, drawn("swing_gate", index).drawn
    (low, high), start = next(body for body in layout.bodies if body.id == "bar").shape.bounds, layout.build
    u = abs((low[0] + high[0]) / 2 - (start[0][0] if one.run > 0 else start[1][0])) + 0.5
    length, radius = way_mm(one.fall_mm, one.approach_deg, one.speed_mm_s)
    over_way = one.table_mm + radius - np.sqrt((radius - one.payload_width_mm) ** 2 - (length - u) ** 2)
    slope = np.radians(30)
    over_straight = one.table_mm + one.fall_mm - 5 - u * np.tan(slope) + one.payload_width_mm / np.cos(slope)
    assert over_way + 3 < high[2] - 6 < over_straight - 5


@pytest.mark.parametrize("index", range(4))
def test_way_down_ends_before_the_flap(index: int) -> None:
    layout, one = drawn("swing_gate", index).layout, drawn("swing_gate", index).drawn
    flap = next(body for body in layout.bodies if body.id == "body_a")
    (low, high), (first, last) = flap.shape.bounds, layout.build
    assert low[0] > last[0] + 4 if one.run > 0 else high[0] < first[0] - 4
    assert way_mm(one.fall_mm, one.approach_deg, one.speed_mm_s)[0] < last[0] - first[0]
    goal_low, goal_high = layout.goals["goal"]
    assert goal_low[0] > high[0] if one.run > 0 else goal_high[0] < low[0]


def test_pendulum_says_whether_its_phase_is_drawn() -> None:
    found = {"uniform": 0, "fixed": 0}
    for index in range(COUNT):
        phase = drawn("pendulum_hazard", index).layout.motions[0].contract.phase
        text = statement("pendulum_hazard", index)
        assert {name: words in text for name, words in PHASES.items()} == {name: name == phase for name in PHASES}
        found[phase] += 1
    assert found["uniform"] > found["fixed"] > COUNT / 5


@pytest.mark.parametrize(("phase", "codes"), [("uniform", {"SPAWN_BLOCKED"}), ("fixed", set())])
def test_start_in_the_swing_is_blocked_where_the_phase_is_drawn(phase: str, codes: set[str], tmp_path: Path) -> None:
    """A payload where the bob passes in the middle of its swing; the arm starts beside it."""
    scene = drawn("pendulum_hazard", 0)
    (payload,), (motion,) = scene.layout.payloads, scene.layout.motions
    x, y, z = motion.joint.anchor_mm
    passed_mm = scene.drawn.arm_mm + scene.drawn.bob_height_mm / 2
    swing = replace(motion, contract=motion.contract.model_copy(update={"phase": phase}))
    for start, blocked in ((payload.centre_mm, set()), ((x, y, z - passed_mm), codes)):
        moved = replace(scene.layout, payloads=(replace(payload, centre_mm=start),), motions=(swing,))
        built = run_program(scene._replace(layout=moved).write(7, "…"), tmp_path)
        reasons = check_intersections(load_bundle(built.files)).reasons
        assert {reason.code for reason in reasons} == blocked
        assert not blocked or "drawn phase" in reasons[0].message


@pytest.mark.parametrize("family", FAMILIES)
def test_benchmarks_allow_what_goes_together_and_all_processes_among_them(family: str) -> None:
    taken, rows = set(), read_catalogue().materials
    for index in range(COUNT):
        made = constants(draft(family, index).program.source)
        processes, materials = set(made["PROCESSES"]), made["MATERIALS"]
        assert f"Parts may be made by {', '.join(made['PROCESSES'])} of {', '.join(materials)}," in made["STATEMENT"]
        assert all(processes & {*rows[name].processes} for name in materials)
        assert processes == processes & {one for name in materials for one in rows[name].processes}
        taken |= processes
    assert taken == set(ProcessName)


@pytest.mark.parametrize("family", FAMILIES)
def test_held_out_phrasings_appear_in_tests_only(family: str) -> None:
    kept, held = FAMILIES[family].intros[:3], FAMILIES[family].intros[3:]
    assert len(kept) == len(held) == 3
    for index in range(COUNT):
        made = draft(family, index)
        first = statement(family, index).split("\n")[0]
        name = next(str(one.value) for one in made.parameters if one.name == "payload_name")
        allowed = held if made.split.startswith("test") else kept
        assert first in [intro.format(payload=name) for intro in allowed]


def test_swing_motion_matches_small_and_right_angles() -> None:
    """A simple pendulum of 248.5 mm has 1 s at small angles; at 90° the period is 1.18034 times that (K(sin 45°))."""
    small = swing_motion(248.4911, 1e-6)[0]
    assert small == pytest.approx(1.0, abs=1e-4)
    assert swing_motion(248.4911, np.pi / 2)[0] / small == pytest.approx(1.180341, abs=1e-6)
    assert swing_motion(248.4911, np.pi / 2)[1] == pytest.approx(np.degrees(np.sqrt(2 * 9810 / 248.4911)))


def test_assign_split_holds_families_and_cells_out() -> None:
    assert assign_split(["drop_chute", "seesaw"], (1,)) == "test_cross"
    splits = [assign_split(["drop_chute"], (cell,)) for cell in range(2000)]
    assert 0.07 < splits.count("validation") / 2000 < 0.13
    assert 0.07 < splits.count("test_within") / 2000 < 0.13
    assert assign_split(["b", "a"], (1, 2)) == assign_split(["a", "b"], (1, 2))


def test_plan_family_takes_turns_and_names_the_unknown() -> None:
    assert {plan_family((), 7, index) for index in range(len(FAMILIES))} == set(FAMILIES)
    assert plan_family(("drop_chute",), 7, 5) == "drop_chute"
    with pytest.raises(InputError, match="choose from"):
        check_families(("teleporter",))


def test_parameters_are_json() -> None:
    assert json.loads(draft("drop_chute", 0).model_dump_json())["kind"] == "static"


def test_tray_to_lift_to_is_above_the_payload_and_its_stand_leaves_room_under_that() -> None:
    stands = set()
    for index in range(COUNT):
        scene = drawn("lift", index)
        (payload,), goal, build = scene.layout.payloads, scene.layout.goals["goal"], scene.layout.build
        (width, depth, height), z, jitter = payload.size_mm, payload.centre_mm[2], payload.jitter.position_mm
        assert goal[0][2] > z - height / 2 + 5 and goal[1][2] > z + height / 2
        assert scene.drawn.top_mm >= max(jitter) + 1.9, "or the payload falls off by itself"
        assert min(width, depth) / 2 > max(jitter) + scene.drawn.top_mm + 3, "or nothing can reach under both its sides"
        assert scene.layout.outlets and (goal[0][0] >= build[1][0] + 5 or goal[1][0] <= build[0][0] - 5)
        stands.add(scene.drawn.stand)
    assert stands == {"rod", "cone", "post"}


def test_tray_that_goes_to_and_fro_takes_the_payload_along_and_lays_the_bin_open() -> None:
    bins, rows = set(), read_catalogue()
    for index in range(COUNT):
        scene = drawn("oscillating_tray", index)
        values, (payload,), (motion,) = scene.drawn, scene.layout.payloads, scene.layout.motions
        (low, *_), (high, *_) = scene.layout.goals["goal"]
        x, reach = payload.centre_mm[0], values.payload_reach_mm
        assert not low < x < high, "or it falls into the bin wherever it is held back"
        front, middle = x + values.run * values.before_mm, (low + high) / 2
        uncovered = (front - middle) * values.run + reach
        assert uncovered < -min(motion.contract.min, -motion.contract.max), "or it can't fall in the middle"
        pull_mm_s2 = values.stroke_mm / 2 * (2 * np.pi / values.period_s) ** 2
        assert pull_mm_s2 < 0.85 * 9810 * rows.pair(payload.material, values.surface_material).friction, "or it slips"
        bins.add(values.bin)
    assert bins == {"box", "round", "sloped"}

"""The registry's schemas, and the proofs that the toolbox computes again."""

import pytest

from agents.protocols import Problem
from agents.tools import TOOLS, Toolbox
from agents.tools.catalogue import search_components
from agents.tools.refusal import check_proof
from schemas.catalogue_files import load_catalogue
from schemas.errors import InputError
from schemas.jobs import Budgets
from schemas.llm import EpisodeLimits
from schemas.messages import Message, Plan
from schemas.record import Measure
from tests.agents.conftest import DATA

NAMES = """read_problem read_todo update_todo write_file read_file list_files edit_file prepare_context run_program
render measure check_part compare_processes price_assembly search_components explain_rule simulate lint refuse_plan
ask_architect submit"""
HOLDS = [
    ("mass_lower_bound", {"volume_mm3": 9e7}, True),
    ("mass_lower_bound", {"volume_mm3": 1e3}, False),
    ("cost_lower_bound", {"volume_mm3": 1e3, "components_usd": 101.0}, True),
    ("cost_lower_bound", {"components_usd": 99.0}, False),
    ("torque_bound", {"mass_g": 1e6, "arm_mm": 1000.0}, True),
    ("torque_bound", {"mass_g": 10.0, "arm_mm": 10.0}, False),
    ("reach_bound", {"length_mm": 5000.0}, True),
    ("reach_bound", {"length_mm": 20.0}, False),
    ("zone_too_small", {"size_x_mm": 5000.0}, True),
    ("zone_too_small", {"size_z_mm": 1.0}, False),
    ("component_missing", {"bore_mm": 8.123}, True),
    ("component_missing", {"bore_mm": 8.0, "outer_diameter_mm": 22.0}, False),
]


class ListLog:
    """A log that only holds messages."""

    def __init__(self, messages: list[Message]) -> None:
        self.messages, self.calls = messages, []


def make_toolbox(problem: Problem, claims: tuple[Measure, ...]) -> Toolbox:
    said = Plan(version=1, text="", items=(), claims=claims)
    message = Message(episode_id="0" * 64, seq=0, author="architect", at="2026-01-01T00:00:00Z", body=said)
    binding = Problem(problem.scene, problem.statement, Budgets(max_cost_usd=100.0, max_mass_g=100.0))
    return Toolbox(binding, None, ListLog([message]), EpisodeLimits(), load_catalogue(DATA), TOOLS)


@pytest.mark.parametrize(("kind", "numbers", "holds"), HOLDS)
def test_proof_is_computed_again(problem_of, kind: str, numbers: dict[str, float], holds: bool) -> None:
    problem, _ = problem_of("drop_chute", 3)
    claims = tuple(Measure(name=name, value=value) for name, value in numbers.items())
    toolbox = make_toolbox(problem, claims)
    assert check_proof(toolbox, kind, claims).holds is holds
    other = tuple(claim.model_copy(update={"value": 2 * claim.value}) for claim in claims)
    assert not check_proof(toolbox, kind, other).holds  # the plan claims no such numbers


def test_search_bounds_numbers_and_says_what_can_not_be_built_in(problem_of) -> None:
    toolbox = make_toolbox(problem_of("drop_chute", 3)[0], ())
    found = search_components(toolbox, "nut", at_least={"width_mm": 5.5}, at_most={"width_mm": 7.0}).body
    rows = {row["component_id"]: row for row in found["components"]}
    assert found["found"] == 4 and set(rows) == {"nut_m3", "nut_m4", "locknut_m3", "locknut_m4"}
    assert rows["nut_m3"]["usable"] and not rows["locknut_m3"]["usable"]
    assert rows["locknut_m3"]["reason"] == "the catalogue does not tell its height_mm"
    assert rows["locknut_m3"]["width_mm"] == 5.5 and "source" not in rows["nut_m3"]
    locking = search_components(toolbox, "nut", "lock").body["components"]
    assert [row["component_id"] for row in locking][:2] == ["locknut_m3", "locknut_m4"]
    with pytest.raises(InputError, match="thread can't be compared: choose from height_mm, mass_g"):
        search_components(toolbox, "nut", at_most={"thread": 3})


def test_registry_holds_every_tool_with_its_schema() -> None:
    assert set(NAMES.split()) <= set(TOOLS)
    assert [name for name, tool in TOOLS.items() if tool.counted] == ["submit"]
    assert [name for name, tool in TOOLS.items() if not tool.purpose or "$ref" in str(tool.schema)] == []
    assert TOOLS["simulate"].schema["trials"] == {
        "default": 4,
        "maximum": 16,
        "minimum": 1,
        "title": "Trials",
        "type": "integer",
    }

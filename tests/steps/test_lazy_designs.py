"""What anyone would try first is tried under the full rules, and what it solves has difficulty 1."""

import pytest
from sqlalchemy import select

from agents.lazy_engineer import ENDS, SLOPES_DEG, list_careless_designs, list_lazy_designs
from agents.protocols import Problem
from records.preview_rows import PreviewRow
from records.tables import EpisodeRow
from schemas.benchmark import Benchmark, ItemKey
from schemas.bundle import SceneBundle
from schemas.episode import Preview
from schemas.jobs import BUNDLE_FILE, Budgets
from schemas.record import hash_bytes
from schemas.verdict import Verdict
from steps.building import build_program
from steps.context import RunContext
from steps.generating import make_item
from steps.judging import judge_design
from steps.lazy_designs import find_careless_design, try_lazy_designs


def read_problem(context: RunContext, benchmark: Benchmark) -> Problem:
    files = context.store.load_bundle_files(benchmark.scene_hash)
    return Problem(scene=SceneBundle.from_json(files[BUNDLE_FILE]), statement=benchmark.statement)


def list_passed(tried: dict[str, Preview]) -> list[str]:
    return [name for name, one in tried.items() if not one.reasons]


def test_every_lazy_design_is_a_program_that_builds(context: RunContext, minted: Benchmark) -> None:
    designs = dict(list_lazy_designs(read_problem(context, minted)))
    names = {f"{shape}_{end}_{s}" for shape in ("plate", "trough") for end in ENDS for s in SLOPES_DEG}
    assert set(designs) <= names | {f"{name}_bent" for name in names} and len(designs) >= 32
    assert len(set(designs.values())) == len(designs)
    for program in designs.values():
        assert build_program(context, program, minted.key.seed, "assembly").bundle_hash is not None


def test_lazy_design_that_solves_a_benchmark_makes_it_easy(context: RunContext, minted: Benchmark) -> None:
    stored = context.store.find_item(minted.key.item_id)
    assert stored.lazy_passed == minted.lazy_passed and (stored.difficulty == 1 or not stored.lazy_passed)
    scene = context.store.load_bundle_files(minted.scene_hash)
    for name, program in list_lazy_designs(read_problem(context, minted)):
        if name in stored.lazy_passed:
            built = build_program(context, program, minted.key.seed, "assembly")
            draws = context.draws(minted.benchmark_id, "verdict", 77)
            assert judge_design(context, scene, built, minted.budgets, draws).passed, name


def test_lazy_designs_keep_to_the_final_budgets(context: RunContext, minted: Benchmark) -> None:
    scene = context.store.load_bundle_files(minted.scene_hash)
    free = Budgets(max_cost_usd=1e6, max_mass_g=1e6)
    tight = Budgets(max_cost_usd=0.5, max_mass_g=1e6)
    passed = list_passed(try_lazy_designs(context, minted, scene, minted.benchmark_id, free))
    assert {name.endswith("_bent") for name in passed} == {True, False}
    assert not [name for name in minted.lazy_passed if not name.endswith("_bent")], "prints cost ten times as much"
    tried = try_lazy_designs(context, minted, scene, minted.benchmark_id, tight)
    assert list_passed(tried) == [] and {"OVER_COST"} < {one.code for p in tried.values() for one in p.reasons}


@pytest.mark.parametrize(
    ("processes", "second"),
    [(("fdm_printing",), ""), (("sls_printing",), "_sls"), (("sls_printing", "sheet_metal_bending"), "_bent")],
)
def test_second_process_of_lazy_designs_is_one_that_is_allowed(
    context: RunContext, minted: Benchmark, processes: tuple[str, ...], second: str
) -> None:
    problem = read_problem(context, minted)
    free = {"allowed_processes": processes, "allowed_materials": ("pla", "pa12", "al_5052_h32")}
    scene = problem.scene.model_copy(update={"task": problem.scene.task.model_copy(update=free)})
    names = {name for name, _ in list_lazy_designs(Problem(scene=scene, statement=problem.statement))}
    assert {name.partition("_57")[2] for name in names if "_57" in name} == {"", second}


def test_lazy_designs_are_kept_as_previews_that_count_for_nothing(context: RunContext, minted: Benchmark) -> None:
    with context.store.read() as connection:
        of_search = EpisodeRow.item_id == minted.key.item_id, EpisodeRow.benchmark_id.is_(None)
        search = connection.execute(select(EpisodeRow.__table__).where(*of_search)).mappings().one()
        found = select(PreviewRow.__table__).where(PreviewRow.episode_id == search["episode_id"])
        rows = list(connection.execute(found.order_by(PreviewRow.number)).mappings())
    lazy = [row for row in rows if row["kind"] == "lazy"]
    assert (search["previews"], rows[-len(lazy) :]) == (sum(row["kind"] == "simulate" for row in rows), lazy)
    names = {hash_bytes(text.encode()): name for name, text in list_lazy_designs(read_problem(context, minted))}
    passed = [names[row["program_sha256"]] for row in lazy if row["passed"]]
    assert passed == list(minted.lazy_passed[:1]) and len(passed) < len(lazy) < len(names) / 2
    outcomes = {(row["stage"], *sorted({one["code"] for one in row["reasons"]})) for row in lazy}
    assert len(outcomes) == len(lazy)
    assert [Verdict.from_json(row["record"].encode()).stage for row in lazy] == [row["stage"] for row in lazy]


def test_plate_across_a_belt_stops_what_comes_along(context: RunContext) -> None:
    context.store.record_run("0" * 64, "{}")
    item = make_item(context, "0" * 64, ItemKey(family="conveyor_divert", seed=7, index=4))
    problem, free = read_problem(context, item), Budgets(max_cost_usd=1e6, max_mass_g=1e6)
    assert [name for name, _ in list_lazy_designs(problem)] == ["across_near", "across_middle", "across_far"]
    scene = context.store.load_bundle_files(item.scene_hash)
    tried = try_lazy_designs(context, item, scene, item.scene_hash, free)
    ended = [(one.verdict.stage, {reason.code for reason in one.reasons}) for one in tried.values()]
    (careless,) = find_careless_design(context, item, scene, item.scene_hash, free)
    assert careless.reasons and careless.program.source in dict(list_careless_designs(problem)).values()
    beside = ("geometry", {"ATTACHMENT_INVALID"})  # the rail ends before the goal does
    assert ended == [("simulation", {"GOAL_MISSED"})] * 2 + [beside]


@pytest.mark.parametrize("statement", ["", "Move it."])
def test_unreadable_statement_leaves_the_lazy_engineer_without_a_design(
    context: RunContext, minted: Benchmark, statement: str
) -> None:
    scene = context.store.load_bundle_files(minted.scene_hash)
    told = minted.model_copy(update={"statement": statement})
    assert try_lazy_designs(context, told, scene, minted.benchmark_id, minted.budgets) == {}

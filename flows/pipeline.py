"""The main job: benchmarks from a seed, each through the stages in their order."""

from prefect import flow

from agents.families import FamilyName
from flows.batch import make_batch
from flows.items import Item
from flows.runner import CHOSEN_RUNNER, complete
from schemas.benchmark import Benchmark
from schemas.jobs import Seed
from schemas.reasons import BenchmarkState
from schemas.run import Count, Engineer, Generator, RunOrder, RunSummary
from tasks.admit import admit
from tasks.certify import certify
from tasks.check_manufacturability import check_manufacturability
from tasks.export import export
from tasks.generate import generate
from tasks.judge import judge
from tasks.record import record
from tasks.render import render
from tasks.solve import solve, solve_by_models
from tasks.verify_geometry import verify_geometry
from tasks.verify_schema import verify_schema
from tasks.verify_simulation import verify_simulation


@flow(name="pipeline", persist_result=False, task_runner=CHOSEN_RUNNER)
def pipeline(
    count: Count = 12,
    seed: Seed | None = None,
    families: tuple[FamilyName, ...] = (),
    generator: Generator = "procedural",
    engineer: Engineer = "reference",
    pictures: bool = True,
) -> RunSummary:
    """Make benchmarks, side by side as far as there are sandboxes; export as they are done; nothing is made twice.

    Args:
        count: How many benchmarks to make.
        seed: Where their draws begin; without one, today's date.
        families: Only these kinds of problem; none chosen: all, in turn.
        generator: Who makes the scenes; llm takes the models of the worker's settings.
        engineer: Who works on what is certified, beside the reference engineer.
        pictures: Draw every benchmark.

    """
    return complete(lambda made: made.verdict, make_batch, RunOrder.model_validate(locals()), make_item, export)


def make_item(item: Item) -> Benchmark:
    """Draw an item, anew while it is refused or too easy, then let it be solved and drawn."""
    benchmark = item.draw(draw_item)
    if benchmark.state is BenchmarkState.VERIFIED:
        benchmark = certify_item(item, benchmark)
    if item.order.engineer == "llm" and benchmark.state is BenchmarkState.CERTIFIED:
        item.engineered = item.run(solve_by_models, benchmark).result()
    if item.order.pictures:
        item.run(render, benchmark)
    return benchmark


def draw_item(item: Item, attempt: int) -> Benchmark:
    """Generate a scene, verify it and admit it to the stock, in its turn; what is stored is not made again."""
    key = item.draw_key(attempt)
    if stored := item.recall(key):
        return stored
    scene = item.run(verify_geometry, item.run(generate, key))
    scene = item.run(verify_schema, scene)
    scene = item.run(verify_simulation, scene)
    item.wait_for_turn()
    return item.run(admit, scene).result()


def certify_item(item: Item, benchmark: Benchmark) -> Benchmark:
    """Let a verified benchmark be solved, judged under final budgets, certified and recorded."""
    candidate = item.run(solve, benchmark)
    candidate = item.run(check_manufacturability, candidate)
    candidate = item.run(judge, candidate)
    candidate = item.run(certify, candidate)
    return item.run(record, candidate).result()

"""The main job: benchmarks from a seed, each through the stages in their order."""

from prefect import flow

from flows.batch import open_batch
from flows.items import Item
from flows.runner import CHOSEN_RUNNER
from schemas.benchmark import Benchmark
from schemas.reasons import BenchmarkState
from schemas.run import RunOrder, RunSummary
from tasks.admit import admit
from tasks.certify import certify
from tasks.check_manufacturability import check_manufacturability
from tasks.generate import generate
from tasks.judge import judge
from tasks.record import record
from tasks.render import render
from tasks.solve import solve, solve_by_models
from tasks.verify_geometry import verify_geometry
from tasks.verify_schema import verify_schema
from tasks.verify_simulation import verify_simulation

MOST_ATTEMPTS = 5
"""An index that fails verification, or is easy where none is taken, is drawn anew with attempt 0–4 (mechanics §7)."""


@flow(name="pipeline", persist_result=False, validate_parameters=True, task_runner=CHOSEN_RUNNER)
def pipeline(order: RunOrder) -> RunSummary:
    """Make benchmarks as ordered, side by side as far as there are sandboxes; what is stored is not made again.

    Data sets are exported as items are done, and at the end (flows/batch.py).
    """
    with open_batch(order) as batch:
        batch.work(make_item)
        return batch.report()


def make_item(item: Item) -> Benchmark:
    """Draw an item, anew while it is refused or too easy, then let it be solved and drawn."""
    for attempt in range(MOST_ATTEMPTS):
        benchmark = draw_item(item, attempt)
        if item.is_kept(benchmark):
            break
    item.pass_turn()
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
    proposal = item.run(generate, key)
    scene = item.run(verify_geometry, proposal)
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

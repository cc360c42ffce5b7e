"""The scenes that a new one is compared with are found by an index: their number does not grow with the stock."""

import pytest
from sqlalchemy import text

from records import Store
from schemas.benchmark import Benchmark
from schemas.likeness import DOING_NOTHING, PAYLOAD_MASS
from schemas.record import Measure
from schemas.verdict import CheckReport
from tests.records import samples


def weigh(seed: int, mass_g: float) -> Benchmark:
    """A verified item whose check 9 saw such a payload."""
    item = samples.benchmark(seed)
    numbers = (Measure(name=PAYLOAD_MASS, value=mass_g), Measure(name=DOING_NOTHING, value=0.5))
    check = CheckReport(number=9, name="near copies", passed=True, numbers=numbers)
    return item.model_copy(update={"report": item.report.model_copy(update={"checks": (*item.report.checks, check)})})


def list_seen(store: Store, item: Benchmark) -> list[str]:
    """Record an item, and return what it was compared with."""
    seen = []
    store.record_benchmark(item, samples.scene_files(item.key.seed), lambda kept, alike: (seen.extend(alike), kept)[1])
    return [one.item_id for one in seen]


def test_scene_is_compared_with_those_alone_that_may_be_alike(store: Store) -> None:
    items = [weigh(seed, 5.0 * 1.05**seed) for seed in range(80)]
    assert all(list_seen(store, item) == [] for item in items)
    near = weigh(100, items[40].report.checks[-1].numbers[0].value * 1.01)
    assert list_seen(store, near) == [items[40].key.item_id]
    assert len(store.list_alike(near.report)) == 2
    assert len(store.list_alike(near.report, without_scene=near.scene_hash)) == 1
    assert store.list_alike(samples.refused(1).report) == []


def test_scene_is_compared_with_no_task_derived_from_one(store: Store) -> None:
    item = weigh(1, 50.0)
    derived = item.model_copy(update={"key": item.key.model_copy(update={"task": "repair"})})
    assert (list_seen(store, item), list_seen(store, derived)) == ([], [])
    assert list_seen(store, weigh(2, 50.1)) == [item.key.item_id]


def test_same_draw_under_another_judge_is_no_copy(store: Store) -> None:
    item = weigh(1, 50.0)
    other = item.draft.model_copy(update={"key": item.key.model_copy(update={"judge": "another"})})
    assert list_seen(store, item) == list_seen(store, item.model_copy(update={"draft": other})) == []


@pytest.mark.parametrize("new_url", ["sqlite"], indirect=True)
def test_those_that_may_be_alike_are_found_by_the_index(store: Store) -> None:
    list_seen(store, weigh(1, 50.0))
    with store.read() as connection:
        plan = connection.execute(text("EXPLAIN QUERY PLAN SELECT item_id FROM benchmarks WHERE cell IN ('a', 'b')"))
        assert "USING INDEX ix_benchmarks_cell" in plan.all()[0][-1]

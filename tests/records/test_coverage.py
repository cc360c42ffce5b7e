"""What the store counts of its verified benchmarks, which briefs are written from."""

from records import Store
from records.coverage import count_drawn
from schemas.benchmark import Parameter
from tests.records import samples
from tests.records.test_store import record


def test_drawn_words_of_verified_benchmarks_are_counted(store: Store) -> None:
    assert count_drawn(store) == {}
    record(store, 1)
    record(store, 2, passed=False)
    store.record_benchmark(samples.refused(3), {})
    other = samples.benchmark(4, family="conveyor_divert")
    drawn = (Parameter(name="payload_shape", value="ring"), Parameter(name="drop_mm", value=3.0, unit="mm"))
    changed = other.draft.model_copy(update={"parameters": drawn, "kind": "drive"})
    store.record_benchmark(other.model_copy(update={"draft": changed}), samples.scene_files(4))
    assert count_drawn(store) == {
        "family": {"drop_chute": 2, "conveyor_divert": 1},
        "kind": {"static": 2, "drive": 1},
        "colour": {"red": 2},
        "payload_shape": {"ring": 1},
    }

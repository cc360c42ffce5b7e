"""What is counted of verified benchmarks: words that briefs are written from, features and spreads of parameters."""

from pathlib import Path

from records import Store, export
from records.coverage import DrawnScene, count_drawn, measure_coverage, read_scenes
from schemas.benchmark import Parameter
from schemas.coverage import CoverageReport, Share
from schemas.reasons import BenchmarkState
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


def drawn(name: str, value: float | str, unit: str = "") -> Parameter:
    """A parameter."""
    return Parameter(name=name, value=value, unit=unit)


def scenes(count: int, family: str = "push", features: tuple[str, ...] | None = ("settle",)) -> list[DrawnScene]:
    """Scenes that draw a width from 0 to 1, a way to go, and a length of their family's own."""
    return [
        DrawnScene(
            family,
            "static",
            2,
            features,
            (
                drawn("width_mm", n / (count - 1), "mm"),
                drawn("run", (-1.0) ** n),
                drawn("colour", "red"),
                drawn(f"{family}_mm", 5.0, "mm"),
            ),
        )
        for n in range(count)
    ]


def find(report: CoverageReport, of: str, value: str) -> Share:
    """The share of a value."""
    return next(one for one in report.features if (one.of, one.value) == (of, value))


def test_features_are_shares_of_the_scenes_whose_features_are_known() -> None:
    known = [*scenes(19), *scenes(21, features=("settle", "spring")), *scenes(10, features=None)]
    report = measure_coverage([*known, *scenes(2, features=("outlet",))], ("push", "lift"), ("cube",))
    assert (report.scenes, find(report, "feature", "spring").share) == (52, 0.5)
    assert (find(report, "feature", "outlet").thin, find(report, "feature", "spring").thin) == (True, False)
    assert (find(report, "family", "lift").scenes, find(report, "family", "lift").thin) == (0, True)
    assert (find(report, "kind", "static").share, find(report, "difficulty", "2").scenes) == (1.0, 52)
    assert find(report, "payload_shape", "cube").share is None
    assert {"outlet", "conveyor", "kind drive", "family lift", "difficulty 5"} <= {*report.thin}
    assert not {"spring", "settle", "payload_shape cube", "family push"} & {*report.thin}


def test_a_family_is_thin_below_half_of_an_equal_share() -> None:
    report = measure_coverage([*scenes(97), *scenes(2, "lift")], ("push", "lift", *(f"other_{n}" for n in range(20))))
    assert [find(report, "family", name).thin for name in ("push", "lift", "other_3")] == [False, True, True]


def test_numbers_are_binned_between_their_ends_and_choices_counted() -> None:
    report = measure_coverage([scene for scene in scenes(21) if not 0.3 < dict_of(scene)["width_mm"] < 0.6])
    (everybody, alone) = report.groups
    spread = everybody.numbers[0]
    assert (spread.name, spread.least, spread.most, spread.bins[4], sum(spread.bins)) == ("width_mm", 0.0, 1.0, 0, 16)
    assert [(one.of, one.value) for one in everybody.words] == [("run", "-1"), ("run", "1"), ("colour", "red")]
    assert "all.width_mm" in report.thin and alone.numbers == ()


def dict_of(scene: DrawnScene) -> dict[str, float]:
    """The numbers of a scene by their names."""
    return {p.name: p.value for p in scene.parameters if isinstance(p.value, float)}


def test_parameters_of_one_family_are_counted_apart() -> None:
    report = measure_coverage([*scenes(3), *scenes(4, "lift")])
    assert [(group.family, group.scenes) for group in report.groups] == [(None, 7), ("lift", 4), ("push", 3)]
    lift = report.groups[1].numbers[0]
    assert (lift.name, lift.least, lift.bins) == ("lift_mm", 5.0, ())
    assert measure_coverage([]).groups[0].scenes == 0


def test_scenes_are_read_of_the_data_sets_as_they_were_stored(store: Store, tmp_path: Path) -> None:
    record(store, 1)
    record(store, 2, passed=False)
    store.record_benchmark(samples.refused(3), {})
    redrawn = samples.benchmark(4).model_copy(update={"state": BenchmarkState.REDRAWN})
    store.record_benchmark(redrawn, samples.scene_files(4))
    export(store, tmp_path / "datasets")
    found = read_scenes(tmp_path / "datasets")
    parameters = samples.benchmark(1).draft.parameters
    assert {(s.family, s.kind, tuple(s.features or ()), s.parameters) for s in found} == {
        ("drop_chute", "static", ("settle", "on_environment"), parameters)
    }
    assert len(found) == 2

"""Which batch is made: an order's seed outlives midnight; a night is finished or made up once, whenever it starts."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from schemas.llm import ModelChoice
from schemas.run import RunOrder
from schemas.settings import AgentSettings, Settings, read_settings
from steps import orders
from steps.context import open_workspace
from steps.orders import order_night, plan_nights, seed_of, seed_order

MONDAY = date(2026, 11, 23)


class Midnight:
    """A clock that stands shortly after the midnight of a day."""

    @staticmethod
    def now(zone: object) -> datetime:
        return datetime(2026, 11, 25, 0, 10, tzinfo=UTC)


def record(settings: Settings, order: RunOrder, *, finished: bool) -> None:
    with open_workspace(settings) as (store, _):
        store.record_run(order.run_id, order.model_dump_json())
        if finished:
            store.finish_run(order.run_id)


@pytest.mark.parametrize(
    ("stored", "finished", "asked", "seed"),
    [
        (RunOrder(seed=20261124), False, RunOrder(), 20261124),  # killed before midnight, resumed after it
        (RunOrder(seed=20261124), True, RunOrder(), 20261125),  # done before midnight: a new day's batch
        (RunOrder(seed=20261124, count=3), False, RunOrder(), 20261125),  # another order
        (RunOrder(seed=20261124), False, RunOrder(seed=7), 7),  # a seed of its own
    ],
)
def test_order_without_seed_goes_on_with_that_of_its_unfinished_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: RunOrder, finished: bool, asked: RunOrder, seed: int
) -> None:
    monkeypatch.setenv("WORKPIECE_WORKSPACE", str(tmp_path / "workspace"))
    record(read_settings(), stored, finished=finished)
    monkeypatch.setattr(orders, "datetime", Midnight)
    assert seed_order(read_settings(), asked).seed == seed


def night(day: int, agents: AgentSettings | None = None) -> RunOrder:
    return order_night(date(2026, 11, day), 48, (), agents or AgentSettings())


def run_of(day: int, *, finished: bool, count: int = 48) -> tuple[str, bool]:
    return night(day).model_copy(update={"count": count}).model_dump_json(), finished


@pytest.mark.parametrize(
    ("runs", "days"),
    [
        ([], [26]),  # the first night ever
        ([run_of(25, finished=True)], [26]),
        ([run_of(25, finished=False)], [25, 26]),  # killed: finished first
        ([run_of(23, finished=True)], [24, 25, 26]),  # the server was off for two nights
        ([run_of(23, finished=True), run_of(24, finished=True), run_of(25, finished=True)], [26]),  # made up once
        ([run_of(23, finished=True), run_of(27, finished=True)], [24, 25, 26]),  # this one is late
        ([run_of(1, finished=True)], [19, 20, 21, 22, 23, 24, 25, 26]),  # no further back than a week
        ([(RunOrder(seed=5).model_dump_json(), False)], [26]),  # no night's run
        ([run_of(25, finished=False), run_of(25, finished=True, count=2)], [25, 26]),  # another order of that night
        ([run_of(25, finished=True, count=2), run_of(25, finished=False)], [25, 26]),
        ([run_of(25, finished=False), run_of(25, finished=False, count=2)], [25, 25, 26]),
        ([run_of(26, finished=False, count=96)], [26, 26]),  # killed, and the deployment makes fewer since
        ([run_of(26, finished=False)], [26]),
        ([run_of(16, finished=False), run_of(25, finished=True)], [19, 20, 21, 22, 23, 24, 26]),
    ],
)
def test_nights_that_are_owed_come_before_tonight(runs: list[tuple[str, bool]], days: list[int]) -> None:
    owed = plan_nights(runs, night(26))
    assert [(order.night.day, order.seed) for order in owed] == [(day, 20261100 + day) for day in days]


def test_night_that_is_given_up_is_told(caplog: pytest.LogCaptureFixture) -> None:
    runs = [run_of(16, finished=False), run_of(17, finished=True), run_of(19, finished=False)]
    assert [order.count for order in plan_nights([*runs, run_of(26, finished=False, count=96)], night(26))][-2:] == [
        96,
        48,
    ]
    assert [record.getMessage() for record in caplog.records] == [
        "the night of 2026-11-16 is given up, unfinished: it is more than 7 days ago"
    ]


def test_night_is_worked_on_by_models_where_every_role_has_one() -> None:
    model = ModelChoice(name="openai/m", api_base="http://127.0.0.1:1")
    assert night(26).engineer == "reference"
    assert night(26, AgentSettings(model=model)).engineer == "llm"
    assert night(26, AgentSettings(model_engineer=model)).engineer == "reference"


def test_night_is_part_of_the_id_of_a_nightly_run_alone() -> None:
    plain = RunOrder(seed=seed_of(MONDAY), count=48)
    assert "night" not in plain.model_dump_json() and RunOrder.from_json(plain.canonical_json()) == plain
    assert plain.model_copy(update={"night": MONDAY}).run_id != plain.run_id

"""What an operator fills in on Prefect's pages, and why an item is drawn anew."""

import importlib
import logging
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import yaml
from prefect.server.events.schemas.automations import EventTrigger
from prefect.server.events.schemas.events import ReceivedEvent
from prefect.utilities.callables import parameter_schema

from agents.families import FAMILIES
from flows.deploying import plan_automations
from flows.items import Item, Turns
from schemas.benchmark import MOST_ATTEMPTS, Benchmark
from schemas.reasons import BenchmarkState
from schemas.run import RunOrder
from tests.records.samples import refused

ROOT = Path(__file__).parents[2]
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda one: one["name"])
def test_form_is_flat_and_describes_every_field(deployment: dict) -> None:
    module, name = deployment["entrypoint"].split(":")
    form = parameter_schema(getattr(importlib.import_module(module), name)).model_dump()
    assert [field for field, told in form["properties"].items() if not told.get("description")] == []
    assert form["definitions"] == {} and form["required"] == []
    assert set(deployment.get("parameters", {})) <= set(form["properties"])


def test_form_offers_families_as_choices() -> None:
    form = parameter_schema(importlib.import_module("flows.pipeline").pipeline)
    assert form.properties["families"]["items"]["enum"] == list(FAMILIES)
    assert form.properties["generator"]["enum"] == ["procedural", "llm"]
    assert set(form.properties) == set(RunOrder.model_fields) - {"night"}


def draw(drawn: list[int], item: Item, attempt: int) -> Benchmark:
    """Note the attempt; every draw is refused."""
    drawn.append(attempt)
    return refused(1)


def test_item_says_why_it_is_drawn_anew(caplog: pytest.LogCaptureFixture) -> None:
    item, drawn = Item(None, RunOrder(count=1, seed=1), 0, Turns(), threading.Event()), list[int]()
    with caplog.at_level(logging.INFO, "workpiece.stages"):
        kept = item.draw(lambda *given: draw(drawn, *given))
    assert (kept.state, drawn) == (BenchmarkState.REFUSED, list(range(MOST_ATTEMPTS)))
    assert [record.message.partition(", ")[0] for record in caplog.records] == MOST_ATTEMPTS * ["item 0"]
    assert all("not kept: refused" in record.message for record in caplog.records)


@pytest.mark.parametrize(
    ("flow", "state", "told"), [("nightly", "Crashed", 1), ("reconcile", "Crashed", 0), ("pipeline", "Late", 1)]
)
def test_automations_watch_the_runs_of_our_batches(flow: str, state: str, told: int) -> None:
    related = {"prefect.resource.id": f"prefect.flow.{uuid4()}", "prefect.resource.role": "flow"}
    event = ReceivedEvent(
        occurred=datetime.now(UTC),
        event=f"prefect.flow-run.{state}",
        resource={"prefect.resource.id": f"prefect.flow-run.{uuid4()}"},
        related=[related | {"prefect.resource.name": flow}],
        id=uuid4(),
    )
    triggers = [one.trigger.model_dump(mode="json") for one in plan_automations(uuid4(), None)]
    assert sum(EventTrigger.model_validate(trigger).covers(event) for trigger in triggers) == told

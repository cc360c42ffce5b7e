"""The nightly batch: what earlier nights left undone, the nights that were missed, then tonight's own."""

import logging
from collections.abc import Sequence
from datetime import date
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from agents.families import FamilyName
from flows.batch import make_batch
from flows.pipeline import make_item
from flows.reconcile import NIGHT_LABEL, claim_run
from flows.runner import CHOSEN_RUNNER, complete
from schemas.errors import InfrastructureError, StoppedError, WorkpieceError
from schemas.run import Count, RunOrder, RunSummary
from schemas.settings import read_settings
from steps.context import open_workspace
from steps.orders import order_night, plan_nights
from tasks.export import export

LOGGER = logging.getLogger("workpiece")


@flow(name="nightly", persist_result=False, task_runner=CHOSEN_RUNNER)
def nightly(count: Count = 48, families: tuple[FamilyName, ...] = ()) -> tuple[RunSummary, ...]:
    """Make the batch of the night that this run was scheduled for, and finish or make up earlier ones.

    Where models are configured, they work on its benchmarks as well. The night's date is the seed, so that a run that
    is late, or was killed and starts again, goes on with its own batch.

    Args:
        count: How many benchmarks to make each night.
        families: Only these kinds of problem; none chosen: all, in turn.

    """
    claim_run()
    settings = read_settings()
    tonight = order_night(read_night(), count, families, settings.agents)
    with open_workspace(settings) as (store, _):
        orders = plan_nights(store.list_runs(), tonight)
    return complete(lambda made: "; ".join(summary.verdict for summary in made), make_nights, orders)


def make_nights(orders: Sequence[RunOrder]) -> tuple[RunSummary, ...]:
    """Make one batch after the other; raises InfrastructureError that names those that are not whole."""
    summaries, lost = list[RunSummary](), list[str]()
    for order in orders:
        LOGGER.info("night of %s: %d benchmarks", order.night, order.count)
        try:
            summaries.append(make_batch(order, make_item, export))
        except StoppedError:
            raise
        except Exception as fault:  # told of at the end: one night never costs another
            LOGGER.error("night of %s: %s", order.night, fault, exc_info=not isinstance(fault, WorkpieceError))
            lost.append(f"night of {order.night}, {order.count} benchmarks: {fault}")
    if lost:
        raise InfrastructureError("; ".join(lost))
    return tuple(summaries)


def read_night() -> date:
    """Return the date that this flow run was first scheduled for, whenever and however often it starts."""
    run_id = UUID(flow_run.get_id())
    with get_client(sync_client=True) as client:
        known = client.read_flow_run(run_id).labels.get(NIGHT_LABEL)
        if known is not None:
            return date.fromisoformat(str(known))
        night: date = flow_run.scheduled_start_time.date()
        client.update_flow_run_labels(run_id, {NIGHT_LABEL: night.isoformat()})
    return night

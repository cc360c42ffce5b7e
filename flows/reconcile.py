"""Removes what killed runs leave behind: their sandboxes, and flow and task runs that say they are at work and are not.

A flow run carries machine, PID and start time of the process that runs it; that machine can tell that it has ended.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, TaskRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry, Cancelled, Crashed

from sandbox.owners import is_gone, name_owner
from schemas.settings import read_settings
from steps.leftovers import remove_leftovers

OWNER_LABEL = "workpiece.host"
AT_WORK = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING", "PAUSED"]}}}
NIGHT_LABEL = "workpiece.night"
"""On a nightly flow run: the date that it was first scheduled for."""
MOST_RESTARTS, RESTART_WITHIN_H = 3, 48.0
"""So often, and so long after its start, a nightly run that crashed is started again."""
REPORTED_WITHIN_S = 60.0
"""A worker reports a process that was killed twice, seen 13 s apart: what was scheduled in between is crashed again."""
LOGGER = logging.getLogger("workpiece")
PAGE = 200
"""Most rows that Prefect's server gives at once."""
Row = TypeVar("Row")


def claim_run(*tags: str) -> None:
    """Write on the flow run of this context which process runs it, and by what its operator may look for it."""
    run_id = UUID(flow_run.get_id())
    with get_client(sync_client=True) as client:
        client.update_flow_run_labels(run_id, {OWNER_LABEL: name_owner()})
        if tags:
            client.update_flow_run(run_id, tags={*client.read_flow_run(run_id).tags, *tags})


def crash_orphans() -> int:
    """Set the flow runs that say they are at work and whose process is no more to CRASHED, with their tasks.

    Return how many flow runs there were.
    """
    with get_client(sync_client=True) as client:
        flow_filter, task_filter = FlowRunFilter.model_validate(AT_WORK), TaskRunFilter.model_validate(AT_WORK)
        at_work = list(pages(partial(client.read_flow_runs, flow_run_filter=flow_filter, limit=PAGE)))
        orphans = [run for run in at_work if is_gone(str(run.labels.get(OWNER_LABEL, "")))]
        for run in orphans:
            cancelled = run.state_type is StateType.CANCELLING
            ended: State[None] = Cancelled() if cancelled else Crashed(message="its process has been killed")
            _end_tasks(client, run, task_filter, ended)
            client.set_flow_run_state(run.id, ended, force=True)
    return len(orphans)


def restart_nights() -> int:
    """Schedule nightly runs of late that crashed once more: a worker takes them up, and they go on where they were.

    Return how many there were.
    """
    now = datetime.now(UTC)
    since, until = now - timedelta(hours=RESTART_WITHIN_H), now - timedelta(seconds=REPORTED_WITHIN_S)
    crashed = {
        "state": {"type": {"any_": ["CRASHED"]}},
        "start_time": {"after_": since},
        "end_time": {"before_": until},
    }
    with get_client(sync_client=True) as client:
        read = partial(client.read_flow_runs, flow_run_filter=FlowRunFilter.model_validate(crashed), limit=PAGE)
        nights = [run for run in pages(read) if NIGHT_LABEL in run.labels and run.run_count <= MOST_RESTARTS]
        for run in nights:
            client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            LOGGER.warning("the night of %s crashed: it is started again", run.labels[NIGHT_LABEL])
    return len(nights)


@flow(name="reconcile", persist_result=False)
def reconcile() -> tuple[int, int]:
    """Remove the sandboxes of this machine's ended processes and end their flow runs; return how many of each.

    Nights that crashed are started again; folders of old jobs are removed.
    """
    removed, ended = remove_leftovers(read_settings()), crash_orphans()
    restart_nights()
    return removed, ended


def _end_tasks(client: SyncPrefectClient, run: FlowRun, at_work: TaskRunFilter, ended: "State[None]") -> None:
    mine = FlowRunFilter.model_validate({"id": {"any_": [run.id]}})
    read = partial(client.read_task_runs, flow_run_filter=mine, task_run_filter=at_work, limit=PAGE)
    for task_run in list(pages(read)):
        client.set_task_run_state(task_run.id, ended, force=True)


def pages(read: Callable[..., list[Row]]) -> Iterator[Row]:
    """Yield every row that a filter of the client finds, page by page."""
    start = 0
    while page := read(offset=start):
        yield from page
        start += len(page)

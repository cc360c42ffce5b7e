"""Removes what killed runs leave behind: their sandboxes, and flow and task runs that say they are at work and are not.

A flow run carries machine, PID and start time of the process that runs it; that machine can tell that it has ended.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.client.schemas.filters import FlowRunFilter, TaskRunFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry, Cancelled, Completed, Crashed

from flows.runner import complete
from flows.server import SANDBOX_LIMIT
from sandbox.owners import is_gone, name_owner
from schemas.run import Reconciled
from schemas.settings import Settings, read_settings
from steps.leftovers import remove_leftovers

OWNER_LABEL = "workpiece.host"
AT_WORK = {"state": {"type": {"any_": ["RUNNING", "PENDING", "CANCELLING", "PAUSED"]}}}
NIGHT_LABEL = "workpiece.night"
"""On a nightly flow run: the date that it was first scheduled for."""
WATCHED = ("pipeline", "nightly", "solve", "evaluate", "optimize", "export", "upload", "backup")
"""Flows whose runs are told of and started again: not `reconcile`, whose own crash would start it for ever."""
TAG = "workpiece"
"""On every flow run of those: what others call so is not ours."""
OURS = {"tags": {"all_": [TAG]}}
RESTARTS_LABEL = "workpiece.restarts"
"""On a flow run: how often it was started again; Prefect does not count what died before it was running."""
MOST_RESTARTS, RESTART_WITHIN_H = 3, 48.0
"""So often, and so long after that, a run that crashed is started again."""
REPORTED_WITHIN_S = 30.0
"""A worker reports a process that was killed twice, seen 13 s apart: what was scheduled in between is crashed again."""
RECORDED_WITHIN_S = 600.0
"""Prefect's server records what tasks say of themselves later, seen 57 s on a loaded machine."""
CANCELLED_WITHIN_S = 30.0
"""A run that is cancelled before a process has claimed it is ended by nobody else for five minutes."""
CLAIMED_WITHIN_S = 300.0
"""A flow run that no process has claimed by then was left by a worker that was killed; seen on loaded cores: 40 s."""
LOGGER = logging.getLogger("workpiece")
PAGE = 200
"""Most rows that Prefect's server gives at once."""
Row = TypeVar("Row")


def claim_run(*tags: str) -> None:
    """Write on the flow run of this context which process runs it, and by what its operator may look for it."""
    run_id = UUID(flow_run.get_id())
    with get_client(sync_client=True) as client:
        client.update_flow_run_labels(run_id, {OWNER_LABEL: name_owner()})
        client.update_flow_run(run_id, tags={*client.read_flow_run(run_id).tags, TAG, *tags})


def end_orphans() -> tuple[Sequence[FlowRun], int]:
    """End the flow runs that say they are at work and whose process is no more, with their tasks.

    They become CRASHED, or CANCELLED where that was asked for. Return the flow runs, as they were, and how many tasks.
    """
    with get_client(sync_client=True) as client:
        at_work = FlowRunFilter.model_validate(AT_WORK)
        found = list(pages(partial(client.read_flow_runs, flow_run_filter=at_work, limit=PAGE)))
        orphans = [run for run in found if _is_orphan(run)]
        tasks = 0
        for run in orphans:
            cancelled = run.state_type is StateType.CANCELLING
            ended: State[None] = Cancelled() if cancelled else Crashed(message="its process has been killed")
            tasks += _end_tasks(client, {"id": {"any_": [run.id]}}, ended)
            client.set_flow_run_state(run.id, ended, force=True)
            LOGGER.info("flow run %s is %s: its process is gone", run.name, ended.name)
        broken = {
            "state": {"type": {"any_": ["FAILED", "CRASHED", "CANCELLED"]}},
            "end_time": {"before_": _ago(REPORTED_WITHIN_S)},
        }
        tasks += _end_tasks(client, OURS | broken, Crashed(message="its flow run has ended"))
        whole = {"state": {"type": {"any_": ["COMPLETED"]}}, "end_time": {"before_": _ago(RECORDED_WITHIN_S)}}
        tasks += _end_tasks(client, OURS | whole, Completed(message="its flow run is complete"))
    return orphans, tasks


def restart_runs(orphans: Sequence[FlowRun]) -> int:
    """Schedule deployed runs that crashed of late once more: a worker takes them up, and they go on where they were.

    Those that nobody but `end_orphans` has ended need not wait for what their worker still reports. Return how many.
    """
    since = datetime.now(UTC) - timedelta(hours=RESTART_WITHIN_H)
    crashed = {
        "state": {"type": {"any_": ["CRASHED"]}},
        "end_time": {"after_": since, "before_": _ago(REPORTED_WITHIN_S)},
    }
    with get_client(sync_client=True) as client:
        found = partial(client.read_flow_runs, flow_run_filter=FlowRunFilter.model_validate(OURS | crashed))
        runs = {one.id: one for one in pages(partial(found, limit=PAGE))}
        runs |= {one.id: one for one in orphans if one.state_type is not StateType.CANCELLING}
        again = [one for one in runs.values() if one.deployment_id and _count_restarts(one) < MOST_RESTARTS]
        for run in again:
            client.update_flow_run_labels(run.id, {RESTARTS_LABEL: _count_restarts(run) + 1})
            client.set_flow_run_state(run.id, AwaitingRetry(), force=True)
            LOGGER.warning("flow run %s crashed: it is started again, and goes on where it was", run.name)
    return len(again)


def free_slots(but: str | None = None) -> int:
    """Give back the slots that are held where no run of ours is at work, `but` one that ends; return how many.

    Their leases ended with a server that was killed, in whose memory they were.
    """
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(OURS | AT_WORK), limit=PAGE)
        limits = client.read_global_concurrency_limits(limit=PAGE)
        held = next((one.active_slots for one in limits if one.name == SANDBOX_LIMIT), 0)
        if not held or any(str(run.id) != but for run in found):
            return 0
        client.update_global_concurrency_limit(SANDBOX_LIMIT, GlobalConcurrencyLimitUpdate(active_slots=0))
        LOGGER.info("gave back %d slots that nobody held any more", held)
    return held


@flow(name="reconcile", persist_result=False)
def reconcile() -> Reconciled:
    """Remove what killed processes of this machine have left behind, start what crashed again, remove what is old."""
    return complete(lambda made: made.verdict, put_right, read_settings())


def put_right(settings: Settings) -> Reconciled:
    """Do what the flow `reconcile` does, without being one."""
    removed, (orphans, task_runs) = remove_leftovers(settings), end_orphans()
    ended = {"flow_runs": len(orphans), "task_runs": task_runs, "slots": free_slots()}
    return removed.model_copy(update=ended | {"restarted": restart_runs(orphans)})


def _count_restarts(run: FlowRun) -> int:
    return int(str(run.labels.get(RESTARTS_LABEL, 0)))


def _is_orphan(run: FlowRun) -> bool:
    """Say whether the process of a run is gone, or none has claimed it in the time that a worker needs to start one.

    A run that is started again is pending, and still names the process that has ended.
    """
    owner = str(run.labels.get(OWNER_LABEL, ""))
    if owner and run.state_type is not StateType.PENDING:
        return is_gone(owner)
    within_s = CANCELLED_WITHIN_S if run.state_type is StateType.CANCELLING else CLAIMED_WITHIN_S
    if run.state is None or run.state.timestamp > _ago(within_s) or run.state_type is StateType.PAUSED:
        return False
    return is_gone(owner) if owner else run.deployment_id is not None and TAG in run.tags


def _end_tasks(client: SyncPrefectClient, of: Mapping[str, object], ended: "State[None]") -> int:
    runs, at_work = FlowRunFilter.model_validate(of), TaskRunFilter.model_validate(AT_WORK)
    read = partial(client.read_task_runs, flow_run_filter=runs, task_run_filter=at_work, limit=PAGE)
    found = list(pages(read))
    for task_run in found:
        client.set_task_run_state(task_run.id, ended, force=True)
    return len(found)


def _ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def pages(read: Callable[..., list[Row]]) -> Iterator[Row]:
    """Yield every row that a filter of the client finds, page by page."""
    start = 0
    while page := read(offset=start):
        yield from page
        start += len(page)

"""Removes what killed runs leave behind: their sandboxes, and flow runs that say RUNNING and are not.

A flow run carries machine, PID and start time of the process that runs it; that machine can tell that it has ended.
"""

import asyncio
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.runtime import flow_run
from prefect.states import Crashed

from sandbox import reconcile as remove_sandboxes
from sandbox.owners import is_gone, name_owner
from schemas.settings import read_settings

OWNER_LABEL = "workpiece.host"
_RUNNING = FlowRunFilter.model_validate({"state": {"type": {"any_": ["RUNNING"]}}})


async def claim_run() -> None:
    """Write on the flow run of this context which process runs it."""
    async with get_client() as client:
        await client.update_flow_run_labels(UUID(flow_run.get_id()), {OWNER_LABEL: name_owner()})


async def crash_orphans() -> int:
    """Set the flow runs that say RUNNING and whose process is no more to CRASHED; return how many there were."""
    async with get_client() as client:
        found = await client.read_flow_runs(flow_run_filter=_RUNNING)
        orphans = [run for run in found if is_gone(str(run.labels.get(OWNER_LABEL, "")))]
        for run in orphans:
            await client.set_flow_run_state(run.id, Crashed(message="its process has been killed"))
    return len(orphans)


@flow(name="reconcile", persist_result=False)
async def reconcile() -> tuple[int, int]:
    """Remove the sandboxes of this machine's ended processes and end their flow runs; return how many of each."""
    return await asyncio.to_thread(remove_sandboxes, read_settings().sandbox), await crash_orphans()

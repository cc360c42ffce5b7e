"""Sets a Prefect server up for this repository: pool, limit, the deployments of prefect.yaml, automations, a worker.

Given again, it changes what this program has made and leaves what an operator has: a limit, a paused schedule or
automation, automations of other names.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.responses import DeploymentResponse
from prefect.events.actions import ActionTypes, DoNothing, RunDeployment, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from flows.limits import ensure_limit
from flows.reaching import find_prefect
from flows.reconcile import REPORTED_WITHIN_S, WATCHED, pages, put_right
from schemas.errors import InfrastructureError, InputError
from schemas.settings import Settings

ROOT = Path(__file__).parents[1]
PREFECT = (sys.executable, "-m", "prefect")
POOL = "process"
RECONCILE = "reconcile/reconcile"
PREFIX = "workpiece: "
"""How the names of our automations begin."""
NOTED = "The page Event Feed notes it. To be told elsewhere, set WORKPIECE_NOTIFY_BLOCK and give `deploy` again."
TOLD = "A message goes to the block of WORKPIECE_NOTIFY_BLOCK."
SUBJECT = "Workpiece: {{ flow_run.name }} is {{ flow_run.state.name }}"
BODY = "{{ flow.name }}, {{ flow_run.state.message }}: {{ flow_run|ui_url }}"
ENDS_WITHIN_S = 3.0
ASK_EVERY_S, MOST_AWAY = 10.0, 6
"""A server may be started again: a worker waits for it so often."""


def deploy(settings: Settings) -> None:
    """Set up pool, limit, deployments and automations on the server that `PREFECT_API_URL` names; reconcile it.

    Raises InputError where the settings name a notification block that the server has not.
    """
    with get_client(sync_client=True) as client:
        _ensure_pool(client)
        ensure_limit(settings.sandbox.builders + settings.sandbox.judges)
        known = list(pages(client.read_deployments))
        _run_prefect("--no-prompt", "deploy", "--all")
        for deployment in known:
            _restore_schedules(client, deployment)
        reconciling = client.read_deployment_by_name(RECONCILE).id
        for automation in plan_automations(reconciling, _find_block(client, settings.pipeline.notify_block)):
            _ensure_automation(client, automation)
    put_right(settings)


def plan_automations(reconciling: UUID, block: UUID | None) -> Iterator[AutomationCore]:
    """Return what follows when runs fail, crash or are late.

    Prefect's feed of events shows it in any case; a notification block is told as well. A run that crashed is
    reconciled once its worker has reported all of it.
    """
    told: list[ActionTypes] = [SendNotification(block_document_id=block, subject=SUBJECT, body=BODY)] if block else []
    follows = TOLD if block else NOTED
    later = timedelta(seconds=REPORTED_WITHIN_S + 10.0)
    mended = RunDeployment(
        source="selected", deployment_id=reconciling, parameters=None, job_variables=None, schedule_after=later
    )
    yield _plan("run failed", "Failed", f"A run lost items, or could not begin. {follows}", told)
    yield _plan("run crashed", "Crashed", f"A run was killed: `reconcile` follows. {follows}", [mended, *told])
    yield _plan("run is late", "Late", f"No worker takes a run: `workpiece deploy` is one. {follows}", told)


def count_workers() -> int:
    """Return how many workers of the pool say that they are there."""
    with get_client(sync_client=True) as client:
        workers = client.read_workers_for_work_pool(POOL)
        return sum(worker.status == "ONLINE" for worker in workers)


def work() -> None:
    """Run a worker of the pool until this process is interrupted.

    Raises InfrastructureError if it ends by itself, and where its server has been away for a minute.
    """
    worker = subprocess.Popen([*PREFECT, "worker", "start", "--pool", POOL], cwd=ROOT)
    try:
        status = _wait(worker)
    except BaseException:
        try:
            worker.wait(ENDS_WITHIN_S)  # Ctrl-C has reached it too
        except subprocess.TimeoutExpired:
            worker.terminate()
        raise
    raise InfrastructureError(f"the worker has ended with status {status}: what it said stands above")


def _wait(worker: "subprocess.Popen[bytes]") -> int:
    away = 0
    while away < MOST_AWAY:
        try:
            return worker.wait(ASK_EVERY_S)
        except subprocess.TimeoutExpired:
            try:
                find_prefect()
                away = 0
            except InfrastructureError:
                away += 1
    raise InfrastructureError("Prefect's server has been away for a minute; `workpiece deploy`, given again, starts it")


def _plan(name: str, state: str, told: str, actions: list[ActionTypes]) -> AutomationCore:
    trigger = EventTrigger(
        expect={f"prefect.flow-run.{state}"},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        match_related={"prefect.resource.role": "flow", "prefect.resource.name": list(WATCHED)},
        for_each={"prefect.resource.id"},
        posture=Posture.Reactive,
        threshold=1,
    )
    return AutomationCore(name=f"{PREFIX}{name}", description=told, trigger=trigger, actions=actions or [DoNothing()])


def _ensure_pool(client: SyncPrefectClient) -> None:
    try:
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    except ObjectAlreadyExists:
        return


def _restore_schedules(client: SyncPrefectClient, before: DeploymentResponse) -> None:
    """Give a deployment back the schedules that an operator has added, and pause ours that were paused."""
    now = client.read_deployment_schedules(before.id)
    named, there = {one.slug: one for one in now if one.slug is not None}, {one.id for one in now}
    for schedule in before.schedules:
        ours = named.get(schedule.slug or "")
        if ours is None and schedule.id not in there:  # a deployment that is not of here keeps its own
            client.create_deployment_schedules(before.id, [(schedule.schedule, bool(schedule.active))])
        elif ours is not None and not schedule.active:
            client.update_deployment_schedule(before.id, ours.id, active=False)


def _ensure_automation(client: SyncPrefectClient, wanted: AutomationCore) -> None:
    found = client.read_automations_by_name(wanted.name)
    if not found:
        client.create_automation(wanted)
    else:
        client.update_automation(found[0].id, wanted.model_copy(update={"enabled": found[0].enabled}))


def _find_block(client: SyncPrefectClient, name: str | None) -> UUID | None:
    if name is None:
        return None
    kind, _, document = name.partition("/")
    try:
        return client.read_block_document_by_name(document, kind).id
    except ObjectNotFound as error:
        raise InputError(
            f"WORKPIECE_NOTIFY_BLOCK={name}: the server has no such block; make it on the page Blocks, or leave it out"
        ) from error


def _run_prefect(*arguments: str) -> None:
    """Run Prefect's command in the repository; what it prints is told where it fails."""
    ran = subprocess.run([*PREFECT, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise InfrastructureError(f"prefect {' '.join(arguments)} failed: {(ran.stderr or ran.stdout).strip()[-2000:]}")

"""Where the stages run: threads of the flow's process, or the workers of a Dask cluster, as the settings choose."""

import os
import signal
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Flow
from prefect.context import FlowRunContext
from prefect.exceptions import CancelledRun
from prefect.runtime import deployment
from prefect.states import Cancelled, Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from schemas.errors import InfrastructureError, InputError, QualityError, StoppedError
from schemas.settings import read_settings
from steps.context import cancel_process_context, close_process_context

CANCELLED_BY = "cancelled in Prefect"
P = ParamSpec("P")
R = TypeVar("R")


class ChosenRunner(ThreadPoolTaskRunner[Any]):
    """Becomes the runner of the settings when a flow run begins: Prefect duplicates a flow's runner for each run."""

    def duplicate(self) -> TaskRunner[Any]:  # type: ignore[override]  # it becomes another
        """Return the runner of one flow run."""
        settings = read_settings()
        if settings.pipeline.task_runner == "threads":
            return ThreadPoolTaskRunner(max_workers=settings.places + 1)  # one more for exports
        os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "warning")  # read when Dask is imported, here and in workers
        from prefect_dask.task_runners import DaskTaskRunner

        if settings.pipeline.dask_address is not None:
            return DaskTaskRunner(address=settings.pipeline.dask_address)
        workers = {"n_workers": settings.pipeline.dask_workers, "threads_per_worker": settings.sandbox.judges + 1}
        return DaskTaskRunner(cluster_kwargs=workers | {"processes": True, "dashboard_address": None})


def open_runner() -> Any:
    """Return the Dask client of this flow run, opened now, or None: of threads that ask first each would open one."""
    context = FlowRunContext.get()
    return getattr(context.task_runner, "client", None) if context is not None else None


def cancel_contexts(client: Any, run_id: str, by: str) -> None:
    """End the sandboxes of a run, in this process and in every worker: episodes at work end as CANCELLED."""
    cancel_process_context(run_id, by)
    if client is not None:
        client.run(cancel_process_context, run_id, by)


def close_contexts(client: Any, run_id: str) -> None:
    """Close what the stages of a run have opened, in this process and in every worker."""
    close_process_context(run_id)
    if client is not None:
        client.run(close_process_context, run_id)


def complete(tell: Callable[[R], str], make: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
    """Return what a flow makes, in a final state that tells of it: Prefect hands what is in it to the caller."""
    try:
        made = make(*given, **named)
    except StoppedError as stopped:
        return cast(R, Cancelled(message=str(stopped)))
    except (InputError, InfrastructureError, QualityError) as told:  # without a traceback, which has nothing to add
        return cast(R, Failed(message=str(told), data=told))
    except BaseException as interrupted:
        if not isinstance(interrupted, Exception) and deployment.id is None:  # a worker's run is told how it ends
            return cast(R, Cancelled(message="interrupted in its terminal", data=interrupted))
        raise
    return cast(R, Completed(message=tell(made), data=made))


def run_here(flow: "Flow[P, R]", *given: P.args, **named: P.kwargs) -> R:
    """Run a flow in this process; what that does on SIGTERM stays, where Prefect would wait for tasks first.

    Raises StoppedError where the run is cancelled on Prefect's pages.
    """
    handler = signal.getsignal(signal.SIGTERM)

    def keep_handler(*_: object) -> None:
        signal.signal(signal.SIGTERM, handler)

    try:
        return flow.with_options(on_running=[cast(Any, keep_handler)])(*given, **named)
    except CancelledRun as cancelled:
        raise StoppedError(CANCELLED_BY) from cancelled


CHOSEN_RUNNER = cast(TaskRunner[Any], ChosenRunner())

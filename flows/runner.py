"""Where the stages run: threads of the flow's process, or the workers of a Dask cluster, as the settings choose."""

from typing import Any, cast

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from schemas.settings import read_settings


class ChosenRunner(ThreadPoolTaskRunner[Any]):
    """Becomes the runner of the settings when a flow run begins: Prefect duplicates a flow's runner for each run."""

    def duplicate(self) -> TaskRunner[Any]:  # type: ignore[override]  # it becomes another
        """Return the runner of one flow run."""
        settings = read_settings()
        if settings.pipeline.task_runner == "threads":
            return ThreadPoolTaskRunner(max_workers=settings.places + 1)  # one more for exports
        from prefect_dask.task_runners import DaskTaskRunner

        if settings.pipeline.dask_address is not None:
            return DaskTaskRunner(address=settings.pipeline.dask_address)
        workers = {"n_workers": settings.pipeline.dask_workers, "threads_per_worker": settings.sandbox.judges + 1}
        return DaskTaskRunner(cluster_kwargs=workers | {"processes": True, "dashboard_address": None})


CHOSEN_RUNNER = cast(TaskRunner[Any], ChosenRunner())

"""What all stages share as Prefect tasks: their names in the run's graph, retries, and the time that they may take."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.states import Cancelled

from schemas.errors import InfrastructureError, StoppedError

LOGGER = logging.getLogger("workpiece.stages")
P = ParamSpec("P")
R = TypeVar("R")


def is_infrastructure(_task: "Task[..., Any]", _run: TaskRun, state: "State[Any]") -> bool:
    """Retry only what may succeed by itself: a bad design is a verdict, and any other error is a defect."""
    return isinstance(state.result(raise_on_failure=False), InfrastructureError)


def stage(subject: str) -> "Callable[[Callable[P, R]], Task[P, R]]":
    """Make a plain function a stage: a task of its name, whose runs are named by what they work on.

    `subject` is a template over the task's parameters. Nothing is cached here: keys in our own database make a re-run
    skip what is done.
    """

    def make(function: Callable[P, R]) -> "Task[P, R]":
        name = function.__name__

        @wraps(function)
        def carry_out(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                given = function(*args, **kwargs)
            except StoppedError:
                return cast(R, Cancelled(message="its run has ended"))
            LOGGER.info("%s: %s", name, getattr(given, "summary", "done"))
            return given

        return task(
            name=name,
            task_run_name=f"{name} {subject}",
            retries=3,
            retry_delay_seconds=[2.0, 8.0, 32.0],
            retry_jitter_factor=0.5,
            retry_condition_fn=is_infrastructure,
            persist_result=False,
            cache_policy=NO_CACHE,
        )(carry_out)

    return make

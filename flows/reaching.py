"""Looks, before anything begins, whether servers are there and runs to reconcile. Imports no Prefect."""

import os
import socket
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from schemas.errors import InfrastructureError
from schemas.settings import PipelineSettings

ANSWERS_WITHIN_S = 10.0
DATABASE = "PREFECT_API_DATABASE_CONNECTION_URL"
AT_WORK = "SELECT 1 FROM {} WHERE state_type IN ('RUNNING', 'PENDING', 'CANCELLING', 'PAUSED')"
CRASHED_OF_LATE = "SELECT 1 FROM flow_run WHERE state_type = 'CRASHED' AND end_time > datetime('now', '-2 days')"


def find_prefect() -> str | None:
    """Return the address of `PREFECT_API_URL` where it is set.

    Raises InfrastructureError if no such server answers, or one of an earlier minor version than ours.
    """
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return None
    try:
        answer = httpx.get(f"{url.rstrip('/')}/health", timeout=ANSWERS_WITHIN_S)
        healthy = answer.json() is True  # at a wrong path Prefect's pages answer too
        theirs = httpx.get(f"{url.rstrip('/')}/admin/version", timeout=ANSWERS_WITHIN_S).json() if healthy else ""
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        healthy = False
    if not healthy:
        raise InfrastructureError(
            "PREFECT_API_URL: no Prefect server answers there; start it, mend the address (…/api), or unset it"
        )
    ours = version("prefect")
    if _read_minor(theirs) < _read_minor(ours):
        raise InfrastructureError(f"PREFECT_API_URL: the server there is Prefect {theirs}: upgrade it to {ours}")
    return url


def has_runs_to_reconcile(home: Path) -> bool:
    """Say whether Prefect has to be asked: at a server of its own, or where this one's database has runs at work.

    Runs that have crashed of late count too: they may be started again.
    """
    database = home / "prefect.db"
    if os.environ.get("PREFECT_API_URL") or os.environ.get(DATABASE):
        return True
    if not database.exists():
        return False
    questions = (AT_WORK.format("flow_run"), AT_WORK.format("task_run"), CRASHED_OF_LATE)
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return any(connection.execute(f"{question} LIMIT 1").fetchone() for question in questions)
    except sqlite3.Error:
        return True  # its server is making it, or can tell what is wrong with it


def require_dask(settings: PipelineSettings) -> None:
    """Raise InfrastructureError where stages are to run on a Dask cluster whose scheduler can't be reached."""
    if settings.task_runner == "dask" and settings.dask_address is not None:
        address = urlsplit(settings.dask_address)
        try:
            socket.create_connection((address.hostname or "", address.port or 0), ANSWERS_WITHIN_S).close()
        except (OSError, ValueError) as error:
            raise InfrastructureError(
                f"WORKPIECE_DASK_ADDRESS: no scheduler answers there ({error}); start it, or mend the address"
            ) from error


def _read_minor(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split(".")[:2])

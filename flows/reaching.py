"""Looks whether the servers that the settings name are there, before anything begins. Imports no Prefect."""

import os
import socket
from urllib.parse import urlsplit

import httpx

from schemas.errors import InfrastructureError
from schemas.settings import PipelineSettings

ANSWERS_WITHIN_S = 10.0


def find_prefect() -> str | None:
    """Return the address of `PREFECT_API_URL` where it is set; raises InfrastructureError if no such server answers."""
    url = os.environ.get("PREFECT_API_URL")
    if not url:
        return None
    try:
        answer = httpx.get(f"{url.rstrip('/')}/health", timeout=ANSWERS_WITHIN_S)
        healthy = answer.json() is True  # at a wrong path Prefect's pages answer too
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        healthy = False
    if not healthy:
        raise InfrastructureError(
            "PREFECT_API_URL: no Prefect server answers there; start it, mend the address (…/api), or unset it"
        )
    return url


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

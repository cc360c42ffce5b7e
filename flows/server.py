"""Runs Prefect's own server beside the runs of a workspace, so that they can be watched: one server for all of them.

Who uses it holds a shared lock; a keeper (flows/keeper.py) ends the server when nobody holds it any more, however its
holders have ended. Imports no Prefect: the settings that Prefect reads when it is imported must stand before.
"""

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.reaching import find_prefect
from schemas.errors import InfrastructureError
from steps.progress import tell_stage

SANDBOX_LIMIT = "sandbox"
"""The name of the limit that bounds the sandboxes of all runs of one server (flows/limits.py)."""
UP_WITHIN_S = 240.0
"""Seen: 14 s on two quiet cores with a new database."""
SETTINGS = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "workpiece",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "7776000",
    "DO_NOT_TRACK": "1",
}


@contextmanager
def serve_prefect(home: Path) -> Iterator[str]:
    """Yield the address of Prefect's API: `PREFECT_API_URL` where it is set, else of the server over `home`'s database.

    Sets the variables that Prefect reads; raises InfrastructureError if the server does not come up or answer.
    """
    for name, value in {**SETTINGS, "PREFECT_HOME": str(home)}.items():
        os.environ.setdefault(name, value)
    if given := find_prefect():
        yield given
        return
    home.mkdir(parents=True, exist_ok=True)
    with lock(home / "users.lock", fcntl.LOCK_SH):  # waits while a keeper ends its server
        with lock(home / "starting.lock", fcntl.LOCK_EX):
            os.environ["PREFECT_API_URL"] = _find_server(home) or _start_server(home)
        try:
            yield os.environ["PREFECT_API_URL"]
        finally:
            os.environ.pop("PREFECT_API_URL", None)


@contextmanager
def lock(file: Path, kind: int) -> Iterator[None]:
    """Hold a lock of the kernel's on a file, which ends with this process at the latest."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _find_server(home: Path) -> str | None:
    """Return the address of the server that a living keeper has told, if there is one."""
    try:
        with lock(home / "keeper.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            return None
    except BlockingIOError:
        return _wait_for_address(home, None)


def _start_server(home: Path) -> str:
    tell_stage("start Prefect's server")
    (home / "server.url").unlink(missing_ok=True)
    command = [sys.executable, "-m", "flows.keeper", str(home)]
    with (home / "server.log").open("ab") as log:
        keeper = subprocess.Popen(
            command,
            cwd=Path(__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    return _wait_for_address(home, keeper)


def _wait_for_address(home: Path, keeper: "subprocess.Popen[bytes] | None") -> str:
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline and (keeper is None or keeper.poll() is None):
        if (file := home / "server.url").exists():
            return file.read_text()
        time.sleep(0.1)
    raise InfrastructureError(f"Prefect's server does not come up; its log is {home / 'server.log'}")

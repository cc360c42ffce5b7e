"""Runs Prefect's own server beside a one-shot run, so that the run can be watched; it ends with the process that asked.

Prefect's temporary server has no pages and outlives a `kill -9`; this one has both right. Imports no Prefect: the
settings that Prefect reads when it is imported must stand before.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

from schemas.errors import InfrastructureError

PORT = 4200
SANDBOX_LIMIT = "sandbox"
"""The name of the limit that bounds the sandboxes of all runs of one server (flows/limits.py)."""
HEALTHY_WITHIN_S = 180.0
"""Seen: 14 s on two quiet cores with a new database."""
SETTINGS = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
}


@contextmanager
def serve_prefect(home: Path) -> Iterator[str]:
    """Yield the address of Prefect's API: `PREFECT_API_URL` where it is set, else a server over the database in `home`.

    Sets the variables that Prefect reads; raises InfrastructureError if the server does not come up.
    """
    for name, value in {**SETTINGS, "PREFECT_HOME": str(home)}.items():
        os.environ.setdefault(name, value)
    if given := os.environ.get("PREFECT_API_URL"):
        yield given
        return
    home.mkdir(parents=True, exist_ok=True)
    port, server = _start(home / "server.log")
    try:
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"
        _forget_limit(os.environ["PREFECT_API_URL"])
        yield os.environ["PREFECT_API_URL"]
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        server.terminate()
        server.wait()


def _start(log: Path) -> "tuple[int, subprocess.Popen[bytes]]":
    """Start the server on Prefect's usual port, or any free one where that is taken, also while it starts."""
    for wanted in (PORT, 0, 0):
        port = _find_free(wanted)
        if port is None:
            continue
        with log.open("ab") as output:
            server = subprocess.Popen(_command(port), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        if _comes_up(port, server):
            return port, server
        server.terminate()
        server.wait()
    raise InfrastructureError(f"Prefect's server does not come up; its log is {log}")


def _command(port: int) -> list[str]:
    """Return the server's command line; the kernel kills it when this process ends, however that happens."""
    prefect = Path(sys.executable).parent / "prefect"
    start = [str(prefect), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    return ["setpriv", "--pdeathsig", "KILL", "--", *start]


def _find_free(port: int) -> int | None:
    """Return that port of the loopback if it is free (0: any), else None."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return None
        return int(probe.getsockname()[1])


def _comes_up(port: int, server: "subprocess.Popen[bytes]") -> bool:
    """Say whether the server answers in time; False where another run's server has taken the port first."""
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health", timeout=5):
                return _listens(server.pid, port)
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def _listens(pid: int, port: int) -> bool:
    """Say whether a process of ours has the port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    return any(str(file.readlink()) in listening for file in Path(f"/proc/{pid}/fd").iterdir())


def _forget_limit(url: str) -> None:
    """Let a server of our own bound sandboxes as today's settings say; a killed run has taken its slots with it."""
    request = urllib.request.Request(f"{url}/v2/concurrency_limits/{SANDBOX_LIMIT}", method="DELETE")  # noqa: S310 - ours
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while True:
        try:
            urllib.request.urlopen(request, timeout=30).close()  # noqa: S310 - our own http address
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.SERVICE_UNAVAILABLE and time.monotonic() < deadline:
                time.sleep(0.5)  # what the server does at its start keeps its database busy
                continue
            if error.code != HTTPStatus.NOT_FOUND:
                raise
        return

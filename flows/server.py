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
from pathlib import Path

from schemas.errors import InfrastructureError

PORT = 4200
HEALTHY_WITHIN_S = 180.0
"""Seen: 14 s on two quiet cores with a new database."""
SETTINGS = {
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",  # outlive it
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
    port = _choose_port()
    log = home / "server.log"
    with log.open("ab") as output:
        server = subprocess.Popen(_command(port), stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        url = f"http://127.0.0.1:{port}/api"
        _wait_until_healthy(url, server, log)
        os.environ["PREFECT_API_URL"] = url
        yield url
    finally:
        os.environ.pop("PREFECT_API_URL", None)
        server.terminate()
        server.wait()


def _command(port: int) -> list[str]:
    """Return the server's command line; the kernel kills it when this process ends, however that happens."""
    prefect = Path(sys.executable).parent / "prefect"
    start = [str(prefect), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    return ["setpriv", "--pdeathsig", "KILL", "--", *start]


def _choose_port() -> int:
    """Return Prefect's usual port, or any free one where that is taken."""
    for port in (PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise InfrastructureError("no port of the loopback is free for Prefect's server")


def _wait_until_healthy(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310 - our own http address
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise InfrastructureError(f"Prefect's server did not come up within {HEALTHY_WITHIN_S:.0f} s; its log is {log}")

"""Keeps Prefect's server of a workspace: starts it, tells its address, ends it when nobody uses it: keeper.py HOME.

Prefect's temporary server has no pages and outlives a `kill -9`; this one has both right.
"""

import fcntl
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from flows.server import SANDBOX_LIMIT, UP_WITHIN_S, lock

PORT = 4200
LOOK_S = 0.25


def main() -> int:
    """Keep one server until nobody uses it; exit status 1 if it does not come up or ends early."""
    home = Path(sys.argv[1])
    with lock(home / "keeper.lock", fcntl.LOCK_EX):
        found = _start()
        if found is None:
            return 1
        port, server = found
        try:
            _free_slots(f"http://127.0.0.1:{port}/api")
            unfinished = home / "server.url.part"
            unfinished.write_text(f"http://127.0.0.1:{port}/api")
            unfinished.rename(home / "server.url")
            return _keep(home, server)
        finally:
            (home / "server.url").unlink(missing_ok=True)
            server.terminate()
            server.wait()


def _keep(home: Path, server: "subprocess.Popen[bytes]") -> int:
    """Wait until the lock of those who use the server is free, or the server has ended; no user comes in between."""
    users = os.open(home / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    while server.poll() is None:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOOK_S)
        else:
            return 0  # the lock is held until this process has ended its server, and itself
    return 1


def _start() -> "tuple[int, subprocess.Popen[bytes]] | None":
    """Start the server on Prefect's usual port, or any free one where that is taken, also while it starts."""
    for wanted in (PORT, 0, 0):
        port = _find_free(wanted)
        if port is None:
            continue
        told = {"PREFECT_UI_API_URL": f"http://127.0.0.1:{port}/api"}  # its pages would ask at the usual port
        server = subprocess.Popen(_command(port), env=os.environ | told, stdin=subprocess.DEVNULL)
        if _comes_up(port, server):
            return port, server
        server.terminate()
        server.wait()
    return None


def _command(port: int) -> list[str]:
    """Return the server's command line; the kernel kills it when this process ends, however that happens."""
    start = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
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
    """Say whether the server answers in time; False where another program has taken the port first."""
    health = f"http://127.0.0.1:{port}/api/health"
    return _retry(lambda: urllib.request.urlopen(health, timeout=5), server) and _listens(server.pid, port)


def _listens(pid: int, port: int) -> bool:
    """Say whether a process of ours has the port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
    # a descriptor that is closed by now resolves to itself
    return any(file.resolve().name in listening for file in Path(f"/proc/{pid}/fd").iterdir())


def _free_slots(url: str) -> None:
    """Give back what earlier runs held of the sandboxes' limit: the leases ended with the server that knew of them."""
    address = f"{url}/v2/concurrency_limits/{SANDBOX_LIMIT}"
    body, kind = json.dumps({"active_slots": 0}).encode(), {"Content-Type": "application/json"}
    request = urllib.request.Request(address, body, kind, method="PATCH")  # noqa: S310 - our own http address
    _retry(lambda: urllib.request.urlopen(request, timeout=30), None)  # noqa: S310 - as above


def _retry(ask: Callable[[], object], server: "subprocess.Popen[bytes] | None") -> bool:
    """Ask until there is an answer, while the server starts or its database is busy; say whether there was one."""
    deadline = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < deadline and (server is None or server.poll() is None):
        try:
            ask()
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                return False
        except (urllib.error.URLError, OSError):
            pass
        else:
            return True
        time.sleep(LOOK_S)
    return False


if __name__ == "__main__":
    sys.exit(main())

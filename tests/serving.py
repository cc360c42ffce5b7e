"""Helps tests that start a server of their own on this machine."""

import json
import socket
import time
import urllib.error
import urllib.request
from http import HTTPStatus
from typing import Any


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_served(url: str) -> None:
    """Wait up to two minutes until a page is answered."""
    end_s = time.monotonic() + 120.0
    while time.monotonic() < end_s:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    raise AssertionError(f"{url} did not come up within two minutes")


def ask_prefect(api: str, path: str, body: dict[str, object] | None = None) -> Any:
    """Ask a Prefect API, by POST where there is a body; while its database is busy, again."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{api}/{path}", data, {"Content-Type": "application/json"})
    for _ in range(60):
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE:
                raise
            error.close()
            time.sleep(1.0)
    raise AssertionError("the server stays busy")

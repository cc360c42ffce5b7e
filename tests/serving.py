"""Helps tests that start a server of their own on this machine."""

import socket
import time
import urllib.request


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

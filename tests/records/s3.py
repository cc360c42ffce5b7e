"""A real S3 server over HTTP on loopback, and a proxy before it that breaks what passes as networks and servers do."""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

BUSY = b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Passes connections on; the first `faults` of them that send something with `body` are broken by `how`."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server, self._socket = server, socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.how, self.faults, self.broken, self.body = "", 0, 0, b""
        threading.Thread(target=self._serve, daemon=True).start()

    def break_next(self, how: str, faults: int, body: bytes) -> None:
        """Break so many requests that hold these bytes: `busy`, `cut` or `flipped`."""
        self.how, self.faults, self.broken, self.body = how, faults, 0, body

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._socket.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._server) as server:
            answers = threading.Thread(target=self._pump, args=(server, client, lambda data: data), daemon=True)
            answers.start()
            self._pump(client, server, self._change)
            answers.join()

    def _pump(self, one: socket.socket, other: socket.socket, change: Callable[[bytes], bytes | None]) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                changed = change(data)
                if changed is None:
                    if self.how == "busy":
                        one.sendall(BUSY)
                    for end in (one, other):
                        end.shutdown(socket.SHUT_RDWR)
                    break
                other.sendall(changed)
        with suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def _change(self, data: bytes) -> bytes | None:
        if self.body not in data or self.broken >= self.faults:
            return data
        self.broken += 1
        return data.replace(self.body, self.body.swapcase()) if self.how == "flipped" else None


@pytest.fixture(scope="session")
def s3() -> Iterator[tuple[str, int]]:
    """The address of a server of this session."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


@pytest.fixture
def proxy(s3: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before it, which boto3 is pointed at."""
    proxy = Proxy(s3)
    for name, value in set_keys(proxy.url).items():
        monkeypatch.setenv(name, value)
    yield proxy
    proxy.close()


@pytest.fixture
def bucket_url(proxy: Proxy) -> str:
    """A new bucket, and a prefix in it."""
    name = f"b{uuid.uuid4().hex}"
    boto3.session.Session().client("s3").create_bucket(Bucket=name)
    return f"s3://{name}/work/one"


def set_keys(url: str) -> dict[str, str]:
    """Return boto3's variables for a server."""
    keys = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    return keys | {"AWS_ENDPOINT_URL_S3": url, "AWS_EC2_METADATA_DISABLED": "true"}


@contextmanager
def refusing(s3: tuple[str, int]) -> Iterator[None]:
    """Let the server ask for keys that it knows."""
    url = "http://{}:{}/moto-api/reset-auth".format(*s3)
    httpx.post(url, content="0").raise_for_status()
    yield
    httpx.post(url, content="inf").raise_for_status()

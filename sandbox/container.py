"""The `container` backend: a warm worker in a container of any engine that speaks Docker's API (Docker, Podman).

The engine keeps the container from the host; inside, the worker gives every job namespaces of its own, as in the
other backend. Without an image of its own the container is thin: empty, with this machine's libraries bound read-only.
"""

import io
import json
import os
import select
import socket
import struct
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import docker
import docker.errors
import docker.models.containers
import docker.types
import docker.utils
import requests

from sandbox.owners import is_gone, name_owner
from sandbox.seccomp import container_profile
from sandbox.session import WorkerSession
from sandbox.view import USER_ID, View, WorkerProgram, describe_image_view, describe_view, hash_sources
from schemas.errors import InfrastructureError
from schemas.record import hash_bytes
from schemas.sandbox import MIB, Limits, SessionKind

HOST_LABEL, RUN_LABEL, EPISODE_LABEL = "workpiece.host", "workpiece.run", "workpiece.episode"
SOURCES_LABEL = "workpiece.sources"
"""What an image was made of (`hash_sources`)."""
_THIN_IMAGE = "localhost/workpiece-thin"
_TASKS = 512
_ANSWERS_WITHIN_S = 60.0
_OPEN_FILES = 4096
_BUILDER_CORES = 1
_FRAME = struct.Struct(">BxxxI")
_STDERR = 2
_CONFLICT = 409
_LAST_WORDS_BYTES = 4000
_REMEDY = "start Docker or Podman and set DOCKER_HOST to its socket, or set WORKPIECE_SANDBOX_BACKEND=namespace"


@contextmanager
def engine_faults(what: str) -> Iterator[None]:
    """Turn the engine's and the connection's errors into InfrastructureError."""
    try:
        yield
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise InfrastructureError(f"the container engine cannot {what}: {error}; {_REMEDY}") from error


def connect(engine_url: str | None, timeout_s: float) -> docker.DockerClient:
    """Return a client of the engine at that URL, else of DOCKER_HOST, else of Docker's own socket."""
    with engine_faults("be reached"):
        chosen = {"base_url": engine_url} if engine_url else {}
        return docker.DockerClient(**docker.utils.kwargs_from_env() | chosen, timeout=timeout_s)


def _remove(container: docker.models.containers.Container) -> None:
    """Remove a container, unless the engine has done so or is about to, because it has ended by itself."""
    with engine_faults("remove a sandbox"), suppress(docker.errors.NotFound):
        try:
            container.remove(force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code != _CONFLICT:
                raise


class ContainerEnclosure:
    """A container, attached before it starts: frames by its standard streams, which the engine carries."""

    def __init__(self, container: docker.models.containers.Container) -> None:
        self._container = container
        self._stderr = bytearray()
        try:
            with engine_faults("start a sandbox"):
                self._stream = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
                self._socket: socket.socket = self._stream._sock  # the raw connection, which docker-py wraps
                container.start()
        except InfrastructureError:
            _remove(container)
            raise
        self.reader, self._frames = os.pipe()
        self.writer = self._socket.fileno()
        self._carrier = threading.Thread(target=self._carry, name="sandbox-carrier", daemon=True)
        self._carrier.start()

    def limit(self, limits: Limits) -> None:
        """Do nothing: the container is bounded for good, and each job bounds itself within."""

    def oom_kills(self) -> int:
        """Return 0: the worker, which sees its container's control group, tells of it."""
        return 0

    def last_words(self) -> str:
        """Return the end of what the worker has written to its standard error."""
        return self._stderr.decode(errors="replace").strip()

    def kill(self) -> None:
        """Remove the container, then hang up: a container that ends by itself can't be removed meanwhile."""
        try:
            _remove(self._container)
        finally:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Close the connection and the pipe."""
        self._carrier.join()
        self._stream.close()
        self._socket.close()
        os.close(self.reader)

    def _carry(self) -> None:
        """Take the engine's stream apart: frames to the pipe, standard error to memory."""
        try:
            while header := self._receive(_FRAME.size):
                kind, size_bytes = _FRAME.unpack(header)
                content = self._receive(size_bytes)
                if kind == _STDERR:
                    self._stderr = (self._stderr + content)[-_LAST_WORDS_BYTES:]
                    continue
                view = memoryview(content)
                while view:
                    view = view[os.write(self._frames, view) :]
        except OSError:  # one of the two ends is closed: the session is dead
            pass
        finally:
            os.close(self._frames)

    def _receive(self, size_bytes: int) -> bytes:
        """Return that many bytes, or none where the connection has ended. The socket does not block."""
        parts: list[bytes] = []
        poller = select.poll()
        poller.register(self.writer, select.POLLIN)
        while size_bytes:
            poller.poll()
            part = os.read(self.writer, size_bytes)
            if not part:
                return b""
            parts.append(part)
            size_bytes -= len(part)
        return b"".join(parts)


@dataclass(frozen=True)
class ContainerBackend:
    """Opens sandboxes as containers of `image` (`make image`), or thin ones over this machine's libraries."""

    image: str | None = None
    engine_url: str | None = None  # else DOCKER_HOST, else Docker's own socket
    program: WorkerProgram = field(default_factory=WorkerProgram)
    memory_bytes: Mapping[SessionKind, int] = field(default_factory=lambda: dict.fromkeys(SessionKind, 3072 * MIB))
    worker_bytes: int = 1024 * MIB  # a warm worker holds 320 to 590 MB

    def open(self, kind: SessionKind, label: str) -> WorkerSession:
        """Open a session, whose worker warms up; raises InfrastructureError with what to do."""
        self.sweep()
        view = (describe_image_view if self.image else describe_view)(kind, self.program, label)
        with engine_faults("create a sandbox"):
            image = self._find_image(kind) if self.image else self._thin_image(view)
            container = self._client.containers.create(image, **self._describe(kind, label, view))
        return WorkerSession(ContainerEnclosure(container), kind)

    def sweep(self) -> int:
        """Remove the containers whose owners on this machine are no more; return how many there were."""
        removed = 0
        with engine_faults("list its sandboxes"):
            for container in self._client.containers.list(all=True, filters={"label": HOST_LABEL}, sparse=True):
                if is_gone(container.attrs["Labels"][HOST_LABEL]):
                    _remove(container)
                    removed += 1
        return removed

    def require(self) -> None:
        """Raise InfrastructureError with what to do unless the engine answers and has the image of these sources."""
        try:
            with engine_faults("be reached"):
                self._client.ping()
                for kind in SessionKind if self.image else ():
                    self._find_image(kind)
        except InfrastructureError as error:
            self.close()
            if isinstance(error.__cause__, docker.errors.ImageNotFound):
                raise InfrastructureError(f"the engine has no {self.image}: `make image` builds it") from error
            raise

    def close(self) -> None:
        """Close the idle connections to the engine; its sandboxes stay."""
        if "_client" in self.__dict__:  # else none has been opened
            self._client.close()

    @cached_property
    def _client(self) -> docker.DockerClient:
        return connect(self.engine_url, _ANSWERS_WITHIN_S)

    @cached_property
    def _sources(self) -> str:
        return hash_sources()

    def _find_image(self, kind: SessionKind) -> str:
        """Return the id of the image for that kind; raises InfrastructureError where it is out of date."""
        image = self._client.images.get(f"{self.image}:{kind}")
        if image.labels.get(SOURCES_LABEL) != self._sources:
            raise InfrastructureError(
                f"{self.image}:{kind} was made of other code, data or libraries than are here: run `make image`"
            )
        return str(image.id)

    @cached_property
    def _is_podman(self) -> bool:
        return any("Podman" in component["Name"] for component in self._client.version()["Components"])

    def _describe(self, kind: SessionKind, label: str, view: View) -> dict[str, Any]:
        """Return the container's configuration in the engine's terms: no network, nothing writable, no privilege."""
        run, _, episode = label.partition("/")
        limited = {"soft": _OPEN_FILES, "hard": _OPEN_FILES}
        return {
            "volumes": [f"{outside}:{inside}:ro" for inside, outside in view.binds.items()],
            "command": [*view.command, "--container", *view.masked],
            "environment": view.environment,
            "labels": {HOST_LABEL: name_owner(), RUN_LABEL: run, EPISODE_LABEL: episode},
            "user": f"{USER_ID}:{USER_ID}",
            "working_dir": "/",
            "network_mode": "none",
            "ipc_mode": "private",
            "read_only": True,
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges", f"seccomp={self._profile}"],
            "pids_limit": _TASKS,
            "mem_limit": self.worker_bytes + self.memory_bytes[kind],
            "memswap_limit": self.worker_bytes + self.memory_bytes[kind],
            "ulimits": [docker.types.Ulimit(name=name, **limited) for name in ("nofile", "nproc")],
            "stdin_open": True,
            "auto_remove": True,
            "log_config": docker.types.LogConfig(type="none"),
            "nano_cpus": _BUILDER_CORES * 10**9 if kind is SessionKind.BUILDER else None,
        }

    @cached_property
    def _profile(self) -> str:
        """The system call profile: its text for Docker, the path of a file that holds it for Podman."""
        text = json.dumps(container_profile())
        if not self._is_podman:
            return text
        file = Path(tempfile.gettempdir()) / f"workpiece-seccomp-{hash_bytes(text.encode())[:16]}.json"
        file.write_text(text)
        return str(file)

    def _thin_image(self, view: View) -> str:
        """Import the image of empty folders and links that this machine's folders are bound into; return its id."""
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w") as archive:
            for name in ("work", "tmp", "proc", "sys", "dev", "etc"):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(folder)
            for name, target in view.links.items():
                link = tarfile.TarInfo(name.lstrip("/"))
                link.type, link.linkname = tarfile.SYMTYPE, target
                archive.addfile(link)
        answer = self._client.api.import_image_from_data(content.getvalue(), repository=_THIN_IMAGE, tag="1")
        return str(json.loads(answer.strip().splitlines()[-1])["status"])

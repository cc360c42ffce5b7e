"""One warm session with light handlers for each test module and backend, and a look at the machine's processes."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox.container import ContainerBackend
from sandbox.namespace import NamespaceBackend
from sandbox.protocol import Backend
from sandbox.session import WorkerSession
from sandbox.view import WorkerProgram
from schemas.sandbox import MIB, SessionKind

LIGHT = WorkerProgram("light_handlers", Path(__file__).with_name("light_handlers.py"))
ENGINE = Path(__file__).parents[2] / "deployments" / "engine.sh"


BACKENDS = (
    "namespace",
    pytest.param("podman", marks=pytest.mark.container),
    pytest.param("docker", marks=[pytest.mark.container, pytest.mark.slow]),
)


@pytest.fixture(scope="session", params=BACKENDS)
def light_backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each backend in turn: namespaces, and containers of a private engine of this session."""
    if request.param == "namespace":
        yield NamespaceBackend(LIGHT)
        return
    with serve_engine(request.param) as url:
        memory_bytes = dict.fromkeys(SessionKind, 64 * MIB)  # little, so that a test can use it up
        yield ContainerBackend(engine_url=url, program=LIGHT, memory_bytes=memory_bytes, worker_bytes=256 * MIB)


@contextmanager
def serve_engine(name: str) -> Iterator[str]:
    """Start a private engine; without root or the engine's package skip, but fail where CI=true."""
    with tempfile.TemporaryDirectory(prefix="wp", dir="/tmp") as parent:
        folder, command = f"{parent}/e", ["bash", str(ENGINE), name]
        up = subprocess.run([*command, "up", folder], stdout=subprocess.PIPE, text=True, check=False)
        if up.returncode:
            (pytest.fail if "CI" in os.environ else pytest.skip)(f"{name} does not start here: install it as root")
        yield up.stdout.strip()
        subprocess.run([*command, "down", folder], check=True)


@pytest.fixture(scope="module")
def session(light_backend: Backend) -> Iterator[WorkerSession]:
    opened = light_backend.open(SessionKind.BUILDER, "test")
    assert isinstance(opened, WorkerSession)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def find_processes() -> Callable[[str], list[int]]:
    """Finds processes on this machine by words of their command line or name."""

    def describe(folder: Path) -> str:
        try:
            return (folder / "cmdline").read_text() + (folder / "comm").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return ""

    return lambda words: [int(f.name) for f in Path("/proc").glob("[0-9]*") if words in describe(f)]

"""One warm session with light handlers for each test module and backend, and a look at the machine's processes."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from sandbox.container import ContainerBackend
from sandbox.image import build_images, import_base
from sandbox.namespace import NamespaceBackend
from sandbox.protocol import Backend
from sandbox.session import WorkerSession
from sandbox.view import WorkerProgram
from schemas.record import hash_bytes
from schemas.sandbox import MIB, SessionKind
from tests import killing
from tests.engines import EngineMissingError, serve_engine

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "workpiece" / "image"
REAL = WorkerProgram()
LIGHT = WorkerProgram("light_handlers", Path(__file__).with_name("light_handlers.py"))


BACKENDS = (
    "namespace",
    pytest.param("podman", marks=pytest.mark.container),
    pytest.param("docker", marks=[pytest.mark.container, pytest.mark.slow]),
)


OpenBackend = Callable[..., Backend]


@pytest.fixture(scope="session", params=BACKENDS)
def open_backend(request: pytest.FixtureRequest) -> Iterator[OpenBackend]:
    """Makes each backend in turn: namespaces, and containers of a private engine of this session."""
    if request.param == "namespace":
        yield lambda program=REAL, **_: NamespaceBackend(program)
        return
    with ExitStack() as stack:
        try:
            url = stack.enter_context(serve_engine(request.param))
        except EngineMissingError as missing:
            (pytest.fail if "CI" in os.environ else pytest.skip)(str(missing))
        yield lambda program=REAL, **options: stack.enter_context(
            closing(ContainerBackend(engine_url=url, program=program, **options))
        )


@pytest.fixture(scope="session")
def light_backend(open_backend: OpenBackend) -> Backend:
    """A backend whose jobs are plain programs, with so little memory in a container that a test can use it up."""
    return open_backend(LIGHT, memory_bytes=dict.fromkeys(SessionKind, 64 * MIB), worker_bytes=256 * MIB)


@pytest.fixture(scope="module")
def session(light_backend: Backend) -> Iterator[WorkerSession]:
    opened = light_backend.open(SessionKind.BUILDER, "test")
    assert isinstance(opened, WorkerSession)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def find_processes() -> Callable[[str], list[int]]:
    """Finds processes on this machine by words of their command line or name."""
    return killing.find_processes


@pytest.fixture(scope="session")
def image_engine(open_backend: OpenBackend) -> str:
    """The URL of an engine that has built both images from Debian's packages, as where no registry is."""
    backend = open_backend(LIGHT)
    if not isinstance(backend, ContainerBackend):
        pytest.skip("namespaces need no image")
    url, script = str(backend.engine_url), ROOT / "deployments" / "base.sh"
    base = CACHE / f"base-{hash_bytes(script.read_bytes())[:12]}.tar"
    if not base.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        part = base.with_suffix(f".{os.getpid()}")
        subprocess.run(["bash", script, part], check=True)
        part.rename(base)
    build_images(url, import_base(base, url))
    return url

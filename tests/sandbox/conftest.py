"""One warm session with light handlers for each test module, and a look at the machine's processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.namespace import NamespaceBackend
from sandbox.session import WorkerSession
from sandbox.view import WorkerProgram
from schemas.sandbox import SessionKind


@pytest.fixture(scope="session")
def light_backend() -> NamespaceBackend:
    return NamespaceBackend(WorkerProgram("light_handlers", Path(__file__).with_name("light_handlers.py")))


@pytest.fixture(scope="module")
def session(light_backend: NamespaceBackend) -> Iterator[WorkerSession]:
    opened = light_backend.open(SessionKind.BUILDER, "test")
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

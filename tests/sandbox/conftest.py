"""One warm session with light handlers for each test module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.namespace import NamespaceBackend, NamespaceSession
from sandbox.view import WorkerProgram
from schemas.sandbox import SessionKind


@pytest.fixture(scope="session")
def light_backend() -> NamespaceBackend:
    return NamespaceBackend(WorkerProgram("light_handlers", Path(__file__).with_name("light_handlers.py")))


@pytest.fixture(scope="module")
def session(light_backend: NamespaceBackend) -> Iterator[NamespaceSession]:
    opened = light_backend.open(SessionKind.BUILDER, "test")
    yield opened
    opened.close()

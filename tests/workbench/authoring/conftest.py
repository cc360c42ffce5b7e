"""Runs programs in the real builder sandbox."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from sandbox import open_backend
from schemas.jobs import BuildProgram
from schemas.sandbox import JobEnding, Limits, SessionKind
from schemas.settings import SandboxSettings

Build = Callable[[str], Mapping[str, bytes]]


@pytest.fixture(scope="session")
def build() -> Iterator[Build]:
    """Run a program in the sandbox; give the files of its bundle."""
    session = open_backend(SandboxSettings()).open(SessionKind.BUILDER, "authoring")

    def run(program: str) -> Mapping[str, bytes]:
        job = BuildProgram(program=program, seed=0, expects="scene" if "Scene(" in program else "assembly")
        outcome = session.call(job.canonical_json(), {}, Limits())
        assert outcome.ending is JobEnding.COMPLETED, outcome.stderr + outcome.detail
        return outcome.files

    yield run
    session.close()

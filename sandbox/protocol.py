"""What every sandbox backend offers: sessions that take one job at a time and answer with how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, Self

from schemas.sandbox import JobEnding, Limits, SessionKind, Usage


@dataclass(frozen=True)
class JobOutcome:
    """How a job ended; payload and files only where it completed."""

    ending: JobEnding
    detail: str
    payload: bytes | None
    files: Mapping[str, bytes] = field(repr=False)
    stdout: str
    stderr: str
    usage: Usage
    waited_s: float = 0.0  # for a free sandbox, before the job began


class Session(Protocol):
    """A warm worker in a sandbox of its own; one job at a time."""

    def warm(self) -> Self:
        """Wait until the worker is warm; raises InfrastructureError when it does not get so, or is closed meanwhile."""

    def call(self, payload: bytes, files: Mapping[str, bytes], limits: Limits) -> JobOutcome:
        """Run one job; raises InfrastructureError when the machinery fails, after which the session is dead."""

    def close(self) -> None:
        """End the sandbox and everything in it; may be called more than once."""


class Backend(Protocol):
    """A way to open sandboxes."""

    def open(self, kind: SessionKind, label: str) -> Session:
        """Open a session, whose worker warms up; the label names run and episode."""

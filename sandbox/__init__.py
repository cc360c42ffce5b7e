"""The host side of isolation: one protocol, its backends, and pools of warm sessions."""

from typing import Literal

from sandbox.namespace import NamespaceBackend
from sandbox.pool import SessionPool
from sandbox.protocol import Backend, JobOutcome, Session

__all__ = ["Backend", "JobOutcome", "Session", "SessionPool", "open_backend"]


def open_backend(name: Literal["namespace"]) -> Backend:
    """Return the backend of that name; raises InfrastructureError with what to do if it does not work here."""
    return NamespaceBackend()

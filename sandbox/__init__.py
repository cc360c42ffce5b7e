"""The host side of isolation: one protocol, its backends, and pools of warm sessions."""

from typing import Literal

from sandbox.limits import LimitStatus, describe_limits, require_limits
from sandbox.namespace import NamespaceBackend
from sandbox.pool import SessionPool
from sandbox.protocol import Backend, JobOutcome, Session
from schemas.errors import InfrastructureError

__all__ = ["Backend", "JobOutcome", "LimitStatus", "Session", "SessionPool", "describe_limits", "open_backend"]


def open_backend(name: Literal["namespace"]) -> Backend:
    """Return the backend of that name; raises InfrastructureError with what to do if it does not work here."""
    if name != "namespace":
        raise InfrastructureError(f"there is no sandbox backend {name!r}; choose namespace")
    require_limits()
    return NamespaceBackend()

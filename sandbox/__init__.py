"""The host side of isolation: one protocol, its backends, and pools of warm sessions."""

from sandbox.container import ContainerBackend
from sandbox.limits import LimitStatus, describe_limits, require_limits
from sandbox.namespace import NamespaceBackend
from sandbox.pool import SessionPool
from sandbox.protocol import Backend, JobOutcome, Session
from schemas.sandbox import SessionKind
from schemas.settings import SandboxSettings

__all__ = ["Backend", "JobOutcome", "LimitStatus", "Session", "SessionPool", "describe_limits", "open_backend"]


def open_backend(settings: SandboxSettings) -> Backend:
    """Return the backend of the settings; raises InfrastructureError with what to do if it does not work here."""
    if settings.backend == "container":
        memory = {kind: settings.limit_jobs(kind).memory_bytes for kind in SessionKind}
        return ContainerBackend(image=settings.image, memory_bytes=memory)
    require_limits()
    return NamespaceBackend()

"""The host side of isolation: one protocol, its backends, and pools of warm sessions."""

from contextlib import closing

from sandbox.cgroups import sweep
from sandbox.container import ContainerBackend
from sandbox.job_folder import RunFolder
from sandbox.job_pruning import prune_jobs
from sandbox.limits import LimitStatus, describe_limits, require_limits, try_backend
from sandbox.namespace import NamespaceBackend
from sandbox.pool import SessionPool
from sandbox.protocol import Backend, JobOutcome
from schemas.sandbox import SessionKind
from schemas.settings import SandboxSettings

__all__ = [
    "Backend",
    "JobOutcome",
    "RunFolder",
    "SessionPool",
    "describe_limits",
    "open_backend",
    "prune_jobs",
    "reconcile",
    "try_backends",
]


def open_backend(settings: SandboxSettings) -> Backend:
    """Return the backend of the settings; raises InfrastructureError with what to do if it does not work here."""
    if settings.backend == "container":
        backend = _describe_container(settings)
        backend.require()
        return backend
    require_limits()
    return NamespaceBackend()


def try_backends(settings: SandboxSettings) -> list[LimitStatus]:
    """Open a sandbox on each backend and run a job in it; only the backend of the settings is promised."""
    namespace = try_backend("namespace", NamespaceBackend(), promised=settings.backend == "namespace")
    with closing(_describe_container(settings)) as backend:
        return [namespace, try_backend("container", backend, promised=settings.backend == "container")]


def reconcile(settings: SandboxSettings) -> int:
    """Remove the sandboxes whose owners are no more, with all that runs in them; return how many there were."""
    removed = sweep()
    if settings.backend == "namespace":
        return removed
    with closing(_describe_container(settings)) as backend:
        return removed + backend.sweep()


def _describe_container(settings: SandboxSettings) -> ContainerBackend:
    memory = {kind: settings.limit_jobs(kind).memory_bytes for kind in SessionKind}
    return ContainerBackend(image=settings.image, memory_bytes=memory)

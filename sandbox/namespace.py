"""The `namespace` backend: a warm worker in Linux namespaces made by bubblewrap, with cgroups where writable."""

import itertools
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO

from sandbox.bubblewrap import bubblewrap_command
from sandbox.cgroups import SessionGroup, find_places, sweep
from sandbox.session import WorkerSession
from sandbox.view import WorkerProgram, describe_view
from schemas.errors import InfrastructureError
from schemas.sandbox import Limits, SessionKind

_SEQUENCE = itertools.count()
_JOIN_GROUPS = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 1; shift; n=$((n-1)); done; exec "$@"'
_BUILDER_CORES = 1.0
_LAST_WORDS_BYTES = 4000


class Keeper:
    """A process and the thread that started it, which stays until the process ends.

    Bubblewrap's `--die-with-parent` is tied to the thread that started it, not to the process: a sandbox opened in a
    pool's thread would die with that thread.
    """

    def __init__(self, command: list[str], stderr: IO[bytes]) -> None:
        self._command, self._stderr = command, stderr
        self._started = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="sandbox-keeper", daemon=True)
        self._thread.start()
        self._started.wait()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process; raises InfrastructureError if it could not be started."""
        if self._process is None:
            raise InfrastructureError(f"cannot start {self._command[0]}")
        return self._process

    def _keep(self) -> None:
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                self._command, stdin=pipe, stdout=pipe, stderr=self._stderr, env={}, start_new_session=True
            )
        finally:
            self._started.set()
        self._process.wait()

    def kill(self) -> None:
        """Kill the process, from any thread."""
        self.process.kill()

    def release(self) -> None:
        """Wait for the killed process and close its pipes."""
        self._thread.join()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


class NamespaceEnclosure:
    """A bubblewrap process in the control group of its session."""

    def __init__(self, command: list[str], group: SessionGroup) -> None:
        self._group = group
        self._base: tuple[int, int] | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  closed with the session
        member_files = group.member_files()
        join = ["/bin/sh", "-c", _JOIN_GROUPS, "sh", str(len(member_files)), *member_files]
        self._keeper = Keeper([*join, *command], self._stderr)
        stdin, stdout = self._keeper.process.stdin, self._keeper.process.stdout
        assert stdin is not None and stdout is not None  # both are pipes
        self.reader, self.writer = stdout.fileno(), stdin.fileno()

    def limit(self, limits: Limits) -> None:
        """Bound the next job by the session's group, beyond what the warm worker holds."""
        base_bytes, base_tasks = self._base = self._base or (self._group.used_bytes(), self._group.tasks())
        self._group.limit_memory(base_bytes + limits.memory_bytes + 2 * limits.disk_bytes)
        self._group.limit_tasks(base_tasks + 2 + limits.threads)

    def oom_kills(self) -> int:
        """Return how often the kernel has killed for want of memory in the group."""
        return self._group.oom_kills()

    def last_words(self) -> str:
        """Return the end of what the worker has written to its standard error."""
        self._stderr.seek(max(0, self._stderr.seek(0, 2) - _LAST_WORDS_BYTES))
        return self._stderr.read().decode(errors="replace").strip()

    def kill(self) -> None:
        """Kill bubblewrap, and with it everything inside."""
        self._keeper.kill()

    def release(self) -> None:
        """Close the pipes and remove the group."""
        self._keeper.release()
        self._group.remove()
        self._stderr.close()


@dataclass(frozen=True)
class NamespaceBackend:
    """Opens sandboxes by bubblewrap, with the limits that `describe_limits` tells of."""

    program: WorkerProgram = field(default_factory=WorkerProgram)

    def open(self, kind: SessionKind, label: str) -> WorkerSession:
        """Open a session, whose worker warms up; raises InfrastructureError with what to do."""
        command = bubblewrap_command(describe_view(kind, self.program, label))
        sweep()
        group = SessionGroup.make(find_places(), next(_SEQUENCE))
        if kind is SessionKind.BUILDER:  # a judge may use as many threads as its job says
            group.limit_cpu(_BUILDER_CORES)
        return WorkerSession(NamespaceEnclosure(command, group), kind)

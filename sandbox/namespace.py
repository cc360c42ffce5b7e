"""The `namespace` backend: a warm worker in Linux namespaces made by bubblewrap, with cgroups where writable."""

import itertools
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import IO

from sandbox.cgroups import SessionGroup, find_places, sweep
from sandbox.protocol import JobOutcome
from sandbox.seccomp import compile_filter
from sandbox.transport import Channel
from sandbox.view import WorkerProgram, bubblewrap_command
from schemas.errors import InfrastructureError
from schemas.sandbox import JobEnding, Limits, SessionKind

_WARM_WITHIN_S = 180.0
_SEQUENCE = itertools.count()
_ENTER_GROUPS = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 1; shift; n=$((n-1)); done; exec "$@"'
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


class NamespaceSession:
    """A bubblewrap sandbox with its worker; one call at a time, dead after the first fault of the machinery."""

    def __init__(self, command: list[str], kind: SessionKind, group: SessionGroup, syscall_filter: bytes) -> None:
        self._group = group
        self._lock = threading.RLock()
        self._dead = False
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  closed with the session
        entrances = group.entrances()
        enter = ["/bin/sh", "-c", _ENTER_GROUPS, "sh", str(len(entrances)), *entrances]
        self._keeper = Keeper([*enter, *command], self._stderr)
        try:
            stdin, stdout = self._keeper.process.stdin, self._keeper.process.stdout
            assert stdin is not None and stdout is not None  # both are pipes
            self._channel = Channel(stdout.fileno(), stdin.fileno())
            self._channel.shake_hands(kind, syscall_filter, _WARM_WITHIN_S)
        except InfrastructureError as error:
            raise self._die(error) from error
        self._base_bytes, self._base_tasks = group.used_bytes(), group.tasks()

    def call(self, payload: bytes, files: Mapping[str, bytes], limits: Limits) -> JobOutcome:
        """Run one job; raises InfrastructureError when the machinery fails, after which the session is dead."""
        with self._lock:
            if self._dead:
                raise InfrastructureError("the sandbox session is closed")
            kills = self._prepare_group(limits)
            try:
                outcome = self._channel.call(payload, files, limits)
            except InfrastructureError as error:
                raise self._die(error) from error
            return self._name_oom(outcome, kills)

    def close(self) -> None:
        """End the sandbox and everything in it; may be called more than once."""
        self._keeper.kill()  # first, so that a call under way in another thread comes back
        with self._lock:
            if not self._dead:
                self._dead = True
                self._keeper.release()
                self._group.remove()
                self._stderr.close()

    def _prepare_group(self, limits: Limits) -> int:
        """Bound this job by the session's group, beyond what the warm worker holds; return the OOM kills so far."""
        self._group.limit_memory(self._base_bytes + limits.memory_bytes + 2 * limits.disk_bytes)
        self._group.limit_tasks(self._base_tasks + 2 + limits.threads)
        return self._group.oom_kills()

    def _name_oom(self, outcome: JobOutcome, kills_before: int) -> JobOutcome:
        if self._group.oom_kills() > kills_before:
            return replace(outcome, ending=JobEnding.PROGRAM_MEMORY, detail="the memory limit was reached")
        return outcome

    def _die(self, error: InfrastructureError) -> InfrastructureError:
        """Close after a fault; return an error that tells what the worker said last."""
        self._stderr.seek(max(0, self._stderr.seek(0, 2) - _LAST_WORDS_BYTES))
        last_words = self._stderr.read().decode(errors="replace").strip()
        self.close()
        return InfrastructureError(f"{error}: {last_words}" if last_words else str(error))


@dataclass(frozen=True)
class NamespaceBackend:
    """Opens sandboxes by bubblewrap, with the limits that `describe_limits` tells of."""

    program: WorkerProgram = field(default_factory=WorkerProgram)

    def open(self, kind: SessionKind, label: str) -> NamespaceSession:
        """Open a session and wait until its worker is warm; raises InfrastructureError with what to do."""
        command = bubblewrap_command(kind, self.program, label)
        sweep()
        group = SessionGroup.make(find_places(), next(_SEQUENCE))
        if kind is SessionKind.BUILDER:  # a judge may use as many threads as its job says
            group.limit_cpu(_BUILDER_CORES)
        return NamespaceSession(command, kind, group, compile_filter())

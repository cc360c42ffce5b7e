"""A session of any backend: a worker behind a channel, inside an enclosure that the backend has made."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol, Self

from sandbox.protocol import JobOutcome
from sandbox.seccomp import compile_filter
from sandbox.transport import Channel
from schemas.errors import InfrastructureError
from schemas.sandbox import JobEnding, Limits, SessionKind

_WARM_WITHIN_S = 180.0


class Enclosure(Protocol):
    """The walls around a worker, and the descriptors that lead to its frames."""

    reader: int
    writer: int

    def limit(self, limits: Limits) -> None:
        """Bound the next job from outside, beyond what the warm worker holds."""

    def oom_kills(self) -> int:
        """Return how often the kernel has killed for want of memory in here; 0 where that can't be told."""

    def last_words(self) -> str:
        """Return the end of what the worker has written to its standard error."""

    def kill(self) -> None:
        """End everything inside, from any thread; may be called more than once."""

    def release(self) -> None:
        """Give back all that the dead enclosure holds."""


class WorkerSession:
    """A sandbox with its worker; one call at a time, dead after the first fault of the machinery."""

    def __init__(self, enclosure: Enclosure, kind: SessionKind, syscall_filter: bytes | None = None) -> None:
        self._enclosure = enclosure
        self._lock = threading.RLock()
        self._dead = self._warm = False
        self._kind, self._filter = kind, syscall_filter or compile_filter()
        self._channel = Channel(enclosure.reader, enclosure.writer)

    def warm(self) -> Self:
        """Wait until the worker is warm; raises InfrastructureError when it does not get so, or is closed meanwhile."""
        with self._lock:
            if self._dead:
                raise InfrastructureError("the sandbox session is closed")
            try:
                if not self._warm:
                    self._channel.shake_hands(self._kind, self._filter, _WARM_WITHIN_S)
            except InfrastructureError as error:
                raise self._die(error) from error
            self._warm = True
        return self

    def call(self, payload: bytes, files: Mapping[str, bytes], limits: Limits) -> JobOutcome:
        """Run one job; raises InfrastructureError when the machinery fails, after which the session is dead."""
        with self._lock:
            self.warm()
            try:
                self._enclosure.limit(limits)
                kills = self._enclosure.oom_kills()
                outcome = self._channel.call(payload, files, limits)
            except InfrastructureError as error:
                raise self._die(error) from error
            if self._enclosure.oom_kills() > kills:
                return replace(outcome, ending=JobEnding.PROGRAM_MEMORY, detail="the memory limit was reached")
            return outcome

    def close(self) -> None:
        """End the sandbox and everything in it; may be called more than once."""
        self._enclosure.kill()  # first, so that a call under way in another thread comes back
        with self._lock:
            if not self._dead:
                self._dead = True
                self._enclosure.release()

    def _die(self, error: InfrastructureError) -> InfrastructureError:
        """Close after a fault; return an error that tells what the worker said last."""
        last_words = self._enclosure.last_words()
        self.close()
        return InfrastructureError(f"{error}: {last_words}" if last_words else str(error))

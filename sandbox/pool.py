"""A pool of warm sessions of one kind: opened ahead, lent in turns to those who ask, replaced when they die."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from itertools import chain
from typing import Self

from sandbox.protocol import Backend, JobOutcome, Session
from schemas.errors import InfrastructureError
from schemas.sandbox import JobEnding, Limits, SessionKind


class SessionPool:
    """`size` sessions of one kind as one; a context manager; `call` may be used from any thread."""

    def __init__(self, backend: Backend, kind: SessionKind, size: int, label: str) -> None:
        self._backend, self._kind, self._label = backend, kind, label
        self._lock = threading.Lock()
        self._free: deque[Session | None] = deque()
        self._waiting: dict[str, deque[Future[Session | None]]] = {}
        self._lent: dict[Session, str | None] = {}  # None: it opens for nobody yet
        self._dismissed: set[str] = set()
        self._closed = False
        self._openers = [threading.Thread(target=self._open_ahead, daemon=True) for _ in range(size)]

    def __enter__(self) -> Self:
        """Begin to open the sessions; the first calls wait for them."""
        for opener in self._openers:
            opener.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close the pool."""
        self.close()

    def close(self) -> None:
        """Close every session; calls under way and waiting raise InfrastructureError. May be called again."""
        with self._lock:
            self._closed = True
            sessions = [*self._lent, *(session for session in self._free if session is not None)]
            self._free.clear()
            waiting, self._waiting = self._waiting, {}
        for future in chain.from_iterable(waiting.values()):
            future.set_exception(InfrastructureError("the sandbox pool was closed"))
        for session in sessions:
            session.close()
        for opener in self._openers:
            opener.join()

    def call(
        self, payload: bytes, files: Mapping[str, bytes], limits: Limits, turn: str = "", *, fresh: bool = False
    ) -> JobOutcome:
        """Run one job on the next free session, first come first served among the calls of the same `turn`.

        Those who wait under different names (episodes) take turns, so that one with many calls delays no other.
        `fresh` runs it in a session that has run nothing yet; else a judge in which a job has failed is not used again.
        Raises InfrastructureError when the machinery fails; the dead session is replaced at the next call.
        """
        asked_s = time.monotonic()
        session = self._acquire(turn)
        if session is not None and fresh:
            self._discard(session)
            session = None
        session = session or self._open_one(turn)
        waited_s = time.monotonic() - asked_s
        kept: Session | None = None
        try:
            outcome = session.call(payload, files, limits)
            if fresh or self._kind is SessionKind.BUILDER or outcome.ending is JobEnding.COMPLETED:
                kept = session
        finally:
            self._give_back(session, kept)
        return replace(outcome, waited_s=waited_s)

    def dismiss(self, turn: str) -> None:
        """End the calls of a name, under way and waiting: they raise InfrastructureError, as all will that follow."""
        with self._lock:
            self._dismissed.add(turn)
            waiting = self._waiting.pop(turn, ())
            sessions = [session for session, name in self._lent.items() if name == turn]
        for future in waiting:
            future.set_exception(InfrastructureError("the call was dismissed"))
        for session in sessions:
            session.close()

    def _open_ahead(self) -> None:
        session: Session | None = None
        try:
            session = self._open(None)
        except InfrastructureError:  # the call that gets this place opens again, and tells why it can't
            return
        finally:  # whatever was raised, the place is given on, or a call would wait for ever
            with self._lock:
                self._lent = {one: turn for one, turn in self._lent.items() if one is not session}
            self._give(session)

    def _open_one(self, turn: str) -> Session:
        session: Session | None = None
        try:
            session = self._open(turn)
        finally:
            if session is None:
                self._give(None)
        return session

    def _open(self, turn: str | None) -> Session:
        """Open a session, until it is warm; who closes the pool or dismisses the turn does not wait for it."""
        session = self._backend.open(self._kind, self._label)
        with self._lock:
            self._lent[session] = turn
            unwanted = self._closed or turn in self._dismissed
        if unwanted:
            session.close()
        try:
            return session.warm()
        except InfrastructureError:
            self._discard(session)
            raise

    def _discard(self, session: Session) -> None:
        with self._lock:
            self._lent.pop(session, None)
        session.close()

    def _acquire(self, turn: str) -> Session | None:
        with self._lock:
            if self._closed or turn in self._dismissed:
                raise InfrastructureError("the sandbox pool is closed, or the call was dismissed")
            future: Future[Session | None] = Future()
            self._waiting.setdefault(turn, deque()).append(future)
        self._match()
        return future.result()

    def _give_back(self, session: Session, kept: Session | None) -> None:
        if kept is None:
            self._discard(session)
        else:
            with self._lock:
                self._lent.pop(session, None)
        self._give(kept)

    def _give(self, session: Session | None) -> None:
        with self._lock:
            closed = self._closed
            if not closed:
                self._free.append(session)
        if closed and session is not None:
            session.close()
        self._match()

    def _match(self) -> None:
        with self._lock:
            while self._free and self._waiting:
                session = self._free.popleft()
                turn, call = self._next_in_turn()
                if session is not None:
                    self._lent[session] = turn
                call.set_result(session)

    def _next_in_turn(self) -> tuple[str, Future[Session | None]]:
        """Take the first call of the name that has waited longest for its turn; the name goes to the end."""
        turn = next(iter(self._waiting))
        calls = self._waiting.pop(turn)
        call = calls.popleft()
        if calls:
            self._waiting[turn] = calls
        return turn, call

"""The host's end of the channel to a worker: frames over two file descriptors, each with a deadline."""

import os
import select
import time
from collections.abc import Mapping

from sandbox.protocol import JobOutcome
from schemas.errors import InfrastructureError
from schemas.sandbox import ARTIFACT_NAME, KEPT_NAMES, Hello, JobOrder, JobReply, Limits, Ready, SessionKind
from schemas.wire import FILE_PREFIX, WireFrame, hash_schemas, read_frame

_GRACE_S = 15.0
_CHUNK_BYTES = 1 << 20
_MOST_DISPLACED_BYTES = 1 << 16


class Channel:
    """Two non-blocking descriptors, one to read a worker's frames from and one to write to; owned by the caller."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        self._deadline_s = 0.0
        os.set_blocking(reader, False)
        os.set_blocking(writer, False)

    def shake_hands(self, kind: SessionKind, syscall_filter: bytes, within_s: float) -> Ready:
        """Say who we are and wait until the worker is warm."""
        self._deadline_s = time.monotonic() + within_s
        hello = Hello(kind=kind, schemas_sha256=hash_schemas())
        self._write(WireFrame(hello, {"filter": syscall_filter}).encode())
        ready, _ = read_frame(self._read, Ready, _MOST_DISPLACED_BYTES)
        if ready.kind is not kind:
            raise InfrastructureError(f"asked for a {kind} worker, got a {ready.kind} one")
        return ready

    def call(self, payload: bytes, files: Mapping[str, bytes], limits: Limits) -> JobOutcome:
        """Send one job and wait for its reply, at most its wall time and a grace."""
        self._deadline_s = time.monotonic() + limits.wall_seconds + _GRACE_S
        blobs = {"payload": payload} | {FILE_PREFIX + name: content for name, content in files.items()}
        self._write(WireFrame(JobOrder(limits=limits), blobs).encode())
        return _unpack_reply(*read_frame(self._read, JobReply, limits.reply_bytes()))

    def _wait(self, descriptor: int, event: int) -> None:
        poller = select.poll()
        poller.register(descriptor, event)
        left_s = self._deadline_s - time.monotonic()
        if left_s <= 0 or not poller.poll(left_s * 1000):
            raise InfrastructureError("the sandbox worker did not answer in time")

    def _read(self, size_bytes: int) -> bytes:
        parts: list[bytes] = []
        while size_bytes:
            self._wait(self._reader, select.POLLIN)
            part = os.read(self._reader, min(size_bytes, _CHUNK_BYTES))
            if not part:
                raise InfrastructureError("the sandbox worker has died")
            parts.append(part)
            size_bytes -= len(part)
        return b"".join(parts)

    def _write(self, content: bytes) -> None:
        view = memoryview(content)
        while view:
            self._wait(self._writer, select.POLLOUT)
            try:
                view = view[os.write(self._writer, view[:_CHUNK_BYTES]) :]
            except BrokenPipeError as error:
                raise InfrastructureError("the sandbox worker has died") from error


def _unpack_reply(reply: JobReply, blobs: dict[str, bytes]) -> JobOutcome:
    stdout, stderr = (blobs.pop(name, b"").decode(errors="replace") for name in ("stdout", "stderr"))
    payload = blobs.pop("payload", None)
    files = {name.removeprefix(FILE_PREFIX): content for name, content in blobs.items()}
    if odd := [name for name in files if not ARTIFACT_NAME.fullmatch(name) or name in KEPT_NAMES]:
        raise InfrastructureError(f"the sandbox worker sent a file called {odd[0]!r}")
    return JobOutcome(
        ending=reply.ending,
        detail=reply.detail,
        payload=payload,
        files=files,
        stdout=stdout,
        stderr=stderr,
        usage=reply.usage,
    )

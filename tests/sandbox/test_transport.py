"""Frames arrive whole or not at all, on either side; files travel both ways."""

import os
import struct
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest

from sandbox.session import WorkerSession
from sandbox.transport import Channel
from schemas.errors import InfrastructureError
from schemas.sandbox import MIB, JobEnding, JobReply, Limits, Ready, SessionKind, Usage
from schemas.wire import FrameError, WireFrame, read_frame

REPLY = WireFrame(JobReply(ending=JobEnding.COMPLETED, usage=Usage()), {"payload": b"abc", "file:a": b"12345"})


def reader_of(content: bytes) -> Callable[[int], bytes]:
    stream = BytesIO(content)

    def read(size_bytes: int) -> bytes:
        part = stream.read(size_bytes)
        if len(part) < size_bytes:
            raise FrameError("cut short")
        return part

    return read


def test_frame_survives_the_round_trip() -> None:
    record, blobs = read_frame(reader_of(REPLY.encode()), JobReply, 8)
    assert record == REPLY.record
    assert blobs == {"payload": b"abc", "file:a": b"12345"}


FAULTS = {
    "altered": (REPLY.encode()[:-1] + b"6", "altered"),
    "cut short": (REPLY.encode()[:-1], "cut short"),
    "other version": (b"WPFR\x00\x63" + REPLY.encode()[6:], "version 99"),
    "no frame": (b"HTTP/1.1 200 OK\r\n", "expected a frame"),
    "long header": (struct.pack(">4sHI", b"WPFR", 1, 2**31), "too long"),
    "other subject": (WireFrame(Ready(kind=SessionKind.JUDGE)).encode(), "expected a jobreply"),
    "too large": (WireFrame(REPLY.record, {"payload": bytes(9)}).encode(), "exceeds 8"),
    "not JSON": (struct.pack(">4sHI", b"WPFR", 1, 3) + b"{x}", "FrameHeader"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faulty_frame_is_refused(case: str) -> None:
    content, words = FAULTS[case]
    with pytest.raises(FrameError, match=words):
        read_frame(reader_of(content), JobReply, 8)


@pytest.fixture
def channel() -> Iterator[tuple[Channel, int, int]]:
    """Yield a host's channel and the worker's read and write ends."""
    from_worker, worker_write = os.pipe()
    worker_read, to_worker = os.pipe()
    yield Channel(from_worker, to_worker), worker_read, worker_write
    for descriptor in (from_worker, to_worker, worker_read):
        os.close(descriptor)


def test_forged_reply_of_a_worker_is_a_fault(channel: tuple[Channel, int, int]) -> None:
    host, _, worker_write = channel
    os.write(worker_write, FAULTS["altered"][0])
    with pytest.raises(InfrastructureError, match="altered"):
        host.call(b"", {}, Limits())
    os.close(worker_write)


@pytest.mark.parametrize("name", ["../evil", "job.json", "manifest.json", "/etc/cron.d/evil", ".bashrc", ""])
def test_file_of_a_strange_name_is_a_fault(channel: tuple[Channel, int, int], name: str) -> None:
    host, _, worker_write = channel
    os.write(worker_write, WireFrame(REPLY.record, {"payload": b"", f"file:{name}": b"x"}).encode())
    with pytest.raises(InfrastructureError, match="sent a file called"):
        host.call(b"", {}, Limits())
    os.close(worker_write)


def test_dead_and_silent_workers_are_faults(channel: tuple[Channel, int, int]) -> None:
    host, _, worker_write = channel
    with pytest.raises(InfrastructureError, match="in time"):
        host.shake_hands(SessionKind.JUDGE, b"", 0.05)
    os.close(worker_write)
    with pytest.raises(InfrastructureError, match="died"):
        host.call(b"", {}, Limits())


def test_worker_of_another_kind_is_refused(channel: tuple[Channel, int, int]) -> None:
    host, _, worker_write = channel
    os.write(worker_write, WireFrame(Ready(kind=SessionKind.JUDGE)).encode())
    with pytest.raises(InfrastructureError, match="got a judge"):
        host.shake_hands(SessionKind.BUILDER, b"", 1.0)
    os.close(worker_write)


def test_files_and_output_travel_both_ways(session: WorkerSession) -> None:
    large = os.urandom(9 * MIB)
    turn = "for f in in_dir.iterdir(): (out_dir / f.name).write_bytes(f.read_bytes()[::-1])"
    program = f"{turn}\nprint('ü')\nresult = b'r'".encode()
    outcome = session.call(program, {"large.bin": large, "empty": b""}, Limits(disk_bytes=16 * MIB))
    assert (outcome.ending, outcome.payload, outcome.stdout) == (JobEnding.COMPLETED, b"r", "ü\n")
    assert outcome.files == {"large.bin": large[::-1], "empty": b""}

"""What a job finds around it: nothing of the host, no privilege, and of this project only what its kind may see."""

from pathlib import Path

import pytest

from sandbox.protocol import Backend
from sandbox.session import WorkerSession
from schemas.sandbox import Limits, SessionKind

LIMITS = Limits(wall_seconds=10.0, cpu_seconds=5)
LIBC = "import ctypes; libc = ctypes.CDLL(None)\n"
HIDDEN = (
    "/root",
    "/home",
    "/var",
    "/sys/class",
    "/run",
    "/proc/self",
    "/dev/shm",
    "/dev/pts",
)


@pytest.mark.parametrize("path", [*HIDDEN, str(Path(__file__).parent)])
def test_host_path_is_absent_or_holds_nothing(session: WorkerSession, path: str) -> None:
    """An engine makes some folders of its own, and notes there that this is a container."""
    program = f"import os; result = repr([n for _, _, names in os.walk({path!r}) for n in names]).encode()"
    assert session.call(program.encode(), {}, LIMITS).payload in (b"[]", b"['.containerenv']")


@pytest.mark.parametrize("file", ["/etc/passwd", "/etc/shadow", "/etc/hostname"])
def test_host_file_is_absent_or_the_engines_own(session: WorkerSession, file: str) -> None:
    program = f"from pathlib import Path; f = Path({file!r}); result = f.read_bytes() if f.exists() else b''"
    assert session.call(program.encode(), {}, LIMITS).payload != Path(file).read_bytes()


def test_job_has_no_privilege_and_no_foreign_descriptor(session: WorkerSession) -> None:
    program = LIBC.encode() + (
        b"import os, struct\nsets = ctypes.create_string_buffer(24)\n"
        b"libc.syscall(125, struct.pack('=Ii', 0x20080522, 0), sets)\n"
        b"open_fds = []\nfor fd in range(3, 256):\n  try: os.fstat(fd); open_fds.append(fd)\n  except OSError: pass\n"
        b"result = repr((os.getuid() > 0, any(sets.raw), libc.prctl(39, 0, 0, 0, 0), open_fds)).encode()"
    )
    assert session.call(program, {}, LIMITS).payload == b"(True, False, 1, [3])"


def test_denied_call_that_is_caught_is_harmless(session: WorkerSession) -> None:
    program = b"import socket\ntry: socket.socket()\nexcept PermissionError: result = b'denied'"
    assert session.call(program, {}, LIMITS).payload == b"denied"


def test_builder_sees_neither_physics_nor_judge_and_a_judge_sees_both(light_backend: Backend) -> None:
    folders = ("/opt/site-packages/mujoco", "/opt/workpiece/workbench")
    program = f"import os; result = repr(tuple(map(os.listdir, {folders!r}))).encode()".encode()
    seen = {}
    for kind in SessionKind:
        opened = light_backend.open(kind, "test")
        seen[kind] = opened.call(program, {}, LIMITS).payload or b""
        opened.close()
    assert seen[SessionKind.BUILDER].startswith(b"([], ")
    assert b"__init__.py" in seen[SessionKind.JUDGE].split(b"]")[0]
    assert set(eval(seen[SessionKind.BUILDER])[1]) <= set(eval(seen[SessionKind.JUDGE])[1])
    assert b"agents" not in seen[SessionKind.JUDGE]

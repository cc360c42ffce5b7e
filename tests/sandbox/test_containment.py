"""A hostile program sees nothing of the host, reaches nobody, and can't harm its supervisor, worker or successor."""

import os
from pathlib import Path

import pytest

from sandbox.protocol import Backend
from sandbox.session import WorkerSession
from schemas.sandbox import JobEnding, Limits, SessionKind

LIMITS = Limits(wall_seconds=10.0, cpu_seconds=5)
LIBC = "import ctypes; libc = ctypes.CDLL(None)\n"
SOCKET = "import socket; socket.socket({})"

VIOLATIONS = {
    "tcp": SOCKET.format(""),
    "udp": SOCKET.format("socket.AF_INET, socket.SOCK_DGRAM"),
    "abstract socket": SOCKET.format("socket.AF_UNIX"),
    "socket pair": "import socket; socket.socketpair()",
    "dns": "import socket, errno\ntry: socket.getaddrinfo('host.example', 80)\nexcept OSError as e: socket.socket()",
    "ptrace": LIBC + "libc.ptrace(16, 1, 0, 0)",
    "mount": LIBC + "libc.mount(b'x', b'/tmp', b'tmpfs', 0, None)",
    "unshare": LIBC + "libc.unshare(0x10000000)",
    "setns": LIBC + "libc.setns(0, 0)",
    "bpf": LIBC + "libc.syscall(321, 0, 0, 0)",
    "io_uring": LIBC + "libc.syscall(425, 1, 0)",
    "read another's memory": LIBC + "libc.process_vm_readv(1, 0, 0, 0, 0, 0)",
    "execute": "import os; os.execv('/bin/sh', ['sh'])",
    "become root": "import os; os.setuid(0)",
    "clock": "import time; time.clock_settime(time.CLOCK_REALTIME, 0.0)",
    "limits of the supervisor": "import resource; resource.prlimit(1, resource.RLIMIT_CPU, (0, 0))",
    "write the code": "open('/opt/workpiece/workbench/worker.py', 'a')",
    "write the libraries": "open('/opt/site-packages/evil.pth', 'w')",
    "write the root": "open('/evil', 'w')",
    "device of the host": "import os; os.chmod('/dev/null', 0o600)",
    "forged report": "import os; os.write(3, b'forged' * 9); os._exit(0)",
    "half a report": "import os; os.write(3, b'WPFR'); os._exit(0)",
    "two reports": "import os; os.write(3, b'x'); result = b'x'",
    "symlink": "(out_dir / 'a').symlink_to('/etc/ld.so.cache')",
    "hard link": "(out_dir / 'a').write_bytes(b''); (out_dir / 'b').hardlink_to(out_dir / 'a')",
    "folder": "(out_dir / 'a').mkdir()",
    "strange name": "(out_dir / '.bashrc').touch()",
    "moved out folder": "out_dir.rename('/work/elsewhere'); out_dir.symlink_to('/etc')",
}
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


@pytest.mark.parametrize("case", VIOLATIONS)
def test_attack_is_a_violation_and_spares_the_next_job(session: WorkerSession, case: str) -> None:
    outcome = session.call(VIOLATIONS[case].encode(), {}, LIMITS)
    assert outcome.ending is JobEnding.SANDBOX_VIOLATION, outcome
    assert not outcome.files
    assert session.call(b"result = b'fine'", {}, LIMITS).payload == b"fine"


@pytest.mark.parametrize("path", [*HIDDEN, str(Path(__file__).parent)])
def test_host_path_is_absent_or_holds_nothing(session: WorkerSession, path: str) -> None:
    """An engine makes some folders of its own, and notes there that this is a container."""
    program = f"import os; result = repr([n for _, _, names in os.walk({path!r}) for n in names]).encode()"
    assert session.call(program.encode(), {}, LIMITS).payload in (b"[]", b"['.containerenv']")


@pytest.mark.parametrize("file", ["/etc/passwd", "/etc/shadow", "/etc/hostname"])
def test_host_file_is_absent_or_the_engines_own(session: WorkerSession, file: str) -> None:
    program = f"from pathlib import Path; f = Path({file!r}); result = f.read_bytes() if f.exists() else b''"
    assert session.call(program.encode(), {}, LIMITS).payload != Path(file).read_bytes()


def test_host_environment_is_invisible_and_the_inside_is_fixed(session: WorkerSession) -> None:
    os.environ["WORKPIECE_TEST_SECRET"] = "visible"
    program = b"import os, json; result = json.dumps(dict(os.environ)).encode()"
    seen = session.call(program, {}, LIMITS).payload or b""
    del os.environ["WORKPIECE_TEST_SECRET"]
    assert b"SECRET" not in seen
    assert b'"PYTHONHASHSEED": "0"' in seen
    assert b'"HOME": "/work"' in seen


def test_job_has_no_privilege_and_no_foreign_descriptor(session: WorkerSession) -> None:
    program = LIBC.encode() + (
        b"import os, struct\nsets = ctypes.create_string_buffer(24)\n"
        b"libc.syscall(125, struct.pack('=Ii', 0x20080522, 0), sets)\n"
        b"open_fds = []\nfor fd in range(3, 256):\n  try: os.fstat(fd); open_fds.append(fd)\n  except OSError: pass\n"
        b"result = repr((os.getuid() > 0, any(sets.raw), libc.prctl(39, 0, 0, 0, 0), open_fds)).encode()"
    )
    assert session.call(program, {}, LIMITS).payload == b"(True, False, 1, [3])"


def test_signals_do_not_reach_supervisor_or_worker(session: WorkerSession) -> None:
    program = (
        b"import os\nfor number in range(1, 65):\n"
        b"  try: os.kill(1, number)\n  except OSError: pass\n"
        b"for pid in range(3, 300):\n  try: os.kill(pid, 9); result = b'reached'\n  except OSError: pass"
    )
    outcome = session.call(program, {}, LIMITS)
    assert (outcome.ending, outcome.payload) == (JobEnding.COMPLETED, b"")


def test_nothing_stays_for_the_next_job(session: WorkerSession) -> None:
    program = (
        b"import builtins, sys\nopen('/tmp/x', 'w'); open('/work/x', 'w'); builtins.x = 1; sys.path.append('/tmp')"
    )
    assert session.call(program, {}, LIMITS).ending is JobEnding.COMPLETED
    look = b"import os, sys, builtins\nseen = (os.listdir('/tmp'), sorted(os.listdir('/work')), hasattr(builtins, 'x'))"
    outcome = session.call(look + b"\nresult = repr((*seen, '/tmp' in sys.path)).encode()", {}, LIMITS)
    assert outcome.payload == b"([], ['in', 'out'], False, False)"


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

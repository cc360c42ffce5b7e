"""Hostile programs by class: what each tries, the code that it must end with, and words of the reason.

An attack that ends as COMPLETED has got nothing: what it brings back in `result` must be empty.
"""

# ruff: noqa: E501  one attack a line

from dataclasses import dataclass

from schemas.sandbox import MIB, JobEnding, Limits

TIGHT = Limits(
    cpu_seconds=1,
    wall_seconds=20.0,
    memory_bytes=128 * MIB,
    threads=8,
    disk_bytes=8 * MIB,
    inodes=64,
    file_bytes=4 * MIB,
    output_bytes=100_000,
    artifacts=10,
    artifact_bytes=3 * MIB,
    result_bytes=MIB,
)
BRIEF = TIGHT.model_copy(update={"wall_seconds": 1.5})
LIBC = "import ctypes, os; libc = ctypes.CDLL(None)\n"
CALL = LIBC + "libc.syscall({}, 0, 0, 0, 0, 0)"
SOCKET = "import socket; socket.socket({})"
FILL = "for i in range(9): open(f'/{}/{{i}}', 'wb').write(bytes(3 << 20))"
LOOT = """
for path in {}:
    try: result += open(path, 'rb').read(1 << 20)
    except OSError: pass
"""
WALK = """
import os, stat
for folder, inner, names in os.walk('/'):
    if folder == '/': inner[:] = [n for n in inner if not n.startswith(('usr', 'opt', 'bin', 'lib', 'sbin', 'etc'))]
    for name in names:
        path = os.path.join(folder, name)
        try: {}
        except OSError: pass
"""
CATCH = "try:\n  {}\nexcept OSError: pass"
VIOLATION, ERROR, CRASHED = JobEnding.SANDBOX_VIOLATION, JobEnding.PROGRAM_ERROR, JobEnding.PROGRAM_CRASHED
TIMEOUT, MEMORY, PROCESSES = JobEnding.PROGRAM_TIMEOUT, JobEnding.PROGRAM_MEMORY, JobEnding.PROGRAM_PROCESSES
DISK, OUTPUT, NOTHING = JobEnding.PROGRAM_DISK, JobEnding.PROGRAM_OUTPUT, JobEnding.COMPLETED


@dataclass(frozen=True)
class Attack:
    """One hostile program and how it must end."""

    program: str
    ending: JobEnding
    words: str = ""
    limits: Limits = TIGHT


READ = {
    "files of the host": Attack(LOOT.format("('/etc/shadow', '/root/.bashrc', '/proc/1/environ', CANARY)"), NOTHING),
    "up and out of the work folder": Attack(LOOT.format("['../' * n + CANARY[1:] for n in range(9)]"), NOTHING),
    "secrets anywhere": Attack(WALK.format("result += path.encode() if SECRET in open(path, 'rb').read(1 << 20) else b''"), NOTHING),
    "environment": Attack("import os\nresult = b''.join(v for v in os.environb.values() if SECRET in v)", NOTHING),
    "memory of the supervisor": Attack("open('/proc/1/mem', 'rb')", ERROR, "No such file"),
    "memory of the machine": Attack("open('/dev/mem', 'rb')", ERROR, "No such file"),
    "disk of the machine": Attack("import os; os.mknod('/tmp/d', 0o60600, os.makedev(254, 0))", VIOLATION),
    "file by handle": Attack(CALL.format(304), VIOLATION, "forbidden system call"),
}  # fmt: skip
WRITE = {
    "the root": Attack("open('/evil', 'w')", VIOLATION),
    "the worker's code": Attack("open('/opt/workpiece/workbench/jobs/worker.py', 'a')", VIOLATION),
    "a start-up file": Attack("open('/opt/site-packages/evil.pth', 'w')", VIOLATION),
    "the system": Attack("open('/usr/evil', 'w')", VIOLATION),
    "a device": Attack("import os; os.chmod('/dev/null', 0o600)", VIOLATION),
    "in shared memory": Attack(CATCH.format("open('/dev/shm/evil', 'w'); result = b'!'"), NOTHING),
    "in the devices' folder": Attack("open('/dev/evil', 'w')", VIOLATION),
}
NETWORK = {
    "tcp": Attack(SOCKET.format(""), VIOLATION),
    "udp": Attack(SOCKET.format("socket.AF_INET, socket.SOCK_DGRAM"), VIOLATION),
    "ipv6": Attack(SOCKET.format("socket.AF_INET6"), VIOLATION),
    "raw": Attack(SOCKET.format("socket.AF_INET, socket.SOCK_RAW, 1"), VIOLATION),
    "netlink": Attack(SOCKET.format("socket.AF_NETLINK, socket.SOCK_RAW, 0"), VIOLATION),
    "vsock": Attack(SOCKET.format("socket.AF_VSOCK"), VIOLATION),
    "abstract socket": Attack(SOCKET.format("socket.AF_UNIX"), VIOLATION),
    "socket pair": Attack("import socket; socket.socketpair()", VIOLATION),
    "dns": Attack("import socket\ntry: socket.getaddrinfo('host.example', 80)\nexcept OSError: socket.socket()", VIOLATION),
    "io_uring": Attack(CALL.format(425), VIOLATION, "forbidden system call"),
}  # fmt: skip
PROCESS = {
    "fork": Attack("import os; os.fork()", PROCESSES, "temporarily unavailable"),
    "vfork": Attack(LIBC + "ctypes.set_errno(0); libc.vfork() < 0 and os.fork()", PROCESSES),
    "fork bomb": Attack("import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", TIMEOUT, "CPU time"),
    "spawn": Attack("import os; os.posix_spawn('/bin/true', ['true'], {})", PROCESSES),
    "subprocess": Attack("import subprocess; subprocess.run(['/bin/true'])", PROCESSES, "unavailable"),
    "shell": Attack(LIBC + "result = b'got' if libc.system(b'true') == 0 else b''", NOTHING),
    "zombies": Attack(
        "import os\nfor _ in range(999):\n  try: os.fork() or os._exit(0)\n  except OSError: pass", NOTHING
    ),
    "terminal": Attack("import pty; pty.fork()", ERROR),
    "execute": Attack("import os; os.execv('/bin/sh', ['sh'])", VIOLATION),
    "execute from memory": Attack("import os; os.memfd_create('evil')", ERROR, "not implemented"),
    "threads": Attack(
        "import threading, time\nfor _ in range(99): threading.Thread(target=time.sleep, args=(9,)).start()",
        PROCESSES,
        "start new thread",
    ),
}
HOARD = {
    "memory": Attack("bytearray(10**9)", MEMORY, "MemoryError"),
    "memory in steps": Attack("x = []\nwhile True: x.append(bytearray(5000))", MEMORY, "MemoryError"),
    "memory of the kernel's libraries": Attack("import os; os.write(2, b'std::bad_alloc'); os.abort()", MEMORY, "bad_alloc"),
    "memory map": Attack("import mmap; mmap.mmap(-1, 1 << 40)", MEMORY),
    "recursion": Attack("def f(): f()\nf()", ERROR, "RecursionError"),
    "stack": Attack("import sys\nsys.setrecursionlimit(10**9)\nclass A:\n  def __getattr__(s, n): return repr(s.x)\n  __repr__ = lambda s: s.y\nA().z", CRASHED),
    "open files": Attack("kept = [open('/dev/null') for _ in range(999)]", ERROR, "Too many open files"),
    "pipes": Attack("import os\nkept = [os.pipe() for _ in range(999)]", ERROR, "Too many open files"),
}  # fmt: skip
FLOOD = {
    "disk": Attack(FILL.format("work"), DISK, "No space left"),
    "temporary disk": Attack(FILL.format("tmp"), DISK, "No space left"),
    "disk, error caught": Attack(CATCH.format(FILL.format("work")), DISK, "full"),
    "file size": Attack("open('/work/a', 'wb').write(bytes(5 << 20))", DISK, "too large"),
    "STEP of 4 GB": Attack("open(out_dir / 'huge.step', 'wb').truncate(4 << 30)", DISK, "too large"),
    "STEP of 4 GB, allocated": Attack("import os\nos.posix_fallocate(os.open('/tmp/a.step', 66), 0, 4 << 30)", DISK),
    "inodes": Attack("for i in range(99): open(f'/work/{i}', 'w')", DISK, "No space left"),
    "folders": Attack("import os\nfor i in range(99): os.mkdir('a'); os.chdir('a')", DISK, "No space left"),
    "output": Attack("while True: print('x' * 999)", OUTPUT, "printed"),
    "errors": Attack("import os\nwhile True: os.write(2, b'x' * 999)", OUTPUT, "printed"),
    "output of C code": Attack(LIBC + "while True: libc.puts(b'x' * 999)", OUTPUT, "printed"),
    "large result": Attack("result = bytes(2 << 20)", VIOLATION, "result is larger"),
    "many artifacts": Attack("for i in range(11): (out_dir / str(i)).touch()", VIOLATION, "11 files"),
    "large artifact": Attack("(out_dir / 'a').write_bytes(bytes(4 << 20))", VIOLATION, "limit of bytes"),
}
LOOP = {
    "loop": Attack("while True: pass", TIMEOUT, "CPU time"),
    "loop in C code": Attack("import re; re.match(r'(a+)+$', 'a' * 64 + 'b')", TIMEOUT, "CPU time"),
    "signals ignored": Attack("import signal\nfor n in set(signal.valid_signals()) - {9, 19, 32, 33}: signal.signal(n, signal.SIG_IGN)\nwhile True: pass", TIMEOUT, "CPU time"),
    "clocks forged": Attack("import time\ntime.time = time.monotonic = lambda: 0.0\nwhile True: pass", TIMEOUT, "CPU time"),
    "sleep": Attack("import time; time.sleep(60)", TIMEOUT, "wall time", BRIEF),
    "stopped": Attack("import os; os.kill(os.getpid(), 19)", TIMEOUT, "wall time", BRIEF),
    "hung thread at the end": Attack("import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nwhile True: time.sleep(1)", TIMEOUT, "wall time", BRIEF),
}  # fmt: skip
CRASH = {
    "segfault": Attack("import ctypes; ctypes.string_at(0)", CRASHED, "SIGSEGV"),
    "abort": Attack("import os; os.abort()", CRASHED, "SIGABRT"),
    "suicide": Attack("import os; os.kill(os.getpid(), 9)", CRASHED, "SIGKILL"),
    "error": Attack("1 / 0", ERROR, "ZeroDivisionError"),
    "syntax": Attack("def", ERROR, "SyntaxError"),
    "nesting": Attack("eval('(' * 10**5)", ERROR),
    "exit": Attack("raise SystemExit(0)", ERROR, "SystemExit"),
    "hard exit": Attack("import os; os._exit(0)", ERROR, "ended without a result"),
    "error without end": Attack("raise ValueError('x' * 10**6)", ERROR),
    "error that can't be told": Attack("class E(Exception):\n  def __str__(self): raise self\nraise E", ERROR),
}
PRIVILEGE = {
    "ptrace": Attack(LIBC + "libc.ptrace(16, 1, 0, 0)", VIOLATION, "forbidden system call"),
    "mount": Attack(LIBC + "libc.mount(b'x', b'/tmp', b'tmpfs', 0, None)", VIOLATION, "forbidden system call"),
    "pivot the root": Attack(CALL.format(155), VIOLATION, "forbidden system call"),
    "change the root": Attack("import os; os.chroot('/tmp')", VIOLATION),
    "new user namespace": Attack(LIBC + "libc.unshare(0x10000000)", VIOLATION, "forbidden system call"),
    "another's namespace": Attack(LIBC + "libc.setns(0, 0)", VIOLATION, "forbidden system call"),
    "bpf": Attack(CALL.format(321), VIOLATION, "forbidden system call"),
    "keys": Attack(CALL.format(250), VIOLATION, "forbidden system call"),
    "performance events": Attack(CALL.format(298), VIOLATION, "forbidden system call"),
    "page faults": Attack(CALL.format(323), VIOLATION, "forbidden system call"),
    "module": Attack(CALL.format(175), VIOLATION, "forbidden system call"),
    "reboot": Attack(CALL.format(169), VIOLATION, "forbidden system call"),
    "calls of another ABI": Attack(CALL.format(0x40000000 + 39), VIOLATION, "forbidden system call"),
    "calls of the future": Attack("import os\n" + CALL.format(999) + " == -1 or result.fail", NOTHING),
    "root": Attack("import os; os.setuid(0)", VIOLATION),
    "capabilities": Attack(LIBC + "import struct\nlibc.syscall(126, struct.pack('=Ii', 0x20080522, 0), b'\\xff' * 24) == 0 and result.fail", NOTHING),
    "limits of its own": Attack("import resource; resource.setrlimit(resource.RLIMIT_CPU, (99, 99))", ERROR, "ValueError"),
    "limits of the supervisor": Attack("import resource; resource.prlimit(1, resource.RLIMIT_CPU, (0, 0))", VIOLATION),
    "clock": Attack("import time; time.clock_settime(time.CLOCK_REALTIME, 0.0)", VIOLATION),
    "clock's speed": Attack(CALL.format(159), VIOLATION, "forbidden system call"),
    "host's name": Attack("import socket; socket.sethostname('evil')", VIOLATION),
}  # fmt: skip
ESCAPE = {
    "privileged: see the machine's devices": Attack("import os; result = b'!' * any(d.startswith(('sd', 'vd', 'nvme', 'mem', 'kmsg', 'fuse', 'loop')) for d in os.listdir('/dev'))", NOTHING),
    "engine's socket": Attack(WALK.format("result += path.encode() if stat.S_ISSOCK(os.stat(path).st_mode) else b''"), NOTHING),
    "host's folders mounted": Attack(LOOT.format("[CANARY, *(p + CANARY for p in ('/host', '/hostfs', '/mnt', '/rootfs'))]"), NOTHING),
    "release agent of a control group": Attack("open('/sys/fs/cgroup/memory/release_agent', 'w')", ERROR, "No such file"),
    "own control group": Attack("open('/sys/fs/cgroup/memory.max', 'w')", ERROR, "No such file"),
    "core pattern": Attack("open('/proc/sys/kernel/core_pattern', 'w')", ERROR, "No such file"),
    "system request": Attack("open('/proc/sysrq-trigger', 'w')", VIOLATION),
    "runtime's program": Attack("open('/proc/self/exe', 'r+b')", ERROR, "No such file"),
    "host's processes": Attack("import os\nfor pid in range(3, 5000):\n  try: os.kill(pid, 0); result += b'!'\n  except OSError: pass", NOTHING),
    "host's network": Attack("import os; result = repr(os.listdir('/sys/class/net')).encode()", ERROR, "No such file"),
    "pages of read-only files": Attack("import os\nr, w = os.pipe()\nos.splice(os.open('/usr/bin/env', 0), w, 1)", ERROR, "not implemented"),
    "descriptors left open": Attack("import os\nfor fd in range(4, 4096):\n  try: result += repr(os.fstat(fd)).encode()\n  except OSError: pass", NOTHING),
}  # fmt: skip
REPLY = {
    "forged report": Attack("import os; os.write(3, b'forged' * 9); os._exit(0)", VIOLATION, "forged"),
    "half a report": Attack("import os; os.write(3, b'WPFR'); os._exit(0)", VIOLATION, "forged"),
    "two reports": Attack("import os; os.write(3, b'x'); result = b'x'", VIOLATION, "forged"),
    "reports without end": Attack("import os\nwhile True: os.write(3, bytes(1 << 16))", VIOLATION, "result is larger"),
    "report of another kind": Attack(
        "import os\nfrom schemas.frames import WireFrame\nfrom schemas.sandbox import *\n"
        "os.write(3, WireFrame(JobReply(ending='COMPLETED', usage=Usage()), {'payload': b'!'}).encode()); os._exit(0)",
        VIOLATION,
        "forged",
    ),
    "patched checks": Attack(
        "import workbench.jobs.replies, workbench.jobs.artifacts\nworkbench.jobs.artifacts._NAME = None\n"
        "workbench.jobs.replies.collect_artifacts = dict\n(out_dir / '.bashrc').touch()",
        VIOLATION,
        "may not be called",
    ),
    "symlink": Attack("(out_dir / 'a').symlink_to('/etc/ld.so.cache')", VIOLATION, "not a plain file"),
    "hard link": Attack("(out_dir / 'a').write_bytes(b''); (out_dir / 'b').hardlink_to(out_dir / 'a')", VIOLATION, "not a plain"),
    "folder": Attack("(out_dir / 'a').mkdir()", VIOLATION, "not a plain file"),
    "fifo": Attack("import os; os.mkfifo(out_dir / 'a')", VIOLATION),
    "strange name": Attack("(out_dir / '.bashrc').touch()", VIOLATION, "may not be called"),
    "name of two lines": Attack("(out_dir / 'a\\nb').touch()", VIOLATION, "may not be called"),
    "moved out folder": Attack("out_dir.rename('/work/elsewhere'); out_dir.symlink_to('/etc')", VIOLATION, "no folder"),
    "removed out folder": Attack("out_dir.rmdir()", VIOLATION, "gone"),
}  # fmt: skip
BETWEEN_JOBS = {
    "files": Attack("import os\nfor f in ('/tmp/x', '/work/x', '/work/in/x'): open(f, 'w')\nos.chmod('/tmp', 0)", NOTHING),
    "import hooks": Attack("import sys\nsys.meta_path.insert(0, object()); sys.path_hooks.clear(); sys.path.insert(0, '/tmp'); sys.modules['json'] = None", NOTHING),
    "patched builtins": Attack("import builtins; builtins.x = 1; builtins.open = builtins.eval = None", NOTHING),
    "patched worker": Attack("import workbench.jobs.worker as w, workbench.jobs.process as j, schemas.frames as f\nw.supervise = j.run_job = f.read_frame = None", NOTHING),
    "patched memory of the worker": Attack("RESERVED[:9] = b'!' * 9", NOTHING),
    "pickle": Attack("import pickle, os\nclass E:\n  def __reduce__(self): return os.abort, ()\nfor f in ('/work/in/payload', '/tmp/cache.pickle'): pickle.dump(E(), open(f, 'wb'))", NOTHING),
    "exit hooks": Attack("import atexit, os; atexit.register(os.abort)", NOTHING),
    "signals to the supervisor": Attack("import os\nfor n in range(1, 65):\n  try: os.kill(1, n)\n  except OSError: pass", NOTHING),
    "signals to all": Attack("import os\nfor n in range(1, 65):\n  if n not in (9, 19): " + "\n    ".join(("", "try: os.kill(-1, n)", "except OSError: pass")), NOTHING),
    "signals to the worker": Attack("import os\nfor pid in range(3, 300):\n  try: os.kill(pid, 9); result = b'reached'\n  except OSError: pass", NOTHING),
    "signals to its group": Attack("import os; os.killpg(0, 9)", CRASHED, "SIGKILL"),
    "another group": Attack(LIBC + "libc.setpgid(0, 1) < 0 or result.fail", NOTHING),
    "trace the worker": Attack(LIBC + "libc.ptrace(0x4206, os.getppid(), 0, 0)", VIOLATION, "forbidden system call"),
    "memory of the worker": Attack(CALL.format(311), VIOLATION, "forbidden system call"),
    "descriptors of the worker": Attack(CALL.format(438), VIOLATION, "forbidden system call"),
    "worker's pipe": Attack("import os\nfor fd in (0, *range(4, 99)):\n  try: os.write(fd, b'WPFR'); result = b'' if fd == 0 else b'!'\n  except OSError: pass", NOTHING),
    "pipes of its own": Attack("import fcntl, os\nfor fd in range(4): fcntl.fcntl(fd, fcntl.F_SETFL, os.O_NONBLOCK)", NOTHING),
    "shared memory": Attack(LIBC + "libc.shmget(7, 4096, 0o1777) < 0 or result.fail", NOTHING),
    "message queue": Attack(LIBC + "libc.mq_open(b'/evil', 66, 0o777, None) < 0 or result.fail", NOTHING),
    "thread left running": Attack("import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()", NOTHING),
    "lock left": Attack("import fcntl; fcntl.flock(open('/opt/workpiece/schemas/frames.py'), fcntl.LOCK_EX)", NOTHING),
    "environment": Attack("import os\nos.environ['PYTHONPATH'] = os.environ['LD_PRELOAD'] = '/tmp'; os.umask(0); os.chdir('/')", NOTHING),
}  # fmt: skip
CLASSES = {
    "read": READ,
    "write": WRITE,
    "network": NETWORK,
    "process": PROCESS,
    "hoard": HOARD,
    "flood": FLOOD,
    "loop": LOOP,
    "crash": CRASH,
    "privilege": PRIVILEGE,
    "escape": ESCAPE,
    "reply": REPLY,
    "between jobs": BETWEEN_JOBS,
}
